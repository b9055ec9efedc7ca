"""docs/tutorial.py runs, computes what the package computes, and docs/tutorial.md quotes it."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import runpy
import struct
import sys

import numpy as np
import pytest
from absl import flags
from places import REPOSITORY

from cnn_mnist import config, experiment
from cnn_mnist.config import presets
from cnn_mnist.data import loading, tfds
from cnn_mnist.networks import architecture, tf_layers
from cnn_mnist.tf_compat import estimator, tf

PROGRAM = REPOSITORY / "docs" / "tutorial.py"
SOURCE = PROGRAM.read_text("utf-8")
PAGE = (REPOSITORY / "docs" / "tutorial.md").read_text("utf-8")
NETWORK = architecture.parse(presets.TUTORIAL_NETWORK)
WHAT_LAYERS_DID = "What tf.layers did"


@contextlib.contextmanager
def flags_and_log_as_before():
    """The program defines absl's global flags and sets the level of TensorFlow's logger."""
    names, level = set(flags.FLAGS), tf.logging.get_verbosity()
    try:
        yield
    finally:
        for name in set(re.findall(r'DEFINE_\w+\("(\w+)"', SOURCE)) - names:
            delattr(flags.FLAGS, name)
        flags.FLAGS.unparse_flags()
        tf.logging.set_verbosity(level)


def run(*arguments: str) -> str:
    """Runs the program as a script and returns what it prints."""
    printed, before = io.StringIO(), sys.argv
    sys.argv = [str(PROGRAM), *arguments]
    try:
        with flags_and_log_as_before(), contextlib.redirect_stdout(printed):
            runpy.run_path(str(PROGRAM), run_name="__main__")
    finally:
        sys.argv = before
    return printed.getvalue()


@pytest.fixture(scope="module")
def tutorial():
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("tutorial", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    with flags_and_log_as_before():
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def digits():
    """MNIST from the package's own files, without preparing it."""
    return loading.load_folder(tfds.SHIPPED_MNIST)


@pytest.fixture(scope="module")
def folder(digits, tmp_path_factory):
    """1,000 training and 200 test images as IDX files."""
    folder = tmp_path_factory.mktemp("idx")
    for prefix, examples in (("train", digits.train), ("t10k", digits.test)):
        examples = examples.take(slice(1000 if prefix == "train" else 200))
        for kind, array in (
            ("images-idx3", examples.images[..., 0]),
            ("labels-idx1", examples.labels),
        ):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            (folder / f"{prefix}-{kind}-ubyte").write_bytes(
                header + array.astype(np.uint8).tobytes()
            )
    return str(folder)


@pytest.fixture(scope="module")
def trained_by_it(folder, tmp_path_factory):
    """The model folder after 60 steps, and what the program printed."""
    model_dir = str(tmp_path_factory.mktemp("tutorial"))
    return model_dir, run(f"--model_dir={model_dir}", f"--dataset={folder}", "--train_steps=60")


# The program.


@pytest.mark.slow
def test_it_trains_evaluates_predicts_and_exports(trained_by_it):
    model_dir, printed = trained_by_it
    assert tf.train.load_variable(model_dir, "global_step") == 60
    test, predicted, exported = printed.splitlines()
    accuracy, loss = re.fullmatch(r"Test accuracy (0\.\d{4}), loss (\d\.\d{4})", test).groups()
    # Guessing gives 0.1 and a loss of ln 10 = 2.3.
    assert float(accuracy) > 0.4 and float(loss) < 2
    assert re.fullmatch(r"Predicted \[(\d, ){4}\d\] labels \[(\d, ){4}\d\]", predicted)
    assert os.path.isfile(os.path.join(exported.removeprefix("Exported to "), "saved_model.pb"))


@pytest.mark.slow
def test_its_export_gives_the_probabilities_of_its_graph(trained_by_it, tutorial, digits):
    model_dir, printed = trained_by_it
    images = digits.test.images[:3]
    with tf.Graph().as_default(), tf.Session() as session:
        path = printed.splitlines()[-1].removeprefix("Exported to ")
        meta = tf.saved_model.load(session, ["serve"], path)
        signature = meta.signature_def["serving_default"]
        served = session.run(
            signature.outputs["probabilities"].name, {signature.inputs["x"].name: images}
        )
    np.testing.assert_allclose(served, softmax(logits_of(tutorial, model_dir, images)), atol=1e-6)


@pytest.mark.slow
def test_its_logits_are_those_of_the_packages_layers_from_one_checkpoint(
    tutorial, tmp_path, digits
):
    images = digits.test.images[:8]
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        expected = tf_layers.network(tf.constant(images / np.float32(255)), NETWORK, False)
        tf.train.create_global_step()
        session.run(tf.global_variables_initializer())
        # Biases start at zero, where a program that forgot one would look right.
        for variable in tf.trainable_variables():
            session.run(variable.assign_add(tf.fill(variable.shape, 0.01)))
        tf.train.Saver().save(session, str(tmp_path / "model.ckpt"))
        expected = session.run(expected)
    assert expected.std() > 0.01
    np.testing.assert_allclose(
        logits_of(tutorial, str(tmp_path), images), expected, atol=1e-5, rtol=0
    )


def logits_of(tutorial, model_dir: str, images: np.ndarray) -> np.ndarray:
    """The logits of the program's PREDICT graph with the newest checkpoint of a folder."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.train.create_global_step()
        tutorial.cnn_model_fn({"x": tf.constant(images)}, None, estimator.ModeKeys.PREDICT)
        tf.train.Saver().restore(session, tf.train.latest_checkpoint(model_dir))
        return session.run(graph.get_operation_by_name("softmax_tensor").inputs[0])


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.slow
def test_the_package_evaluates_its_model_folder_to_the_same_accuracy(trained_by_it, folder):
    model_dir, printed = trained_by_it
    evaluation = experiment.evaluate(config.from_preset(model_dir, dataset=folder))
    assert f"Test accuracy {evaluation.accuracy:.4f}, loss {evaluation.loss:.4f}" in printed


def test_its_layers_have_the_shapes_that_stand_beside_them(tutorial):
    shown = dict(
        re.findall(r"^    (\w+) = tf\.(?:layers|cast).*?# (\[batch.*?\])$", SOURCE, re.M | re.S)
    )
    assert list(shown) == [
        *("input_layer", "conv1", "pool1", "conv2", "pool2"),
        *("flatten", "dense", "dropout", "logits"),
    ]
    expected = [architecture.IMAGE_SHAPE, *architecture.output_shapes(NETWORK)]
    assert list(shown.values()) == [
        f"[{', '.join(['batch', *map(str, shape)])}]" for shape in expected
    ]


def test_training_batches_are_endless_and_shuffled_and_others_come_once(tutorial, digits):
    examples = digits.train.take(slice(150))

    def batches(training, most):
        with tf.Graph().as_default(), tf.Session() as session:
            dataset = tutorial.input_fn(examples, training)
            batch = tf.data.make_one_shot_iterator(dataset.take(most)).get_next()
            found = []
            with contextlib.suppress(tf.errors.OutOfRangeError):
                while True:
                    found.append(session.run(batch))
            return [f["x"] for f, _ in found], np.concatenate([labels for _, labels in found])

    images, labels = batches(training=False, most=9)
    assert [len(batch) for batch in images] == [100, 50]
    np.testing.assert_array_equal(np.concatenate(images), examples.images)
    np.testing.assert_array_equal(labels, examples.labels)
    images, labels = batches(training=True, most=9)
    assert [len(batch) for batch in images] == [100] * 9
    epoch = np.concatenate(images)[:150]
    assert (epoch != examples.images).any()
    assert sorted(map(bytes, epoch)) == sorted(map(bytes, examples.images))
    by_image = dict(zip(map(bytes, examples.images), examples.labels, strict=True))
    assert [by_image[bytes(image)] for image in epoch] == labels[:150].tolist()


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--train_steps=0", "--train_steps=0"),
        ("--train_steps=many", "--train_steps=many"),
        ("--learning_rate=-1", "--learning_rate=-1"),
        ("--steps=5", "'steps'"),
        ("mnist", "unexpected argument 'mnist'"),
        ("--dataset=./nowhere", "--dataset=./nowhere"),
    ],
)
def test_bad_input_ends_in_one_line_with_status_2(argument, reason, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run(f"--model_dir={tmp_path / 'model'}", argument)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tutorial.py: ") and reason in line
    assert not (tmp_path / "model").exists()


def test_it_is_one_short_file_that_takes_tensorflow_from_tf_compat():
    assert len(SOURCE.splitlines()) <= 100
    assert "import tensorflow" not in SOURCE
    assert "from cnn_mnist.tf_compat import estimator, tf" in SOURCE


# The page.


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def quotes(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)


def test_each_quote_is_in_the_program_and_no_line_of_it_is_left_out():
    found = [
        q for title, text in sections().items() for q in quotes(text) if title != WHAT_LAYERS_DID
    ]
    assert len(found) > 10
    for quote in found:
        assert quote in SOURCE, quote
    lines = {line for quote in found for line in quote.splitlines()}
    assert set(SOURCE.splitlines()[1:]) - {""} - lines == set()


def test_the_quotes_of_the_raw_variant_are_in_its_file():
    raw = (REPOSITORY / "cnn_mnist" / "networks" / "tf_nn.py").read_text("utf-8")
    found = quotes(sections()[WHAT_LAYERS_DID])
    assert len(found) == 2
    for quote in found:
        assert quote in raw, quote


def test_the_parameters_on_the_page_are_those_of_the_network():
    rows = re.findall(r"^\| `(\w+)` \| `(\[.*?\])` \| `(\[.*?\])` \| ([\d,]+) \|$", PAGE, re.M)
    shapes = architecture.variable_shapes(NETWORK)
    named = {name: (kernel, bias) for name, kernel, bias, _ in rows}
    assert {f"{name}/{part}" for name in named for part in ("kernel", "bias")} == set(shapes)
    total = 0
    for name, kernel, bias, count in rows:
        assert (kernel, bias) == (
            str(list(shapes[f"{name}/kernel"])),
            str(list(shapes[f"{name}/bias"])),
        )
        assert int(count.replace(",", "")) == sum(
            int(np.prod(shapes[f"{name}/{part}"])) for part in ("kernel", "bias")
        )
        total += int(count.replace(",", ""))
    assert f"{total:,} weights and biases" in PAGE


def test_links_lead_to_files_and_headings_and_paths_in_backticks_exist():
    headings = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in sections()}
    links = re.findall(r"\]\(([^)]+)\)", PAGE)
    assert len(links) > 15
    for link in links:
        path, _, anchor = link.partition("#")
        assert not path or (PROGRAM.parent / path).exists(), link
        assert not anchor or anchor in headings, link
    paths = re.findall(r"\b((?:cnn_mnist|docs|scripts)/[\w./]+)", PAGE)
    assert len(paths) > 15
    for path in paths:
        assert (REPOSITORY / path).exists(), path


def test_each_part_is_where_the_table_says():
    where = sections()["Where each part is in the package"]
    for part, path in (
        ("tf.layers.conv2d", "cnn_mnist/networks/tf_layers.py"),
        ("tf.nn.conv2d", "cnn_mnist/networks/tf_nn.py"),
        ("def model_fn(", "cnn_mnist/model.py"),
        ("def parse(", "cnn_mnist/networks/notation.py"),
        ("tf.metrics.accuracy", "cnn_mnist/metrics.py"),
        ("def load(", "cnn_mnist/data/loading.py"),
        ("def train_input_fn(", "cnn_mnist/input_fns.py"),
        ("LoggingTensorHook(", "cnn_mnist/hooks/softmax.py"),
        ("estimator.Estimator(", "cnn_mnist/estimator.py"),
        ("def train(", "cnn_mnist/training/trainer.py"),
        ("def evaluate(", "cnn_mnist/evaluation/evaluator.py"),
        ('"layers_tutorial"', "cnn_mnist/config/presets.py"),
        ("def main(", "cnn_mnist/main.py"),
        ("tf: Any = tensorflow.compat.v1", "cnn_mnist/tf_compat/__init__.py"),
    ):
        assert f"](../{path})" in where, path
        assert part in (REPOSITORY / path).read_text("utf-8"), (part, path)
    assert presets.PRESETS["layers_tutorial"].learning_rate == 0.001
    assert presets.PRESETS["layers_tutorial"].train_steps == 20000
