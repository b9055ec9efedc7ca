"""Models that TensorFlow.js saved are evaluated like checkpoints; unsupported ones are refused.

`tests/tfjs_download` holds a file that TensorFlow.js itself wrote; see `make.mjs` there.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil

import numpy as np
import pytest
from places import REPOSITORY
from recorded_lines import RecordedLines

from cnn_mnist import config, experiment, main
from cnn_mnist.config import presets
from cnn_mnist.data import class_names, loading, tfds
from cnn_mnist.errors import UserError
from cnn_mnist.exporting.tfjs import reader, writer
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import eager_mode, tf

DOWNLOAD = REPOSITORY / "tests" / "tfjs_download"
KINDS = (
    "Conv2D, MaxPooling2D, AveragePooling2D, Activation, ReLU, Flatten, Dropout, "
    "BatchNormalization, Dense"
)


@pytest.fixture
def download(tmp_path):
    """The JSON file of a copy of the model that TensorFlow.js saved."""
    for name in ("digits.json", "digits.weights.bin"):
        shutil.copy(DOWNLOAD / name, tmp_path)
    return tmp_path / "digits.json"


@pytest.fixture
def exported_model(trained, tmp_path):
    """A function that writes a model as `--export_formats=tfjs` does, and returns its folder."""

    def write(stored_as="float32"):
        folder = tmp_path / stored_as
        folder.mkdir()
        settings = dataclasses.replace(trained, tfjs_weights=stored_as)
        writer.write(settings, checkpoints.find(settings), str(folder))
        return folder

    return write


def change(file, edit):
    """Changes a model's file by `edit`."""
    model = json.loads(file.read_text())
    edit(model)
    file.write_text(json.dumps(model))


def refusal(path):
    with pytest.raises(UserError) as caught:
        reader.read(str(path))
    message = str(caught.value)
    assert "\n" not in message
    return message


def contents(folder):
    return {p: p.read_bytes() for p in pathlib.Path(folder).rglob("*") if p.is_file()}


# A model that TensorFlow.js saved.


def test_a_download_of_tensorflow_js_is_read_whole():
    found = reader.read(str(DOWNLOAD / "digits.json"))
    assert found.architecture == (
        "conv 5x5x4 valid, pool 2, conv 3x3x8, pool 3, dropout 0.1, flatten, dense 24, dense 10"
    )
    shapes = architecture.variable_shapes(architecture.parse(found.architecture))
    assert {name: value.shape for name, value in found.weights.items()} == shapes
    assert {value.dtype for value in found.weights.values()} == {np.dtype(np.float32)}
    assert found.class_names == tuple("0123456789")


def test_it_gives_the_answers_that_tensorflow_js_gave(small_config, tmp_path):
    # In the order of the IDX files; tensorflow-datasets has another order.
    mnist = loading.load_folder(tfds.SHIPPED_MNIST)
    with open(DOWNLOAD / "answers.json", encoding="utf-8") as file:
        expected = json.load(file)
    found = reader.read(str(DOWNLOAD / "digits.json"))
    checkpoint = reader.write_checkpoint(found, str(tmp_path))
    own = dataclasses.replace(
        small_config, model_dir=str(tmp_path), architecture=found.architecture
    )
    answers = experiment.predict(own, mnist.test.images[:20], checkpoint)
    np.testing.assert_allclose(answers.probabilities, expected["probabilities"], atol=1e-5)
    np.testing.assert_array_equal(answers.classes, expected["classes"])
    shortened = dataclasses.replace(mnist, test=mnist.test.take(slice(expected["test_images"])))
    measured = experiment.evaluate_layers_model(
        small_config, str(DOWNLOAD / "digits.json"), dataset=shortened
    )
    assert (measured.correct, measured.total) == (expected["correct"], expected["test_images"])


# A model in an export.


@pytest.fixture(scope="module")
def expected(trained, small):
    """The evaluation of the checkpoint."""
    return experiment.evaluate(trained, dataset=small)


@pytest.mark.parametrize(
    "variant, stored_as, within",
    [
        ("layers", "float32", 1e-6),
        ("layers", "uint8", 0.05),
        ("nn", "float16", 1e-3),
        pytest.param("layers", "float16", 1e-3, marks=pytest.mark.slow),
        pytest.param("nn", "float32", 1e-6, marks=pytest.mark.slow),
        pytest.param("nn", "uint8", 0.05, marks=pytest.mark.slow),
    ],
)
def test_an_export_for_the_browser_gives_the_evaluation_of_its_checkpoint_and_no_warning(
    exported_model, trained, small, expected, variant, stored_as, within
):
    config_of_variant = dataclasses.replace(trained, variant=variant)
    progress = RecordedLines()
    found = experiment.evaluate_layers_model(
        config_of_variant, str(exported_model(stored_as)), progress=progress, dataset=small
    )
    assert progress.lines == []
    assert found.loss == pytest.approx(expected.loss, abs=within)
    assert (found.split, found.total) == ("test", 500) and expected.total == 500
    if stored_as == "float32":
        np.testing.assert_array_equal(found.confusion_matrix, expected.confusion_matrix)


@pytest.mark.parametrize("split, count", [("validation", 300), ("train", 1700)])
def test_it_is_measured_on_the_given_split(exported_model, trained, small, split, count):
    found = experiment.evaluate_layers_model(trained, str(exported_model()), split, dataset=small)
    assert (found.split, found.total) == (split, count)


OTHER_KINDS = (
    "conv 3x3x5 valid stride 2 linear, batch_norm, relu, avgpool 3 same stride 2, pool 2 stride 1, "
    "flatten, dense 7 linear, batch_norm, relu, dense 10"
)


@pytest.mark.parametrize("preset", [*presets.PRESETS, OTHER_KINDS])
def test_the_network_of_each_recipe_is_read_back(preset, tmp_path):
    text = presets.get(preset).architecture if preset in presets.PRESETS else preset
    file = tmp_path / "model.json"
    layers = architecture.parse(text)
    model = {
        "modelTopology": {"class_name": "Sequential", "config": writer._sequential(layers)},
        "weightsManifest": [{"paths": [], "weights": []}],
    }
    file.write_text(json.dumps(model))
    assert refusal(file) == (
        f"{file}: weightsManifest has 0 weights; expected "
        f"{len(architecture.variable_shapes(layers))}, those of the layers"
    )
    assert reader._architecture(str(file), reader._layers(str(file), model)) == text


def test_no_model_dir_is_needed_or_written(exported_model, trained, small, expected, tmp_path):
    model = str(exported_model())
    elsewhere = dataclasses.replace(trained, model_dir=str(tmp_path / "none"))
    experiment.evaluate_layers_model(elsewhere, model, dataset=small)
    assert not os.path.exists(elsewhere.model_dir)
    before = contents(trained.model_dir)
    experiment.evaluate_layers_model(trained, model, dataset=small)
    assert contents(trained.model_dir) == before


def test_a_model_of_other_classes_gets_a_warning(exported_model, trained, small):
    progress = RecordedLines()
    folder = exported_model()

    def rename(model):
        model["userDefinedMetadata"]["classes"] = list("abcdefghij")

    change(folder / "model.json", rename)
    experiment.evaluate_layers_model(trained, str(folder), progress=progress, dataset=small)
    assert progress.lines == [
        f"Warning: {folder}/model.json is of other classes (a, b, c, d, e, f, g, h, i, j) than "
        "--dataset=mnist"
    ]


@pytest.mark.parametrize("metadata", [None, 5, [], {"classes": None}, {"classes": [1, 2]}])
def test_other_user_defined_metadata_is_ignored(download, metadata):
    change(download, lambda model: model.update(userDefinedMetadata=metadata))
    assert reader.read(str(download)).class_names is None


# The command.


@pytest.fixture
def command(data_dir, capsys):
    """Runs the command in this process; returns its status and what it printed."""

    def run(*arguments):
        status = main.main([*arguments, f"--data_dir={data_dir}", "--offline"])
        return status, *capsys.readouterr()

    return run


@pytest.mark.slow
def test_the_command_measures_a_download(command, download, tmp_path, mnist):
    model = f"--tfjs_model={download}"
    place = f"--model_dir={tmp_path}/none"
    status, out, err = command("--mode=evaluate", model, place)
    assert status == 0 and "WARNING" not in err
    assert out.startswith("Test        95.21% (9,521 of 10,000), loss 0.1487\n")
    status, out, _ = command("--mode=evaluate", model, place, "--format=json", "--dry_run")
    measured = json.loads(out)
    assert status == 0 and measured["total"] == 300 and "step" not in measured
    assert not (tmp_path / "none").exists()


def test_the_data_are_those_that_the_model_dir_was_trained_on(command, download, tmp_path, mnist):
    folder = tmp_path / "clothes"
    folder.mkdir()
    for kind, values in (("images-idx3", mnist.test.images), ("labels-idx1", mnist.test.labels)):
        for prefix in ("train", "t10k"):
            part = values[:7].astype(">u1")
            header = [0x800 + part.squeeze().ndim, *part.squeeze().shape]
            content = np.array(header, ">i4").tobytes() + part.tobytes()
            (folder / f"{prefix}-{kind}-ubyte").write_bytes(content)
    model_dir = tmp_path / "model"
    config.save(config.from_preset(str(model_dir), dataset=str(folder)))
    before = contents(model_dir)
    status, out, _ = command(
        "--mode=evaluate", f"--tfjs_model={download}", f"--model_dir={model_dir}"
    )
    assert status == 0 and "of 7)" in out
    assert contents(model_dir) == before


def test_an_unreadable_model_is_one_line_and_status_2(command, download, tmp_path):
    download.write_text(download.read_text()[:500])
    status, out, err = command(
        "--mode=evaluate", f"--tfjs_model={download}", f"--model_dir={tmp_path}/none"
    )
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith(f"cnn-mnist: {download} cannot be read as JSON (")
    assert line.endswith("); save the model again")


# Models that are refused.


def test_a_path_without_a_model(tmp_path, download):
    assert refusal(tmp_path / "none.json") == (
        f"path={tmp_path}/none.json is neither a file nor a folder; expected the .json "
        "file that TensorFlow.js saved, or a folder that holds a model.json"
    )
    assert refusal(tmp_path) == (
        f"path={tmp_path} holds no model.json; give the .json file that TensorFlow.js saved"
    )
    assert refusal("").startswith("path= is neither a file nor a folder; ")
    assert refusal("\0").startswith("path=\\u0000 is neither a file nor a folder; ")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\x89PNG", b"\xff\xfe{}", b"[" * 100_000, b'{"format": ' + b"9" * 5000]
)
def test_a_file_that_is_not_json(download, content):
    download.write_bytes(content)
    assert refusal(download).startswith(f"{download} cannot be read as JSON (")


@pytest.mark.parametrize(
    "content, message",
    [
        ("[]", "the model is []; expected a JSON object"),
        ("{}", "modelTopology is null; expected a JSON object"),
        ('{"format": "graph-model"}', 'format is "graph-model"; allowed: layers-model'),
        ('{"modelTopology": {"model_config": 5}}', "model_config is 5; expected a JSON object"),
        (
            '{"modelTopology": {"class_name": "Model"}}',
            'the model is a "Model"; allowed: Sequential',
        ),
        (
            '{"modelTopology": {"class_name": "Sequential", "config": []}}',
            "the model's config is []; expected a JSON object",
        ),
        (
            '{"modelTopology": {"class_name": "Sequential", "config": {"layers": []}}}',
            "layers is []; expected a list of layers",
        ),
        (
            '{"modelTopology": {"class_name": "Sequential", "config": {"layers": [7]}}}',
            "layer 1 is 7; expected a JSON object",
        ),
        (
            '{"modelTopology": {"class_name": "Sequential", "config": {"layers": [{}]}}}',
            "the config of layer 1 is null; expected a JSON object",
        ),
        (
            '{"modelTopology": {"class_name": "Sequential", "config": {"layers": '
            '[{"class_name": ["Dense"], "config": {"name": "x"}}]}}}',
            f'layer 1 ("x") is a ["Dense"]; allowed: {KINDS}',
        ),
    ],
)
def test_json_without_a_network(download, content, message):
    download.write_text(content)
    assert refusal(download) == f"{download}: {message}"


CONV, POOL, DROPOUT, FLATTEN, DENSE, LAST = 0, 1, 4, 5, 6, 7
NAMES = {
    CONV: 'layer 1 (Conv2D "conv2d_Conv2D1")',
    POOL: 'layer 2 (MaxPooling2D "max_pooling2d_MaxPooling2D1")',
    DROPOUT: 'layer 5 (Dropout "dropout_Dropout1")',
    FLATTEN: 'layer 6 (Flatten "flatten_Flatten1")',
    DENSE: 'layer 7 (Dense "dense_Dense1")',
    LAST: 'layer 8 (Dense "dense_Dense2")',
}


@pytest.mark.parametrize(
    "layer, setting, value, allowed",
    [
        (CONV, "strides", [1, 2], "a square, two equal whole numbers from 1"),
        (CONV, "strides", 2, "a square, two equal whole numbers from 1"),
        (CONV, "dilation_rate", [2, 2], "[1, 1]"),
        (CONV, "groups", 2, "1"),
        (CONV, "padding", "causal", '"same" or "valid"'),
        (CONV, "data_format", "channels_first", '"channels_last"'),
        (CONV, "activation", "tanh", '"relu" or "linear"'),
        (CONV, "activation", {"class_name": "relu"}, '"relu" or "linear"'),
        (CONV, "use_bias", False, "true"),
        (CONV, "dtype", "float16", '"float32"'),
        (CONV, "kernel_size", [3, 5], "a square, two equal whole numbers from 1"),
        (CONV, "kernel_size", [5.0, 5.0], "a square, two equal whole numbers from 1"),
        (CONV, "kernel_size", [0, 0], "a square, two equal whole numbers from 1"),
        (CONV, "kernel_size", [5], "a square, two equal whole numbers from 1"),
        (CONV, "kernel_size", None, "a square, two equal whole numbers from 1"),
        (CONV, "filters", 0, "a whole number from 1"),
        (CONV, "filters", 4.5, "a whole number from 1"),
        (CONV, "filters", True, "a whole number from 1"),
        (POOL, "strides", [2, 1], "a square, two equal whole numbers from 1"),
        (POOL, "padding", "causal", '"same" or "valid"'),
        (POOL, "pool_size", [2, 3], "a square, two equal whole numbers from 1"),
        (POOL, "data_format", "channels_first", '"channels_last"'),
        (FLATTEN, "data_format", "channels_first", '"channels_last"'),
        (DROPOUT, "rate", 1, "a number from 0 to below 1"),
        (DROPOUT, "rate", -0.1, "a number from 0 to below 1"),
        (DROPOUT, "rate", float("nan"), "a number from 0 to below 1"),
        (DROPOUT, "rate", "0.1", "a number from 0 to below 1"),
        (DENSE, "units", -5, "a whole number from 1"),
        (DENSE, "activation", "softmax", '"relu" or "linear"'),
        (DENSE, "use_bias", False, "true"),
        (LAST, "activation", "relu", '"softmax"'),
    ],
)
def test_an_unsupported_setting(download, layer, setting, value, allowed):
    def edit(model):
        layers = model["modelTopology"]["config"]["layers"]
        layers[layer]["config"][setting] = value

    change(download, edit)
    assert refusal(download) == (
        f"{download}: {NAMES[layer]}: {setting} is {json.dumps(value)}; allowed: {allowed}"
    )


def test_a_missing_activation_is_linear(download):
    def edit(model):
        del model["modelTopology"]["config"]["layers"][DENSE]["config"]["activation"]

    change(download, edit)
    assert reader.read(str(download)).architecture.endswith("dense 24 linear, dense 10")


@pytest.mark.parametrize("setting", ["strides", "dilation_rate", "padding", "data_format", "dtype"])
def test_a_missing_setting_has_tensorflow_js_s_default(download, setting):
    expected = reader.read(str(download)).architecture

    def edit(model):
        for layer in model["modelTopology"]["config"]["layers"][:2]:
            layer["config"][setting] = None

    change(download, edit)
    assert reader.read(str(download)).architecture == expected


@pytest.mark.parametrize(
    "layer, kind, settings, written",
    [
        (CONV, "Conv2D", {"strides": [2, 2]}, "conv 5x5x4 valid stride 2, "),
        (CONV, "Conv2D", {"activation": "linear"}, "conv 5x5x4 valid linear, "),
        (POOL, "MaxPooling2D", {"strides": [1, 1], "padding": "same"}, "pool 2 same stride 1, "),
        (POOL, "AveragePooling2D", {}, "avgpool 2, "),
        (POOL, "AveragePooling2D", {"strides": None, "padding": "same"}, "avgpool 2 same, "),
        (DROPOUT, "Activation", {"activation": "relu"}, ", relu, "),
        (DROPOUT, "ReLU", {"max_value": None, "negative_slope": 0.0, "threshold": 0}, ", relu, "),
    ],
)
def test_a_layer_with_other_settings_is_read_as_the_notation_writes_it(
    download, layer, kind, settings, written
):
    def edit(model):
        found = model["modelTopology"]["config"]["layers"][layer]
        found["class_name"] = kind
        found["config"].update(settings)

    change(download, edit)
    model = json.loads(download.read_text())
    text = reader._architecture(str(download), reader._layers(str(download), model))
    assert written in text


@pytest.mark.parametrize(
    "kind, settings, message",
    [
        ("Activation", {"activation": "tanh"}, 'activation is "tanh"; allowed: "relu"'),
        ("ReLU", {"max_value": 6}, "max_value is 6; allowed: null"),
        ("ReLU", {"negative_slope": 0.1}, "negative_slope is 0.1; allowed: 0"),
        ("BatchNormalization", {"axis": [1]}, "axis is [1]; allowed: -1 or 3 or [-1] or [3]"),
        ("BatchNormalization", {"epsilon": 1e-5}, "epsilon is 1e-05; allowed: 0.001"),
        ("BatchNormalization", {"scale": False}, "scale is false; allowed: true"),
        ("BatchNormalization", {"center": False}, "center is false; allowed: true"),
    ],
)
def test_an_unsupported_setting_of_activation_and_normalization(download, kind, settings, message):
    def edit(model):
        layer = model["modelTopology"]["config"]["layers"][DROPOUT]
        layer["class_name"] = kind
        layer["config"].update(settings)

    change(download, edit)
    place = f'{download}: layer 5 ({kind} "dropout_Dropout1")'
    assert refusal(download) == f"{place}: {message}"


def test_a_model_of_keras_with_batch_normalization_gives_kerass_answers(trained, small, tmp_path):
    """The layers and weights of an untrained model, with averages that are not the initial ones."""
    keras = tf.keras.layers
    with eager_mode():
        model = tf.keras.Sequential(
            [
                keras.Conv2D(4, 3, strides=2, activation="relu", input_shape=(28, 28, 1)),
                keras.BatchNormalization(),
                keras.AveragePooling2D(2, padding="same"),
                keras.Flatten(),
                keras.Dense(6),
                keras.BatchNormalization(),
                keras.Activation("relu"),
                keras.Dense(10, activation="softmax"),
            ]
        )
        draw = np.random.default_rng(3)
        values = [draw.uniform(0.1, 0.5, v.shape).astype(np.float32) for v in model.weights]
        model.set_weights(values)
        images = small.test.images[:20].astype(np.float32) / 255
        expected = model(images, training=False).numpy()
    topology = json.loads(model.to_json())
    specs = [
        {"name": v.name.partition(":")[0], "shape": v.shape.as_list(), "dtype": "float32"}
        for v in model.weights
    ]
    (tmp_path / "all.bin").write_bytes(b"".join(value.tobytes() for value in values))
    manifest = [{"paths": ["all.bin"], "weights": specs}]
    file = tmp_path / "keras.json"
    file.write_text(json.dumps({"modelTopology": topology, "weightsManifest": manifest}))
    found = reader.read(str(file))
    assert found.architecture == (
        "conv 3x3x4 valid stride 2, batch_norm, avgpool 2 same, flatten, dense 6 linear, "
        "batch_norm, relu, dense 10"
    )
    checkpoint = reader.write_checkpoint(found, str(tmp_path))
    own = dataclasses.replace(trained, model_dir=str(tmp_path), architecture=found.architecture)
    answers = experiment.predict(own, small.test.images[:20], checkpoint)
    np.testing.assert_allclose(answers.probabilities, expected, atol=1e-5)


@pytest.mark.parametrize(
    "shape", [None, [None, 784], [None, 28, 28, 3], [28, 28, 1], "image", [None, 28, 28, 1, 1]]
)
def test_images_of_another_shape(download, shape):
    def edit(model):
        model["modelTopology"]["config"]["layers"][0]["config"]["batch_input_shape"] = shape

    change(download, edit)
    assert refusal(download) == (
        f"{download}: batch_input_shape of the first layer is {json.dumps(shape)}; allowed: "
        "[null, 28, 28, 1]"
    )


def without(*places):
    return lambda layers: [layer for i, layer in enumerate(layers) if i not in places]


def with_units(place, count):
    def edit(layers):
        layers[place]["config"]["units"] = count
        return layers

    return edit


@pytest.mark.parametrize(
    "edit, message",
    [
        (without(FLATTEN), ": 'dense 24' needs 'flatten' somewhere before it"),
        (
            with_units(LAST, 1),
            " must end in 'dense N', one logit for each of 2 to 100 classes, not 'dense 1'",
        ),
        (
            with_units(DENSE, 70_000),
            ": the numbers in 'dense 70000' must be from 1 to 65536",
        ),
        (
            with_units(DENSE, 10**30),
            f": the numbers in 'dense {10**30}' must be from 1 to 65536",
        ),
        (
            lambda layers: [layers[0], *[layers[DROPOUT]] * 100, *layers[1:]],
            " has 108 layers; allowed: 100",
        ),
        (
            lambda layers: [
                *layers[:DENSE],
                *[with_units(0, 60_000)([layers[DENSE]])[0]] * 2,
                layers[LAST],
            ],
            " has 3,608,",
        ),
    ],
)
def test_layers_that_do_not_fit_together_or_are_too_large(download, edit, message):
    def edited(model):
        network = model["modelTopology"]["config"]
        network["layers"] = edit(network["layers"])

    change(download, edited)
    assert refusal(download).startswith(f"{download}{message}")


def test_an_unsupported_kind_of_layer(download):
    def edit(model):
        layer = model["modelTopology"]["config"]["layers"][POOL]
        layer["class_name"] = "SeparableConv2D"

    change(download, edit)
    assert refusal(download) == (
        f'{download}: layer 2 ("max_pooling2d_MaxPooling2D1") is a "SeparableConv2D"; allowed: '
        f"{KINDS}"
    )


def test_data_that_cannot_be_loaded_are_refused_as_in_any_evaluation(download, small_config):
    without_data = dataclasses.replace(small_config, dataset="/no/folder")
    with pytest.raises(UserError, match="^dataset=/no/folder does not exist"):
        experiment.evaluate_layers_model(without_data, str(download))


def test_class_names_of_a_data_set_are_those_of_the_result(download, small_config, small):
    names = tuple("abcdefghij")
    found = experiment.evaluate_layers_model(
        small_config, str(download), dataset=dataclasses.replace(small, class_names=names)
    )
    assert found.class_names == names and not class_names.are_digits(found.class_names)
