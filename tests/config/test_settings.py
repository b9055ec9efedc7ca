"""`Config` is kept in model_dir and read back; a damaged file is named with its fault."""

import dataclasses
import json
import math
import os
import pathlib

import pytest

from cnn_mnist import config
from cnn_mnist.config import checks, choices, presets
from cnn_mnist.config import fields as fields_lib
from cnn_mnist.errors import CheckpointError, SettingsError, UserError
from cnn_mnist.hooks import monitor

NOT_STORED = {
    "model_dir",
    "offline",
    "threads",
    "distribution",
    "devices",
    "cluster_timeout",
    "keep_exports",
    "export_best",
    "export_formats",
    "tfjs_weights",
    "hooks",
    "limit_examples",
}
STORED = sorted({field.name for field in dataclasses.fields(config.Config)} - NOT_STORED)
SWITCHES = ("deterministic", "log_epochs", "scale_learning_rate")
# Written out: what a folder means that was trained before there were these fields.
ADDED_LATER = {
    "train_examples": None,
    "epochs": None,
    "initializer": "glorot_uniform",
    "augmentation": "none",
    "orientation": "as_is",
    "drawn_examples": 0,
    "deterministic": False,
    "scale_learning_rate": False,
    "monitor": "accuracy",
    "monitor_mode": "auto",
    "early_stopping_patience": 0,
    "early_stopping_min_delta": 0.0,
    "test_fraction": 0.2,
    "log_epochs": False,
    "validation_seed": 20170101,
}


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
    with pytest.raises(UserError, match=r"^preset is 'old'; allowed: modern, "):
        config.from_preset("x", "old")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"learning_rate": -1}, "learning_rate is -1; allowed: a number from 1e-09 to 1,000"),
        ({"learning_rate": 1, "variant": "foo"}, "variant is 'foo'; allowed: layers, nn"),
        ({"limit_examples": 0}, "limit_examples is 0; allowed: a whole number from 1 to "),
        ({"offline": "no"}, "offline is 'no'; allowed: true or false"),
        ({"data_dir": 3}, "data_dir is 3; allowed: a folder or null"),
        ({"hooks": "profiler"}, "hooks is 'profiler'; allowed: a tuple of examples_per_second, "),
        ({"hooks": ("tracer",)}, "hooks=tracer is unknown; allowed: examples_per_second, "),
        ({"export_formats": ["tflite"]}, "export_formats=tflite leaves out saved_model, which "),
        ({"architecture": "flatten, dense 101"}, "architecture must end in 'dense N', one logit"),
        ({"train_steps": 0}, "train_steps or epochs must say how long to train"),
        ({"train_steps": -1}, "train_steps is -1; allowed: a whole number from 1 to "),
        ({"learningrate": 1}, "learningrate is unknown; did you mean learning_rate? allowed: "),
        ({"zzz": 1}, "zzz is unknown; allowed: model_dir, preset, variant, "),
        ({"help": True}, "help is unknown; allowed: model_dir, preset, "),
    ],
)
def test_from_preset_names_the_argument_that_is_not_allowed(changes, message):
    with pytest.raises(SettingsError) as caught:
        config.from_preset("x", **changes)
    assert str(caught.value).startswith(message)


def test_a_change_to_a_config_is_checked_too():
    with pytest.raises(SettingsError, match=r"^batch_size is 0; allowed: "):
        dataclasses.replace(config.from_preset("x"), batch_size=0)
    with pytest.raises(SettingsError, match=r"^train_steps or epochs must say how long"):
        dataclasses.replace(config.from_preset("x"), train_steps=0)


def test_paths_are_taken_as_text_and_lists_as_tuples():
    settings = config.from_preset(
        pathlib.Path("/m"), dataset=pathlib.Path("/d"), hooks=["profiler"]
    )
    assert (settings.model_dir, settings.dataset, settings.hooks) == ("/m", "/d", ("profiler",))


def test_a_config_has_a_field_for_each_row_of_the_table_and_a_line_in_its_docstring():
    names = {field.name for field in dataclasses.fields(config.Config)}
    assert names == set(fields_lib.CONFIG)
    lines = config.Config.__doc__.splitlines()
    for name, row in fields_lib.CONFIG.items():
        [line] = [line for line in lines if line.startswith(f"      {name}: ")]
        assert row.help.split()[0] in line
    assert not [line for line in lines if len(line) > 100]


@pytest.mark.parametrize("name", fields_lib.SETTINGS)
def test_each_row_of_the_table_fits_together(name):
    row = fields_lib.SETTINGS[name]
    assert row.modes and set(row.modes) <= set(choices.MODES)
    assert (row.range is not None) == (row.kind in ("int", "float"))
    assert bool(row.allowed) == (row.kind in ("choice", "choices"))
    assert row.in_config or not row.stored
    assert row.kind in {*checks.CHECKS, "rate", "multi"}
    if row.default is not None and row.kind != "multi":
        checks.check_field(name, name, row.default)


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
    changes["export_formats"] = ("saved_model", "tflite")
    config.save(config.from_preset(str(tmp_path), **changes))
    assert sorted(json.loads((tmp_path / "config.json").read_text())) == STORED
    assert config.load(str(tmp_path)) == config.from_preset(str(tmp_path))


def test_a_moved_model_dir_is_read_from_its_new_place(saved, tmp_path):
    moved = tmp_path.with_name(tmp_path.name + "_moved")
    saved.rename(moved)
    assert config.load(str(moved)).model_dir == str(moved)


@pytest.mark.parametrize("name", ["", "missing", "file"])
def test_a_folder_without_a_model_is_refused_or_none(tmp_path, name):
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / name)
    assert config.load_or_none(folder) is None
    with pytest.raises(CheckpointError) as caught:
        config.load(folder)
    assert str(caught.value) == (
        f"{os.path.join(folder, 'config.json')} does not exist, so {folder} holds no trained "
        "model; train one there, or give another folder"
    )


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe{}"])
def test_a_file_that_is_not_json_is_named(tmp_path, content):
    path = tmp_path / config.CONFIG_FILE
    path.write_bytes(content)
    assert refusal(tmp_path).startswith(f"{path} cannot be read as JSON (")
    assert refusal(tmp_path).endswith("); repair or remove it")


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


@pytest.mark.parametrize("field", [field for field in STORED if field not in ADDED_LATER])
def test_a_missing_field_is_named(saved, field):
    path = saved / config.CONFIG_FILE
    stored = json.loads(path.read_text())
    del stored[field]
    path.write_text(json.dumps(stored))
    assert refusal(saved) == f"{path}: field {field!r} is missing"


@pytest.mark.parametrize("field", ADDED_LATER)
def test_a_field_that_was_added_later_is_what_it_was_then(saved, field):
    """From another preset: nothing of the default one may come in."""
    config.save(config.from_preset(str(saved), "browser", train_steps=9, epochs=None))
    change(saved, epochs=3, early_stopping_patience=5, monitor="loss", monitor_mode="min")
    path = saved / config.CONFIG_FILE
    stored = json.loads(path.read_text())
    del stored[field]
    path.write_text(json.dumps(stored))
    expected = {**stored, field: ADDED_LATER[field]}
    found = config.load(str(saved))
    assert {name: getattr(found, name) for name in STORED} == expected


def test_a_folder_of_the_first_version_still_loads(saved):
    path = saved / config.CONFIG_FILE
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in stored.items() if k not in ADDED_LATER}))
    found = config.load(str(saved))
    assert found == dataclasses.replace(config.from_preset(str(saved)), **ADDED_LATER)


@pytest.mark.parametrize(
    ("field", "value"),
    [(f, v) for f in STORED for v in ([], {}, True) if not (v is True and f in SWITCHES)],
)
def test_a_field_of_another_type_is_named_with_the_value(field, value):
    with pytest.raises(UserError) as caught:
        checks.check_field("LABEL", field, value)
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
        (
            "precision",
            "float16",
            "'float16'; float16 would need loss scaling, which bfloat16 does without; "
            "allowed: auto, float32, bfloat16",
        ),
        ("preset", "list", f"'list'; allowed: {', '.join(presets.PRESETS)}"),
        (
            "initializer",
            "xavier",
            "'xavier'; allowed: glorot_uniform, uniform_unit_scaling, he_uniform, "
            "variance_scaling, normal_conv",
        ),
        (
            "monitor",
            "f1",
            "'f1'; allowed: accuracy, loss, lowest_class_accuracy, "
            "class_accuracy/0 to class_accuracy/99",
        ),
        ("monitor_mode", "up", "'up'; allowed: auto, max, min"),
        ("epochs", 0, "0; allowed: a whole number from 1 to 1,000,000"),
        ("epochs", 1.5, "1.5; allowed: a whole number from 1 to 1,000,000"),
        ("train_examples", 0, "0; allowed: a whole number from 1 to 1,000,000"),
        ("early_stopping_patience", -1, "-1; allowed: a whole number from 0 to 1,000,000"),
        ("early_stopping_patience", 2.0, "2.0; allowed: a whole number from 0 to 1,000,000"),
        ("early_stopping_patience", None, "None; allowed: a whole number from 0 to 1,000,000"),
        ("early_stopping_min_delta", -0.1, "-0.1; allowed: a number from 0 to 1,000"),
        ("early_stopping_min_delta", math.nan, "nan; allowed: a number from 0 to 1,000"),
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
        f"{saved / 'config.json'}: architecture: unknown layer 'tense 10'"
    )


def test_a_stored_architecture_that_does_not_fit_is_named_with_file_and_reason(saved):
    change(saved, architecture="flatten, dense 1")
    assert refusal(saved).startswith(f"{saved / 'config.json'}: architecture must end in ")


@pytest.mark.parametrize("field", fields_lib.RANGES)
def test_both_ends_of_a_range_are_allowed_and_beyond_is_not(field):
    lowest, highest = fields_lib.RANGES[field]
    checks.check_field(field, field, lowest)
    checks.check_field(field, field, highest)
    for beyond in (lowest - 1, highest + 1):
        with pytest.raises(UserError):
            checks.check_field(field, field, beyond)


@pytest.mark.parametrize("field", ["learning_rate", "early_stopping_min_delta"])
def test_a_whole_number_is_a_number_where_fractions_are_allowed(saved, field):
    change(saved, **{field: 1})
    assert getattr(config.load(str(saved)), field) == 1


@pytest.mark.parametrize("field", fields_lib.RANGES)
def test_only_epochs_and_train_examples_may_be_none(field):
    if field in ("epochs", "train_examples"):
        checks.check_field(field, field, None)
        return
    with pytest.raises(UserError, match=f"^{field} is None; allowed: a "):
        checks.check_field(field, field, None)


# How long to train.


def test_either_length_puts_the_other_out_of_force():
    assert config.with_length({"train_steps": 5, "seed": 2}) == {
        "train_steps": 5,
        "epochs": None,
        "seed": 2,
    }
    assert config.with_length({"epochs": 2}) == {"epochs": 2, "train_steps": 0}
    assert config.with_length({"seed": 2}) == {"seed": 2}


def test_both_lengths_exclude_each_other():
    with pytest.raises(UserError) as caught:
        config.from_preset("x", train_steps=5, epochs=2)
    assert (
        str(caught.value) == "train_steps and epochs both say how long to train; give one of them"
    )


def test_a_preset_in_epochs_takes_steps_and_the_reverse():
    in_steps = config.from_preset("x", "browser", train_steps=80)
    assert (in_steps.train_steps, in_steps.epochs, in_steps.validate_every_steps) == (80, None, 20)
    in_epochs = config.from_preset("x", "modern", epochs=2)
    assert (in_epochs.train_steps, in_epochs.epochs) == (0, 2)
    assert config.with_train_steps(in_epochs, 1000).validate_every_steps == 10


@pytest.mark.parametrize(
    "epochs, examples, batch_size, steps, epoch",
    [
        (1, 1000, 100, 10, 10),
        (3, 1000, 100, 30, 10),
        (1, 1001, 100, 11, 11),
        # Epochs lie end to end: 1.5 batches an epoch are 3 in two, not 4.
        (2, 150, 100, 3, 2),
        (10, 5500, 512, 108, 11),
        (1, 3, 100, 1, 1),
    ],
)
def test_epochs_become_steps_and_one_validation_an_epoch(
    epochs, examples, batch_size, steps, epoch
):
    settings = config.from_preset("x", epochs=epochs, batch_size=batch_size)
    known = config.with_train_steps(settings, examples)
    assert (known.train_steps, known.validate_every_steps) == (steps, epoch)
    assert known == dataclasses.replace(settings, train_steps=steps, validate_every_steps=epoch)


def test_epochs_of_more_steps_than_are_allowed_are_refused_before_they_are_stored():
    settings = config.from_preset("x", epochs=1_000_000, batch_size=1)
    with pytest.raises(UserError) as caught:
        config.with_train_steps(settings, 55_000)
    assert str(caught.value) == (
        "epochs=1000000: train_steps is 55000000000; allowed: a whole number from 1 to 100,000,000"
    )


def test_how_often_to_validate_may_still_be_given_with_epochs():
    settings = config.from_preset("x", epochs=2, validate_every_steps=7)
    assert config.with_train_steps(settings, 1000).validate_every_steps == 7


def test_steps_put_in_place_of_epochs_are_validated_four_times():
    settings = config.from_preset("x", "dense")
    changed = dataclasses.replace(settings, epochs=None, train_steps=40)
    assert config.with_train_steps(changed, 1000).validate_every_steps == 10


def test_a_length_in_steps_does_not_depend_on_the_data():
    settings = config.from_preset("x", train_steps=9)
    assert config.with_train_steps(settings, 1000) is settings


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_a_run_of_every_preset_is_read_back_equal_when_its_data_are_known(tmp_path, preset):
    settings = config.with_train_steps(config.from_preset(str(tmp_path), preset), 50_000)
    config.save(settings)
    assert config.load(str(tmp_path)) == settings


def test_the_monitor_is_what_the_run_says():
    settings = config.from_preset(
        "x",
        monitor="loss",
        monitor_mode="max",
        early_stopping_patience=3,
        early_stopping_min_delta=0.5,
    )
    assert monitor.monitor_of(settings) == monitor.Monitor("loss", "max", 3, 0.5)


def test_settings_are_read_with_a_byte_order_mark(saved):
    path = saved / config.CONFIG_FILE
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert config.load(str(saved)) == config.from_preset(str(saved))


@pytest.mark.parametrize("name", ["model_dir", "dataset", "data_dir"])
def test_a_url_in_place_of_a_path_is_refused(name):
    with pytest.raises(SettingsError, match=f"^{name} is 'gs://b/m', a URL; allowed: a path"):
        config.from_preset(**{"model_dir": "m", name: "gs://b/m"})
