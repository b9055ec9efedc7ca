"""`tf.contrib.layers`, without its feature columns."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_OLD = "tf.contrib.layers"
_NEW = "cnn_mnist.tf1.contrib.layers"
_HASHED = "TensorFlow 2 removed its hashing ops"

# The layers and the other functions by the file of this package that they are in.
_LAYERS = {
    "dense": "fully_connected relu relu6 elu linear legacy_fully_connected legacy_relu "
    "legacy_linear repeat stack",
    "convolutions": "convolution convolution1d convolution2d convolution3d conv1d conv2d conv3d "
    "convolution2d_in_plane conv2d_in_plane",
    "other_convolutions": "convolution2d_transpose conv2d_transpose convolution3d_transpose "
    "conv3d_transpose separable_convolution2d separable_conv2d",
    "pooling": "max_pool2d avg_pool2d max_pool3d avg_pool3d pool",
    "batch_normalization": "batch_norm",
    "normalizations": "layer_norm instance_norm group_norm unit_norm poincare_normalize",
    "simple": "bias_add dropout flatten one_hot_encoding softmax spatial_softmax maxout "
    "dense_to_sparse scale_gradient",
    "sequences": "images_to_sequence sequence_to_images",
    "initializers": "xavier_initializer xavier_initializer_conv2d variance_scaling_initializer",
    "regularizers": "l1_regularizer l2_regularizer l1_l2_regularizer sum_regularizer "
    "apply_regularization",
    "summaries": "summarize_activation summarize_activations summarize_biases "
    "summarize_collection summarize_tensor summarize_tensors summarize_variables "
    "summarize_weights",
    "optimizers": "optimize_loss OPTIMIZER_CLS_NAMES OPTIMIZER_SUMMARIES",
    "clipping": "adaptive_clipping_fn",
    "embeddings": "embed_sequence bow_encoder embedding_lookup_unique safe_embedding_lookup_sparse",
}
UTILS = (
    "NamedOutputs append_tensor_alias channel_dimension collect_named_outputs constant_value "
    "convert_collection_to_dict gather_tensors_aliases get_tensor_aliases "
    "get_variable_collections last_dimension n_positive_integers smart_cond static_cond "
    "two_element_tuple"
)


def layers(old: str) -> list[Name]:
    """Returns rows for the layers, which `tf.contrib.slim` had too.

    Args:
      old: the module, such as `tf.contrib.layers`.
    """
    return [row for file, found in _LAYERS.items() for row in same(old, f"{_NEW}.{file}", found)]


ROWS = [
    *layers(_OLD),
    *same(f"{_OLD}.utils", f"{_NEW}.outputs_and_sizes", UTILS),
    *(
        Name(f"{_OLD}.{name}", refused=_HASHED, instead="tf.sparse.cross_hashed")
        for name in (
            "scattered_embedding_lookup",
            "scattered_embedding_lookup_sparse",
        )
    ),
    Name(
        f"{_OLD}.embedding_lookup_sparse_with_distributed_aggregation",
        refused="it spread a lookup over parameter servers, as no public script needed",
        instead="tf.nn.embedding_lookup_sparse",
    ),
    *(
        Name(
            f"{_OLD}.{name}",
            refused="it rewrote the graph of TensorFlow 1 while gradients were built",
            instead="tf.recompute_grad of TensorFlow 2",
        )
        for name in ("recompute_grad", "rev_block", "RevBlock")
    ),
    *(
        Name(f"{_OLD}.{name}", refused="it is in the package tensorflow-compression now")
        for name in ("gdn", "GDN")
    ),
]
