"""Scripts in the style of TensorFlow 1's tutorials run as they are, to a stated accuracy."""

from __future__ import annotations

import pytest
from tf1_scripts import Script, check

INPUT_DATA = "tf.examples.tutorials.mnist.input_data.read_data_sets"
NETWORK = "tf.examples.tutorials.mnist.mnist"
PROJECTOR = "tf.contrib.tensorboard.plugins.projector"

SCRIPTS = [
    Script(
        "mnist_softmax.py",
        at_least={"accuracy": 0.90},
        arguments=("--steps=1000",),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "mnist_deep.py",
        at_least={"test accuracy": 0.93},
        arguments=("--max_steps=200", "--hidden=128", "--learning_rate=0.002"),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "mnist_with_summaries.py",
        at_least={"Accuracy at step 299": 0.93, "event files": 2},
        arguments=("--max_steps=300",),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "fully_connected_feed.py",
        at_least={"Precision @ 1": 0.92},
        lines=("saved as model.ckpt-1199",),
        arguments=("--max_steps=1200",),
        supplied=(f"{NETWORK}.inference", f"{NETWORK}.evaluation", f"{NETWORK}.IMAGE_PIXELS"),
    ),
    Script(
        "mnist_nn_dropout_ko.py",
        at_least={"Accuracy": 0.93},
        lines=("학습 완료!",),
        supplied=("tf.contrib.layers.xavier_initializer",),
    ),
    Script(
        "layers_tutorial.py",
        at_least={"test accuracy": 0.90},
        arguments=("--steps=200", "--learning_rate=0.1", "--filters=8", "--units=64"),
        supplied=("tf.contrib.learn.datasets.load_dataset",),
    ),
    Script(
        "convnet_layers.py",
        at_least={"test accuracy": 0.93},
        lines=("parameters: 9122", "global step: 200"),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "queues_and_tfrecords.py",
        at_least={"test accuracy": 0.85},
        lines=("Done training for 2 epochs, 160 steps.",),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "dataset_iterators.py",
        at_least={"accuracy": 0.88},
        lines=("steps: 400", "tested: 1800"),
        supplied=("tf.contrib.data.map_and_batch", "tf.contrib.data.batch_and_drop_remainder"),
    ),
    Script(
        "saver_meta_graph.py",
        at_least={"accuracy": 0.89},
        lines=("kept: 2", "global step: 400"),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "embeddings_projector.py",
        lines=("tensor named: True", "constant: True"),
        supplied=(f"{PROJECTOR}.ProjectorConfig", f"{PROJECTOR}.visualize_embeddings"),
    ),
    Script(
        "linear_regression.py",
        at_least={"weight": 0.24, "offset": 0.75},
        at_most={"Training cost": 0.001, "weight": 0.26, "offset": 0.85},
    ),
    Script("nearest_neighbours.py", at_least={"Accuracy": 0.85}, supplied=(INPUT_DATA,)),
    Script(
        "gpus_and_flags.py",
        at_least={"precision @ 1": 0.9},
        lines=("left over arguments: ['more']", "checkpoints: True"),
        arguments=("--log_dir=./elsewhere", "more"),
        supplied=(INPUT_DATA,),
    ),
    Script(
        "word2vec.py",
        # By chance it would be 24 × 3 / 17.
        at_least={"neighbours of the same kind": 18},
    ),
    Script(
        "eager_tfe.py",
        at_least={"test accuracy": 0.9},
        lines=("steps: 200", "saved: True"),
        supplied=(
            "tf.contrib.eager.metrics.SparseAccuracy",
            "tf.contrib.eager.implicit_value_and_gradients",
            "tf.contrib.summary.scalar",
        ),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_tutorials_script_runs_as_it_is(script, tmp_path):
    check(script, tmp_path)


@pytest.mark.slow
@pytest.mark.long
def test_the_deep_tutorial_at_its_full_width_reaches_97_percent(tmp_path):
    """In a tenth of its 20,000 steps."""
    script = Script(
        "mnist_deep.py", at_least={"test accuracy": 0.97}, arguments=("--max_steps=2000",)
    )
    check(script, tmp_path)
