"""A look inside: the very weights that training began and ended with, and what they make
of an image; as a page, as files, and in a real TensorBoard."""

import base64
import dataclasses
import html
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import numpy as np
import pytest
from parsed_html import Parsed
from PIL import Image

from cnn_mnist import experiment, plots
from cnn_mnist.errors import UserError
from cnn_mnist.networks import architecture
from cnn_mnist.reports import inspection
from cnn_mnist.tf_compat import tf

LAYERS = ("conv2d", "max_pooling2d", "conv2d_1", "max_pooling2d_1", "dense", "dense_1")
"""Those of the trained model that are drawn, in their order."""


@pytest.fixture
def copy(trained, tmp_path):
    """The trained model, to write to."""
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return dataclasses.replace(trained, model_dir=str(tmp_path / "copy"))


@pytest.fixture(scope="module")
def before(trained, small):
    return inspection.look_inside(trained, small.test.images[:3], None)


@pytest.fixture(scope="module")
def after(trained, small):
    return inspection.look_inside(trained, small.test.images[:3])


@pytest.fixture
def drawn(monkeypatch):
    """Draws nothing, which takes seconds; the arguments of every call, by the picture's name.

    No two of the pictures that take the place of the real ones are the same.
    """
    calls = {}
    sizes = itertools.count(1)

    def double(name):
        def png(*arguments, narrow=False):
            if not narrow:
                calls.setdefault(name, []).append(arguments)
            buffer = io.BytesIO()
            Image.new("L", (1, next(sizes))).save(buffer, "PNG")
            return buffer.getvalue()

        return png

    for name in (
        "kernels",
        "kernels_before_after",
        "feature_maps",
        "feature_maps_before_after",
        "activations",
    ):
        monkeypatch.setattr(plots, f"{name}_png", double(name))
    return calls


def listed(config):
    return sorted(os.listdir(os.path.join(config.model_dir, "inspect")))


def events(config):
    """Returns what TensorBoard is given, as (tag, step, PNG) in order."""
    folder = os.path.join(config.model_dir, "inspect")
    return [
        (value.tag, event.step, value.image.encoded_image_string)
        for name in listed(config)
        if ".tfevents." in name
        for event in tf.train.summary_iterator(os.path.join(folder, name))
        for value in event.summary.value
    ]


# The numbers.


@pytest.mark.parametrize(
    ("variant", "initializer"),
    [
        ("layers", "glorot_uniform"),
        ("nn", "normal_conv"),
        pytest.param("layers", "normal_conv", marks=pytest.mark.slow),
        pytest.param("layers", "he_uniform", marks=pytest.mark.slow),
        pytest.param("nn", "glorot_uniform", marks=pytest.mark.slow),
        pytest.param("nn", "he_uniform", marks=pytest.mark.slow),
    ],
)
def test_before_training_means_the_very_weights_that_training_began_with(
    small_config, small, variant, initializer
):
    config = dataclasses.replace(
        small_config,
        variant=variant,
        initializer=initializer,
        seed=7,
        train_steps=1,
        validation_examples=0,
        architecture="conv 3x3x4, pool 4, flatten, dense 12, dropout 0.4, dense 10",
    )
    experiment.train(config, dataset=small)
    inside = inspection.look_inside(config, small.test.images[:1], None)
    began = os.path.join(config.model_dir, "model.ckpt-0")
    assert inside.step == 0
    assert set(inside.variables) == {
        f"{layer}/{part}" for layer in ("conv2d", "dense", "dense_1") for part in ("kernel", "bias")
    }
    for name, value in inside.variables.items():
        np.testing.assert_array_equal(value, tf.train.load_variable(began, name), name)


def test_after_training_the_weights_are_the_checkpoints(trained, after):
    assert after.step == 40
    for name, value in after.variables.items():
        stored = tf.train.load_variable(os.path.join(trained.model_dir, "model.ckpt-40"), name)
        np.testing.assert_array_equal(value, stored, name)


def test_training_changed_every_weight(before, after):
    assert before.variables.keys() == after.variables.keys()
    for name, value in before.variables.items():
        assert (value != after.variables[name]).any(), name


def test_the_last_layer_gives_what_predict_says(trained, small, after):
    expected = experiment.predict(trained, small.test.images[:3]).probabilities
    logits = after.outputs["dense_1"].astype(np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)


def test_each_layer_gives_its_shape_and_dropout_nothing(trained, before, after):
    layers = architecture.parse(trained.architecture)
    outputs = zip(architecture.named(layers), architecture.output_shapes(layers), strict=True)
    shapes = {name: (3, *shape) for (name, _), shape in outputs if name != "dropout"}
    for state in (before, after):
        assert {name: values.shape for name, values in state.outputs.items()} == shapes
        assert {values.dtype for values in state.outputs.values()} == {np.dtype(np.float32)}


def test_convolutions_are_shown_after_their_relu_and_the_logits_without(after):
    for layer in ("conv2d", "conv2d_1", "max_pooling2d", "dense"):
        assert after.outputs[layer].min() == 0 < after.outputs[layer].max()
    assert after.outputs["dense_1"].min() < 0


def test_the_first_convolution_is_one_by_hand(small, after):
    """Of the upper left corner of the middle of the first image."""
    kernel, bias = after.variables["conv2d/kernel"], after.variables["conv2d/bias"]
    patch = small.test.images[0, 13:16, 13:16, 0].astype(np.float64) / 255
    expected = np.maximum(0, np.tensordot(patch, kernel[:, :, 0], axes=2) + bias)
    assert patch.any()
    np.testing.assert_allclose(after.outputs["conv2d"][0, 14, 14], expected, atol=1e-5)


def test_both_variants_look_the_same_inside(trained, small, before):
    other = dataclasses.replace(trained, variant="nn")
    inside = inspection.look_inside(other, small.test.images[:3], None)
    assert inside.variables.keys() == before.variables.keys()
    for name, values in before.outputs.items():
        np.testing.assert_allclose(inside.outputs[name], values, atol=1e-5, err_msg=name)


def test_best_and_last_are_looked_into_where_they_differ(best_is_first, small):
    image = small.test.images[:1]
    best, last = (inspection.look_inside(best_is_first, image, c) for c in ("best", "last"))
    assert (best.step, last.step) == (10, 40)
    assert (best.variables["conv2d/kernel"] != last.variables["conv2d/kernel"]).any()


def test_a_network_that_does_not_fit_is_refused(trained, small):
    other = dataclasses.replace(trained, architecture="flatten, dense 10")
    with pytest.raises(UserError, match="^architecture differs"):
        inspection.look_inside(other, small.test.images[:1])


# What is drawn.


def test_the_kernels_are_those_before_and_after(copy, small, drawn, before, after):
    inspection.write(copy, small.test.images[:1], ["one.png"])
    first, second = drawn["kernels_before_after"]
    for call, layer, shape in ((first, "conv2d", "3×3×1×8"), (second, "conv2d_1", "3×3×8×16")):
        np.testing.assert_array_equal(call[0], before.variables[f"{layer}/kernel"])
        np.testing.assert_array_equal(call[1], after.variables[f"{layer}/kernel"])
        assert call[2] == f"{layer}: {shape}"


def test_each_image_stands_upright_beside_its_own_maps(copy, small, drawn, before, after):
    images = small.test.images[:2]
    inspection.write(copy, images, ["one.png", "two.png"])
    calls = iter(drawn["feature_maps_before_after"])
    for number in range(2):
        for layer in LAYERS[:4]:
            image, first, second, title = next(calls)
            np.testing.assert_array_equal(image, images[number])
            np.testing.assert_allclose(first, before.outputs[layer][number], atol=1e-6)
            np.testing.assert_allclose(second, after.outputs[layer][number], atol=1e-6)
            assert title.startswith(f"{layer}: ")
    assert next(calls, None) is None
    (_, dense, title), *_ = drawn["activations"][1:]
    np.testing.assert_allclose(dense, after.outputs["dense_1"][0], atol=1e-5)
    assert title == "dense_1: 10"


@pytest.fixture(scope="module")
def written(trained, small, tmp_path_factory):
    """An image looked into with all pictures: the configuration and the page. Do not write."""
    folder = tmp_path_factory.mktemp("inspected") / "a model"
    shutil.copytree(trained.model_dir, folder)
    config = dataclasses.replace(trained, model_dir=str(folder))
    path = inspection.write(config, small.test.images[:1], ["digits/sieben <b>&ü.gif"])
    assert path == os.path.join(folder, "inspect", "index.html")
    return config, Parsed(path)


def pictures_on(page, config, image_files):
    """Returns the pictures of a page, each as (file, PNG, words); the files beside it have them.

    Args:
      image_files: how the names of the files of each image begin, in the order of the page.
    """
    names = ["kernels_conv2d.png", "kernels_conv2d_1.png"]
    names += [f"{image}_{layer}.png" for image in image_files for layer in LAYERS]
    assert sorted(names) == [name for name in listed(config) if name.endswith(".png")]
    pictures = []
    for name, image in zip(names, page.of("img"), strict=True):
        head, data = image["src"].split(",")
        png = base64.b64decode(data, validate=True)
        with open(os.path.join(config.model_dir, "inspect", name), "rb") as file:
            assert head == "data:image/png;base64" and file.read() == png
        pictures.append((name, png, image["alt"]))
    return pictures


@pytest.mark.slow
def test_the_page_has_a_section_for_the_kernels_and_for_each_image_with_its_own_pictures(
    copy, small, drawn, trained
):
    page = Parsed(
        inspection.write(copy, small.test.images[:2], ["digits/sieben 7.png", "<b>&ü.gif"])
    )
    assert page.texts["h2"] == ["Kernels", "digits/sieben 7.png", "<b>&ü.gif"]
    assert page.texts["h1"] == ["Inside modern"]
    lead = f"Before training and after 40 steps: {trained.architecture}"
    assert page.texts["p"][0] == lead
    answers = experiment.predict(trained, small.test.images[:2]).probabilities
    for said, text in zip(answers, page.texts["p"][2:], strict=True):
        after = f"after it {said.argmax()} ({said.max():.1%})."
        assert re.fullmatch(r"Before training the network predicts \d \(\d+\.\d%\), .*", text)
        assert text.endswith(after)
    images = ["image_1_sieben_7", "image_2__b_ü"]
    pictures = pictures_on(page, copy, images)
    assert len({png for _, png, _ in pictures}) == len(pictures)
    assert [(tag, step) for tag, step, _ in events(copy)] == tags_and_steps(images)


@pytest.mark.slow
def test_each_picture_has_words_decodes_and_is_the_file_beside_it(written):
    config, page = written
    for _, png, words in pictures_on(page, config, ["image_1_sieben_b_ü"]):
        with Image.open(io.BytesIO(png)) as opened:
            opened.load()
            assert opened.format == "PNG" and min(opened.size) > 100
        assert words
    assert "<b>&ü.gif" in page.of("img")[-1]["alt"] and not page.of("b")


def test_class_names_are_used_for_what_is_said(copy, small, drawn):
    names = [f"name {number} <&>" for number in range(10)]
    with open(os.path.join(copy.model_dir, "classes.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(names))
    path = inspection.write(copy, small.test.images[:1], ["one.png"])
    said = experiment.predict(copy, small.test.images[:1]).classes[0]
    assert f"after it {names[said]} (" in Parsed(path).texts["p"][2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "flatten, dense 10",
        "pool 2, flatten, dense 10",
        pytest.param("flatten, dense 50, dense 10", marks=pytest.mark.slow),
    ],
)
def test_a_network_without_a_convolution_is_looked_into(small_config, small, text):
    config = dataclasses.replace(
        small_config, architecture=text, train_steps=1, validation_examples=0
    )
    experiment.train(config, dataset=small)
    page = Parsed(inspection.write(config, small.test.images[:1], ["one.png"]))
    assert "This network has no convolution." in page.texts["p"]
    drawn = text.count("dense") + text.count("pool")
    assert len(page.of("img")) == drawn
    assert sum(name.endswith(".png") for name in listed(config)) == drawn


# Names of files.


ODD_NAMES = [
    "/one/7.png",
    "/two/7.png",
    "7.png",
    "../x.png",
    "../../../x.png",
    "a b.png",
    "数字 é.png",
    "",
    "...",
    ".png",
    "x" * 300 + ".png",
    os.fsdecode(b"\xff\xfe.png"),
]


def test_file_names_of_any_kind_neither_overwrite_one_another_nor_leave_the_folder(
    copy, small, drawn
):
    outside = set(os.listdir(copy.model_dir))
    page = Parsed(inspection.write(copy, small.test.images[: len(ODD_NAMES)], ODD_NAMES))
    assert set(os.listdir(copy.model_dir)) - outside == {"inspect"}
    names = [name for name in listed(copy) if name.startswith("image_")]
    assert len(names) == len(ODD_NAMES) * len(LAYERS)
    assert all(re.fullmatch(r"image_\d+_\w*\.png", name) for name in names)
    assert max(map(len, names)) < 100
    tags = [(tag, step) for tag, step, _ in events(copy)]
    assert len(tags) == len(set(tags)) == 2 * (2 + 4 * len(ODD_NAMES))
    shown = [name.encode("utf-8", "replace").decode() for name in ODD_NAMES]
    assert page.texts["h2"][1:] == shown


@pytest.mark.slow
def test_a_second_look_takes_the_place_of_the_first(copy, small, drawn):
    """Not a page of one image in a folder of two, and in TensorBoard each picture once."""
    inspection.write(copy, small.test.images[:2], ["a.png", "b.png"])
    mine = os.path.join(copy.model_dir, "inspect", "mine.png")
    with open(mine, "wb") as file:
        file.write(b"what a person put there")
    inspection.write(copy, small.test.images[2:3], ["c.png"])
    kernels = ["kernels_conv2d.png", "kernels_conv2d_1.png"]
    images = [f"image_1_c_{layer}.png" for layer in sorted(LAYERS)]
    names = [name for name in listed(copy) if ".tfevents." not in name]
    assert names == sorted([*images, "index.html", *kernels, "mine.png"])
    tags = [(tag, step) for tag, step, _ in events(copy)]
    assert len(tags) == len(set(tags)) and not [tag for tag, _ in tags if "image_2" in tag]


def test_a_folder_that_cannot_be_written_is_named(copy, small, drawn):
    with open(os.path.join(copy.model_dir, "inspect"), "w", encoding="utf-8") as file:
        file.write("a file in the way")
    with pytest.raises(UserError) as error:
        inspection.write(copy, small.test.images[:1], ["one.png"])
    assert str(error.value) == f"{copy.model_dir}/inspect cannot be written (File exists)"


# TensorBoard.


def tags_and_steps(images):
    """Returns what the event file holds of the kernels and of these images, in order."""
    tags = ["kernels/conv2d", "kernels/conv2d_1"]
    tags += [f"{image}/{layer}" for image in images for layer in LAYERS[:4]]
    return [(tag, step) for step in (0, 40) for tag in tags]


OF_ONE_IMAGE = tags_and_steps(["image_1_sieben_b_ü"])


@pytest.mark.slow
def test_the_event_file_holds_each_tag_before_and_after_training(written):
    found = events(written[0])
    assert [(tag, step) for tag, step, _ in found] == OF_ONE_IMAGE
    for tag, _ in OF_ONE_IMAGE[: len(OF_ONE_IMAGE) // 2]:
        first, second = (png for other, _, png in found if other == tag)
        assert first.startswith(b"\x89PNG") and first != second


@pytest.mark.slow
def test_a_real_tensorboard_shows_them(written, subprocess_environment, tmp_path):
    config, _ = written
    log = tmp_path / "log"
    code = "import cnn_mnist.tf_compat, tensorboard.main as t; t.run_main()"
    flags = [f"--logdir={config.model_dir}", "--port=0", "--reload_interval=1"]
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *flags, "--reload_multifile=true"],
            env={
                **subprocess_environment,
                "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        found = once(lambda: re.search(r" at (http://localhost:\d+/)", log.read_text()), 120)
        served = once(lambda: images_of(found[1], "inspect"), 30)
    finally:
        # It takes its data server along, which reads a pipe from it.
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert served == {(tag, step): png for tag, step, png in events(config)}


def images_of(address, run):
    """Returns the pictures of a run by tag and step, when TensorBoard has read them all."""
    # The proxy of the environment is for the network, which this is not.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(path, **query):
        query = urllib.parse.urlencode(query)
        with opener.open(f"{address}data/plugin/images/{path}?{query}", timeout=30) as answer:
            return answer.read()

    found = {}
    for tag in json.loads(get("tags")).get(run, ()):
        for entry in json.loads(get("images", run=run, tag=tag, sample=0)):
            query = dict(urllib.parse.parse_qsl(html.unescape(entry["query"])))
            found[tag, entry["step"]] = get("individualImage", **query)
    return found if len(found) >= len(OF_ONE_IMAGE) else None


def once(ask, seconds):
    """Asks until there is an answer."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer
