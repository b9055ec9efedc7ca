"""Networks as data: notation, shapes, parameter counts, names, and what is refused."""

import time

import pytest

from cnn_mnist.config.presets import PRESETS, TUTORIAL_NETWORK
from cnn_mnist.errors import UserError
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

TUTORIAL = (
    Conv(32, 5),
    MaxPool(2),
    Conv(64, 5),
    MaxPool(2),
    Flatten(),
    Dense(1024),
    Dropout(0.4),
    Dense(10, relu=False),
)
NOTATION = (
    "conv 5x5x32, conv 3x3x5 valid stride 2 linear, pool 2, pool 3 same stride 2, avgpool 2, "
    "batch_norm, relu, flatten, dense 1024, dropout 0.4"
)


def refusal(text, classes=10):
    with pytest.raises(UserError) as caught:
        architecture.check(architecture.parse(text), classes)
    return str(caught.value)


def test_the_tutorials_line_is_the_tutorials_network():
    assert architecture.parse(TUTORIAL_NETWORK) == TUTORIAL
    architecture.check(TUTORIAL, 10)


@pytest.mark.parametrize(
    "text, layers",
    [
        ("", ()),
        ("conv 3x3x8", (Conv(8, 3, "same"),)),
        ("conv 3x3x8 same", (Conv(8, 3, "same"),)),
        ("conv 3x3x8 valid", (Conv(8, 3, "valid"),)),
        ("pool", (MaxPool(2),)),
        ("pool 3", (MaxPool(3),)),
        ("conv 3x3x8 stride 2", (Conv(8, 3, "same", 2),)),
        ("conv 3x3x8 valid stride 2 linear", (Conv(8, 3, "valid", 2, relu=False),)),
        ("conv 3x3x8 linear stride 2 valid", (Conv(8, 3, "valid", 2, relu=False),)),
        ("conv 3x3x8 same stride 1", (Conv(8, 3),)),
        ("pool 2 stride 2 valid", (MaxPool(2),)),
        ("pool stride 1", (MaxPool(2, 1),)),
        ("pool 2 same stride 1", (MaxPool(2, 1, "same"),)),
        ("avgpool", (AvgPool(2),)),
        ("avgpool 3 same stride 2", (AvgPool(3, 2, "same"),)),
        ("batch_norm, relu", (BatchNorm(), Relu())),
        ("dense 5 linear, dense 7 linear", (Dense(5, False), Dense(7, False))),
        ("flatten,dense 5,dense 7", (Flatten(), Dense(5, True), Dense(7, False))),
        ("dense 5, dropout .5", (Dense(5, True), Dropout(0.5))),
        ("dropout 0", (Dropout(0.0),)),
        ("  flatten ,  dense 10, ", (Flatten(), Dense(10, False))),
        ("dense 65536", (Dense(65536, False),)),
    ],
)
def test_each_form_of_the_notation_is_read(text, layers):
    assert architecture.parse(text) == layers


@pytest.mark.parametrize(
    "text",
    [
        *(preset.architecture for preset in PRESETS.values()),
        "conv 3x3x8 valid, pool 3, flatten, dropout 0.25, dense 10",
        "flatten, dense 10",
        "flatten, dropout 0, dense 10",
        "conv 3x3x5 stride 2, conv 3x3x5 valid stride 2 linear, conv 1x1x5 linear, flatten",
        "pool 2 stride 1, pool 3 same stride 2, pool 3 same, avgpool 2, avgpool 3 same stride 2",
        "batch_norm, flatten, dense 20 linear, batch_norm, relu, dense 10",
        "",
    ],
)
def test_the_notation_survives_reading_and_writing(text):
    assert architecture.describe(architecture.parse(text)) == text


@pytest.mark.parametrize(
    "layer, options",
    [
        ("conv 3x3x8 same valid", "same or valid, stride N, linear"),
        ("conv 3x3x8 stride 2 stride 3", "same or valid, stride N, linear"),
        ("pool 2 linear", "same or valid, stride N"),
        ("avgpool 2 same same", "same or valid, stride N"),
        ("dense 10 stride 2", "linear"),
        ("dense 10 same", "linear"),
    ],
)
def test_an_option_that_a_layer_does_not_have_or_has_twice_is_named_with_the_options(
    layer, options
):
    assert refusal(layer) == (
        f"architecture: {layer!r} may have no options but these, each once: {options}"
    )


@pytest.mark.parametrize("rate", [0.0, 0.4, 1 / 3, 0.12345678, 0.00001, 0.9999999])
def test_a_dropout_rate_survives_writing_and_reading_exactly(rate):
    layers = architecture.with_dropout_rate(TUTORIAL, rate)
    assert architecture.parse(architecture.describe(layers)) == layers


@pytest.mark.parametrize(
    "layer", ["cnov 5x5x32", "conv 5x5", "conv 5x5x32 full", "pool x", "dense", "dropout -0.1"]
)
def test_an_unknown_layer_is_named_with_the_notation(layer):
    assert (
        refusal(f"flatten, {layer}, dense 10")
        == f"architecture: unknown layer '{layer}'; layers are written as {NOTATION}"
    )


def test_a_kernel_that_is_not_square_is_refused():
    assert (
        refusal("conv 5x3x32, flatten, dense 10")
        == "architecture: 'conv 5x3x32' must have a square kernel, such as 5x5x32"
    )


@pytest.mark.parametrize(
    "layer",
    [
        "conv 0x0x8",
        "conv 3x3x0",
        "conv 3x3x65537",
        "pool 0",
        "avgpool 65537",
        "conv 3x3x8 stride 0",
        "pool 2 stride 0",
        "dense 0",
        "dense 65537",
        "dense 99999999999999999999",
    ],
)
def test_a_number_out_of_range_is_named_with_the_range(layer):
    assert refusal(layer) == f"architecture: the numbers in '{layer}' must be from 1 to 65536"


def test_zeros_before_a_number_do_not_change_it():
    assert architecture.parse("dense 00000000109") == (Dense(109, False),)


@pytest.mark.parametrize(
    "text, message",
    [
        ("flatten, " * 100 + "dense 10", "101 layers; allowed: 100"),
        (
            "flatten, dense 65536, dense 65536, dense 10",
            "4,347,133,962 parameters; allowed: 200,000,000",
        ),
        (
            "conv 65536x65536x1, flatten, dense 10",
            "4,294,975,147 parameters; allowed: 200,000,000",
        ),
        (
            "conv 1x1x65536, pool 28, flatten, dense 10",
            "51,511,306 values for each image; allowed: 10,000,000",
        ),
    ],
)
def test_a_network_far_too_large_is_named_with_its_size_and_the_limit(text, message):
    assert refusal(text) == f"architecture has {message}"


def test_a_layer_of_any_length_is_read_at_once():
    began = time.process_time()
    assert refusal("dropout " + "0" * 30_000 + "x").endswith(f"layers are written as {NOTATION}")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("rate", ["1", "1.5", "7"])
def test_a_dropout_rate_out_of_range_is_named_with_the_range(rate):
    assert (
        refusal(f"dropout {rate}")
        == f"architecture: 'dropout {rate}' must have a rate from 0 to below 1"
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "architecture must end in 'dense 10', one logit for each class, not 'nothing'"),
        (
            "flatten, conv 3x3x8, dense 10",
            "architecture: 'conv 3x3x8' cannot follow 'flatten'",
        ),
        ("flatten, pool 2, dense 10", "architecture: 'pool 2' cannot follow 'flatten'"),
        (
            "conv 3x3x8, dense 10",
            "architecture: 'dense 10' needs 'flatten' somewhere before it",
        ),
        (
            "pool 4, conv 8x8x2 valid, flatten, dense 10",
            "architecture: 'conv 8x8x2 valid' needs an input of at least 8x8, "
            "but the layer before it gives 7x7",
        ),
        (
            "pool 4, pool 8, flatten, dense 10",
            "architecture: 'pool 8' needs an input of at least 8x8, "
            "but the layer before it gives 7x7",
        ),
        (
            "conv 5x5x2 stride 6, avgpool 6 stride 2, flatten, dense 10",
            "architecture: 'avgpool 6 stride 2' needs an input of at least 6x6, "
            "but the layer before it gives 5x5",
        ),
        (
            "flatten, avgpool 2, dense 10",
            "architecture: 'avgpool 2' cannot follow 'flatten'",
        ),
        (
            "flatten, dense 10, batch_norm",
            "architecture must end in 'dense 10', one logit for each class, not 'batch_norm'",
        ),
        (
            "flatten, dense 10, relu",
            "architecture must end in 'dense 10', one logit for each class, not 'relu'",
        ),
        (
            "flatten, dense 11",
            "architecture must end in 'dense 10', one logit for each class, not 'dense 11'",
        ),
        (
            "flatten, dense 10, dropout 0.5",
            "architecture must end in 'dense 10', one logit for each class, not 'dropout 0.5'",
        ),
    ],
)
def test_layers_that_do_not_fit_are_named_with_the_reason(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize("text", ["", "flatten", "flatten, dense 1", "flatten, dense 101"])
def test_a_network_for_any_number_of_classes_ends_in_2_to_100(text):
    with pytest.raises(UserError, match="must end in 'dense N', one logit for each of 2 to 100"):
        architecture.check(architecture.parse(text))
    for classes in (2, 26, 100):
        layers = architecture.parse(f"flatten, dense {classes}")
        architecture.check(layers)
        assert architecture.classes_of(layers) == classes


def test_the_number_of_classes_at_the_end_can_be_changed():
    layers = architecture.with_classes(architecture.parse(TUTORIAL_NETWORK), 26)
    assert architecture.describe(layers) == (TUTORIAL_NETWORK.removesuffix("dense 10") + "dense 26")


def test_another_number_of_classes_is_asked_for_by_number():
    assert "must end in 'dense 47'" in refusal(TUTORIAL_NETWORK, classes=47)
    architecture.check(architecture.parse("flatten, dense 47"), 47)


@pytest.mark.parametrize(
    "text",
    [
        "conv 28x28x2 valid, flatten, dense 10",
        "pool 28, flatten, dense 10",
        "pool 4, conv 9x9x2 same, flatten, dense 10",
        "pool 4, pool 9 same, avgpool 9 same, conv 9x9x2 same stride 9, flatten, dense 10",
        "conv 3x3x2 stride 65536, flatten, dense 10",
    ],
)
def test_a_window_just_as_large_as_its_input_or_padded_fits(text):
    architecture.check(architecture.parse(text), 10)


def test_shapes_of_the_tutorials_layers():
    assert architecture.output_shapes(TUTORIAL) == [
        (28, 28, 32),
        (14, 14, 32),
        (14, 14, 64),
        (7, 7, 64),
        (3136,),
        (1024,),
        (1024,),
        (10,),
    ]


def test_valid_padding_shrinks_and_pooling_drops_the_remainder():
    layers = architecture.parse("conv 4x4x8 valid, pool 3, flatten, dense 10")
    assert architecture.output_shapes(layers) == [(25, 25, 8), (8, 8, 8), (512,), (10,)]


@pytest.mark.parametrize(
    "layer, side",
    [
        ("conv 3x3x5 stride 2", 14),
        ("conv 3x3x5 stride 3", 10),
        ("conv 3x3x5 valid stride 2", 13),
        ("conv 3x3x5 valid stride 30", 1),
        ("pool 2 stride 1", 27),
        ("pool 2 same stride 1", 28),
        ("pool 3 same", 10),
        ("pool 3 same stride 2", 14),
        ("avgpool 3", 9),
        ("avgpool 3 stride 2", 13),
        ("batch_norm", 28),
        ("relu", 28),
    ],
)
def test_the_side_of_what_strides_and_padding_leave_of_28(layer, side):
    (layer,) = architecture.parse(layer)
    assert architecture.output_shape(layer, (28, 28, 5)) == (side, side, 5)


def test_batch_normalization_has_four_variables_two_of_which_are_moving_averages():
    layers = architecture.parse("conv 3x3x5, batch_norm, flatten, dense 20, batch_norm, dense 10")
    shapes = architecture.variable_shapes(layers)
    assert list(shapes) == [
        *("conv2d/kernel", "conv2d/bias"),
        *("batch_normalization/gamma", "batch_normalization/beta"),
        *("batch_normalization/moving_mean", "batch_normalization/moving_variance"),
        *("dense/kernel", "dense/bias"),
        *("batch_normalization_1/gamma", "batch_normalization_1/beta"),
        *("batch_normalization_1/moving_mean", "batch_normalization_1/moving_variance"),
        *("dense_1/kernel", "dense_1/bias"),
    ]
    assert shapes["batch_normalization/gamma"] == (5,)
    assert shapes["batch_normalization_1/moving_variance"] == (20,)
    assert architecture.moving_average_count(layers) == 2 * 5 + 2 * 20
    dense = 28 * 28 * 5 * 20 + 20 + 20 * 10 + 10
    assert architecture.parameter_count(layers) == 3 * 3 * 5 + 5 + 4 * (5 + 20) + dense


def test_layers_of_the_new_kinds_are_named_as_tf_layers_names_them():
    layers = architecture.parse("avgpool, batch_norm, relu, avgpool, batch_norm, relu")
    assert [name for name, _ in architecture.named(layers)] == [
        *("average_pooling2d", "batch_normalization", "relu"),
        *("average_pooling2d_1", "batch_normalization_1", "relu_1"),
    ]


def test_the_table_names_strides_and_where_there_is_no_relu():
    layers = architecture.parse(
        "conv 3x3x5 stride 2 linear, batch_norm, relu, avgpool 2, flatten, dense 4 linear, dense 10"
    )
    assert architecture.table(layers)[1:] == [
        ("conv2d", "conv 3x3x5 stride 2 linear", "14×14×5", "50"),
        ("batch_normalization", "batch_norm", "14×14×5", "20"),
        ("relu", "relu", "14×14×5", "0"),
        ("average_pooling2d", "avgpool 2", "7×7×5", "0"),
        ("flatten", "flatten", "245", "0"),
        ("dense", "dense 4 linear", "4", "984"),
        ("dense_1", "dense 10", "10", "50"),
    ]


def test_the_tutorials_network_has_3_274_634_parameters():
    assert architecture.parameter_count(TUTORIAL) == 3_274_634


def test_parameters_of_each_of_the_tutorials_variables():
    shapes = architecture.variable_shapes(TUTORIAL)
    assert shapes == {
        "conv2d/kernel": (5, 5, 1, 32),
        "conv2d/bias": (32,),
        "conv2d_1/kernel": (5, 5, 32, 64),
        "conv2d_1/bias": (64,),
        "dense/kernel": (3136, 1024),
        "dense/bias": (1024,),
        "dense_1/kernel": (1024, 10),
        "dense_1/bias": (10,),
    }


@pytest.mark.parametrize(
    "depth, parameters",
    [(1, 832), (2, 832), (3, 52_096), (5, 52_096), (6, 3_264_384), (7, 3_264_384), (8, 3_274_634)],
)
def test_parameters_up_to_each_layer(depth, parameters):
    # 5*5*1*32 + 32 = 832; 5*5*32*64 + 64 = 51,264; 3136*1024 + 1024 = 3,212,288; 10,250.
    assert architecture.parameter_count(TUTORIAL[:depth]) == parameters


def test_layers_are_named_as_tf_layers_names_them():
    names = [
        "conv2d",
        "max_pooling2d",
        "conv2d_1",
        "max_pooling2d_1",
        "flatten",
        "dense",
        "dropout",
        "dense_1",
    ]
    assert architecture.named(TUTORIAL) == list(zip(names, TUTORIAL, strict=True))


def test_every_dropout_layer_and_nothing_else_takes_the_new_rate():
    layers = architecture.parse("dropout 0.1, flatten, dense 20, dropout 0.2, dense 10")
    assert architecture.with_dropout_rate(layers, 0.5) == architecture.parse(
        "dropout 0.5, flatten, dense 20, dropout 0.5, dense 10"
    )


@pytest.mark.parametrize(
    ("shape", "text"), [((28, 28, 1), "28×28×1"), ((3136,), "3136"), ((5, 5, 32, 64), "5×5×32×64")]
)
def test_a_shape_is_shown_with_a_cross_between_its_sizes(shape, text):
    assert architecture.show_shape(shape) == text


def test_the_table_has_a_row_for_the_image_and_for_each_layer():
    assert architecture.table(TUTORIAL) == [
        ("input", "image", "28×28×1", ""),
        ("conv2d", "conv 5x5x32, ReLU", "28×28×32", "832"),
        ("max_pooling2d", "pool 2", "14×14×32", "0"),
        ("conv2d_1", "conv 5x5x64, ReLU", "14×14×64", "51,264"),
        ("max_pooling2d_1", "pool 2", "7×7×64", "0"),
        ("flatten", "flatten", "3136", "0"),
        ("dense", "dense 1024, ReLU", "1024", "3,212,288"),
        ("dropout", "dropout 0.4", "1024", "0"),
        ("dense_1", "dense 10", "10", "10,250"),
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_parameters_in_the_table_add_up_to_those_of_the_network(preset):
    layers = architecture.parse(PRESETS[preset].architecture)
    counts = [row[3].replace(",", "") for row in architecture.table(layers)[1:]]
    assert sum(map(int, counts)) == architecture.parameter_count(layers)


def test_the_table_says_where_a_convolution_takes_off_the_edge():
    layers = architecture.parse("conv 3x3x2 valid, flatten, dense 10")
    assert architecture.table(layers)[1] == ("conv2d", "conv 3x3x2 valid, ReLU", "26×26×2", "20")
