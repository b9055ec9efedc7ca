"""Every flag is in --help, every refusal one line, and flags go over stored over preset."""

import dataclasses
import json
import os
import re
import subprocess
import sys
import time

import pytest

from cnn_mnist import config
from cnn_mnist.cli import command_line, flags, other_names
from cnn_mnist.config import choices, fields, presets
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.networks import architecture
from cnn_mnist.serving import server

NOT_FLAGS = {"limit_examples"}  # for Python callers and --dry_run
NUMBERS = sorted(fields.RANGES)
ALL_FLAGS = list(fields.FLAGS)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test runs in a folder of its own, so that the default model_dir is fresh."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(*arguments):
    return command_line.parse(arguments).config


def refusal(*arguments):
    with pytest.raises(UserError) as caught:
        command_line.parse(arguments)
    assert "\n" not in str(caught.value)
    return one_line(caught.value)


def store(folder, **changes):
    config.save(config.from_preset(str(folder), **changes))
    return f"--model_dir={folder}"


# Nothing given.


def test_without_flags_the_modern_recipe_is_trained_and_evaluated():
    command = command_line.parse([])
    assert command.mode == "train_and_evaluate"
    assert command.config == config.from_preset("mnist_model")
    assert command.given == frozenset()
    assert (command.split, command.images, command.invert) == ("test", (), "auto")
    assert (command.format, command.dry_run, command.verbosity) == ("text", False, "normal")
    assert command.checkpoint == "best"
    assert command.text is None


@pytest.mark.parametrize("module", ["cli.command_line", "main"])
def test_importing_does_not_import_tensorflow(module):
    """It takes seconds, which --help and a misspelt flag need not."""
    code = f"import sys, cnn_mnist.{module}; print([m for m in sys.modules if 'tensorflow' in m])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"


# --help, --version, --preset=list.


def test_help_lists_every_flag_once():
    lines = command_line.parse(["--help"]).text.splitlines()
    heads = [line.strip().split("=")[0] for line in lines if line.startswith("  --")]
    assert heads == [f"--{name}" for name in ALL_FLAGS]
    assert len(heads) > 25


def test_help_is_at_most_80_columns_wide():
    assert max(map(len, flags.help_text().splitlines())) <= 80


def test_help_names_every_choice_range_and_default():
    text = " ".join(flags.help_text().split())
    for row in fields.FLAGS.values():
        assert ", ".join(row.allowed) in text
    for hook in choices.HOOKS:
        assert hook in text
    of_batch = "images in a training step; with several tasks or devices, of each; 1 to 100,000"
    assert f"--batch_size=... {of_batch} (default 100)" in text
    assert "(default train_and_evaluate)" in text
    assert "(default modern)" in text


def test_help_has_a_short_name():
    assert command_line.parse(["-h"]).text == flags.help_text()


def test_help_wins_over_a_broken_model_dir(tmp_path):
    (tmp_path / "config.json").write_text("{")
    assert command_line.parse([f"--model_dir={tmp_path}", "--help"]).text == flags.help_text()


def test_version_and_presets_are_printed_instead_of_working():
    assert command_line.parse(["--version"]).text == "cnn-mnist 1.0.0"
    assert command_line.parse(["--preset=list"]).text == presets.table()


# Which flags there are.


def test_every_config_field_is_a_flag_and_every_number_has_a_range():
    names = {field.name for field in dataclasses.fields(config.Config)}
    assert names - NOT_FLAGS <= set(ALL_FLAGS)
    assert not NOT_FLAGS & set(ALL_FLAGS)
    numbers = [name for name, row in fields.FLAGS.items() if row.kind in ("int", "float")]
    assert sorted(numbers) == NUMBERS


@pytest.mark.parametrize(
    "field, text, value",
    [
        ("variant", "nn", "nn"),
        ("architecture", "flatten, dense 10", "flatten, dense 10"),
        ("dataset", "kmnist", "kmnist"),
        ("data_dir", "/data", "/data"),
        ("offline", "true", True),
        ("validation_examples", "0", 0),
        ("validation_seed", "0", 0),
        ("batch_size", "64", 64),
        ("eval_batch_size", "1000", 1000),
        ("train_steps", "2_000", 2000),
        ("epochs", "1,000", 1000),
        ("train_examples", "5500", 5500),
        ("test_fraction", "0.25", 0.25),
        ("initializer", "he_uniform", "he_uniform"),
        ("augmentation", "affine", "affine"),
        ("orientation", "transposed", "transposed"),
        ("drawn_examples", "3", 3),
        ("deterministic", "true", True),
        ("threads", "2", 2),
        ("distribution", "parameter_server", "parameter_server"),
        ("devices", "2", 2),
        ("scale_learning_rate", "true", True),
        ("cluster_timeout", "20", 20),
        ("monitor", "class_accuracy/9", "class_accuracy/9"),
        ("monitor_mode", "min", "min"),
        ("early_stopping_patience", "3", 3),
        ("early_stopping_min_delta", "1e-3", 0.001),
        ("optimizer", "momentum", "momentum"),
        ("learning_rate", "1e-4", 1e-4),
        ("schedule", "cosine", "cosine"),
        ("warmup_steps", "0", 0),
        ("seed", "2,147,483,647", 2147483647),
        ("precision", "bfloat16", "bfloat16"),
        ("log_every_steps", "1", 1),
        ("log_epochs", "true", True),
        ("validate_every_steps", "7", 7),
        ("save_summary_steps", "8", 8),
        ("save_checkpoints_steps", "9", 9),
        ("keep_checkpoint_max", "2", 2),
        ("keep_exports", "2", 2),
        ("export_best", "true", True),
        ("export_formats", "tflite, saved_model", ("tflite", "saved_model")),
        ("tfjs_weights", "uint8", "uint8"),
        ("hooks", "profiler, examples_per_second,", ("profiler", "examples_per_second")),
        ("preset", "layers_tutorial", "layers_tutorial"),
        ("model_dir", "elsewhere", "elsewhere"),
    ],
)
def test_each_flag_sets_its_field_and_no_other(field, text, value):
    command = command_line.parse([f"--{field}={text}"])
    if field == "preset":
        assert command.config == config.from_preset("mnist_model", "layers_tutorial")
    else:
        # How often to validate follows from the length of training.
        length = {field: value} if field in ("train_steps", "epochs") else {}
        base = config.from_preset("mnist_model", **length)
        assert command.config == dataclasses.replace(base, **{field: value})
        default = config.from_preset("mnist_model")
        assert value != getattr(default, field), "else this row could not fail"
    assert command.given == {field}


def test_each_field_that_is_a_flag_has_a_row_above():
    [rows] = [mark.args[1] for mark in test_each_flag_sets_its_field_and_no_other.pytestmark]
    names = {field.name for field in dataclasses.fields(config.Config)}
    assert {row[0] for row in rows} == names - NOT_FLAGS


@pytest.mark.parametrize(
    "arguments, attribute, value",
    [
        (["--mode=train"], "mode", "train"),
        (["--mode=evaluate", "--split=validation"], "split", "validation"),
        (["--mode=predict", "--images=a b.png", "--images=ä"], "images", ("a b.png", "ä")),
        (["--mode=predict", "--images=a", "--invert=never"], "invert", "never"),
        (["--format=json"], "format", "json"),
        (["--dry_run"], "dry_run", True),
        (["--nodry_run"], "dry_run", False),
        (["--verbosity=quiet"], "verbosity", "quiet"),
        (["--quiet"], "verbosity", "quiet"),
        (["--quiet", "--verbosity=quiet"], "verbosity", "quiet"),
        (["--noquiet", "--verbosity=info"], "verbosity", "info"),
        (["--mode", "export"], "mode", "export"),
        (["--mode=evaluate"], "server", None),
        (
            ["--mode=evaluate", "--server=localhost:8500"],
            "server",
            server.Server("localhost:8500", "mnist", 10.0, 3, 4, 1),
        ),
        (
            [
                *("--mode=predict", "--images=x", "--server=http://[::1]:8501"),
                *("--server_model=fashion", "--server_timeout=0.5", "--server_retries=0"),
                *("--server_concurrency=8", "--server_batch_size=100"),
            ],
            "server",
            server.Server("http://[::1]:8501", "fashion", 0.5, 0, 8, 100),
        ),
        (
            [
                *("--mode=evaluate", "--server=https://a/b", "--server_version=7"),
                *("--server_ca_file=ca.pem", "--server_token_file=token"),
                *("--server_client_certificate=c.pem", "--server_client_key=k.pem"),
            ],
            "server",
            server.Server(
                "https://a/b",
                version=7,
                ca_file="ca.pem",
                token_file="token",
                client_certificate="c.pem",
                client_key="k.pem",
            ),
        ),
        (
            ["--mode=evaluate", "--server=grpcs://a:1", "--server_label=stable"],
            "server",
            server.Server("grpcs://a:1", label="stable"),
        ),
        (["--mode=evaluate"], "tfjs_model", None),
        (["--mode=evaluate", "--tfjs_model=a/m.json"], "tfjs_model", "a/m.json"),
        (["--mode=evaluate"], "engine", "tensorflow"),
        (["--mode=predict", "--images=x", "--engine=lite"], "engine", "lite"),
        (["--mode=evaluate", "--engine=lite", "--lite_file=int8"], "lite_file", "int8"),
        (["--checkpoint=last"], "checkpoint", "last"),
        (["--checkpoint=/m/model.ckpt-5"], "checkpoint", "/m/model.ckpt-5"),
    ],
)
def test_what_is_asked_for_besides_the_config(arguments, attribute, value):
    assert getattr(command_line.parse(arguments), attribute) == value


def test_the_last_of_a_flag_given_twice_wins():
    assert settings("--batch_size=10", "--batch_size=20").batch_size == 20


@pytest.mark.parametrize("flag", ["model_dir", "data_dir", "dataset"])
def test_a_tilde_is_the_home_folder(flag, monkeypatch):
    """No shell expands it after `=`; a folder called `~` would be made in its place."""
    monkeypatch.setenv("HOME", "/home/me")
    assert getattr(settings(f"--{flag}=~/x"), flag) == "/home/me/x"
    assert command_line.parse(["--checkpoint=~/x"]).checkpoint == "/home/me/x"
    found = command_line.parse(["--mode=evaluate", "--tfjs_model=~/m.json"])
    assert found.tfjs_model == "/home/me/m.json"


# Refusals.


@pytest.mark.parametrize(
    "given, near",
    [
        ("batchsize", "batch_size"),
        ("batch-size", "batch_size"),
        ("dry-run", "dry_run"),
        ("TRAIN_STEPS", "train_steps"),
        ("learning_rat", "learning_rate"),
        ("model", "mode"),
        ("varient", "variant"),
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("bs", "batch_size"),
        ("steps", "train_steps"),
        ("num-epochs", "epochs"),
        ("output_dir", "model_dir"),
        ("eval", "mode=evaluate"),
    ],
)
def test_an_unknown_flag_suggests_the_near_one(given, near):
    assert refusal(f"--{given}=1") == (
        f"unknown flag --{given}; did you mean --{near}? --help lists all flags"
    )


def test_an_unknown_flag_that_is_near_to_none_suggests_none():
    assert refusal("--zzz") == "unknown flag --zzz; --help lists all flags"


@pytest.mark.parametrize("name", ["x" * 2000, "learning_rate" * 500])
def test_an_unknown_flag_however_long_is_named_at_once(name):
    began = time.process_time()
    message = refusal(f"--{name}=1")
    assert message.startswith(f"unknown flag --{name[:1000]}")
    assert message.endswith("; --help lists all flags")
    assert len(message) < 2100
    assert time.process_time() - began < 0.5


def test_many_arguments_take_time_by_their_number():
    began = time.process_time()
    refusal(*["picture.png"] * 100_000)
    # With the square of the number it was a hundred seconds.
    assert time.process_time() - began < 5


@pytest.mark.parametrize("flag", ["--nodry_run=true", "-nooffline="])
def test_a_switch_that_is_turned_off_takes_no_value(flag):
    assert refusal(flag) == f"{flag} does not take an argument"


@pytest.mark.parametrize("dashes", ["-", "--"])
def test_a_file_of_flags_that_is_no_text_is_named(tmp_path, dashes):
    path = tmp_path / "flags"
    path.write_bytes(b"--seed=3\n")
    assert settings(f"{dashes}flagfile={path}").seed == 3
    path.write_bytes(b"\x89PNG")
    assert refusal(f"{dashes}flagfile={path}").startswith(
        f"{dashes}flagfile={path} cannot be read: 'utf-8' codec can't decode byte 0x89"
    )


def test_a_leftover_argument_is_named():
    assert refusal("train") == (
        "'train' is left over; every argument is --flag=value; --help lists the flags"
    )
    assert refusal("--offline", "no").startswith("'no' is left over; ")
    assert refusal("--", "x").startswith("'x' is left over; ")
    assert refusal("--", "--seed=3").startswith("'--seed=3' is left over; ")
    assert refusal("--seed=3", "--=").startswith("'--=' is left over; ")
    assert settings("--seed=3", "--").seed == 3


def test_leftover_images_are_told_how_to_be_given():
    """As where the shell expands --images *.png."""
    assert refusal("--mode=predict", "--images", "a.png", "b.png") == (
        "'b.png' is left over; every argument is --flag=value (more files: give --images again); "
        "--help lists the flags"
    )


@pytest.mark.parametrize(
    "name, allowed",
    [
        ("mode", "train_and_evaluate, train, evaluate, predict, export, report, inspect, summary"),
        ("verbosity", "quiet, normal, info"),
        (
            "preset",
            "modern, layers_tutorial, low_level, fashion, browser, dense, fastest, accurate, "
            "drawn, list",
        ),
        ("variant", "layers, nn"),
        ("optimizer", "adam, momentum, sgd"),
        ("schedule", "constant, linear, cosine"),
        ("precision", "auto, float32, bfloat16"),
        (
            "initializer",
            "glorot_uniform, uniform_unit_scaling, he_uniform, variance_scaling, normal_conv",
        ),
        ("orientation", "auto, as_is, transposed"),
        ("augmentation", "none, affine, drawn"),
        ("monitor_mode", "auto, max, min"),
        ("split", "test, validation, train"),
        ("invert", "auto, always, never"),
        ("format", "text, json"),
        ("hooks", "examples_per_second, profiler"),
        ("export_formats", "saved_model, tflite, tfjs, onnx"),
        ("tfjs_weights", "float32, float16, uint8"),
    ],
)
@pytest.mark.parametrize("value", ["other", "zzz", "-"])
def test_an_unknown_choice_lists_the_allowed_ones(name, allowed, value):
    assert refusal(f"--{name}={value}") == f"--{name}={value} is unknown; allowed: {allowed}"


@pytest.mark.parametrize(
    "given, near",
    [
        ("mode=trian", "train"),
        ("preset=fasion", "fashion"),
        ("preset=layers-tutorial", "layers_tutorial"),
        ("precision=Auto", "auto"),
        ("hooks=profiler,examples_per_sec", "examples_per_second"),
        ("monitor=acuracy", "accuracy"),
        ("monitor=Accuracy", "accuracy"),
        ("monitor=class_accuracy/100", "class_accuracy/LABEL"),
    ],
)
def test_an_unknown_choice_suggests_the_near_one(given, near):
    assert f"; did you mean {near}? allowed: " in refusal(f"--{given}")


def test_float16_is_refused_with_the_reason_and_not_taken_for_bfloat16():
    assert refusal("--precision=fp16") == (
        "--precision=fp16 is unknown; float16 would need loss scaling, which bfloat16 does "
        "without; allowed: auto, float32, bfloat16"
    )


def test_every_name_that_others_use_leads_to_a_flag_and_is_not_one():
    assert not set(other_names.OTHER_NAMES) & set(ALL_FLAGS)
    for other, ours in other_names.OTHER_NAMES.items():
        assert ours.partition("=")[0] in ALL_FLAGS
        assert refusal(f"--{other}=1") == (
            f"unknown flag --{other}; did you mean --{ours}? --help lists all flags"
        )
        if "=" in ours:
            images = ["--images=x"] if "predict" in ours or "inspect" in ours else []
            command_line.parse([f"--{ours}", *images])


@pytest.mark.parametrize(
    "value, whole", [("tflite", "saved_model,tflite"), ("", "saved_model"), (",", "saved_model")]
)
def test_formats_without_the_one_a_server_needs_are_refused(value, whole):
    assert refusal(f"--export_formats={value}") == (
        f"--export_formats={value.strip(',')} leaves out saved_model, which a server needs in "
        f"every version; give --export_formats={whole}"
    )


def test_an_unknown_hook_among_known_ones_is_named():
    assert refusal("--hooks=profiler,timer") == (
        "--hooks=timer is unknown; allowed: examples_per_second, profiler"
    )


@pytest.mark.parametrize("name", ["dry_run", "offline", "help", "version"])
def test_a_switch_that_is_neither_true_nor_false_is_named(name):
    assert refusal(f"--{name}=maybe") == f"--{name}=maybe is unknown; allowed: true, false"


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_out_of_range_is_named_with_the_range(name):
    lowest, highest = fields.RANGES[name]
    fractions = ("learning_rate", "early_stopping_min_delta", "server_timeout", "test_fraction")
    shown = f"{highest:,.0f}" if highest >= 1 else f"{highest:g}"
    if isinstance(highest, int):
        # Beyond 2**53 a float would round it.
        shown = f"{highest:,}"
    kind = "a number" if name in fractions else "a whole number"
    for value in (int(lowest) - 1, int(highest) + 1):
        assert refusal(f"--{name}={value}") == (
            f"--{name} is {value}; allowed: {kind} from {lowest:g} to {shown}".replace(
                f"is {value};", f"is {float(value) if kind == 'a number' else value};"
            )
        )


def test_a_range_is_written_out():
    assert refusal("--batch_size=0") == (
        "--batch_size is 0; allowed: a whole number from 1 to 100,000"
    )
    assert refusal("--learning_rate=nan") == (
        "--learning_rate is nan; allowed: a number from 1e-09 to 1,000"
    )


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("word", ["ten", "", "1.5.2", "0x10", "--offline", "9" * 5000])
def test_a_word_for_a_number_is_named(name, word):
    found = refusal(f"--{name}={word}")
    assert found.startswith(f"--{name} is {word!r}; allowed: a ") or len(word) == 5000
    assert found.startswith(f"--{name} is ")


@pytest.mark.parametrize("value", ["1.0", "1.5", "1e3", "1,5", "10,00", ",1", "1,"])
def test_a_whole_number_may_have_commas_between_thousands_only(value):
    assert refusal(f"--batch_size={value}").startswith(f"--batch_size is {value!r}; allowed: ")


@pytest.mark.parametrize("value", ["0,002", "1,000", "0,5"])
def test_a_decimal_comma_is_refused_rather_than_dropped(value):
    for name, lowest in (("learning_rate", "1e-09"), ("early_stopping_min_delta", "0")):
        assert refusal(f"--{name}={value}") == (
            f"--{name} is {value!r}; allowed: a number from {lowest} to 1,000"
        )


@pytest.mark.parametrize("value", ["f1", "f-score", "", "auto"])
def test_an_unknown_metric_lists_those_there_are(value):
    assert refusal(f"--monitor={value}") == (
        f"--monitor is {value!r}; allowed: accuracy, loss, lowest_class_accuracy, "
        "class_accuracy/0 to class_accuracy/99"
    )


def test_help_names_every_metric_that_may_be_monitored():
    text = " ".join(flags.help_text().split())
    (body,) = re.findall(r"--monitor=\.\.\. (.*?) --", text)
    for name in ("accuracy, ", "loss, ", "lowest_class_accuracy, ", "class_accuracy/0, "):
        assert name in body
    assert body.endswith("class_accuracy/1, ... (default accuracy) [train_and_evaluate, train]")


@pytest.mark.parametrize("value", ["1", "-0.1", "nan", "half", "", "0,4"])
def test_a_dropout_rate_that_is_none_is_named(value):
    assert refusal(f"--dropout_rate={value}") == (
        f"--dropout_rate is {value!r}; allowed: a number from 0 to below 1"
    )


def test_a_dropout_rate_of_minus_nothing_is_nothing():
    assert "dropout 0, " in settings("--dropout_rate=-0").architecture


def test_a_flag_without_its_value_is_named():
    assert refusal("--batch_size") == "Missing value for flag --batch_size"


def test_an_empty_model_dir_is_refused():
    assert refusal("--model_dir=") == "--model_dir is empty; expected a folder"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["--images=x"],
            "--images is for --mode=predict or inspect or report, not --mode=train_and_evaluate",
        ),
        (
            ["--mode=train", "--invert=always"],
            "--invert is for --mode=predict or inspect or report, not --mode=train",
        ),
        (
            ["--mode=predict", "--images=x", "--split=test"],
            "--split is for --mode=evaluate, not --mode=predict",
        ),
        (
            ["--quiet", "--verbosity=info"],
            "--quiet and --verbosity=info both say how much is printed; give one of them",
        ),
        (["--mode=predict"], "--mode=predict needs --images, such as --images='digits/*.png'"),
        (
            ["--mode=export", "--server=localhost:8500"],
            "--server is for --mode=evaluate or predict, not --mode=export",
        ),
        (
            ["--mode=evaluate", "--server=localhost:8500", "--checkpoint=last"],
            "--checkpoint is of this machine; --server has a model of its own",
        ),
        (
            ["--mode=predict", "--images=x", "--tfjs_model=m.json"],
            "--tfjs_model is for --mode=evaluate, not --mode=predict",
        ),
        (
            ["--tfjs_model=m.json"],
            "--tfjs_model is for --mode=evaluate, not --mode=train_and_evaluate",
        ),
        (
            ["--mode=evaluate", "--tfjs_model=m.json", "--checkpoint=last"],
            "--checkpoint is of --model_dir; --tfjs_model is a model of its own",
        ),
        (
            ["--mode=evaluate", "--tfjs_model=m.json", "--server=localhost:8500"],
            "--server and --tfjs_model both say what is measured; give one of them",
        ),
        (
            ["--mode=evaluate", "--engine=fast"],
            "--engine=fast is unknown; allowed: tensorflow, lite, onnx",
        ),
        (
            ["--engine=lite"],
            "--engine is for --mode=evaluate or predict, not --mode=train_and_evaluate",
        ),
        (
            ["--mode=evaluate", "--lite_file=int8"],
            "--lite_file is for --engine=lite, not --engine=tensorflow",
        ),
        (
            ["--mode=evaluate", "--engine=lite", "--checkpoint=last"],
            "--checkpoint is for --engine=tensorflow; --engine=lite runs the newest export",
        ),
        (
            ["--mode=evaluate", "--engine=lite", "--dry_run"],
            "--dry_run is for --engine=tensorflow; --engine=lite writes nothing anyway",
        ),
        (
            ["--mode=evaluate", "--engine=onnx", "--checkpoint=last"],
            "--checkpoint is for --engine=tensorflow; --engine=onnx runs the newest export",
        ),
        (
            ["--mode=evaluate", "--engine=onnx", "--dry_run"],
            "--dry_run is for --engine=tensorflow; --engine=onnx writes nothing anyway",
        ),
        (
            ["--mode=evaluate", "--engine=onnx", "--server=localhost:8500"],
            "--server and --engine=onnx both say what computes; give one of them",
        ),
        (
            ["--mode=evaluate", "--engine=lite", "--tfjs_model=m.json"],
            "--tfjs_model and --engine=lite both say what computes; give one of them",
        ),
        (
            ["--mode=evaluate", "--engine=lite", "--server=localhost:8500"],
            "--server and --engine=lite both say what computes; give one of them",
        ),
        (
            ["--mode=evaluate", "--server_timeout=1"],
            "--server_timeout is for --server=..., which is not given",
        ),
        (
            ["--mode=evaluate", "--server=localhost"],
            "--server=localhost is not an address; allowed: host:port or grpcs://host:port for "
            "gRPC, http://host:port or https://host/prefix for REST",
        ),
        (
            ["--mode=evaluate", "--server=https://a/v1/models/mnist"],
            "--server=https://a/v1/models/mnist names a model's own path; give what stands before "
            "/v1, and the model's name as --server_model",
        ),
        (
            ["--mode=evaluate", "--server_label=stable"],
            "--server_label is for --server=..., which is not given",
        ),
        (
            ["--mode=evaluate", "--server=a:1", "--server_version=3", "--server_label=stable"],
            "--server_version=3 and --server_label=stable both say which version is asked; give "
            "one of them",
        ),
        (
            ["--mode=evaluate", "--server=a:1", "--server_version=-1"],
            "--server_version is -1; allowed: a whole number from 0 to 9,223,372,036,854,775,807",
        ),
        (
            ["--mode=evaluate", "--server=a:1", "--server_label=a/b"],
            "--server_label is 'a/b'; allowed: the label of a version, without spaces, / and :",
        ),
        (
            ["--mode=evaluate", "--server=a:1", "--server_ca_file=ca.pem"],
            "--server_ca_file is for https:// and grpcs://; --server=a:1 is not encrypted",
        ),
        (
            ["--mode=evaluate", "--server=grpcs://a:1", "--server_client_key=key.pem"],
            "--server_client_key needs --server_client_certificate too",
        ),
        (
            ["--mode=evaluate", "--server=https://a", "--server_token_file=gs://a/b"],
            "--server_token_file is 'gs://a/b', a URL; allowed: a path on this machine",
        ),
    ],
)
def test_flags_that_do_not_go_together_are_named(arguments, message):
    assert refusal(*arguments) == message


def test_a_dry_run_of_predict_needs_no_images():
    assert command_line.parse(["--mode=predict", "--dry_run"]).images == ()


def test_an_architecture_that_does_not_fit_is_refused_when_parsed():
    assert refusal("--architecture=flatten, dense 1").startswith("--architecture must end in ")
    assert "unknown layer 'tense 10'" in refusal("--architecture=flatten, tense 10")


# Flags over what is stored, over the preset.


def test_what_is_stored_is_the_base_where_no_preset_is_given(tmp_path):
    where = store(tmp_path, preset="layers_tutorial", seed=9, variant="nn")
    found = settings(where, "--batch_size=3")
    stored = config.from_preset(str(tmp_path), "layers_tutorial", seed=9, variant="nn")
    assert found == dataclasses.replace(stored, batch_size=3)


def test_a_preset_that_is_given_is_the_base_though_something_is_stored(tmp_path):
    where = store(tmp_path, seed=9, variant="nn", batch_size=3)
    assert settings(where, "--preset=modern") == config.from_preset(str(tmp_path), "modern")


def test_the_stored_file_is_not_changed_by_parsing(tmp_path):
    where = store(tmp_path, seed=9)
    before = (tmp_path / "config.json").read_text()
    settings(where, "--seed=3", "--preset=layers_tutorial")
    assert (tmp_path / "config.json").read_text() == before


def test_a_stored_file_that_is_damaged_is_named(tmp_path):
    where = store(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "seed": -1}))
    assert refusal(where) == (
        f"{path}: seed is -1; allowed: a whole number from 0 to 2,147,483,647"
    )


def test_dropout_rate_changes_the_preset_s_architecture():
    assert settings("--dropout_rate=0.25").architecture == (
        "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.25, dense 10"
    )


def test_dropout_rate_changes_the_given_and_the_stored_architecture(tmp_path):
    line = "flatten, dropout {0}, dense 20, dropout {0}, dense 10"
    given = f"--architecture={line.format(0.1)}"
    assert settings(given, "--dropout_rate=0").architecture == line.format(0)
    where = store(tmp_path, architecture=line.format(0.3))
    assert settings(where, "--dropout_rate=0.5").architecture == line.format(0.5)


# Two ways to say how long.


def test_both_lengths_together_are_refused(tmp_path):
    message = "--train_steps and --epochs both say how long to train; give one of them"
    where = store(tmp_path / "stored")
    for others in ((), ("--preset=browser",), (where,)):
        assert refusal("--train_steps=5", "--epochs=2", *others) == message


def length(found):
    return found.train_steps, found.epochs


def test_a_length_that_is_given_puts_the_presets_other_out_of_force():
    assert length(settings("--preset=browser", "--train_steps=80")) == (80, None)
    assert length(settings("--preset=modern", "--epochs=2")) == (0, 2)
    assert length(settings("--preset=browser", "--epochs=2")) == (0, 2)
    assert length(settings("--preset=modern", "--train_steps=80")) == (80, None)


def test_a_length_that_is_given_puts_the_stored_other_out_of_force(tmp_path):
    in_steps = store(tmp_path / "steps", train_steps=80)
    in_epochs = tmp_path / "epochs"
    config.save(
        config.with_train_steps(config.from_preset(str(in_epochs), epochs=3, batch_size=100), 1000)
    )
    in_epochs = f"--model_dir={in_epochs}"
    assert length(settings(in_steps, "--epochs=2")) == (0, 2)
    assert length(settings(in_epochs, "--train_steps=40")) == (40, None)
    assert length(settings(in_epochs, "--epochs=5")) == (0, 5)


def test_a_stored_length_stays_where_none_is_given(tmp_path):
    settled = config.with_train_steps(config.from_preset(str(tmp_path), epochs=3), 1000)
    config.save(settled)
    assert settings(f"--model_dir={tmp_path}", "--seed=4") == dataclasses.replace(settled, seed=4)


def test_with_epochs_validation_comes_once_an_epoch_or_as_given():
    known = config.with_train_steps(settings("--epochs=2"), 1000)
    assert (known.train_steps, known.validate_every_steps) == (20, 10)
    known = config.with_train_steps(settings("--epochs=2", "--validate_every_steps=3"), 1000)
    assert (known.train_steps, known.validate_every_steps) == (20, 3)


@pytest.mark.parametrize("rate", ["0.00001", "1e-7", "0.123456789"])
def test_a_dropout_rate_of_many_digits_is_kept_exactly(rate):
    layers = architecture.parse(settings(f"--dropout_rate={rate}").architecture)
    assert [layer.rate for layer in layers if isinstance(layer, architecture.Dropout)] == [
        float(rate)
    ]


@pytest.mark.parametrize("first", ["--batch_size=7", "# a comment", ""])
def test_a_flagfile_is_read_with_a_byte_order_mark(tmp_path, first):
    (tmp_path / "flags.txt").write_text(f"{first}\n--seed=5\n", encoding="utf-8-sig")
    command = command_line.parse([f"--flagfile={tmp_path / 'flags.txt'}"])
    assert command.given == ({"batch_size", "seed"} if "batch" in first else {"seed"})
    assert command.config.seed == 5


# Paths.


PATH_FLAGS = {
    "--model_dir": (),
    "--data_dir": (),
    "--dataset": (),
    "--checkpoint": ("--mode=evaluate",),
    "--tfjs_model": ("--mode=evaluate",),
    "--images": ("--mode=predict",),
    "--server_ca_file": ("--mode=predict",),
    "--server_token_file": ("--mode=predict",),
    "--server_client_certificate": ("--mode=predict",),
    "--server_client_key": ("--mode=predict",),
}


def test_these_are_all_flags_that_take_a_path():
    kinds = ("folder", "dataset", "multi")
    assert {f"--{row.name}" for row in fields.FLAGS.values() if row.kind in kinds} == {*PATH_FLAGS}


@pytest.mark.parametrize("url", ["gs://b/m", "s3://b", "hdfs://h/m", "ram://m", "file:///tmp/m"])
@pytest.mark.parametrize("flag", PATH_FLAGS)
def test_a_url_is_refused_where_a_path_is_wanted_and_nothing_is_made(empty_folder, flag, url):
    said = refusal(*PATH_FLAGS[flag], f"{flag}={url}")
    assert said.startswith(f"{flag} is '{url}', a URL; allowed: a path on this machine")
    assert os.listdir(empty_folder) == []


def test_a_folder_whose_name_looks_like_a_scheme_can_be_named():
    assert settings("--model_dir=./gs://m").model_dir == "./gs://m"
