"""The report: one page whose numbers are those of the verbs, for whatever a folder holds."""

import base64
import dataclasses
import html
import io
import os
import re
import shutil

import numpy as np
import pytest
from parsed_html import Parsed
from PIL import Image
from recorded_lines import RecordedLines

from cnn_mnist import config as config_lib
from cnn_mnist import experiment, input_fns, plots
from cnn_mnist.data import splits
from cnn_mnist.errors import UserError
from cnn_mnist.evaluation.results import Predictions
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import events, validations
from cnn_mnist.model_folder import runs as run_log
from cnn_mnist.networks import architecture
from cnn_mnist.plots import fonts, words
from cnn_mnist.reports import report
from cnn_mnist.support import processor

PICTURES = (
    "learning_curves",
    "class_accuracy",
    "confusion_matrix",
    "mistakes",
    "probabilities",
    "network",
)
"""In the order of the page."""
KERNELS = {"library": "oneDNN", "chosen_by": "cnn_mnist", "instruction_sets": ["avx2", "fma"]}


def copied(config, folder):
    shutil.copytree(config.model_dir, folder)
    return dataclasses.replace(config, model_dir=str(folder))


@pytest.fixture
def copy(trained, tmp_path):
    """The trained model, to write to."""
    return copied(trained, tmp_path / "copy")


class Report(Parsed):
    """A page that was written, and what came with it."""

    def __init__(self, path, config, evaluation):
        super().__init__(path)
        self.path, self.config, self.evaluation = path, config, evaluation

    def rows(self, heading):
        """Returns the table of a section as texts, by the name of the row."""
        _, _, rest = self.source.partition(f"<h2>{heading}</h2>")
        section, _, _ = rest.partition("</section>")
        rows = [row.split("</tr>")[0] for row in section.split("<tr>")[1:]]
        cells = [[text_of(cell) for cell in row.split("</t")[:-1]] for row in rows]
        return {name: tuple(rest) for name, *rest in cells}


def text_of(cell):
    return html.unescape(cell[cell.rindex("<") :].partition(">")[2])


def reported(config, dataset, *rest, **options):
    path, evaluation = report.write(config, None, dataset, *rest, **options)
    return Report(path, config, evaluation)


@pytest.fixture(scope="module")
def page(trained, small, tmp_path_factory):
    """A whole report with all its pictures. Do not write to its folder."""
    config = copied(trained, tmp_path_factory.mktemp("reported") / "model")
    facts = {"first_step": 0, "last_step": 40, "seconds": 65.2, "precision": "float32"}
    command = ["cnn-mnist", "--model_dir=a folder", "--train_steps=40"]
    trained = {**facts, "images_per_second": 1234.5, "validation_seconds": 9.1}
    run_log.record(config, "train", command, trained=trained, kernels=KERNELS)
    run_log.record(config, "evaluate", ["cnn-mnist", "--mode=evaluate"], accuracy=0.5)
    return reported(config, small)


def draw_nothing(monkeypatch, but=()):
    """Draws only the pictures that are named, because drawing takes seconds.

    Returns:
      A dictionary that gets what each of the others was asked to show, by its name.
    """
    calls = {}
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")

    def double(name):
        def png(*arguments, narrow=False):
            calls[name] = arguments
            calls["the word for loss"] = words.word("loss")
            return buffer.getvalue()

        return png

    for name in set(PICTURES) - set(but):
        monkeypatch.setattr(plots, f"{name}_png", double(name))
    return calls


@pytest.fixture
def drawn(monkeypatch):
    """Draws nothing; what each picture was asked to show, by its name."""
    return draw_nothing(monkeypatch)


@dataclasses.dataclass
class Undrawn:
    """A report without its pictures, what they were asked to show, and what came with it."""

    page: Report
    drawn: dict[str, tuple]
    lines: list[str]
    passes: list[int]
    """Of images through the network: how many each had."""


@pytest.fixture(scope="module")
def undrawn(trained, small, tmp_path_factory):
    """A report of the trained model that draws nothing. Do not write to its folder."""
    config = copied(trained, tmp_path_factory.mktemp("undrawn") / "model")
    progress = RecordedLines()
    with pytest.MonkeyPatch.context() as monkeypatch:
        calls, passes = draw_nothing(monkeypatch), count_passes(monkeypatch)
        path, evaluation = report.write(config, progress, small)
    return Undrawn(Report(path, config, evaluation), calls, progress.lines, passes)


def count_passes(monkeypatch):
    """Returns a list that gets the number of images of each pass through the network."""
    passes = []
    for name in ("evaluate_input_fn", "predict_input_fn"):
        made = getattr(input_fns, name)
        monkeypatch.setattr(
            input_fns,
            name,
            lambda images, *rest, made=made: passes.append(len(images)) or made(images, *rest),
        )
    return passes


# The page.


def test_the_page_needs_no_other_file_no_network_and_runs_nothing(page):
    for tag, attributes, _ in page.elements:
        assert tag not in ("script", "link", "iframe", "object", "embed")
        for name, value in attributes.items():
            assert name not in ("href", "style") and not name.startswith("on")
            assert name not in ("src", "srcset") or value.startswith("data:image/png;base64,")
    (style,) = page.texts["style"]
    assert "url(" not in style and "@import" not in style


def test_each_picture_has_words_decodes_and_is_the_file_beside_it(page):
    folder = os.path.dirname(page.path)
    files = [f"{name}.png" for name in PICTURES]
    assert sorted(os.listdir(folder)) == sorted(["index.html", *files])
    for file, image in zip(files, page.of("img"), strict=True):
        png = base64.b64decode(image["src"].partition(",")[2], validate=True)
        with open(os.path.join(folder, file), "rb") as beside:
            assert png == beside.read()
        with Image.open(io.BytesIO(png)) as opened:
            opened.load()
            assert opened.format == "PNG" and min(opened.size) > 100
        assert len(image["alt"]) > 20


def test_the_page_lies_in_the_model_dir(page):
    assert page.path == os.path.join(page.config.model_dir, "report", "index.html")


def test_its_numbers_are_those_of_evaluate(page, trained, small):
    expected = experiment.evaluate(trained, dataset=small)
    assert page.evaluation.as_json() == expected.as_json()
    assert page.texts["h1"] == ["modern on mnist"]
    assert page.texts["p"][0] == (
        f"{expected.accuracy:.2%} of the test images are classified correctly: "
        f"{expected.correct} of 500."
    )
    result = page.rows("Result")
    assert result["Test accuracy"] == (f"{expected.correct / 5:.2f}%",)
    assert result["Test loss"] == (f"{expected.loss:.4f}",)
    assert result["Training step"] == ("40 of 40",)
    assert result["Images"] == ("1,700 to train on, 300 to validate, 500 to test",)
    assert result["Training time"] == (
        "1 min 5 s, 9 s of it validation, 1,234 images a second in float32",
    )


def test_what_the_best_checkpoint_was_chosen_by_is_told(page):
    best = best_checkpoint.read(page.config.model_dir).validation
    assert best.step == 40
    (text,) = page.rows("Result")["Validation"]
    accuracy, loss = best.metrics["accuracy"], best.metrics["loss"]
    assert text == f"{accuracy:.2%}, loss {loss:.4f}, the best accuracy"


def test_words_tell_the_rate_of_each_class_and_the_worst_confusion(page):
    _, rates, matrix, mistakes, *_ = (image["alt"] for image in page.of("img"))
    for name, rate in zip("0123456789", page.evaluation.class_accuracy, strict=True):
        assert f"{name}: {rate:.1%}" in rates
    wrong = page.evaluation.confusion_matrix.copy()
    np.fill_diagonal(wrong, 0)
    assert wrong.max() > 0 and f", {wrong.max()} of " in matrix
    assert mistakes.count("predicted as") == report.MISTAKES


def test_the_table_of_layers_is_that_of_the_network(page):
    table = architecture.table(architecture.parse(page.config.architecture))
    assert page.rows("Network") == {
        "layer": ("what", "output", "parameters"),
        **{name: tuple(rest) for name, *rest in table},
    }


def test_training_runs_are_listed_with_their_commands(page):
    runs = page.rows("Runs")
    assert len(runs) == 2, "heads, and the one run that trained"
    (time,) = set(runs) - {"ended"}
    assert time.endswith(" UTC") and "T" not in time.removesuffix("UTC")
    assert runs[time] == (
        "cnn-mnist '--model_dir=a folder' --train_steps=40",
        "0 to 40",
        "1 min 5 s",
    )


def test_machine_and_versions_are_those_of_the_last_run(page):
    rows = page.rows("Machine and versions")
    assert rows.pop("processor") == (processor.name(),)
    assert rows.pop("kernels") == ("oneDNN, chosen by cnn_mnist; AVX2, FMA",)
    versions = run_log.installed_versions()
    assert rows == {name: (text,) for name, text in versions.items()}


@pytest.mark.slow
def test_a_run_without_the_machine_in_its_record_has_versions_only(copy, small, drawn):
    """As earlier versions of this package recorded it."""
    path = os.path.join(copy.model_dir, run_log.RUNS_FILE)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"mode": "train", "trained": {}, "versions": {"tensorflow": "2.15.0"}}\n')
    page = reported(copy, small)
    assert page.rows("Machine and versions") == {"tensorflow": ("2.15.0",)}


def test_the_report_in_korean_has_the_same_figures(copy, small, drawn, page, monkeypatch):
    monkeypatch.setattr(fonts, "is_drawable", lambda *_: True)
    korean = reported(copy, small, language="ko")
    assert korean.of("html") == [{"lang": "ko"}]
    assert korean.rows("결과")["테스트 정확도"] == page.rows("Result")["Test accuracy"]
    assert korean.rows("플래그")["--batch_size"] == page.rows("Flags")["--batch_size"]
    assert drawn["probabilities"][3][0].startswith("테스트 이미지 0, 레이블 ")
    assert drawn["the word for loss"] == "손실"
    assert not any(re.search("[a-z]{3} [a-z]{3}", text) for text in korean.texts["h2"])


def test_without_a_font_a_korean_page_has_pictures_all_in_english(
    copy, small, drawn, monkeypatch, capsys
):
    monkeypatch.setattr(fonts, "_found", lambda wanted: ((), wanted.characters))
    monkeypatch.setattr(fonts, "_noted", [])
    korean = reported(copy, small, language="ko")
    assert "테스트 정확도" in korean.rows("결과")
    assert drawn["the word for loss"] == "loss"
    assert drawn["probabilities"][3][0].startswith("test image 0, label ")
    assert drawn["confusion_matrix"][2].startswith("500 test images, step ")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_result_names_the_machine_and_the_times(page):
    rows = page.rows("Result")
    assert rows["Machine"] == (f"{processor.name()}, kernels of oneDNN",)
    assert rows["Training time"][0].startswith("1 min 5 s, 9 s of it validation, ")
    numbers = re.fullmatch(
        r"(\d+) s: (\d+) s to start and to load the data, (\d+) s to test 500 images, "
        r"(\d+) s to draw",
        rows["Time of this report"][0],
    )
    whole, *parts = map(int, numbers.groups())
    assert abs(whole - sum(parts)) <= 2, "each is rounded"


# Flags.


def test_every_flag_that_is_stored_is_in_the_table_with_the_value_of_this_run(page):
    rows = page.rows("Flags")
    del rows["flag"]
    stored = dataclasses.asdict(config_lib.load(page.config.model_dir))
    kept = set(stored) - {"model_dir", "offline", "threads", "hooks", "limit_examples"}
    kept -= {
        "keep_exports",
        "export_best",
        "export_formats",
        "tfjs_weights",
        "distribution",
        "devices",
        "cluster_timeout",
    }
    assert set(rows) == {f"--{name}" for name in kept}
    for name in kept - {"epochs", "train_examples"}:
        assert rows[f"--{name}"][0] == str(stored[name]), name
    assert rows["--epochs"] == rows["--train_examples"] == ("–", "")


def test_a_flag_that_differs_from_the_recipe_shows_what_the_recipe_has(page):
    rows = page.rows("Flags")
    recipe = config_lib.from_preset("", "modern")
    assert rows["--train_steps"] == ("40", "700")
    assert rows["--batch_size"] == ("50", "100")
    assert rows["--architecture"][1] == recipe.architecture
    assert rows["--learning_rate"] == ("0.003", "")
    changed = {name for name, (_, usual) in rows.items() if usual}
    assert changed - {"flag"} == {
        f"--{name}"
        for name, value in dataclasses.asdict(page.config).items()
        if value != getattr(recipe, name) and name not in ("model_dir", "offline")
    }


@pytest.mark.slow
def test_steps_that_follow_from_epochs_do_not_count_as_changed(copy, small, drawn):
    """The fashion recipe says epochs; how many steps they are depends on the data."""
    recipe = config_lib.from_preset(copy.model_dir, "fashion")
    config = dataclasses.replace(
        recipe, architecture=copy.architecture, validation_examples=300, epochs=2
    )
    page = reported(config, small)
    flags = page.rows("Flags")
    assert flags["--epochs"] == ("2", "20")
    assert flags["--train_steps"] == ("107", ""), "2 epochs of 1,700 images in batches of 32"
    assert flags["--validate_every_steps"] == ("54", "")
    assert page.rows("Result")["Training step"] == ("40 of 107",)


# Mistakes.


def answers(*probabilities_of_classes):
    """Predictions of three classes, each given as (class, its probability)."""
    rows = [
        [probability if other == said else (1 - probability) / 2 for other in range(3)]
        for said, probability in probabilities_of_classes
    ]
    return Predictions(
        np.array([said for said, _ in probabilities_of_classes], np.int64),
        np.array(rows, np.float32).reshape(-1, 3),
    )


def test_mistakes_are_the_wrong_ones_the_surest_first():
    said = answers((0, 0.5), (1, 0.99), (2, 0.9), (0, 0.8), (1, 0.6))
    labels = np.array([1, 1, 0, 0, 0])
    assert report.most_confident_mistakes(labels, said).tolist() == [2, 4, 0]


def test_of_mistakes_as_sure_as_one_another_the_first_comes_first():
    said = answers((0, 0.75), (1, 0.75), (0, 0.9), (2, 0.75))
    labels = np.array([2, 2, 1, 1])
    assert report.most_confident_mistakes(labels, said).tolist() == [2, 0, 1, 3]


def test_only_so_many_mistakes_are_returned():
    said = answers(*[(0, 0.5 + number / 100) for number in range(40)])
    labels = np.ones(40, np.int64)
    assert report.most_confident_mistakes(labels, said).tolist() == list(range(39, 15, -1))
    assert report.most_confident_mistakes(labels, said, 2).tolist() == [39, 38]


@pytest.mark.parametrize("said", [answers(), answers((0, 0.9), (2, 0.5))])
def test_without_mistakes_there_are_none(said):
    found = report.most_confident_mistakes(said.classes, said)
    assert found.shape == (0,) and found.dtype == np.int64


@pytest.fixture(scope="module")
def predicted(trained, small):
    """What predict says of the test images."""
    return experiment.predict(trained, small.test.images)


def test_the_gallery_shows_wrong_images_with_what_predict_says(undrawn, small, predicted):
    images, labels, said, probabilities, names, numbers = undrawn.drawn["mistakes"]
    assert len(numbers) == report.MISTAKES and names == small.class_names
    np.testing.assert_array_equal(images, small.test.images[numbers])
    np.testing.assert_array_equal(labels, small.test.labels[numbers])
    np.testing.assert_array_equal(said, predicted.classes[numbers])
    assert (said != labels).all() and (np.diff(probabilities) <= 0).all()
    np.testing.assert_allclose(probabilities, predicted.probabilities[numbers].max(axis=1), 1e-5)


def test_a_model_without_a_mistake_and_classes_without_an_image_get_a_report(
    copy, small, predicted, monkeypatch
):
    """With real pictures of them: the labels are what the model says, of three classes only."""
    draw_nothing(monkeypatch, but=("class_accuracy", "confusion_matrix", "mistakes"))
    said = predicted.classes
    chosen = np.flatnonzero(np.isin(said, np.unique(said)[:3]))
    test = dataclasses.replace(small.test.take(chosen), labels=said[chosen].astype(np.int32))
    page = reported(copy, dataclasses.replace(small, test=test))
    assert page.texts["p"][0] == (
        f"100.00% of the test images are classified correctly: {len(chosen)} of {len(chosen)}."
    )
    _, rates, matrix, mistakes, *_ = (image["alt"] for image in page.of("img"))
    assert rates.count("100.0%") == 3 and rates.count("no images") == 7
    assert matrix == "Confusion matrix; no mistakes" and mistakes == "No mistakes"
    assert f"0 of {len(chosen)} test images are misclassified." in page.texts["p"]


# Class names.


@pytest.mark.slow
def test_class_names_of_any_kind_are_shown_as_they_are(copy, small, monkeypatch):
    """With real pictures: matplotlib would take what stands between two $ for a formula."""
    draw_nothing(monkeypatch, but=("class_accuracy", "confusion_matrix", "mistakes"))
    names = (
        "T-shirt/top",
        "<script>alert(1)</script>",
        "shoes & socks",
        "$\\frac{1}$",
        "Stiefel für Füße",
        "毛衣",
        'a "quoted" bag',
        "&amp;",
        "a name so long that no picture has room for all of it, let alone a phone",
        "%s {0} \\n",
    )
    page = reported(copy, dataclasses.replace(small, class_names=names))
    assert not page.of("script")
    rates = page.of("img")[1]["alt"]
    for name, rate in zip(names, page.evaluation.class_accuracy, strict=True):
        assert f"{name}: {rate:.1%}" in rates
    mistakes = page.of("img")[3]["alt"]
    assert mistakes.count(" is ") >= report.MISTAKES
    assert any(name in mistakes for name in names[1:4])


# Chosen images.


def test_without_a_choice_the_first_images_are_shown_and_the_least_certain(
    undrawn, small, predicted
):
    images, probabilities, names, captions = undrawn.drawn["probabilities"]
    expected = predicted.probabilities
    numbers = [int(caption.split()[2].rstrip(",")) for caption in captions]
    assert numbers[:4] == [0, 1, 2, 3] and len(set(numbers)) == 8
    for number, caption in zip(numbers, captions, strict=True):
        assert caption == f"test image {number}, label {small.test.labels[number]}"
    np.testing.assert_array_equal(images, small.test.images[numbers])
    np.testing.assert_allclose(probabilities, expected[numbers], atol=1e-5)
    surest = expected.max(axis=1)
    shown, others = surest[numbers[4:]], np.delete(surest, numbers)
    assert (np.diff(shown) >= 0).all() and shown.max() <= others.min()
    assert names == small.class_names


@pytest.mark.slow
@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.slow), 5])
def test_fewer_test_images_than_would_be_shown_are_all_shown_once(copy, small, drawn, count):
    dataset = dataclasses.replace(small, test=small.test.take(slice(count)))
    page = reported(copy, dataset)
    assert page.evaluation.total == count
    captions = drawn["probabilities"][3]
    assert sorted(caption.split(",")[0] for caption in captions) == [
        f"test image {number}" for number in range(count)
    ]


def test_chosen_images_are_shown_in_their_place_with_their_captions(
    copy, small, drawn, predicted, monkeypatch
):
    passes = count_passes(monkeypatch)
    captions = ["a/1.png", "ü <b>.png"]
    chosen = report.Chosen(small.test.images[[7, 3]], captions)
    page = reported(copy, small, chosen)
    assert passes == [500, 2]
    images, probabilities, _, shown = drawn["probabilities"]
    np.testing.assert_array_equal(images, chosen.images)
    np.testing.assert_allclose(probabilities, predicted.probabilities[[7, 3]], atol=1e-6)
    assert shown == captions
    spoken = page.of("img")[4]["alt"]
    for caption, said in zip(captions, predicted.classes[[7, 3]], strict=True):
        assert f"{caption}: {said} at " in spoken
    assert page.evaluation.total == 500, "the result is that of the test images"


# Learning curves.


def test_the_curves_are_what_training_and_validation_recorded(undrawn, trained):
    page = undrawn.page
    training, history, best_step, *_ = undrawn.drawn["learning_curves"]
    scalars = events.scalars(trained.model_dir)
    steps, losses, accuracies = zip(*training, strict=True)
    assert steps == (1, 21)
    assert list(zip(steps, losses, strict=True)) == scalars["loss"]
    assert list(zip(steps, accuracies, strict=True)) == scalars["accuracy"]
    assert history == [
        (v.step, v.metrics["loss"], v.metrics["accuracy"])
        for v in validations.read(trained.model_dir)
    ]
    assert [step for step, _, _ in history] == [20, 40] and best_step == 40
    last = f"at step 40 validation loss {history[-1][1]:.4f}, accuracy {history[-1][2]:.2%}"
    assert last in page.of("img")[0]["alt"]
    assert (
        "2 training batches were recorded and 2 validations; this report tests the model of step 40"
        in page.source
    )


@pytest.mark.slow
def test_a_loss_without_its_accuracy_is_drawn_all_the_same(copy, small, drawn, monkeypatch):
    monkeypatch.setattr(events, "scalars", lambda folder: {"loss": [(1, 2.0), (2, 1.0)]})
    reported(copy, small)
    training = drawn["learning_curves"][0]
    assert [(step, loss) for step, loss, _ in training] == [(1, 2.0), (2, 1.0)]
    assert np.isnan([accuracy for _, _, accuracy in training]).all()


@pytest.mark.slow
def test_a_damaged_event_file_gives_the_points_it_holds(copy, small, drawn):
    (name,) = (name for name in os.listdir(copy.model_dir) if ".tfevents." in name)
    path = os.path.join(copy.model_dir, name)
    with open(path, "rb") as file:
        # The tag of a scalar; it comes once for each of the two steps.
        second = file.read().rindex(b"learning_rate")
    os.truncate(path, second)
    reported(copy, small)
    assert [step for step, _, _ in drawn["learning_curves"][0]] == [1]


# Checkpoints.


def test_the_best_checkpoint_is_tested_and_marked(best_is_first, small, tmp_path, drawn):
    page = reported(copied(best_is_first, tmp_path / "copy"), small)
    assert page.evaluation.step == 10 and drawn["learning_curves"][2] == 10
    assert page.rows("Result")["Training step"] == ("10 of 40",)
    assert page.rows("Result")["Validation"][0].endswith(", the best loss")


@pytest.mark.slow
def test_the_last_checkpoint_is_tested_where_asked_for_and_not_called_the_best(
    best_is_first, small, tmp_path, drawn
):
    config = copied(best_is_first, tmp_path / "copy")
    page = reported(config, small, checkpoint="last")
    assert page.evaluation.step == 40
    assert page.rows("Result")["Training step"] == ("40 of 40",)
    assert "Validation" not in page.rows("Result")
    assert drawn["learning_curves"][2] == 10, "the mark remains at the best"
    assert "this report tests the model of step 40" in page.source
    expected = experiment.predict(config, small.test.images, "last")
    count = (expected.classes != small.test.labels).sum()
    assert f"{count} of 500 test images are misclassified." in page.source
    images, probabilities, *_ = drawn["probabilities"]
    first = experiment.predict(config, images[:1], "last").probabilities
    np.testing.assert_allclose(probabilities[:1], first, atol=1e-6)


# Folders in which something is missing.


def remove(config, *names):
    for name in names:
        path = os.path.join(config.model_dir, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def test_a_model_with_nothing_but_its_checkpoint_gets_a_report(copy, small, monkeypatch):
    """With a real picture of curves without points; as when a checkpoint was sent alone."""
    draw_nothing(monkeypatch, but=["learning_curves"])
    left = {"checkpoint", *(n for n in os.listdir(copy.model_dir) if "model.ckpt-40." in n)}
    remove(copy, *(set(os.listdir(copy.model_dir)) - left))
    page = reported(copy, small)
    assert page.evaluation.step == 40
    assert len(page.of("img")) == len(PICTURES)
    assert "0 training batches were recorded and 0 validations" in page.source
    result = page.rows("Result")
    assert "Validation" not in result and "Training time" not in result
    assert "Runs" not in page.texts["h2"] and "Machine and versions" not in page.texts["h2"]


@pytest.mark.slow
def test_a_model_without_an_event_file_has_the_curve_of_its_validations(copy, small, drawn):
    remove(copy, *(name for name in os.listdir(copy.model_dir) if ".tfevents." in name))
    reported(copy, small)
    training, history, best_step, *_ = drawn["learning_curves"]
    assert (training, len(history), best_step) == ([], 2, 40)


@pytest.mark.slow
def test_a_model_without_validations_has_the_curve_of_its_training(copy, small, drawn):
    remove(copy, "validations.jsonl", "best")
    page = reported(dataclasses.replace(copy, validation_examples=0), small)
    training, history, best_step, *_ = drawn["learning_curves"]
    assert (len(training), history, best_step) == (2, [], None)
    assert page.rows("Result")["Images"] == ("2,000 to train on, 0 to validate, 500 to test",)
    assert page.of("img")[0]["alt"] == "Loss and accuracy over the training steps"


@pytest.mark.slow
def test_a_run_whose_speed_is_unknown_gets_a_report(copy, small, drawn):
    """Of one step there is no rate, which the record holds as null."""
    facts = {"first_step": 39, "last_step": 40, "seconds": 2.0, "precision": "float32"}
    run_log.record(copy, "train", ["cnn-mnist"], trained={**facts, "images_per_second": None})
    run_log.record(copy, "train", ["cnn-mnist"], trained={})
    page = reported(copy, small)
    assert page.rows("Result")["Training time"] == ("2 s",)


def test_a_report_takes_the_place_of_the_one_before(undrawn, small, drawn, tmp_path):
    copy = copied(undrawn.page.config, tmp_path / "copy")
    before = os.path.join(copy.model_dir, "report", "index.html")
    assert Parsed(before).texts["h1"] == ["modern on mnist"]
    second = reported(dataclasses.replace(copy, preset="low_level"), small)
    assert second.path == before
    assert second.texts["h1"] == ["low_level on mnist"]


def test_an_untrained_folder_is_refused_before_anything_is_loaded(small_config, monkeypatch):
    monkeypatch.delattr(splits, "load_dataset")
    with pytest.raises(UserError, match="holds no trained model; train one with cnn_mnist.train"):
        report.write(small_config)
    assert not os.path.exists(small_config.model_dir)


def test_a_folder_that_cannot_be_written_is_named(copy, small, drawn):
    with open(os.path.join(copy.model_dir, "report"), "w", encoding="utf-8") as file:
        file.write("a file in the way")
    with pytest.raises(UserError) as error:
        reported(copy, small)
    assert str(error.value) == f"{copy.model_dir}/report cannot be written (File exists)"


def test_the_test_images_go_through_the_network_once(undrawn):
    assert undrawn.passes == [500]


def test_what_takes_seconds_is_told(undrawn):
    assert undrawn.lines == ["Testing step 40 on the 500 test images", "Drawing"]
