"""Scripts in the style of TensorFlow 1's tutorials run as they are, to a stated accuracy."""

from __future__ import annotations

import pytest
from tf1_scripts import Script, check

INPUT_DATA = "tf.examples.tutorials.mnist.input_data.read_data_sets"

SCRIPTS = [
    Script(
        "mnist_softmax.py",
        at_least={"accuracy": 0.90},
        arguments=("--steps=500",),
        supplied=(INPUT_DATA,),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_tutorials_script_runs_as_it_is(script, tmp_path):
    check(script, tmp_path)
