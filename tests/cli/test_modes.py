"""The modes that draw or list, `--open`, and what is left of a training that ended too soon."""

from __future__ import annotations

import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import webbrowser

import diverging
import numpy as np
import pytest
from parsed_html import Parsed
from PIL import Image

from cnn_mnist import config as config_lib
from cnn_mnist import hooks, main, plots
from cnn_mnist.config import presets
from cnn_mnist.data import splits
from cnn_mnist.hooks import monitor
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import checkpoints, exports, validations
from cnn_mnist.networks import architecture
from cnn_mnist.reports import inspection, report
from cnn_mnist.tf_compat import tf


@pytest.fixture
def command(data_dir, small, monkeypatch, no_confusion_pictures):
    """Runs the command in this process on little data; returns its exit status."""
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    return lambda *arguments: main.main([*arguments, f"--data_dir={data_dir}", "--offline"])


@pytest.fixture
def copy(trained, tmp_path):
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return str(tmp_path / "copy")


@pytest.fixture
def undrawn(monkeypatch):
    """Draws nothing, which takes seconds: every picture is one pixel."""
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")
    for name in plots.__all__:
        monkeypatch.setattr(plots, name, lambda *arguments, **options: buffer.getvalue())


@pytest.fixture
def digit_files(tmp_path, small):
    """Fourteen test digits as files, `00.png` to `13.png`."""
    folder = tmp_path / "digits"
    folder.mkdir()
    for number in range(14):
        Image.fromarray(small.test.images[number, ..., 0]).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture
def opened(monkeypatch):
    """The addresses that the browser was asked for; it opens all of them."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


def snapshot(folder) -> dict[str, bytes]:
    return {
        os.path.join(place, name): pathlib.Path(place, name).read_bytes()
        for place, _, names in os.walk(folder)
        for name in names
    }


# Summary.

SUMMARY = """\
layer            what               output    parameters
input            image              28×28×1
conv2d           conv 5x5x32, ReLU  28×28×32         832
max_pooling2d    pool 2             14×14×32           0
conv2d_1         conv 5x5x64, ReLU  14×14×64      51,264
max_pooling2d_1  pool 2             7×7×64             0
flatten          flatten            3136               0
dense            dense 1024, ReLU   1024       3,212,288
dropout          dropout 0.4        1024               0
dense_1          dense 10           10            10,250

3,274,634 parameters, 12.5 MiB as float32
"""


def test_summary_prints_the_table_of_a_recipe_before_any_training(tmp_path, command, capsys):
    place = tmp_path / "untrained"
    assert command("--mode=summary", f"--model_dir={place}", "--preset=layers_tutorial") == 0
    captured = capsys.readouterr()
    assert captured.err == "" and not place.exists()
    assert captured.out == SUMMARY


def rows_of(table):
    """Returns the cells of a printed table, whose columns are two spaces apart."""
    return [re.split(r"\s{2,}", line.strip()) for line in table.splitlines() if line.strip()]


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_summary_has_the_numbers_of_the_network(tmp_path, command, capsys, preset):
    assert command("--mode=summary", f"--model_dir={tmp_path}/m", f"--preset={preset}") == 0
    heads, first, *rows, last = rows_of(capsys.readouterr().out)
    layers = architecture.parse(presets.PRESETS[preset].architecture)
    assert heads == ["layer", "what", "output", "parameters"]
    assert first == ["input", "image", "28×28×1"]
    assert [tuple(row) for row in rows] == architecture.table(layers)[1:]
    count = architecture.parameter_count(layers)
    assert sum(int(row[3].replace(",", "")) for row in rows) == count
    assert last == [f"{count:,} parameters, {count * 4 / 2**20:.1f} MiB as float32"]


def test_summary_as_json_is_one_object(tmp_path, command, capsys):
    place = f"--model_dir={tmp_path}/m"
    line = "--architecture=conv 3x3x4 valid, pool 2, flatten, dense 10"
    assert command("--mode=summary", place, line, "--format=json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["parameters"] == 40 + 13 * 13 * 4 * 10 + 10
    assert facts["parameters"] == sum(layer["parameters"] for layer in facts["layers"])
    assert facts["bytes"] == 4 * facts["parameters"]
    assert facts["layers"][:2] == [
        {"layer": "input", "what": "image", "output": [28, 28, 1], "parameters": 0},
        {
            "layer": "conv2d",
            "what": "conv 3x3x4 valid, ReLU",
            "output": [26, 26, 4],
            "parameters": 40,
        },
    ]
    assert [layer["layer"] for layer in facts["layers"]] == [
        "input",
        "conv2d",
        "max_pooling2d",
        "flatten",
        "dense",
    ]


def test_summary_says_how_many_parameters_are_moving_averages(tmp_path, command, capsys):
    place = f"--model_dir={tmp_path}/m"
    line = "--architecture=conv 3x3x4 stride 2, batch_norm, flatten, dense 10"
    assert command("--mode=summary", place, line) == 0
    total = 40 + 16 + 14 * 14 * 4 * 10 + 10
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"{total:,} parameters (8 of them moving averages, which are not")
    assert command("--mode=summary", place, line, "--format=json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["parameters"], facts["moving_averages"]) == (total, 8)


@pytest.mark.slow
def test_summary_of_a_model_is_that_of_its_own_network(trained, command, capsys):
    before = snapshot(trained.model_dir)
    assert command("--mode=summary", f"--model_dir={trained.model_dir}") == 0
    rows = rows_of(capsys.readouterr().out)
    table = architecture.table(architecture.parse(trained.architecture))
    assert [tuple(row) for row in rows[2:-1]] == table[1:]
    assert snapshot(trained.model_dir) == before


def test_summary_takes_neither_tensorflow_nor_time(tmp_path, subprocess_environment):
    code = (
        "import sys, time; from cnn_mnist import main; "
        f"status = main.main(['--mode=summary', '--model_dir={tmp_path}/m']); "
        "heavy = {'tensorflow', 'numpy', 'matplotlib', 'PIL', 'tensorflow_datasets'}; "
        "print(status, sorted(heavy & set(sys.modules)), time.process_time())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules, seconds = ran.stdout.splitlines()[-1].split()
    assert (status, modules) == ("0", "[]") and float(seconds) < 2


def test_summary_of_a_network_that_does_not_fit_is_one_line(tmp_path, command, capsys):
    line = "--architecture=conv 3x3x4, dense 10"
    assert command("--mode=summary", f"--model_dir={tmp_path}/m", line) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("cnn-mnist: --architecture: 'dense 10'")


@pytest.mark.parametrize("form", ["text", "json"])
def test_summary_draws_the_network_before_any_training_and_opens_it(
    tmp_path, command, opened, capsys, form
):
    flags = [f"--model_dir={tmp_path}/new", "--preset=fashion", "--open", f"--format={form}"]
    assert command("--mode=summary", *flags) == 0
    picture = tmp_path / "new" / "network.png"
    assert opened == [picture.as_uri()]
    assert picture.read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    if form == "json":
        assert json.loads(printed)["picture"] == str(picture)
    else:
        assert printed.splitlines()[-1] == f"Network     {picture}"


def test_the_picture_of_a_network_needs_a_folder_that_can_be_written(tmp_path, command, capsys):
    (tmp_path / "file").touch()
    flags = ["--mode=summary", f"--model_dir={tmp_path}/file/model", "--open"]
    assert command(*flags) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in line


# Report.


def test_report_says_the_result_and_where_the_page_is_and_opens_no_browser(
    copy, command, undrawn, opened, capsys
):
    assert command(f"--model_dir={copy}", "--mode=report") == 0
    assert opened == []
    captured = capsys.readouterr()
    score, lowest, place = captured.out.splitlines()
    assert re.fullmatch(r"Test +\d\d\.\d\d% \(\d+ of 500\), loss \d\.\d{4}", score)
    assert lowest.startswith("            lowest for class '")
    assert place == f"Report      {copy}/report/index.html"
    assert captured.err.splitlines() == [
        "Testing step 40 on the 500 test images",
        "Drawing",
    ]
    assert score.split()[1] in Parsed(f"{copy}/report/index.html").texts["p"][0]


def test_report_as_json_is_one_object(copy, command, undrawn, capsys):
    assert command(f"--model_dir={copy}", "--mode=report", "--format=json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["report"] == f"{copy}/report/index.html" and os.path.exists(facts["report"])
    assert facts["total"] == 500 and facts["accuracy"] == facts["correct"] / 500


def test_report_tests_the_checkpoint_it_is_told(best_is_first, tmp_path, command, undrawn, capsys):
    shutil.copytree(best_is_first.model_dir, tmp_path / "copy")
    for which, step in (("best", 10), ("last", 40)):
        flags = [f"--model_dir={tmp_path}/copy", "--mode=report", f"--checkpoint={which}"]
        assert command(*flags, "--format=json") == 0
        assert json.loads(capsys.readouterr().out)["step"] == step


def test_report_shows_the_images_it_is_given(copy, command, undrawn, digit_files, monkeypatch):
    drawn = []
    png = plots.probabilities_png
    monkeypatch.setattr(
        plots, "probabilities_png", lambda *arguments, **_: drawn.append(arguments) or png()
    )
    images = [f"--images={digit_files}/0{number}.png" for number in (3, 1)]
    assert command(f"--model_dir={copy}", "--mode=report", *images) == 0
    # The page has each picture wide and narrow.
    (pixels, _, _, captions), (_, _, _, narrow_captions) = drawn
    assert narrow_captions == captions
    assert captions == [f"{digit_files}/03.png", f"{digit_files}/01.png"]
    expected = [np.asarray(Image.open(path)) for path in captions]
    np.testing.assert_array_equal(pixels[..., 0], expected)


# Inspect.


def test_inspect_says_where_the_page_is_and_opens_no_browser(
    copy, command, undrawn, digit_files, opened, capsys
):
    images = f"--images={digit_files}/0[01].png"
    assert command(f"--model_dir={copy}", "--mode=inspect", images) == 0
    assert opened == []
    captured = capsys.readouterr()
    assert captured.out == f"Inside      {copy}/inspect/index.html\n"
    assert captured.err == "Drawing\n"
    page = Parsed(f"{copy}/inspect/index.html")
    assert page.texts["h2"] == ["Kernels", f"{digit_files}/00.png", f"{digit_files}/01.png"]


def test_inspect_as_json_is_one_object(copy, command, undrawn, digit_files, capsys):
    flags = [f"--images={digit_files}/00.png", "--format=json"]
    assert command(f"--model_dir={copy}", "--mode=inspect", *flags) == 0
    assert json.loads(capsys.readouterr().out) == {"inspect": f"{copy}/inspect/index.html"}


def test_inspect_looks_into_the_checkpoint_it_is_told(
    best_is_first, tmp_path, command, undrawn, digit_files
):
    shutil.copytree(best_is_first.model_dir, tmp_path / "copy")
    for which, step in (("best", 10), ("last", 40)):
        images = f"--images={digit_files}/00.png"
        flags = [f"--model_dir={tmp_path}/copy", "--mode=inspect", f"--checkpoint={which}"]
        assert command(*flags, images) == 0
        lead = Parsed(tmp_path / "copy" / "inspect" / "index.html").texts["p"][0]
        assert lead.startswith(f"Before training and after {step} steps: ")


def test_inspect_without_an_image_is_one_line(copy, command, capsys):
    before = snapshot(copy)
    assert command(f"--model_dir={copy}", "--mode=inspect") == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err == (
        "cnn-mnist: --mode=inspect needs --images, such as --images='digits/*.png'\n"
    )
    assert snapshot(copy) == before


# Of both.


def shown_by(folder, mode):
    """Returns the names of the images on a page, without their folders."""
    page = Parsed(f"{folder}/{mode}/index.html")
    if mode == "inspect":
        return [os.path.basename(heading) for heading in page.texts["h2"][1:]]
    return re.findall(r"(\w+\.png): \d at ", page.of("img")[4]["alt"])


@pytest.mark.parametrize("mode", [pytest.param("report", marks=pytest.mark.slow), "inspect"])
def test_an_image_that_is_none_costs_its_own_line_and_the_others_are_drawn(
    copy, command, undrawn, digit_files, capsys, mode
):
    (digit_files / "01.png").write_bytes(b"no image")
    images = [f"--images={digit_files}/0{number}.png" for number in range(3)]
    assert command(f"--model_dir={copy}", f"--mode={mode}", *images) == 2
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if line.startswith("cnn-mnist: ")]
    assert len(lines) == 1
    assert lines[0].startswith(f"cnn-mnist: {digit_files}/01.png is not a readable image")
    assert captured.out.endswith(f"{copy}/{mode}/index.html\n")
    assert shown_by(copy, mode) == ["00.png", "02.png"]


@pytest.mark.parametrize("mode", ["report", "inspect"])
def test_where_no_image_can_be_read_nothing_is_written(copy, command, digit_files, capsys, mode):
    for number in range(2):
        (digit_files / f"0{number}.png").write_bytes(b"no image")
    before = snapshot(copy)
    images = f"--images={digit_files}/0[01].png"
    assert command(f"--model_dir={copy}", f"--mode={mode}", images) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 2
    assert snapshot(copy) == before


@pytest.mark.parametrize("mode", [pytest.param("report", marks=pytest.mark.slow), "inspect"])
def test_of_many_images_the_first_are_drawn_and_that_is_said(
    copy, command, undrawn, digit_files, capsys, mode
):
    assert report.MOST_CHOSEN == inspection.MOST_IMAGES == 12
    assert command(f"--model_dir={copy}", f"--mode={mode}", f"--images={digit_files}") == 0
    assert "Drawing the first 12 of 14 images" in capsys.readouterr().err.splitlines()
    assert shown_by(copy, mode) == [f"{number:02}.png" for number in range(12)]


@pytest.mark.parametrize("mode", ["report", "inspect"])
def test_an_untrained_folder_is_one_line_and_remains_as_it_was(
    tmp_path, command, digit_files, capsys, mode
):
    place = tmp_path / "untrained"
    images = f"--images={digit_files}/00.png"
    assert command(f"--model_dir={place}", f"--mode={mode}", images) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err == (
        f"cnn-mnist: --model_dir={place} holds no trained model; train one with --mode=train\n"
    )
    assert not place.exists()


@pytest.mark.parametrize(
    ("mode", "images"),
    [
        ("report", True),
        ("inspect", True),
        ("inspect", False),
        pytest.param("report", False, marks=pytest.mark.slow),
    ],
)
def test_a_dry_run_keeps_nothing_and_opens_nothing(
    copy, command, undrawn, digit_files, opened, capsys, mode, images
):
    before = snapshot(copy)
    given = [f"--images={digit_files}/00.png"] if images else []
    assert command(f"--model_dir={copy}", f"--mode={mode}", "--dry_run", "--open", *given) == 0
    captured = capsys.readouterr()
    label = {"report": "Report", "inspect": "Inside"}[mode]
    assert captured.out.splitlines()[-1] == f"{label}      works"
    assert captured.err.splitlines()[-1] == "Dry run: nothing was kept"
    assert snapshot(copy) == before and opened == []


@pytest.mark.parametrize("mode", ["report", "inspect", "export"])
def test_a_dry_run_as_json_names_no_folder_that_it_has_removed(
    copy, command, undrawn, capsys, mode
):
    assert command(f"--model_dir={copy}", f"--mode={mode}", "--dry_run", "--format=json") == 0
    assert json.loads(capsys.readouterr().out)[mode] is None


@pytest.mark.parametrize("mode", ["report", "inspect"])
def test_a_page_that_cannot_be_written_is_one_line(
    copy, command, undrawn, digit_files, capsys, mode
):
    pathlib.Path(copy, mode).write_text("a file in the way")
    images = f"--images={digit_files}/00.png"
    assert command(f"--model_dir={copy}", f"--mode={mode}", images) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == f"cnn-mnist: {copy}/{mode} cannot be written (File exists)"


# The browser.


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("report", "text"),
        ("inspect", "json"),
        pytest.param("report", "json", marks=pytest.mark.slow),
        pytest.param("inspect", "text", marks=pytest.mark.slow),
    ],
)
def test_open_shows_the_page_in_the_browser_and_its_path_is_printed_from_the_root(
    trained, tmp_path, command, undrawn, digit_files, opened, capsys, monkeypatch, mode, form
):
    """From a relative folder whose name an address has to escape."""
    shutil.copytree(trained.model_dir, tmp_path / "a #model é")
    monkeypatch.chdir(tmp_path)
    images = f"--images={digit_files}/00.png"
    flags = ["--model_dir=a #model é", f"--mode={mode}", images, "--open", f"--format={form}"]
    assert command(*flags) == 0
    assert opened == [f"file://{tmp_path}/a%20%23model%20%C3%A9/{mode}/index.html"]
    page = f"{tmp_path}/a #model é/{mode}/index.html"
    last = capsys.readouterr().out.splitlines()[-1]
    if form == "text":
        label = {"report": "Report", "inspect": "Inside"}[mode]
        assert last == f"{label}      {page}"
    else:
        assert json.loads(last)[mode] == page


def test_open_without_a_browser_says_so_in_one_line(copy, command, undrawn, capsys, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert command(f"--model_dir={copy}", "--mode=report", "--open") == 0
    page = f"{copy}/report/index.html"
    assert os.path.exists(page)
    assert capsys.readouterr().err.splitlines()[2:] == [
        f"cnn-mnist: --open found no browser; open {page} in one"
    ]


@pytest.mark.parametrize("mode", ["train_and_evaluate", "evaluate", "export"])
def test_open_is_for_pages_only(copy, command, capsys, mode):
    before = snapshot(copy)
    assert command(f"--model_dir={copy}", f"--mode={mode}", "--open") == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1
    allowed = "cnn-mnist: --open is for --mode=inspect or report or summary, not "
    assert captured.err.startswith(allowed)
    assert snapshot(copy) == before


# Training that ends too soon.


@pytest.mark.parametrize(
    "mode", ["train_and_evaluate", pytest.param("train", marks=pytest.mark.slow)]
)
def test_training_that_really_diverges_names_the_rate_and_leaves_the_best(
    tmp_path, command, capsys, mode
):
    folder = str(tmp_path / "model")
    assert command(f"--model_dir={folder}", f"--mode={mode}", *diverging.FLAGS) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = [line for line in captured.err.splitlines() if line.startswith("cnn-mnist: ")]
    assert line == captured.err.splitlines()[-1]
    step = re.match(
        r"cnn-mnist: --learning_rate=1000: training diverged, .* at step (\d+) \(", line
    )
    assert 3 <= int(step[1]) <= 20
    assert line.endswith("--precision=float32, in another --model_dir")
    history = validations.read(folder)
    assert np.isnan(history[-1].metrics["loss"]), "it did diverge"
    best = best_checkpoint.read(folder)
    assert best.validation == monitor.Monitor("loss").best(history)
    weights = [tf.train.load_variable(best.path, n) for n, _ in tf.train.list_variables(best.path)]
    assert all(np.isfinite(weight).all() for weight in weights)
    exported = exports.newest(folder)
    if mode == "train":
        assert exported is None
        return
    step, accuracy = best.validation.step, best.validation.metrics["accuracy"]
    assert f"The best so far, step {step} with {accuracy:.2%} of the" in captured.err
    assert f"is exported to {exported}\n" in captured.err
    assert_exported(exported, best.path)


def assert_exported(exported, checkpoint):
    path = os.path.join(exported, "variables", "variables")
    for name, _ in tf.train.list_variables(checkpoint):
        expected = tf.train.load_variable(checkpoint, name)
        np.testing.assert_array_equal(tf.train.load_variable(path, name), expected, name)


def test_ctrl_c_after_a_validation_exports_the_best(tmp_path, command, capsys, monkeypatch):
    def interrupted_after_validations(self, run_context, results):
        if self.steps_done == 45:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(hooks.ProgressHook, "after_step", interrupted_after_validations)
    folder = str(tmp_path / "model")
    flags = [
        f"--model_dir={folder}",
        "--architecture=flatten, dense 10",
        "--train_steps=100000",
        "--validate_every_steps=20",
        "--validation_examples=300",
    ]
    assert command(*flags) == 128 + signal.SIGINT
    printed, left = capsys.readouterr()
    assert printed == ""
    best = best_checkpoint.read(folder)
    stopped = checkpoints.latest_step(folder)
    assert best.validation.step % 20 == 0 < best.validation.step <= stopped < 100000
    exported = exports.newest(folder)
    *_, said, last = left.splitlines()
    assert said == (
        f"The best so far, step {best.validation.step} with "
        f"{best.validation.metrics['accuracy']:.2%} of the validation images, is exported to "
        f"{exported}"
    )
    assert last.startswith(f"Stopped at step {stopped:,} of 100,000, all saved in {folder}; ")
    assert_exported(exported, best.path)


def test_a_training_without_validation_that_is_stopped_exports_nothing(
    tmp_path, command, capsys, monkeypatch
):
    """There is no best; the newest is not passed off as it."""

    def stopped_after_a_step(self, run_context, results):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(hooks.ProgressHook, "after_step", stopped_after_a_step)
    folder = str(tmp_path / "model")
    flags = ["--architecture=flatten, dense 10", "--validation_examples=0", "--train_steps=90"]
    assert command(f"--model_dir={folder}", *flags) == 128 + signal.SIGTERM
    captured = capsys.readouterr()
    assert "The best so far" not in captured.err and captured.out == ""
    assert exports.newest(folder) is None
    assert config_lib.load(folder).train_steps == 90
    assert captured.err.splitlines()[-1].startswith("Stopped at step ")
