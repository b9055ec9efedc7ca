from __future__ import annotations

import dataclasses
import gzip
import importlib.machinery
import logging
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import types

import fork_server
import numpy as np
import prepared_mnist
import preparing_task
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist.data import class_names, decoded, idx, loading, splits, tfds
from cnn_mnist.errors import InstallationError, UserError


def write_idx(path, array):
    """Writes an IDX file of unsigned bytes, gzipped where the name says so."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "wb") as file:
        file.write(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def folder(tmp_path, digit):
    """A folder of IDX files: 30 training and 20 test images of one digit."""
    folder = tmp_path / "my digits é"
    folder.mkdir()
    image, label = digit
    for prefix, count in (("train", 30), ("t10k", 20)):
        write_idx(folder / f"{prefix}-images-idx3-ubyte", np.stack([image[..., 0]] * count))
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", np.full(count, label))
    return folder


def fingerprints(examples):
    """Returns a sorted list of all images with their labels, to compare regardless of order."""
    return sorted(zip(map(bytes, examples.images), examples.labels.tolist(), strict=True))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Where TFDS has prepared 200 images of each file."""
    folder = str(tmp_path_factory.mktemp("prepared"))
    with pytest.MonkeyPatch.context() as patch:
        prepared_mnist.cap(patch, 200)
        loading.load("mnist", folder, offline=True)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Where TFDS has prepared all images."""
    folder = str(tmp_path_factory.mktemp("whole"))
    loading.load("mnist", folder, offline=True)
    return folder


# A dry run in a new environment, as in .ci/run, prepares all of them too.
@pytest.fixture(params=[200, pytest.param(None, marks=[pytest.mark.slow, pytest.mark.long])])
def count_and_folder(request):
    """How many images of each file TFDS prepares, None for all, and where it has done so."""
    return request.param, request.getfixturevalue("prepared" if request.param else "whole")


def test_mnist_is_prepared_from_the_shipped_files_without_network(
    count_and_folder, network_attempts
):
    count, folder = count_and_folder
    mnist = loading.load("mnist", folder, offline=True)
    assert mnist.train.images.shape == (count or 60_000, 28, 28, 1)
    assert mnist.test.images.shape == (count or 10_000, 28, 28, 1)
    assert mnist.train.images.dtype == np.uint8 and mnist.train.labels.dtype == np.int32
    assert mnist.class_names == tuple("0123456789")
    assert network_attempts == []
    shipped = loading.load_folder(tfds.SHIPPED_MNIST)
    first = slice(count)
    assert fingerprints(mnist.test) == fingerprints(shipped.test.take(first))
    assert fingerprints(mnist.train) == fingerprints(shipped.train.take(first))


@pytest.mark.slow
def test_the_other_tests_have_mnist_in_the_order_of_tfds(count_and_folder, mnist):
    count, folder = count_and_folder
    really = loading.load("mnist", folder, offline=True)
    assert (mnist.name, mnist.class_names) == (really.name, really.class_names)
    for split, (images, labels) in prepared_mnist.arrays(count).items():
        np.testing.assert_array_equal(getattr(really, split).images, images)
        np.testing.assert_array_equal(getattr(really, split).labels, labels)
        assert getattr(mnist, split).labels.dtype == getattr(really, split).labels.dtype
    for split, (images, labels) in prepared_mnist.arrays().items():
        np.testing.assert_array_equal(getattr(mnist, split).images, images)
        np.testing.assert_array_equal(getattr(mnist, split).labels, labels)


@pytest.mark.parametrize("name", ["mnist", "mnist:3.0.1"])
def test_a_set_that_was_loaded_before_needs_no_tfds(prepared, monkeypatch, name):
    first = loading.load("mnist", prepared, offline=True)
    monkeypatch.setattr(tfds, "_import_tfds", lambda: pytest.fail("imported"))
    again = loading.load(name, prepared, offline=True)
    assert again.class_names == first.class_names
    np.testing.assert_array_equal(again.train.images, first.train.images)
    np.testing.assert_array_equal(again.test.labels, first.test.labels)


def test_arrays_that_an_older_version_kept_without_class_names_are_made_again(prepared, tmp_path):
    first = loading.load("mnist", prepared, offline=True)
    copy = shutil.copytree(prepared, tmp_path / "data")
    path = next(copy.rglob(decoded.FILE))
    with np.load(path) as arrays:
        np.savez(path, **{name: arrays[name] for name in arrays if name != "class_names"})
    lines = []
    again = loading.load("mnist", str(copy), offline=True, say=lines.append)
    assert lines == [
        f"{path} cannot be used, so mnist is decoded again",
        "Decoding mnist (once, about 5 s)",
    ]
    np.testing.assert_array_equal(again.test.images, first.test.images)
    assert decoded.read(str(path.parent))[1] == first.class_names


def test_loading_leaves_the_root_logger_without_a_handler(prepared, tmp_path, monkeypatch):
    """TFDS gives it one, and TensorFlow's lines would be printed twice."""
    folder = shutil.copytree(prepared, tmp_path / "data")
    next(folder.rglob(decoded.FILE)).unlink()
    monkeypatch.setattr(logging.root, "handlers", [])
    loading.load("mnist", str(folder), offline=True)
    assert logging.root.handlers == []


def test_damaged_decoded_arrays_are_made_again(prepared, tmp_path):
    first = loading.load("mnist", prepared, offline=True)
    shutil.copytree(f"{prepared}/mnist", tmp_path / "copy" / "mnist")
    path = tmp_path / "copy" / "mnist" / "3.0.1" / "cnn_mnist_decoded.npz"
    path.write_bytes(path.read_bytes()[:5000])
    lines = []
    again = loading.load("mnist", str(tmp_path / "copy"), offline=True, say=lines.append)
    assert lines == [
        f"{path} cannot be used, so mnist is decoded again",
        "Decoding mnist (once, about 5 s)",
    ]
    np.testing.assert_array_equal(again.test.images, first.test.images)
    assert len(path.read_bytes()) > 5000


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_set", "dataset=no_such_set is neither a folder nor a data set of"),
        (
            "fashon",
            "dataset=fashon is neither a folder nor a data set of tensorflow-datasets; for example "
            "mnist, fashion_mnist, kmnist, emnist/digits; did you mean fashion_mnist?",
        ),
        (
            "Fashion-MNIST",
            "dataset=Fashion-MNIST is neither a folder nor a TFDS name such as mnist; did you mean "
            "fashion_mnist?",
        ),
        ("No Such!", "dataset=No Such! is neither a folder nor a TFDS name such as mnist"),
        ("huggingface:mnist", "dataset=huggingface:mnist is neither a folder nor a TFDS name"),
        ("mnist:9.9.9", "dataset=mnist:9.9.9 is neither a folder nor a data set of"),
        (
            "/no/such/folder",
            "dataset=/no/such/folder does not exist; expected a folder of IDX files, a",
        ),
        ("cifar10", "dataset=cifar10 has images of 32x32x3 in 10 classes; expected 28x28x1 in 2"),
        ("imdb_reviews", "dataset=imdb_reviews has no image with a label"),
    ],
)
def test_a_set_that_does_not_exist_or_fit_is_refused(name, message, data_dir, network_attempts):
    with pytest.raises(UserError) as error:
        loading.load(name, data_dir)
    assert message in str(error.value) and "\n" not in str(error.value)
    assert network_attempts == []


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist", "emnist/digits"])
def test_offline_refuses_a_set_that_is_not_prepared_without_trying(
    name, data_dir, network_attempts
):
    with pytest.raises(UserError) as error:
        loading.load(name, data_dir, offline=True)
    assert str(error.value) == (
        f"dataset={name} is not prepared in {data_dir} and offline=True forbids downloading it; "
        "run once without offline=True, or give a folder of IDX files"
    )
    assert network_attempts == []


def test_a_set_that_is_not_prepared_leaves_nothing_in_the_folder_for_temporary_files(
    tmp_path, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with pytest.raises(UserError, match="is not prepared"):
        loading.load("kmnist", str(tmp_path / "data"), offline=True)
    assert not os.listdir(tmp_path / "temporary")


def test_a_source_that_cannot_be_reached_is_reported_at_once_in_one_line(
    data_dir, network_attempts, monkeypatch
):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError) as error:
        loading.load("fashion_mnist", data_dir)
    assert f"dataset=fashion_mnist is not prepared in {data_dir} and its source" in str(error.value)
    assert "give a folder of IDX files" in str(error.value) and "\n" not in str(error.value)
    assert network_attempts, "without --offline the network is tried"
    network_attempts.clear()


def test_a_preparation_that_fails_is_reported_in_one_line(tmp_path, monkeypatch):
    damaged = tmp_path / "damaged"
    shutil.copytree(tfds.SHIPPED_MNIST, damaged)
    (damaged / "t10k-labels-idx1-ubyte.gz").write_bytes(b"not the file that TFDS knows")
    monkeypatch.setattr(tfds, "SHIPPED_MNIST", str(damaged))
    with pytest.raises(UserError) as error:
        loading.load("mnist", str(tmp_path / "data"), offline=True)
    assert "dataset=mnist could not be prepared in" in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "data" / "mnist" / "3.0.1").exists()


@pytest.mark.parametrize("has_names", [False, True])
def test_tensorflow_datasets_that_is_imported_by_halves_is_one_line(monkeypatch, has_names):
    """As where tensorflow-metadata wants a newer protobuf than TensorFlow has."""

    def fail():
        raise VersionError("Detected incompatible Protobuf Gencode/Runtime versions")

    class VersionError(Exception):
        """Like protobuf's, neither an ImportError nor an AttributeError."""

    package = types.ModuleType("tensorflow_datasets")
    package.__spec__ = importlib.machinery.ModuleSpec("tensorflow_datasets", None)
    if has_names:
        package.disable_progress_bar = fail
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", package)
    for name, part in (("core", "dataset_info"), ("core.utils", "gcs_utils")):
        module = types.ModuleType(name)
        setattr(module, part, types.ModuleType(part))
        monkeypatch.setitem(sys.modules, f"tensorflow_datasets.{name}", module)
    with pytest.raises(InstallationError) as error:
        tfds._import_tfds()
    text = str(error.value)
    assert "tensorflow-datasets cannot be imported (" in text
    assert ("incompatible Protobuf" if has_names else "disable_progress_bar") in text
    assert "'tensorflow-metadata<1.18'" in text and len(text.splitlines()) == 1


def test_a_data_dir_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=r"^data_dir=.*file.* cannot be written"):
        loading.load("mnist", str(tmp_path / "file" / "below"), offline=True)


def test_a_folder_of_idx_files_is_read(folder, digit):
    found = loading.load(str(folder))
    assert found.name == "my digits é"
    assert (len(found.train), len(found.test)) == (30, 20)
    np.testing.assert_array_equal(found.test.images[7], digit[0])
    assert set(found.train.labels) == {digit[1]}


def test_a_model_folder_called_mnist_does_not_hide_the_data_set(
    mnist, data_dir, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "checkpoint").touch()
    assert len(loading.load("mnist", data_dir, offline=True).train) == 60_000


def test_a_folder_of_idx_files_is_found_by_its_bare_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert len(loading.load(folder.name).train) == 30


def test_gzipped_and_dotted_names_are_found_too(folder):
    plain = folder / "train-images-idx3-ubyte"
    (folder / "train-images.idx3-ubyte.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert len(loading.load(str(folder)).train) == 30


def test_class_names_come_from_classes_txt(folder):
    (folder / "classes.txt").write_text("\n".join("abcdefghij") + "\n")
    assert loading.load(str(folder)).class_names == tuple("abcdefghij")
    (folder / "classes.txt").write_text("one\ntwo\n")
    with pytest.raises(UserError, match=r"label 0 of the train images is \d; expected 0 to 1"):
        loading.load(str(folder))


def test_a_missing_file_is_named(folder):
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(UserError, match=r"t10k-labels-idx1-ubyte is missing; expected that file"):
        loading.load(str(folder))


def test_labels_that_do_not_match_the_images_are_named_with_both_counts(folder):
    write_idx(folder / "train-labels-idx1-ubyte", np.zeros(29))
    with pytest.raises(UserError, match=r"has 29 labels; expected 30, one for each image of"):
        loading.load(str(folder))


def test_an_empty_set_is_refused(folder):
    write_idx(folder / "t10k-images-idx3-ubyte", np.zeros((0, 28, 28)))
    write_idx(folder / "t10k-labels-idx1-ubyte", np.zeros(0))
    with pytest.raises(UserError, match="t10k-images-idx3-ubyte holds no images"):
        loading.load(str(folder))


def test_fashion_mnist_reads_as_a_folder(fashion_folder):
    found = loading.load(fashion_folder)
    assert (len(found.train), len(found.test)) == (60_000, 10_000)
    assert np.bincount(found.test.labels).tolist() == [1000] * 10


def test_the_validation_split_is_a_partition_that_no_seed_changes(small):
    training, validation = splits.split_validation(small.train, 300)
    assert (len(training), len(validation)) == (1700, 300)
    assert fingerprints(small.train) == sorted(fingerprints(training) + fingerprints(validation))
    _, again = splits.split_validation(small.train, 300)
    np.testing.assert_array_equal(again.images, validation.images)


def test_the_usual_validation_images_are_those_of_every_version(small):
    _, validation = splits.split_validation(small.train, 10)
    assert places(validation, small.train) == [
        155,
        889,
        1006,
        1280,
        1308,
        1361,
        1380,
        1519,
        1537,
        1873,
    ]


def test_another_validation_seed_holds_other_images_back(small):
    config = config_lib.from_preset("", validation_examples=300)
    _, usual = splits.training_and_validation(small, config)
    other = dataclasses.replace(config, validation_seed=7)
    training, validation = splits.training_and_validation(small, other)
    assert fingerprints(small.train) == sorted(fingerprints(training) + fingerprints(validation))
    in_both = set(fingerprints(usual)) & set(fingerprints(validation))
    # A seventh of them, as chance has it.
    assert 20 < len(in_both) < 80


def test_the_training_images_are_not_copied_by_the_split(small):
    training, _ = splits.split_validation(small.train, 300, 500)
    assert training.source is small.train
    batch = training.take(np.array([499, 0]))
    np.testing.assert_array_equal(batch.images, training.images[[499, 0]])
    np.testing.assert_array_equal(batch.labels, training.labels[[499, 0]])
    np.testing.assert_array_equal(training.images, small.train.images[training.positions])


def test_a_set_that_is_sorted_by_class_still_gives_every_class_to_validation(small):
    order = np.argsort(small.train.labels, kind="stable")
    _, validation = splits.split_validation(small.train.take(order), 300)
    assert np.bincount(validation.labels, minlength=10).min() > 10


def test_a_validation_split_may_be_empty_but_not_everything(small):
    training, validation = splits.split_validation(small.train, 0)
    assert (len(training), len(validation)) == (2000, 0)
    with pytest.raises(UserError, match="validation_examples=2000 leaves nothing to train on"):
        splits.split_validation(small.train, 2000)


def places(part, whole):
    """Returns the positions in `whole` of the examples of `part`, found by their pixels."""
    place = {bytes(image): position for position, image in enumerate(whole.images)}
    assert len(place) == len(whole), "two images are equal"
    return [place[bytes(image)] for image in part.images]


def test_fewer_training_images_are_a_part_of_more_in_the_same_order(small):
    whole, _ = splits.split_validation(small.train, 300)
    inner = list(range(len(whole)))
    for count in (1700, 1699, 500, 20, 1):
        part, _ = splits.split_validation(small.train, 300, count)
        found = places(part, whole)
        assert len(found) == count and found == sorted(set(found) & set(inner))
        np.testing.assert_array_equal(part.labels, whole.labels[found])
        inner = found


def test_fewer_training_images_are_drawn_from_everywhere(small):
    """The set is sorted by class: its first images would include no 9."""
    order = np.argsort(small.train.labels, kind="stable")
    training, _ = splits.split_validation(small.train.take(order), 300, 300)
    assert np.bincount(training.labels, minlength=10).min() > 10


def test_validation_images_stay_the_same_whatever_is_trained_on(small):
    _, validation = splits.split_validation(small.train, 300)
    for count in (1, 500, 1700):
        training, same = splits.split_validation(small.train, 300, count)
        np.testing.assert_array_equal(same.images, validation.images)
        np.testing.assert_array_equal(same.labels, validation.labels)
        assert not set(places(training, small.train)) & set(places(same, small.train))


@pytest.mark.parametrize("count", [1701, 2000, 60_000])
def test_more_training_images_than_there_are_say_how_many_are_allowed(small, count):
    with pytest.raises(UserError) as error:
        splits.split_validation(small.train, 300, count)
    assert str(error.value) == (
        f"train_examples={count} is too many; allowed: 1 to 1700, what "
        "validation_examples=300 leaves of 2000"
    )


def test_class_names_are_kept_and_without_them_classes_are_digits(tmp_path):
    assert class_names.saved_class_names(str(tmp_path)) == tuple("0123456789")
    assert class_names.saved_class_names(str(tmp_path / "missing")) == tuple("0123456789")
    names = ("T-shirt/top", "ä b", *"cdefghij")
    class_names.save_class_names(str(tmp_path), names)
    assert class_names.saved_class_names(str(tmp_path)) == names


def test_the_shipped_files_are_read_by_the_idx_reader():
    labels = idx.read_labels(os.path.join(tfds.SHIPPED_MNIST, "t10k-labels-idx1-ubyte.gz"))
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]


@pytest.mark.slow
def test_ten_processes_that_prepare_at_once_all_succeed(tmp_path, subprocess_environment):
    with fork_server.started(
        tmp_path, subprocess_environment, *preparing_task.PRELOADED, command="preparing_task"
    ) as command:
        started = [
            subprocess.Popen([*command, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True)
            for _ in range(10)
        ]
        said = [process.communicate(timeout=600)[0].split("\n")[-2:] for process in started]
    assert said == [["200", ""]] * 10


@pytest.mark.parametrize("offline", [True, False])
def test_a_place_of_prepared_sets_that_is_a_url_is_refused(monkeypatch, offline):
    with pytest.raises(UserError, match=r"^data_dir is 'gs://b/m', a URL; allowed: a path"):
        loading.load("mnist", "gs://b/m", offline)
    monkeypatch.setenv("TFDS_DATA_DIR", "gs://b/m")
    with pytest.raises(UserError, match=r"^TFDS_DATA_DIR is 'gs://b/m', a URL; allowed: a path"):
        loading.load("mnist", None, offline)
