"""scripts/drawn_digits prints what a model reads of each style, or why it cannot, in one line."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import io
import pathlib
import sys

import numpy as np
import pytest
from PIL import Image

from cnn_mnist import config, experiment
from cnn_mnist.data.drawn import digits as drawn_digits
from cnn_mnist.data.drawn import styles as drawn_styles
from cnn_mnist.data.framing import numpy_framing
from cnn_mnist.evaluation.predictor import Predictor

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from drawn_digits_table import __main__ as command  # noqa: E402
from drawn_digits_table import measures  # noqa: E402


def status(arguments):
    with contextlib.suppress(SystemExit):
        return command.main(arguments)
    return 2


def test_the_table_has_a_row_for_each_style_and_a_column_for_each_kind(
    trained, capsys, monkeypatch
):
    kinds = {name: drawn_digits.KINDS[name] for name in ("typical", "turned by 30°")}
    chosen = [style for style in drawn_styles.styles("test") if style.digit in (0, 1)][3:7]
    monkeypatch.setattr(drawn_digits, "KINDS", kinds)
    monkeypatch.setattr(drawn_styles, "styles", lambda part: {"test": chosen}[part])
    assert command.main([trained.model_dir, "--drawings=2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == ["", "style", "typical", "turned by 30°"]
    assert [row[1] for row in rows[2:]] == [*(style.name for style in chosen), "all", "lowest"]
    rates = np.array([row[2:] for row in rows[2:]], float)
    np.testing.assert_allclose(rates[-2], rates[:-2].mean(axis=0), atol=0.05)
    np.testing.assert_array_equal(rates[-1], rates[:-2].min(axis=0))


def test_a_rate_is_the_part_of_the_drawings_that_are_read_right():
    """A double: a network that is always sure of 7."""

    class Sure:
        def __call__(self, images):
            assert images.dtype == np.uint8 and images.shape[1:] == (28, 28, 1)
            self.classes = np.full(len(images), 7)
            return self

    by_digit = {style.digit: style for style in drawn_styles.styles("test")}
    assert measures.rates(Sure(), by_digit[7], 1, seed=1) == [1.0] * len(drawn_digits.KINDS)
    assert measures.rates(Sure(), by_digit[1], 1, seed=1) == [0.0] * len(drawn_digits.KINDS)


def test_the_sheet_shows_each_style_of_a_part_without_a_model(tmp_path, capsys, monkeypatch):
    chosen = drawn_styles.styles("test")[:5]
    monkeypatch.setattr(drawn_styles, "styles", lambda part: {"test": chosen}[part])
    path = tmp_path / "sheet.png"
    assert command.main([f"--sheet={path}"]) == 0
    assert capsys.readouterr() == ("", "")
    with Image.open(path) as image:
        assert image.size == (2 * 12 * 64, 3 * 64)
        tiles = np.asarray(image).reshape(3, 64, 24, 64).min(axis=(1, 3))
    assert (tiles < 128).sum() == 12 * 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "MODEL_DIR or --sheet is needed; --help lists the flags"),
        (["x", "--images=3"], "unrecognized arguments: --images=3; --help lists the flags"),
        (["/nonexistent"], "/nonexistent holds no trained model"),
        (
            ["x", "--drawings=0"],
            "argument --drawings: '0' is not a whole number from 1 to 10,000; --help lists the "
            "flags",
        ),
        (
            ["x", "--part=all"],
            "argument --part: invalid choice: 'all' (choose from 'train', 'test'); --help lists "
            "the flags",
        ),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_status_2(arguments, said, capsys):
    assert status(arguments) == 2
    found = capsys.readouterr()
    # Python 3.12 and later write the choices without quotes.
    assert found.out == ""
    assert found.err.replace("'", "") == f"scripts/drawn_digits: {said}\n".replace("'", "")


@pytest.mark.parametrize("name", ["sheet", "sheet.xyz"])
def test_a_sheet_of_unknown_format_is_refused(name, tmp_path, capsys):
    assert status([f"--sheet={tmp_path / name}"]) == 2
    assert capsys.readouterr().err == (
        f"scripts/drawn_digits: --sheet={tmp_path / name} names no format; allowed: a name that "
        "ends in .png or .jpg\n"
    )


# What drawn digits are for.


@pytest.fixture(scope="module")
def readers(tmp_path_factory, data_dir, mnist):
    """Two small models, trained for as many steps: on MNIST alone, and with drawn digits."""
    runs = {
        name: config.from_preset(
            str(tmp_path_factory.mktemp("readers") / name),
            preset="fastest",
            data_dir=data_dir,
            train_steps=500,
            batch_size=100,
            validation_examples=1000,
            **changes,
        )
        for name, changes in {
            "mnist": {},
            "drawn": {"drawn_examples": 10_000, "augmentation": "drawn"},
        }.items()
    }
    for run in runs.values():
        experiment.train(run, dataset=mnist)
    return runs


@pytest.mark.slow
@pytest.mark.long
def test_with_drawn_digits_a_model_reads_styles_that_it_never_saw(readers, monkeypatch):
    monkeypatch.setattr(drawn_digits, "KINDS", {"typical": drawn_digits.KINDS["typical"]})
    rates = {}
    for name, run in readers.items():
        with Predictor(run) as predict:
            found = [
                measures.rates(predict, style, 6, seed=1)[0]
                for style in drawn_styles.styles("test")
            ]
        rates[name] = np.mean(found)
    print(f"\n{rates}")
    assert rates["drawn"] > 0.95
    assert rates["drawn"] > rates["mnist"] + 0.02


@pytest.fixture(scope="module")
def digits_of_scikit_learn():
    """float64 `[1797, 65]`: 64 pixels from 0 to 16, and the label; skips without scikit-learn."""
    if (found := importlib.util.find_spec("sklearn")) is None:
        pytest.skip("scikit-learn is not installed")
    table = pathlib.Path(found.origin).parent / "datasets/data/digits.csv.gz"
    return np.loadtxt(io.StringIO(gzip.decompress(table.read_bytes()).decode()), delimiter=",")


# Its data are asked for before the readers, whose training takes long.
@pytest.mark.slow
def test_with_drawn_digits_a_model_reads_those_of_scikit_learn(digits_of_scikit_learn, readers):
    rows = digits_of_scikit_learn
    bare = np.minimum(255, rows[:, :64] * 16).astype(np.uint8).reshape(-1, 8, 8)
    # Framing takes a picture that the digit fills from edge to edge for blank paper.
    pictures = [
        np.asarray(Image.fromarray(np.pad(digit, 2)).resize((96, 96), Image.Resampling.BICUBIC))
        for digit in bare
    ]
    images = np.stack([numpy_framing.frame(measures.png(picture)) for picture in pictures])
    with Predictor(readers["drawn"]) as predict:
        right = predict(images).classes == rows[:, 64]
    print(f"\n{right.mean():.1%} of {len(right):,}")
    assert right.mean() > 0.9
