"""Measures single parts of the pipeline, and how it scales."""

from __future__ import annotations

import json
import os

from benchmarks import machine, measures
from benchmarks.measures import BARE_LOOP, BENCHMARKS, Figures, Measure, Setting

# Steps of a bare loop, to know how often it calls the input function.
_RATE_STEPS = 60
# Training images by batch size, so that every run takes about as long.
_IMAGES = {10: 5_000, 100: 30_000, 1000: 40_000}
_STEPS = 300
_SECONDS_OF_REQUESTS = 6
ONE_PICTURE = ("--mode=predict", f"--images={BENCHMARKS.parents[1]}/cnn_mnist/data/digits/3.png")


def input_function(augmentation: str) -> Measure:
    """Returns a function that measures the input function alone, and its part of the processors."""

    def measure(setting: Setting) -> Figures:
        flags = [f"--augmentation={augmentation}", *setting.data_flags]
        alone = _figures_of("input_function.py", flags)
        loop = measures.run_ours([BARE_LOOP, *flags, f"--train_steps={_RATE_STEPS}"])
        rate = json.loads(loop.output)["images_per_second"]
        seconds_per_step = setting.recipe.batch_size / rate
        share = alone["cpu_seconds_per_batch"] / (seconds_per_step * machine.cores())
        return {"images_per_second": alone["images_per_second"], "processor_share": share}

    return measure


def evaluation(setting: Setting) -> Figures:
    """Measures evaluation of the test images, and a bare loop beside it."""
    figures = _figures_of("evaluation.py", _flags_of_trained(setting))
    ratio = figures["estimator_seconds"] / figures["bare_loop_seconds"]
    return {**figures, "evaluation_to_bare_loop": ratio}


def prediction(setting: Setting) -> Figures:
    """Measures a persistent predictor, one image a call."""
    return _figures_of("prediction.py", _flags_of_trained(setting))


def products(setting: Setting) -> Figures:
    """Measures the convolutions and matrix products of a training step, each alone."""
    return _figures_of("products.py", list(setting.data_flags))


def tf1_script(setting: Setting) -> Figures:
    """Runs a TensorFlow 1 script by its launcher, and with its imports edited, in turn."""
    script = BENCHMARKS / "tf1_script.py"
    edited = os.path.join(setting.folder, "tf1_script_edited.py")
    with open(edited, "w") as file:
        file.write(_with_edited_imports(script.read_text()))
    commands = {"launched": ["-m", "cnn_mnist.tf1", str(script)], "edited": [edited]}
    found: dict[str, Figures] = {}
    for name, command in commands.items():
        ended = measures.run_ours([*command, str(_STEPS)])
        figures = json.loads(ended.output)
        found[name] = {**figures, "start": figures["first"] - ended.started}
    launched, by_hand = found["launched"], found["edited"]
    return {
        "steps_to_edited": launched["steps_per_second"] / by_hand["steps_per_second"],
        "start_beyond_edited": launched["start"] - by_hand["start"],
    }


def _with_edited_imports(text: str) -> str:
    for old, new in (
        ("import tensorflow as tf\n", "from cnn_mnist.tf_compat import tf\n"),
        ("from tensorflow.examples.tutorials.mnist", "from cnn_mnist.tf1.examples"),
        ("\nmnist = ", "\ntf.disable_v2_behavior()\nmnist = "),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def batch_size(size: int) -> Measure:
    """Returns a function that trains in batches of `size`."""
    return _training(f"--batch_size={size}", f"--train_steps={_IMAGES[size] // size}")


def threads(count: int) -> Measure:
    """Returns a function that trains with so many threads."""
    return _training(f"--threads={count}", f"--train_steps={_STEPS}")


def steps(count: int) -> Measure:
    """Returns a function that trains for so many steps."""
    return _training(f"--train_steps={count}")


def images(count: int) -> Measure:
    """Returns a function that trains on MNIST, repeated up to so many images."""

    def measure(setting: Setting) -> Figures:
        folder = os.path.join(setting.folder, f"mnist_{count}")
        if not os.path.exists(folder):
            script = str(BENCHMARKS / "repeat_data.py")
            measures.run_ours([script, folder, str(count), *setting.data_flags])
        return measures.training(setting, [f"--dataset={folder}", f"--train_steps={_STEPS}"])

    return measure


def first_computation(*flags: str) -> Measure:
    """Returns a function that times the command from its start to its first computation."""

    def measure(setting: Setting) -> Figures:
        arguments = [*_flags_of_trained(setting), *flags]
        ended = measures.run_ours([str(BENCHMARKS / "first_computation.py"), *arguments])
        return {"first_computation_seconds": json.loads(ended.output)["time"] - ended.started}

    return measure


def answer(engine: str) -> Measure:
    """Returns a function that times `--mode=predict` of one picture, from start to end."""

    def measure(setting: Setting) -> Figures:
        flags = _flags_of_exported(setting) if engine == "lite" else _flags_of_trained(setting)
        ended = measures.run_ours(
            ["-m", "cnn_mnist.main", *flags, *ONE_PICTURE, f"--engine={engine}"]
        )
        return measures.of_process(ended)

    return measure


def latencies(engine: str, images: int) -> Measure:
    """Returns a function that asks an engine or a server, so many images a request."""

    def measure(setting: Setting) -> Figures:
        flags = [engine, str(images), str(_SECONDS_OF_REQUESTS), *_flags_of_exported(setting)]
        return _figures_of("latencies.py", flags)

    return measure


def _training(*flags: str) -> Measure:
    return lambda setting: measures.training(setting, [*flags, *setting.data_flags])


def _flags_of_trained(setting: Setting) -> list[str]:
    """Returns the flags of a model of the recipe's network; a few steps are enough to time it."""
    folder = os.path.join(setting.folder, "trained")
    flags = [f"--model_dir={folder}", *setting.data_flags]
    if not os.path.exists(folder):
        measures.run_ours(
            ["-m", "cnn_mnist.main", "--mode=train", f"--train_steps={_RATE_STEPS}", *flags]
        )
    return flags


def _flags_of_exported(setting: Setting) -> list[str]:
    """Returns the flags of the same model, exported in every format that an engine reads."""
    flags = _flags_of_trained(setting)
    if not os.path.exists(os.path.join(setting.folder, "trained", "export")):
        formats = "--export_formats=saved_model,tflite,onnx"
        measures.run_ours(["-m", "cnn_mnist.main", "--mode=export", formats, *flags])
    return flags


def _figures_of(script: str, flags: list[str]) -> Figures:
    figures: Figures = json.loads(measures.run_ours([str(BENCHMARKS / script), *flags]).output)
    return figures
