"""What `--dataset` takes as files: each form is read, and each mistake is named in one line."""

from __future__ import annotations

import gzip
import shutil
import string

import data_forms
import made_data
import numpy as np
import pytest

from cnn_mnist.data import loading
from cnn_mnist.data.files import local
from cnn_mnist.errors import UserError, one_line

BOTH, TEST, TRAIN = data_forms.BOTH, data_forms.TEST, data_forms.TRAIN
of_npz = data_forms.of_npz
FORMS = [
    data_forms.keras,
    data_forms.medical,
    data_forms.floats,
    data_forms.kuzushiji,
    data_forms.plain_idx,
    data_forms.qmnist,
    data_forms.around,
    data_forms.around_with_dots,
    data_forms.named_as_gzip,
    data_forms.dotted,
    data_forms.torch,
    data_forms.emnist_beside_another,
    data_forms.csv_pair,
    data_forms.csv_in_folders,
    data_forms.pictures,
    data_forms.pictures_unpacked_twice,
    data_forms.pictures_with_validation,
    data_forms.parquet,
]


def in_order(images, labels):
    return sorted((int(label), bytes(image)) for image, label in zip(images, labels, strict=True))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_each_form_gives_the_same_images_and_labels(form, tmp_path, network_attempts):
    found = loading.load(str(form(tmp_path)), offline=True)
    assert found.class_names == tuple(string.digits)
    for part, (images, labels) in BOTH.items():
        examples = getattr(found, part)
        assert examples.images.dtype == np.uint8 and examples.labels.dtype == np.int32
        assert examples.images.shape == (len(labels), 28, 28, 1)
        assert in_order(examples.images, examples.labels) == in_order(images, labels)
    assert network_attempts == []


@pytest.mark.parametrize(
    "form",
    [
        data_forms.kaggle,
        data_forms.pictures_of_one_part,
        data_forms.images_and_labels,
        data_forms.one_parquet_file,
    ],
    ids=lambda form: form.__name__,
)
def test_without_test_images_a_fixed_part_of_each_class_is_for_testing(form, tmp_path):
    path, lines = str(form(tmp_path)), []
    found = loading.load(path, say=lines.append, test_fraction=0.25)
    assert lines[-1] == (
        f"{found.name} has no test images, so 0.25 of each class, 10 images, are for testing"
    )
    assert np.bincount(found.test.labels).tolist() == [1] * 10
    assert np.bincount(found.train.labels).tolist() == [3] * 10
    both = [*in_order(*parts_of(found.train)), *in_order(*parts_of(found.test))]
    assert sorted(both) == in_order(*TRAIN)
    again = loading.load(path, test_fraction=0.25)
    np.testing.assert_array_equal(again.test.images, found.test.images)


def parts_of(examples):
    return examples.images, examples.labels


def test_test_rows_without_labels_are_said_not_to_be_used(tmp_path):
    lines = []
    loading.load(str(data_forms.kaggle(tmp_path)), say=lines.append)
    assert lines[0] == f"{tmp_path / 'test.csv'} has no labels, so it is not used"


def test_a_bare_name_means_a_folder_with_data_but_never_a_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data_forms.pictures_of_one_part(tmp_path / "mine")
    assert len(loading.load("mine").train) == 30
    # The reports of a model have pictures too.
    (tmp_path / "mine" / "checkpoint").touch()
    assert not local.is_meant("mine")
    assert not local.is_meant("emnist/letters")
    assert local.is_meant("./no_such_folder")


# What is not data: the name of the file and its content, and what the line says after its path.


def in_folder(name, content):
    def write(folder):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path if name.endswith((".csv", ".npz", ".parquet", ".zip", ".txt")) else folder

    return write


def damaged_idx(content):
    def write(folder):
        data_forms.plain_idx(folder)
        (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
        return folder

    return write


def two_sets(folder):
    made_data.write_idx_set(folder, TRAIN, TEST, "emnist-digits-", "test")
    made_data.write_idx_set(folder, TRAIN, TEST, "emnist-mnist-", "test")
    return folder


def half_a_set(folder):
    made_data.write_idx_set(folder, TRAIN, TEST, "emnist-digits-", "test")
    (folder / "emnist-digits-test-labels-idx1-ubyte.gz").unlink()
    return folder


def two_csv_sets(folder):
    for name in ("a_train.csv", "b_train.csv"):
        (folder / name).write_text(made_data.csv_text(*TEST))
    return folder


def two_npz_files(folder):
    data_forms.keras(folder)
    shutil.copy(folder / "mnist.npz", folder / "other.npz")
    return folder


def csv(edit):
    def write(folder):
        lines = made_data.csv_text(*TEST).splitlines()
        (folder / "train.csv").write_text("\n".join(edit(lines)))
        return folder / "train.csv"

    return write


def npz(**arrays):
    return lambda folder: of_npz(folder, **arrays)


def pictures_with(name, content):
    def write(folder):
        made_data.write_pictures(folder, *TEST)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        return folder

    return write


def one_class(folder):
    made_data.write_pictures(folder, TEST[0], TEST[1] * 0)
    return folder


def class_of_test_alone(folder):
    made_data.write_pictures(folder / "train", *TRAIN)
    made_data.write_pictures(folder / "test", *TEST)
    made_data.write_pictures(folder / "test", TEST[0][:1], ["ten"])
    return folder


def too_many_classes(folder):
    return of_npz(folder, images=np.repeat(TEST[0][:1], 202, 0), labels=np.arange(202) // 2)


def label_of_test_alone(folder):
    other = np.where(TEST[1] == 9, 12, TEST[1])
    return of_npz(folder, x_train=TRAIN[0], y_train=TRAIN[1], x_test=TEST[0], y_test=other)


def lonely_label(folder):
    return of_npz(folder, images=TRAIN[0], labels=np.where(np.arange(40) == 7, 140, TRAIN[1]))


def parquet_with(**columns):
    def write(folder):
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pa.table(columns), folder / "mine.parquet")
        return folder / "mine.parquet"

    return write


HTML = b"<!DOCTYPE html><html><title>Sign in</title></html>" * 20
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9912422\n"
PAGE = "it is a web page, perhaps of a login or an error, saved in place of the file; download"
POINTER = "it is a pointer of Git LFS, not the file; 'git lfs pull' fetches the file"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
IMAGES = TEST[0]
MISTAKES = [
    (damaged_idx(HTML), f"train-images-idx3-ubyte.gz is not an IDX file: {PAGE}"),
    (damaged_idx(LFS), f"train-images-idx3-ubyte.gz is not an IDX file: {POINTER}"),
    (damaged_idx(gzip.compress(HTML)), f"train-images-idx3-ubyte.gz is not an IDX file: {PAGE}"),
    (damaged_idx(b"PK\3\4" + bytes(99)), "it is a ZIP archive; unpack it, and give what is in it"),
    (damaged_idx(b""), "expected 00 00 08 03 as its first bytes, found nothing"),
    (two_sets, "holds several sets, emnist-digits, emnist-mnist; give one of them, such as --"),
    (half_a_set, "emnist-digits-test-labels-idx1-ubyte is missing; expected that file, with or"),
    (in_folder("train.csv", HTML), f"train.csv is not a CSV file: {PAGE}"),
    (in_folder("train.csv", LFS), f"train.csv is not a CSV file: {POINTER}"),
    (in_folder("train.csv", ""), "train.csv is empty"),
    (in_folder("a.csv", made_data.csv_text(IMAGES, None, made_data.PIXELS)), "has no labels, only"),
    (in_folder("a.csv", f"id,{made_data.PIXELS}\n"), "has no labels, but a column called id"),
    (csv(lambda lines: lines[:1]), "train.csv holds no images"),
    (csv(lambda lines: [*lines[:4], lines[4] + ",7"]), "line 5 has 786 columns; expected 785"),
    (csv(lambda lines: [lines[0], lines[1] + ",7"]), "line 2 has 786 columns; expected 785"),
    (csv(lambda lines: [*lines[:3], "x" + lines[3]]), "line 4, column 1 is 'x1'; expected a whole"),
    (csv(lambda lines: [*lines[:3], lines[3][:-1] + "256"]), "line 4, column 785 is 256; expected"),
    (csv(lambda lines: [*lines[:3], lines[3] + ".5"]), "line 4, column 785 is 0.5; expected a who"),
    (csv(lambda lines: [*lines[:3], "-" + lines[3]]), "line 4, column 1 is -1; expected a label"),
    (two_csv_sets, "holds several sets, a, b; give one file, such as --dataset="),
    (in_folder("mnist.npz", HTML), f"mnist.npz cannot be read as .npz: {PAGE}"),
    (in_folder("mnist.npz", b"PK\3\4 not really"), "mnist.npz cannot be read as .npz: "),
    (two_npz_files, "holds 2 .npz files; give one of them, such as --dataset="),
    (npz(a=IMAGES, b=TEST[1]), "holds arrays called a, b; expected x_train, y_train, x_test and"),
    (npz(images=np.array([{}]), labels=TEST[1]), "holds Python objects, which are not read"),
    (npz(images=IMAGES[0], labels=TEST[1]), "images of train has the shape [28, 28]; expected"),
    (npz(images=IMAGES * 2.0, labels=TEST[1]), "holds values from 0 to 510; expected 0 to 255"),
    (npz(images=IMAGES, labels=TEST[1] + 0.5), "holds labels of the type float64; expected whole"),
    (npz(images=IMAGES, labels=TEST[1][:5]), "has 5 labels of train; expected 20, one for each"),
    (npz(images=IMAGES, labels=TEST[1] - 1), "a label is -1; expected 0 or more"),
    (npz(images=IMAGES[:0], labels=TEST[1][:0]), "holds no images to train"),
    (too_many_classes, "has 101 classes; allowed: 2 to 100"),
    (label_of_test_alone, "label 18 of the test images is 12; expected 0 to 9"),
    (lonely_label, "one training image alone has the label 140; correct it, or name the classes"),
    (
        one_class,
        "holds one folder of pictures, 0; expected a folder for each of two or more",
    ),
    (class_of_test_alone, "ten is a class of test without a folder of pictures in train"),
    (pictures_with("3/a.png", HTML), f"a.png is not a readable image ({PAGE}"),
    (pictures_with("3/a.jpg", LFS), f"a.jpg is not a readable image ({POINTER}"),
    (pictures_with("3/a.png", HEIC), "(it is a HEIC picture, as phones take them; save it as JPEG"),
    (in_folder("a.parquet", HTML), f"a.parquet cannot be read as Parquet: {PAGE}"),
    (in_folder("a.parquet", LFS), f"a.parquet cannot be read as Parquet: {POINTER}"),
    (parquet_with(text=["a"]), "has the columns text; expected image and label, as Hugging Face"),
    (parquet_with(image=["a"], label=[1]), "an image is not the bytes of a picture file"),
    (parquet_with(image=[b"a"], label=[1]), "row 0 is not a readable image"),
    (in_folder("mnist.zip", b"PK\3\4"), "mnist.zip is a file; it is a ZIP archive; unpack it"),
    (
        in_folder("notes.txt", "hello"),
        "notes.txt is a file; expected a folder of IDX files, a folder of pictures",
    ),
    (
        in_folder("empty/notes", "hello"),
        "holds no data set; expected a folder of IDX files, a folder of pictures",
    ),
]


@pytest.mark.parametrize(("write", "message"), MISTAKES)
def test_a_mistake_is_named_in_one_line(write, message, tmp_path, network_attempts):
    path = write(tmp_path)
    with pytest.raises(UserError) as error:
        loading.load(str(path), offline=True)
    line = one_line(error.value)
    assert str(tmp_path) in line and message in line
    assert "\n" not in str(error.value) and network_attempts == []
