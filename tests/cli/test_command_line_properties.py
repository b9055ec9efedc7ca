"""Whatever flags, config.json and architecture hold is usable or refused in one line.

Examples are few and the same on every run; CNN_MNIST_EXAMPLES=50 tries many more,
others each time (tests/helpers/property_profile.py).
"""

import dataclasses
import json
import math
import os
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from property_profile import tries

from cnn_mnist import config
from cnn_mnist.cli import command_line
from cnn_mnist.config import fields, presets
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Relu,
)

ALL_FLAGS = fields.FLAGS
SWITCHES = [name for name, flag in ALL_FLAGS.items() if flag.kind == "bool"]
RANGES = {name: ends for name, ends in fields.RANGES.items() if name in fields.CONFIG}
FRACTIONS = ("learning_rate", "early_stopping_min_delta", "test_fraction")

# Any character, with a lone surrogate and NUL among them.
TEXTS = st.text(st.characters(), max_size=30)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(repr),
    st.sampled_from(["nan", "-inf", "1e999", "-0", "9" * 5000, "1_000", "1,000", "0x10", "٣"]),
)
LAYERS = st.one_of(
    st.builds(
        Conv,
        st.integers(1, 65536),
        st.integers(1, 65536),
        st.sampled_from(["same", "valid"]),
        st.integers(1, 65536),
        st.booleans(),
    ),
    st.builds(
        MaxPool, st.integers(1, 65536), st.integers(0, 65536), st.sampled_from(["same", "valid"])
    ),
    st.builds(AvgPool, st.integers(1, 65536), st.integers(0, 65536)),
    st.sampled_from([BatchNorm(), Relu()]),
    st.just(Flatten()),
    st.builds(Dense, st.integers(1, 65536)),
    st.builds(Dropout, st.floats(0, 1, exclude_max=True)),
)
SIZES = st.one_of(st.integers(0, 70_000), st.integers(0, 10**30))
LAYER_TEXTS = st.one_of(
    st.builds("conv {}x{}x{}".format, SIZES, SIZES, SIZES),
    st.builds("conv 3x3x{} {}".format, SIZES, st.sampled_from(["same", "valid", "full"])),
    st.builds("{} {}".format, st.sampled_from(["pool", "dense", "dropout", "flatten"]), NUMBERS),
    st.sampled_from(["batch_norm", "relu", "avgpool 2 same", "conv 3x3x8 stride 2 linear"]),
    st.sampled_from(["flatten", "pool", "pool 2", "dense 10", "conv 3x3x8", " ", "conv 1x1x65536"]),
    TEXTS,
)
ARCHITECTURES = st.lists(LAYER_TEXTS, max_size=8).map(", ".join)
VALUES = st.one_of(
    TEXTS,
    NUMBERS,
    ARCHITECTURES,
    st.sampled_from([c for flag in ALL_FLAGS.values() for c in flag.allowed]),
)
ARGUMENTS = st.one_of(
    st.builds("--{}={}".format, st.sampled_from(list(ALL_FLAGS)), VALUES),
    st.builds("--{}{}".format, st.sampled_from(["", "no", "flagfile", "undefok"]), TEXTS),
    st.builds("{}{}".format, st.sampled_from(["-", "--", "--no"]), st.sampled_from(SWITCHES)),
    st.builds("--no{}={}".format, st.sampled_from(SWITCHES), TEXTS),
    VALUES,
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
VALID = {name: value for name, value in dataclasses.asdict(config.from_preset("x")).items()}
for not_stored in (
    *("model_dir", "offline", "threads", "keep_exports", "export_best", "export_formats"),
    *("tfjs_weights", "hooks", "limit_examples", "distribution", "devices", "cluster_timeout"),
):
    del VALID[not_stored]


@pytest.fixture(scope="module", autouse=True)
def empty_folder(tmp_path_factory):
    """So that what is drawn finds no files, and the default model_dir is fresh."""
    folder = tmp_path_factory.mktemp("flags")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return str(tmp_path_factory.mktemp("model"))


def parse(arguments):
    """Returns the command, or None and the one line where it is refused as it should be."""
    try:
        return command_line.parse(arguments), None
    except UserError as error:
        line = one_line(error)
        assert line and len(line.splitlines()) == 1
        return None, line


def check_usable(settings):
    """Every number is in its range, and the network is one that can be trained."""
    for name, (lowest, highest) in RANGES.items():
        value = getattr(settings, name)
        by_data = name in ("epochs", "train_examples") and value is None
        by_data |= name in ("train_steps", "validate_every_steps") and value == 0
        assert by_data or (lowest <= value <= highest and math.isfinite(value)), name
        assert by_data or isinstance(value, int) or name in FRACTIONS
    check_network(architecture.parse(settings.architecture))


def check_network(layers):
    architecture.check(layers)
    assert len(layers) <= architecture.MOST_LAYERS
    assert architecture.parameter_count(layers) <= architecture.MOST_PARAMETERS
    values = sum(math.prod(shape) for shape in architecture.output_shapes(layers))
    assert values <= architecture.MOST_VALUES


# The command line.


@pytest.mark.parametrize("count", [80, pytest.param(300, marks=pytest.mark.slow)])
def test_any_arguments_are_a_usable_command_or_refused_in_one_line(count):
    @tries(count)
    @given(st.lists(ARGUMENTS, max_size=5))
    @example(["--nodry_run=true"])
    @example(["--" + "a" * 2000])
    @example(["--flagfile=\0"])
    @example(["--flagfile=."])
    @example(["--dropout_rate=-0"])
    @example(["--images=\0", "--mode=predict"])
    @example(["--epochs=1000000", "--batch_size=1"])
    def check(arguments):
        command, _ = parse(arguments)
        if command and command.text is None:
            check_usable(command.config)

    check()


@pytest.mark.parametrize("name", ALL_FLAGS)
def test_any_value_of_a_flag_is_usable_or_refused_in_a_line_that_names_the_flag(name):
    @tries(25)
    @given(VALUES)
    def check(value):
        command, refusal = parse([f"--{name}={value}"])
        if command is None:
            # A folder's name is named as the path of what is looked for in it.
            assert f"--{name}" in refusal or name == "model_dir"
        elif command.text is None:
            check_usable(command.config)

    check()


@pytest.mark.parametrize("name", RANGES)
def test_a_number_within_its_range_is_taken_and_any_other_refused(name):
    lowest, highest = RANGES[name]
    kind = st.floats(allow_nan=False) if name in FRACTIONS else st.integers()
    inside = st.floats(lowest, highest) if name in FRACTIONS else st.integers(lowest, highest)

    @tries(20)
    @given(st.one_of(kind, inside))
    def check(number):
        command, refusal = parse([f"--{name}={number!r}"])
        if lowest <= number <= highest:
            assert getattr(command.config, name) == number
        else:
            assert refusal.startswith(f"--{name} is {number!r}; allowed: ")

    check()


ONE_RUN = (
    *("--seed=3", "--epochs=2", "--preset=dense", "--variant=nn", "--dropout_rate=.1"),
    *("--architecture=flatten, dropout 0.5, dense 10", "--offline", "--mode=summary"),
)


@tries(50)
@given(st.permutations(ONE_RUN))
def test_the_order_of_flags_does_not_matter(arguments):
    assert command_line.parse(arguments) == command_line.parse(ONE_RUN)


@pytest.mark.parametrize("count", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_what_a_run_stores_of_its_flags_is_read_back_equal(model_dir, count):
    @tries(count)
    @given(st.lists(ARGUMENTS, max_size=4), st.integers(1, 60_000))
    @example(["--epochs=1000000", "--batch_size=1"], 55_000)
    def check(arguments, examples):
        command, _ = parse(arguments)
        assume(command)
        settings = dataclasses.replace(command.config, model_dir=model_dir)
        try:
            settings = config.with_train_steps(settings, examples)
        except UserError as error:
            assert one_line(error).startswith("--epochs=")
            return
        config.save(settings)
        not_stored = {
            "offline": False,
            "threads": 0,
            "keep_exports": 5,
            "export_best": False,
            "export_formats": ("saved_model",),
            "tfjs_weights": "float32",
            "hooks": (),
            "limit_examples": None,
        }
        assert config.load(model_dir) == dataclasses.replace(settings, **not_stored)

    check()


# config.json.


def load(model_dir, content):
    """Returns the configuration, or None where the file is refused as it should be."""
    path = os.path.join(model_dir, config.CONFIG_FILE)
    with open(path, "wb") as file:
        file.write(content)
    try:
        settings = config.load(model_dir)
    except UserError as error:
        line = one_line(error)
        assert line.startswith((f"{path} ", f"{path}: ")) and len(line.splitlines()) == 1
        return None
    check_usable(settings)
    return settings


@tries(200)
@given(st.one_of(st.binary(max_size=50), TEXTS.map(lambda t: t.encode("utf-8", "surrogatepass"))))
@example(json.dumps(VALID).encode("utf-16"))
@example(b'{"seed": ' + b"9" * 5000 + b"}")
@example(b"[" * 100_000)
@example(b'{"seed": ' + b"[" * 990 + b"]" * 990 + b"}")
def test_any_bytes_in_config_json_are_refused_in_one_line(model_dir, content):
    assert load(model_dir, content) is None


def test_config_json_may_begin_with_a_byte_order_mark(model_dir):
    assert load(model_dir, json.dumps(VALID).encode("utf-8-sig")) is not None


@tries(200)
@given(JSON)
@example([[[[]]]])
def test_any_json_in_config_json_is_refused_in_one_line(model_dir, value):
    assert load(model_dir, json.dumps(value).encode()) is None


@pytest.mark.parametrize("count", [80, pytest.param(300, marks=pytest.mark.slow)])
def test_a_changed_config_json_is_usable_or_refused_in_one_line(model_dir, count):
    @tries(count)
    @given(
        st.dictionaries(st.sampled_from(sorted(VALID)), st.one_of(JSON, VALUES, ARCHITECTURES)),
        st.sets(st.sampled_from(sorted(VALID)), max_size=2),
        st.one_of(st.just({}), st.dictionaries(TEXTS, JSON, max_size=1)),
    )
    @example({"architecture": "flatten, dense 9"}, set(), {})
    @example({"architecture": "flatten, dense 65536, dense 65536, dense 10"}, set(), {})
    @example({"learning_rate": math.nan}, set(), {})
    @example({"early_stopping_min_delta": 10**400}, set(), {})
    def check(changed, lost, new):
        stored = {k: v for k, v in {**VALID, **changed, **new}.items() if k not in lost}
        settings = load(model_dir, json.dumps(stored).encode())
        if settings is None:
            return
        assert set(stored) <= set(VALID)
        assert {name: getattr(settings, name) for name in stored} == stored
        config.save(settings)
        assert config.load(model_dir) == settings

    check()


@tries(200)
@given(st.data())
def test_a_damaged_config_json_is_usable_or_refused_in_one_line(model_dir, data):
    content = bytearray(json.dumps(VALID, indent=2).encode())
    places = st.integers(0, len(content) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=3)):
        content[place] = value
    load(model_dir, bytes(content[: data.draw(st.one_of(st.none(), places))]))


# Networks.


@tries(300)
@given(st.one_of(ARCHITECTURES, st.text(max_size=50)))
@example("conv 5x5x999999999, flatten, dense 10")
@example("conv 65536x65536x65536, flatten, dense 10")
@example("conv 1x1x65536, conv 1x1x65536, flatten, dense 10")
@example("flatten, dense 1000000000000, dense 10")
@example("flatten, dense 65536, dense 65536, dense 10")
@example("flatten, dense 00000000109, dense 10")
@example("conv 3x3x8, " * 5000 + "flatten, dense 10")
@example("flatten, dropout " + "0" * 30_000 + "x, dense 10")
@example("flatten, dropout " + "9" * 30_000 + ", dense 10")
@example("flatten, dense " + "9" * 30_000 + ", dense 10")
def test_any_architecture_is_trainable_or_refused_in_one_line(text):
    began = time.process_time()
    try:
        layers = architecture.parse(text)
        architecture.check(layers)
    except UserError as error:
        assert one_line(error).startswith("architecture")
    else:
        check_network(layers)
        assert architecture.parse(architecture.describe(layers)) == layers
    assert time.process_time() - began < 1


@tries(200)
@given(st.lists(LAYERS, max_size=10))
def test_every_network_survives_writing_and_reading(layers):
    if layers and isinstance(layers[-1], Dense):
        layers[-1] = dataclasses.replace(layers[-1], relu=False)
    assert architecture.parse(architecture.describe(tuple(layers))) == tuple(layers)


@tries(100)
@given(st.integers(0, 65536), st.integers(0, 20), st.sampled_from(["dense {}", "conv 3x3x{}"]))
def test_zeros_before_a_number_do_not_change_it(number, zeros, layer):
    assume(number)
    padded = layer.format("0" * zeros + str(number))
    assert architecture.parse(padded) == architecture.parse(layer.format(number))


@pytest.mark.parametrize("name", presets.PRESETS)
def test_the_recipes_are_far_from_the_limits(name):
    layers = architecture.parse(presets.PRESETS[name].architecture)
    assert 10 * architecture.parameter_count(layers) < architecture.MOST_PARAMETERS
    assert 5 * len(layers) < architecture.MOST_LAYERS
