"""`Config` is kept in model_dir and read back; a damaged file is named with its fault."""

import dataclasses
import json
import math
import os
import stat
import sys

import pytest

from cnn_mnist import config, presets
from cnn_mnist.errors import UserError

NOT_STORED = {"model_dir", "offline", "hooks", "limit_examples"}
STORED = sorted({field.name for field in dataclasses.fields(config.Config)} - NOT_STORED)


@pytest.fixture
def saved(tmp_path):
    """A folder with a valid config.json."""
    config.save(config.from_preset(str(tmp_path)))
    return tmp_path


def change(folder, **fields):
    path = folder / config.CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def refusal(folder):
    with pytest.raises(UserError) as caught:
        config.load(str(folder))
    return str(caught.value)


def test_a_preset_gives_the_recipe_and_the_change_wins():
    settings = config.from_preset("/tmp/x", "layers_tutorial", batch_size=7, variant="nn")
    recipe = presets.get("layers_tutorial")
    assert settings.model_dir == "/tmp/x"
    assert settings.preset == "layers_tutorial"
    assert (settings.optimizer, settings.train_steps) == (recipe.optimizer, recipe.train_steps)
    assert (settings.batch_size, settings.variant) == (7, "nn")


def test_the_default_preset_is_modern():
    assert config.from_preset("x") == config.from_preset("x", "modern")


def test_from_preset_names_an_unknown_preset():
    with pytest.raises(UserError, match=r"^--preset=old is unknown; allowed: modern, "):
        config.from_preset("x", "old")


def test_a_config_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.from_preset("x").batch_size = 3


def test_what_is_saved_is_read_back_equal(tmp_path):
    settings = config.from_preset(
        str(tmp_path), "layers_tutorial", variant="nn", seed=7, data_dir="/d", learning_rate=1e-5
    )
    config.save(settings)
    assert config.load(str(tmp_path)) == settings


def test_where_and_how_a_run_was_watched_is_not_stored(tmp_path):
    changes = {"offline": True, "hooks": ("profiler",), "limit_examples": 5}
    config.save(config.from_preset(str(tmp_path), **changes))
    assert sorted(json.loads((tmp_path / "config.json").read_text())) == STORED
    assert config.load(str(tmp_path)) == config.from_preset(str(tmp_path))


def test_a_moved_model_dir_is_read_from_its_new_place(saved, tmp_path):
    moved = tmp_path.with_name(tmp_path.name + "_moved")
    saved.rename(moved)
    assert config.load(str(moved)).model_dir == str(moved)


def test_no_file_or_no_folder_is_no_config(tmp_path):
    (tmp_path / "file").write_text("")
    assert config.load(str(tmp_path)) is None
    assert config.load(str(tmp_path / "missing")) is None
    assert config.load(str(tmp_path / "file")) is None


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe{}"])
def test_a_file_that_is_not_json_is_named(tmp_path, content):
    path = tmp_path / config.CONFIG_FILE
    path.write_bytes(content)
    assert refusal(tmp_path).startswith(f"{path} cannot be read as JSON (")
    assert refusal(tmp_path).endswith("); mend or remove it")


def test_a_folder_instead_of_the_file_is_named(tmp_path):
    (tmp_path / config.CONFIG_FILE).mkdir()
    assert refusal(tmp_path).startswith(f"{tmp_path / config.CONFIG_FILE} cannot be read as JSON")


def test_json_that_is_no_object_is_named_with_its_type(tmp_path):
    path = tmp_path / config.CONFIG_FILE
    path.write_text("[1]")
    assert refusal(tmp_path) == f"{path} must hold a JSON object, not list"


def test_an_unknown_field_is_named_with_the_known_ones(saved):
    change(saved, batchsize=3)
    assert refusal(saved) == (
        f"{saved / 'config.json'}: field 'batchsize' is unknown, perhaps from a newer version; "
        f"allowed: {', '.join(STORED)}"
    )


@pytest.mark.parametrize("field", STORED)
def test_a_missing_field_is_named(saved, field):
    path = saved / config.CONFIG_FILE
    stored = json.loads(path.read_text())
    del stored[field]
    path.write_text(json.dumps(stored))
    assert refusal(saved) == f"{path}: field {field!r} is missing"


@pytest.mark.parametrize("value", [[], {}, True])
@pytest.mark.parametrize("field", STORED)
def test_a_field_of_another_type_is_named_with_the_value(field, value):
    with pytest.raises(UserError) as caught:
        config.check_field("LABEL", field, value)
    assert str(caught.value).startswith(f"LABEL is {value!r}; allowed: ")


@pytest.mark.parametrize("field", STORED)
def test_a_stored_field_of_another_type_is_named_with_file_and_field(saved, field):
    change(saved, **{field: []})
    assert refusal(saved).startswith(f"{saved / 'config.json'}: {field} is []; allowed: ")


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("variant", "keras", "'keras'; allowed: layers, nn"),
        ("optimizer", "rmsprop", "'rmsprop'; allowed: adam, momentum, sgd"),
        ("schedule", "step", "'step'; allowed: constant, linear, cosine"),
        ("precision", "float16", "'float16'; allowed: auto, float32, bfloat16"),
        ("preset", "list", "'list'; allowed: modern, layers_tutorial"),
        ("batch_size", 0, "0; allowed: a whole number from 1 to 100,000"),
        ("batch_size", 1.0, "1.0; allowed: a whole number from 1 to 100,000"),
        ("batch_size", "100", "'100'; allowed: a whole number from 1 to 100,000"),
        ("seed", 2**31, "2147483648; allowed: a whole number from 0 to 2,147,483,647"),
        ("learning_rate", math.nan, "nan; allowed: a number from 1e-09 to 1,000"),
        ("learning_rate", math.inf, "inf; allowed: a number from 1e-09 to 1,000"),
        ("learning_rate", -0.1, "-0.1; allowed: a number from 1e-09 to 1,000"),
        ("data_dir", 3, "3; allowed: a folder or null"),
        ("dataset", None, "None; allowed: a text"),
        ("architecture", None, "None; allowed: a text"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(saved, field, value, message):
    change(saved, **{field: value})
    assert refusal(saved) == f"{saved / 'config.json'}: {field} is {message}"


def test_a_stored_architecture_that_cannot_be_read_is_named_with_file_and_layer(saved):
    change(saved, architecture="flatten, tense 10")
    assert refusal(saved).startswith(
        f"{saved / 'config.json'}: architecture cannot be used: --architecture: 'tense 10' is no "
    )


@pytest.mark.parametrize("field", config.RANGES)
def test_both_ends_of_a_range_are_allowed_and_beyond_is_not(field):
    lowest, highest = config.RANGES[field]
    config.check_field(field, field, lowest)
    config.check_field(field, field, highest)
    for beyond in (lowest - 1, highest + 1):
        with pytest.raises(UserError):
            config.check_field(field, field, beyond)


def test_a_whole_learning_rate_is_a_number(saved):
    change(saved, learning_rate=1)
    assert config.load(str(saved)).learning_rate == 1


def test_a_run_is_recorded_as_one_json_line_after_another(tmp_path):
    settings = config.from_preset(str(tmp_path), hooks=("profiler",))
    config.record_run(settings, "train", ["cnn-mnist", "--mode=train"], accuracy=0.5)
    config.record_run(settings, "evaluate", ["cnn-mnist"])
    first, second = map(json.loads, (tmp_path / "runs.jsonl").read_text().splitlines())
    assert first["mode"] == "train"
    assert first["command"] == ["cnn-mnist", "--mode=train"]
    assert first["config"]["model_dir"] == str(tmp_path)
    assert first["config"]["hooks"] == ["profiler"]
    assert first["accuracy"] == 0.5
    assert first["versions"]["tensorflow"]
    assert first["time"].endswith("+00:00")
    assert second["mode"] == "evaluate"


def test_a_rate_that_is_not_known_is_recorded_as_null(tmp_path):
    """NaN is no JSON: jq, browsers and pandas refuse or misread the line."""
    settings = config.from_preset(str(tmp_path))
    config.record_run(settings, "train", [], trained={"images_per_second": math.nan, "loss": 1.0})

    def refuse(name):
        raise AssertionError(f"{name} in runs.jsonl")

    line = json.loads((tmp_path / "runs.jsonl").read_text(), parse_constant=refuse)
    assert line["trained"] == {"images_per_second": None, "loss": 1.0}


def test_versions_are_told_without_importing_tensorflow(tmp_path):
    versions = config.installed_versions()
    expected = {"python", "platform", "tensorflow", "tensorflow-estimator", "numpy", "protobuf"}
    assert expected <= set(versions)
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))


def test_write_whole_makes_folders_and_a_file_others_can_read(tmp_path):
    path = tmp_path / "a" / "b" / "x.txt"
    config.write_whole(str(path), "ä\n")
    assert path.read_text(encoding="utf-8") == "ä\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(path.parent) == ["x.txt"]


def test_write_whole_leaves_the_old_file_when_it_fails(tmp_path, monkeypatch):
    """os.replace is a double that fails, as where the disk goes away."""
    path = tmp_path / "x.txt"
    path.write_text("old")

    def fail(source, target):
        raise OSError("gone")

    monkeypatch.setattr(config.os, "replace", fail)
    with pytest.raises(OSError, match="gone"):
        config.write_whole(str(path), "new")
    assert path.read_text() == "old"
