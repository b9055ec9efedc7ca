"""Examples that a page downloads are data for `--dataset`, and the page loads them again."""

from __future__ import annotations

import collections
import json
import pathlib
import subprocess
import zipfile

import javascript
import numpy as np
import pytest

from cnn_mnist.data import loading

SCRIPT = pathlib.Path(__file__).parent / "example_files.mjs"


def node(action, path, text=None):
    ran = subprocess.run(
        [javascript.node(), str(SCRIPT), action, str(path)],
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return ran.stdout


@pytest.fixture(scope="module")
def examples(small):
    pairs = zip(small.test.labels[:60], small.test.images[:60], strict=True)
    return [[str(label), image.ravel().tolist()] for label, image in pairs]


@pytest.fixture(scope="module")
def downloaded(examples, tmp_path_factory):
    path = tmp_path_factory.mktemp("examples") / "my-examples.zip"
    node("write", path, json.dumps(examples))
    return path


def counted(labelled):
    return collections.Counter((label, tuple(pixels)) for label, pixels in labelled)


def test_the_loader_of_dataset_reads_a_download_pixel_by_pixel(examples, downloaded, tmp_path):
    with zipfile.ZipFile(downloaded) as file:
        assert file.testzip() is None
        file.extractall(tmp_path)
    folder = tmp_path / "my-examples"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        {label for label, _ in examples}
    )
    found = loading.load(str(folder))
    images = np.concatenate([found.train.images, found.test.images])
    labels = np.concatenate([found.train.labels, found.test.labels])
    assert len(found.test) > 0
    names = [found.class_names[label] for label in labels]
    assert counted(zip(names, images.reshape(len(images), -1).tolist(), strict=True)) == counted(
        examples
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_page_reads_its_download_again_also_when_it_was_packed_anew(
    examples, downloaded, method, tmp_path
):
    assert counted(json.loads(node("read", downloaded))) == counted(examples)
    again = tmp_path / "again.zip"
    with zipfile.ZipFile(downloaded) as old, zipfile.ZipFile(again, "w", method) as new:
        new.writestr("__MACOSX/3/._0001.png", b"")
        new.writestr("readme.txt", "The examples of a class of pupils")
        for name in old.namelist():
            new.writestr(name.removeprefix("my-examples/"), old.read(name))
        new.comment = b"a comment at the end"
    assert counted(json.loads(node("read", again))) == counted(examples)
