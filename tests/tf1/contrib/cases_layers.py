"""Cases of `tf.contrib.layers`, without its feature columns. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

import sys

from tf1_recorded import Runs, inputs_of, record


def in_scope(tf, key):
    """Returns a collection's elements of this case."""
    return tf.get_collection(key, scope=tf.get_variable_scope().name + "/")


def in_file(tf, file, name):
    """Returns a function that scripts imported from its file; the module did not have it."""
    module = sys.modules.get("tensorflow.contrib.layers.python.layers." + file, tf.contrib.layers)
    return getattr(module, name)


def fully_connected(tf):
    layers, rows = tf.contrib.layers, tf.constant(inputs_of(3, 4))
    other = layers.fully_connected(
        rows,
        3,
        activation_fn=None,
        weights_regularizer=layers.l2_regularizer(0.1),
        biases_initializer=tf.constant_initializer(0.5),
        biases_regularizer=layers.l1_regularizer(0.2),
        scope="other",
    )
    return [
        layers.fully_connected(rows, 3),
        layers.fully_connected(rows, 2, tf.nn.tanh),
        layers.fully_connected(tf.constant(inputs_of(2, 3, 4)), 2),
        layers.fully_connected(rows, 2, biases_initializer=None),
        layers.fully_connected(rows, 3, normalizer_fn=layers.batch_norm),
        layers.fully_connected(
            rows, 3, normalizer_fn=layers.layer_norm, normalizer_params={"scale": False}
        ),
        other,
        layers.fully_connected(rows, 3, scope="other", reuse=True),
        in_scope(tf, tf.GraphKeys.REGULARIZATION_LOSSES),
    ]


def dense_shortcuts(tf):
    layers, rows = tf.contrib.layers, tf.constant(inputs_of(3, 4))
    return [
        layers.relu(rows, 3),
        layers.relu6(8 * rows, 3),
        layers.elu(rows, 3),
        layers.linear(rows, 3),
        layers.legacy_fully_connected(rows, 3, activation_fn=tf.nn.relu, name="legacy"),
        layers.legacy_linear(rows, 2, name="legacy_linear"),
        layers.legacy_relu(rows, 2, name="legacy_relu"),
        layers.stack(rows, layers.fully_connected, [4, 3], scope="stacked"),
        layers.stack(rows, layers.fully_connected, [2, 3]),
        layers.repeat(rows, 2, layers.fully_connected, 4, scope="repeated"),
        layers.repeat(rows, 2, layers.fully_connected, 4),
    ]


def convolutions(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(1, 6, 5, 2))
    lines, blocks = tf.constant(inputs_of(2, 7, 2)), tf.constant(inputs_of(1, 3, 4, 3, 2))
    return [
        layers.conv2d(images, 2, 3),
        layers.conv2d(images, 2, [3, 2], stride=2, padding="VALID", activation_fn=None),
        layers.conv2d(images, 2, [2, 2], rate=2, biases_initializer=None),
        layers.conv2d(images, 2, 3, stride=[1, 2], normalizer_fn=layers.batch_norm),
        layers.convolution2d(images, 1, 1, scope="named"),
        layers.convolution(images, 2, 3, stride=2),
        layers.convolution1d(lines, 2, 3),
        layers.convolution1d(lines, 2, 3, stride=2, padding="VALID", rate=1),
        layers.convolution3d(blocks, 2, 2),
        layers.convolution2d_in_plane(images, 3),
        layers.conv2d_in_plane(images, [3, 2], stride=2, padding="VALID", activation_fn=tf.nn.relu),
    ]


def other_convolutions(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(1, 4, 3, 2))
    blocks = tf.constant(inputs_of(1, 2, 3, 2, 2))
    return [
        layers.conv2d_transpose(images, 3, 3),
        layers.conv2d_transpose(images, 3, [3, 2], stride=2, padding="VALID", activation_fn=None),
        layers.conv2d_transpose(images, 3, 4, stride=[2, 2], normalizer_fn=layers.batch_norm),
        layers.convolution3d_transpose(blocks, 2, 2, stride=2),
        layers.separable_conv2d(images, 3, 3, 1),
        layers.separable_conv2d(images, 3, 3, depth_multiplier=2, stride=2, padding="VALID"),
        layers.separable_conv2d(images, None, [2, 2], 2),
        layers.separable_conv2d(images, None, 3, 1, rate=2, normalizer_fn=layers.batch_norm),
        layers.separable_convolution2d(
            images, 2, 3, 1, pointwise_initializer=tf.ones_initializer(), activation_fn=None
        ),
    ]


def pooling(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(1, 5, 5, 2))
    blocks = tf.constant(inputs_of(1, 3, 4, 3, 2))
    pool = in_file(tf, "layers", "pool")
    return [
        layers.max_pool2d(images, 2),
        layers.max_pool2d(images, [3, 2], stride=1, padding="SAME"),
        layers.avg_pool2d(images, 2),
        layers.avg_pool2d(images, [3, 3], [2, 1], "SAME"),
        layers.max_pool3d(blocks, 2),
        layers.avg_pool3d(blocks, [2, 2, 3], stride=1, padding="SAME"),
        pool(images, [2, 2], "MAX"),
        pool(images, 2, "AVG", padding="SAME", stride=2),
        pool(images, [2, 2], "MAX", dilation_rate=2),
    ]


def normalizations(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(2, 2, 2, 6))
    rows = tf.constant(inputs_of(3, 4))
    poincare_normalize = in_file(tf, "layers", "poincare_normalize")
    return [
        layers.layer_norm(rows),
        layers.layer_norm(images),
        layers.layer_norm(images, begin_norm_axis=2, activation_fn=tf.nn.relu),
        layers.layer_norm(images, center=False, begin_norm_axis=-1),
        layers.instance_norm(images),
        layers.instance_norm(images, scale=False, epsilon=0.1),
        layers.instance_norm(images, data_format="NCHW"),
        layers.group_norm(images, groups=3),
        layers.group_norm(images, 2, channels_axis=-2, reduction_axes=(-3, -1)),
        layers.group_norm(images, 3, center=False, mean_close_to_zero=True),
        layers.unit_norm(rows, 1),
        layers.unit_norm(images, 2, epsilon=0.1),
        poincare_normalize(rows * 2),
        poincare_normalize(rows, axis=0, epsilon=0.1),
    ]


def batch_norm_in_training(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(2, 3, 2, 2))
    rows, sequences = tf.constant(inputs_of(4, 3)), tf.constant(inputs_of(2, 3, 2))
    outputs = [
        layers.batch_norm(images),
        layers.batch_norm(images, decay=0.5, scale=True, activation_fn=tf.nn.relu),
        layers.batch_norm(rows, decay=0.9, center=False, epsilon=0.1),
        layers.batch_norm(sequences, decay=0.9, scale=True),
        layers.batch_norm(images, decay=0.9, fused=False),
        layers.batch_norm(images, decay=0.9, zero_debias_moving_mean=True, fused=False),
        layers.batch_norm(images, decay=0.9, zero_debias_moving_mean=True),
        layers.batch_norm(rows, decay=0.9, batch_weights=[1.0, 2.0, 0.0, 0.5]),
        layers.batch_norm(
            images, decay=0.9, param_initializers={"beta": tf.constant_initializer(0.3)}
        ),
        layers.batch_norm(images, decay=0.8, renorm=True, renorm_decay=0.7, scale=True),
    ]
    gradients = tf.gradients([tf.reduce_sum(tf.sin(output)) for output in outputs], images)
    updates = tf.group(*in_scope(tf, tf.GraphKeys.UPDATE_OPS))
    averages = [v for v in in_scope(tf, tf.GraphKeys.GLOBAL_VARIABLES) if "moving" in v.name]
    ordered = sorted(averages, key=lambda v: v.name)
    reset = [v.initializer for v in averages]
    runs = [reset, [outputs, gradients], updates, updates, ordered]
    return Runs([(fetches, {}) for fetches in runs])


def batch_norm_by_a_placeholder(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(2, 3, 2, 2))
    sequences = tf.constant(inputs_of(2, 3, 2))
    training = tf.placeholder(tf.bool, [])
    started = {
        "moving_mean": tf.constant_initializer(0.3),
        "moving_variance": tf.constant_initializer(0.7),
    }
    outputs = [
        layers.batch_norm(
            images,
            is_training=training,
            decay=0.9,
            updates_collections=None,
            param_initializers=started,
        ),
        layers.batch_norm(
            sequences, is_training=training, decay=0.9, scale=True, updates_collections=None
        ),
        layers.batch_norm(images, is_training=False, scale=True, param_initializers=started),
        layers.batch_norm(sequences, is_training=False, param_initializers=started),
        layers.batch_norm(
            images, is_training=True, decay=0.9, updates_collections=None, fused=False
        ),
    ]
    runs = [(outputs, {training: mode}) for mode in (False, True, True, False)]
    variables = sorted(in_scope(tf, tf.GraphKeys.MODEL_VARIABLES), key=lambda v: v.name)
    reset = [v.initializer for v in variables if "moving" in v.name]
    return Runs([(reset, {}), *runs, (variables, {})])


def simple_layers(tf):
    layers, images = tf.contrib.layers, tf.constant(inputs_of(2, 2, 2, 6))
    rows = tf.constant(inputs_of(3, 4))
    sparse = layers.dense_to_sparse(tf.constant([[1, 0, 3], [0, 0, 2]]), eos_token=0)
    scaled = layers.scale_gradient(rows, 0.25)
    return [
        layers.bias_add(rows),
        layers.bias_add(images, tf.nn.relu, tf.constant_initializer(0.1)),
        layers.dropout(rows, is_training=False),
        layers.dropout(rows, 0.6, seed=5),
        layers.flatten(images),
        layers.one_hot_encoding(tf.constant([0, 2, 5]), 3),
        layers.one_hot_encoding(tf.constant([[0], [1]]), 2, on_value=0.9, off_value=0.1),
        layers.softmax(images),
        layers.spatial_softmax(images),
        layers.spatial_softmax(images, temperature=0.5, trainable=False),
        layers.maxout(images, 2),
        layers.maxout(rows, 2, axis=1),
        [sparse.indices, sparse.values, sparse.dense_shape],
        [scaled, tf.gradients(tf.square(scaled), rows)],
        layers.images_to_sequence(images),
        layers.sequence_to_images(tf.constant(inputs_of(4, 6, 2)), 3),
    ]


def embeddings(tf):
    layers, ids = tf.contrib.layers, tf.constant([[1, 2, 0], [4, 2, 2]])
    table = tf.constant(inputs_of(5, 3))
    sparse_ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0], [3, 1]], [1, -1, 3, 4], [4, 2])
    weights = tf.SparseTensor(sparse_ids.indices, [0.5, 1.0, 2.0, 0.0], [4, 2])
    # With several parts the ids are spread over them.
    parts = [tf.constant(inputs_of(3, 3)), tf.constant(inputs_of(2, 3))]
    return [
        layers.embed_sequence(ids, 5, 2),
        layers.embed_sequence(ids, vocab_size=6, embed_dim=3, unique=True, scope="embedded"),
        layers.embed_sequence(ids, scope="embedded", reuse=True),
        layers.bow_encoder(ids, 5, 2),
        layers.bow_encoder(ids, 5, 2, sparse_lookup=False, scope="dense"),
        layers.embedding_lookup_unique(table, ids),
        layers.safe_embedding_lookup_sparse([table], sparse_ids),
        layers.safe_embedding_lookup_sparse([table], sparse_ids, combiner="sum", default_id=2),
        layers.safe_embedding_lookup_sparse([table], sparse_ids, weights, "sqrtn"),
        layers.safe_embedding_lookup_sparse(parts, sparse_ids, combiner="mean", max_norm=0.5),
    ]


def regularizers(tf):
    layers, weights = tf.contrib.layers, tf.constant(inputs_of(3, 4))
    others = tf.constant(inputs_of(5))
    both = layers.sum_regularizer([layers.l1_regularizer(0.5), layers.l2_regularizer(0.25)])
    return [
        layers.l1_regularizer(0.3)(weights),
        layers.l2_regularizer(0.3)(weights),
        layers.l1_l2_regularizer(0.3, 0.2)(weights),
        layers.l1_l2_regularizer()(weights),
        both(weights),
        layers.apply_regularization(layers.l2_regularizer(0.1), [weights, others]),
    ]


def initializers(tf):
    layers = tf.contrib.layers
    return [
        layers.xavier_initializer(seed=3)([4, 3]),
        layers.xavier_initializer(uniform=False, seed=4)([2, 3, 4, 5]),
        layers.xavier_initializer_conv2d(seed=5)([2, 2, 1, 3]),
        layers.variance_scaling_initializer(seed=6)([4, 3]),
        layers.variance_scaling_initializer(3.0, "FAN_OUT", True, seed=7)([4, 3]),
        layers.variance_scaling_initializer(1.0, "FAN_AVG", seed=8)([2, 2, 3, 4]),
        layers.variance_scaling_initializer(seed=9)([5]),
    ]


OPTIMIZED = [
    {"optimizer": "SGD"},
    {"optimizer": "Adam"},
    {"optimizer": "Adagrad"},
    {"optimizer": "Momentum"},
    {"optimizer": "RMSProp"},
    {"optimizer": "Ftrl"},
    {"optimizer": "SGD", "clip_gradients": 0.1},
    {"optimizer": "SGD", "gradient_multipliers": {"weights": 0.5}},
    {"optimizer": lambda rate: rate, "decayed": True},
]


def optimize_loss(tf):
    layers = tf.contrib.layers
    reset, first, then, last = [], [], [], []
    for number, options in enumerate(OPTIMIZED):
        options = dict(options)
        with tf.variable_scope(f"number_{number}") as scope:
            weights = tf.get_variable("weights", [4])
            step = tf.get_variable("step", [], tf.int64, tf.zeros_initializer(), trainable=False)
            if "gradient_multipliers" in options:
                options["gradient_multipliers"] = {weights: 0.5}
            if options.pop("decayed", False):
                options["optimizer"] = tf.train.GradientDescentOptimizer
                options["learning_rate_decay_fn"] = lambda rate, step: tf.train.exponential_decay(
                    rate, step, 1, 0.5
                )
            if options["optimizer"] == "Momentum":
                options["optimizer"] = lambda rate: tf.train.MomentumOptimizer(rate, 0.9)
            # A number becomes a variable, which would get another value here.
            rate = tf.constant(0.1) if number else 0.1
            loss = tf.reduce_sum(tf.square(weights - tf.constant(inputs_of(4))))
            first.append(loss)
            then.append(
                layers.optimize_loss(loss, step, rate, variables=[weights], summaries=[], **options)
            )
            variables = [weights, step]
            others = tf.global_variables(scope.name + "/")
            slots = [v for v in others if v not in variables and "learning_rate" not in v.name]
            reset += [slot.initializer for slot in slots]
            last += variables + slots
    return Runs([(fetches, {}) for fetches in (reset, first, then, then, last)])


def optimize_loss_clipped_adaptively(tf):
    weights = tf.get_variable("weights", [4])
    step = tf.get_variable("step", [], tf.int64, tf.zeros_initializer(), trainable=False)
    loss = tf.reduce_sum(tf.square(weights - tf.constant(inputs_of(4))))
    clipping = in_file(tf, "optimizers", "adaptive_clipping_fn")(
        std_factor=0.5, decay=0.5, global_step=step
    )
    trained = tf.contrib.layers.optimize_loss(
        loss,
        step,
        tf.constant(0.1),
        "SGD",
        clip_gradients=clipping,
        variables=[weights],
        summaries=[],
    )
    mine = sorted(tf.global_variables(tf.get_variable_scope().name + "/"), key=lambda v: v.name)
    reset = [v.initializer for v in mine if v is not weights]
    return Runs([(fetches, {}) for fetches in (reset, trained, trained, trained, mine)])


def collections_of_layers(tf):
    layers, rows = tf.contrib.layers, tf.constant(inputs_of(2, 3))
    prefix = tf.get_variable_scope().name
    layers.fully_connected(
        rows,
        2,
        outputs_collections=prefix + "_outputs",
        variables_collections={"weights": [prefix + "_weights"]},
    )
    layers.conv2d(
        tf.constant(inputs_of(1, 3, 3, 1)),
        2,
        3,
        trainable=False,
        outputs_collections=prefix + "_outputs",
    )
    outputs = tf.get_collection(prefix + "_outputs")
    texts = [v.op.name for v in tf.get_collection(prefix + "_weights")]
    texts += [v.op.name for v in in_scope(tf, tf.GraphKeys.TRAINABLE_VARIABLES)]
    texts += [v.op.name for v in in_scope(tf, tf.GraphKeys.MODEL_VARIABLES)]
    aliases = [alias for output in outputs for alias in output.aliases]
    return [tf.constant(aliases), outputs, tf.constant(texts)]


CASES = [
    fully_connected,
    dense_shortcuts,
    convolutions,
    other_convolutions,
    pooling,
    normalizations,
    batch_norm_in_training,
    batch_norm_by_a_placeholder,
    simple_layers,
    embeddings,
    regularizers,
    initializers,
    optimize_loss,
    optimize_loss_clipped_adaptively,
    collections_of_layers,
]

if __name__ == "__main__":
    record(__file__, CASES)
