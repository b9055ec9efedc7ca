"""The forms in which others hold data sets, each written to a folder from the same few digits.

Each function returns the path that `--dataset` takes.
"""

from __future__ import annotations

import gzip

import made_data
import numpy as np
import pytest

TRAIN, TEST = made_data.examples(4), made_data.examples(2)
BOTH = {"train": TRAIN, "test": TEST}


def of_npz(folder, **arrays):
    path = folder / "mnist.npz"
    np.savez_compressed(path, **arrays)
    return path


def keras(folder):
    return of_npz(folder, x_train=TRAIN[0], y_train=TRAIN[1], x_test=TEST[0], y_test=TEST[1])


def medical(folder):
    arrays = {f"{part}_images": images for part, (images, _) in BOTH.items()}
    arrays |= {f"{part}_labels": labels[:, np.newaxis] for part, (_, labels) in BOTH.items()}
    return of_npz(folder, **arrays)


def floats(folder):
    return of_npz(
        folder,
        train_images=(TRAIN[0] / 255).reshape(-1, 784),
        train_labels=np.eye(10)[TRAIN[1]],
        test_images=TEST[0].reshape(-1, 28, 28, 1) / np.float32(255),
        test_labels=TEST[1].astype(float),
    )


def kuzushiji(folder):
    for part, (images, labels) in BOTH.items():
        np.savez_compressed(folder / f"k49-{part}-imgs.npz", images)
        np.savez_compressed(folder / f"k49-{part}-labels.npz", labels)
    return folder


def plain_idx(folder):
    made_data.write_idx_set(folder, TRAIN, TEST)
    return folder


def qmnist(folder):
    for part, (images, labels) in BOTH.items():
        made_data.write_idx(folder / f"qmnist-{part}-images-idx3-ubyte.gz", images)
        columns = np.zeros((len(labels), 8), ">i4")
        columns[:, 0], columns[:, 1] = labels, 65536
        made_data.write_idx(folder / f"qmnist-{part}-labels-idx2-int.gz", columns)
    return folder


def unpacked(folder, named):
    made_data.write_idx_set(folder, TRAIN, TEST)
    for path in list(folder.iterdir()):
        content = gzip.decompress(path.read_bytes())
        path.unlink()
        inner = folder / named(path.name.removesuffix(".gz"))
        inner.parent.mkdir(exist_ok=True)
        inner.write_bytes(content)
    return folder


def around(folder):
    return unpacked(folder, lambda name: f"{name}/{name}")


def around_with_dots(folder):
    return unpacked(folder, lambda name: f"{name}/{name.replace('-idx', '.idx')}")


def named_as_gzip(folder):
    return unpacked(folder, lambda name: f"{name}.gz/{name}")


def dotted(folder):
    return unpacked(folder, lambda name: name.replace("-idx", ".idx"))


def torch(folder):
    (folder / "MNIST").mkdir()
    return plain_idx(folder / "MNIST" / "raw").parent.parent


def emnist_beside_another(folder):
    made_data.write_idx_set(folder, TRAIN, TEST, "emnist-digits-", "test")
    made_data.write_idx_set(folder, TEST, TRAIN, "emnist-mnist-", "test")
    return folder / "emnist-digits"


def csv_pair(folder):
    for part, (images, labels) in BOTH.items():
        (folder / f"mnist_{part}.csv").write_text(made_data.csv_text(images, labels, head=""))
    return folder


def csv_in_folders(folder):
    for part, (images, labels) in BOTH.items():
        (folder / f"mnist_{part}").mkdir()
        path = folder / f"mnist_{part}" / f"mnist_{part}.csv"
        path.write_text(made_data.csv_text(images, labels), encoding="utf-8-sig")
    return folder


def pictures(folder):
    for part, (images, labels) in BOTH.items():
        made_data.write_pictures(folder / part, images, labels)
    return folder


def pictures_unpacked_twice(folder):
    made_data.write_pictures(folder / "trainingSet" / "trainingSet", *TRAIN)
    made_data.write_pictures(folder / "testing" / "testing", *TEST)
    (folder / "__MACOSX").mkdir()
    (folder / "Thumbs.db").touch()
    return folder


def pictures_with_validation(folder):
    made_data.write_pictures(folder / "train", *TRAIN)
    made_data.write_pictures(folder / "val", *TEST)
    return folder


def parquet(folder):
    pytest.importorskip("pyarrow")
    (folder / "data").mkdir()
    half = len(TRAIN[0]) // 2
    train = folder / "data" / "train-0000{}-of-00002.parquet"
    made_data.write_parquet(str(train).format(0), TRAIN[0][:half], TRAIN[1][:half])
    made_data.write_parquet(str(train).format(1), TRAIN[0][half:], TRAIN[1][half:])
    made_data.write_parquet(folder / "data" / "test-00000-of-00001.parquet", *TEST)
    return folder


def kaggle(folder):
    (folder / "train.csv").write_text(made_data.csv_text(*TRAIN))
    (folder / "test.csv").write_text(made_data.csv_text(TEST[0], None, head=made_data.PIXELS))
    return folder


def pictures_of_one_part(folder):
    made_data.write_pictures(folder, *TRAIN)
    return folder


def images_and_labels(folder):
    return of_npz(folder, images=TRAIN[0], labels=TRAIN[1])


def one_parquet_file(folder):
    pytest.importorskip("pyarrow")
    made_data.write_parquet(folder / "mine.parquet", *TRAIN)
    return folder / "mine.parquet"
