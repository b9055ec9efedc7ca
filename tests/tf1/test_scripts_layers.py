"""Scripts on tf.contrib.layers and tf.contrib.slim run as they are, to a stated accuracy."""

from __future__ import annotations

import pytest
from tf1_scripts import Script, check

LAYERS = "tf.contrib.layers"
SLIM = "tf.contrib.slim"

SCRIPTS = [
    Script(
        "contrib_dnn.py",
        at_least={"Test accuracy": 0.9, "Predicted right": 17},
        lines=(
            "['hidden1/BatchNorm/beta', 'hidden1/BatchNorm/gamma', "
            "'hidden1/BatchNorm/moving_mean', 'hidden1/BatchNorm/moving_variance', "
            "'hidden1/weights']",
        ),
        supplied=("tf.contrib.framework.arg_scope", f"{LAYERS}.batch_norm"),
    ),
    Script(
        "contrib_convnet.py",
        at_least={"test accuracy": 0.88},
        lines=(
            "updates: 2",
            "variables: Conv/weights Conv/BatchNorm/beta Conv/BatchNorm/moving_mean "
            "Conv/BatchNorm/moving_variance separable/depthwise_weights "
            "separable/pointwise_weights separable/biases fully_connected/weights "
            "fully_connected/biases logits/weights logits/biases",
        ),
        supplied=(f"{LAYERS}.separable_conv2d", "tf.contrib.metrics.accuracy"),
    ),
    Script(
        "autoencoder.py",
        at_least={"before MSE": 0.2},
        at_most={"test MSE": 0.035},
        lines=("penalties: 4",),
        supplied=(f"{LAYERS}.l2_regularizer", f"{LAYERS}.fully_connected"),
    ),
    Script(
        "vae.py",
        at_least={"first bound": 500, "divergence": 5},
        at_most={"test bound": 175},
        lines=("samples (128, 784) True", "decoders 6"),
        supplied=(f"{LAYERS}.conv2d_transpose", f"{LAYERS}.optimize_loss"),
    ),
    Script(
        "gan.py",
        at_least={"last mean": 3.5},
        at_most={"first mean": 1.0, "last mean": 4.5},
        lines=("variables 6 4",),
        supplied=(f"{LAYERS}.stack", "tf.contrib.framework.get_variables"),
    ),
    Script(
        "l2_moving_average.py",
        at_least={"test accuracy is": 0.96},
        lines=("both penalties: 12.5",),
        supplied=(f"{LAYERS}.l2_regularizer", f"{LAYERS}.l1_l2_regularizer"),
    ),
    Script(
        "estimator_optimize_loss.py",
        at_least={"test accuracy": 0.91, "among two": 0.96},
        lines=(
            "learning rate variable: 0.050",
            "['hidden/hidden_2/LayerNorm/beta', 'hidden/hidden_2/LayerNorm/gamma', "
            "'hidden/hidden_2/weights']",
        ),
        supplied=(f"{LAYERS}.optimize_loss", "tf.contrib.metrics.streaming_recall_at_k"),
    ),
    Script(
        "slim_finetune.py",
        at_least={"digits 0 to 4": 0.96, "digits 5 to 9": 0.9},
        lines=(
            "restored: base/conv1/weights, base/conv1/biases, base/conv2/weights, "
            "base/conv2/biases",
            "base moved: 0.0000",
        ),
        supplied=(f"{SLIM}.get_variables_to_restore", f"{SLIM}.assign_from_checkpoint_fn"),
    ),
]
OF_TF_SLIM = [
    Script(
        "slim_lenet.py",
        at_least={"test accuracy": 0.88},
        supplied=(f"{SLIM}.learning.train", f"{SLIM}.evaluation.evaluate_once"),
    ),
    Script(
        "residual_network.py",
        at_least={"accuracy": 0.6, "collections": 20},
        lines=("end points 23, predictions True",),
        supplied=(f"{SLIM}.nets.resnet_v1.resnet_v1", f"{LAYERS}.utils.convert_collection_to_dict"),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_on_layers_runs_as_it_is(script, tmp_path):
    check(script, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("script", OF_TF_SLIM, ids=lambda script: script.name)
def test_a_script_on_slim_runs_as_it_is(script, tmp_path):
    pytest.importorskip("tf_slim", reason="tf-slim is of the extra tf1")
    check(script, tmp_path)
