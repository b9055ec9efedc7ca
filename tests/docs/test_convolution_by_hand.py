"""docs/convolution_by_hand.md: its numbers are those of tf.nn, and those of its own formula."""

from __future__ import annotations

import re
import runpy
import shlex

import numpy as np
import pytest
from PIL import Image
from places import REPOSITORY

from cnn_mnist import main
from cnn_mnist.config import presets
from cnn_mnist.networks import architecture, tf_layers, tf_nn
from cnn_mnist.networks.architecture import Conv
from cnn_mnist.tf_compat import tf

PAGE = (REPOSITORY / "docs" / "convolution_by_hand.md").read_text("utf-8")
MINUS = "\N{MINUS SIGN}"

CONVOLUTION = "Convolution"
POOLING = {2: "Max pooling with stride 2", 1: "Max pooling with stride 1"}
FORMULA = "How SAME pads"
VALID = "VALID pads nothing"
PACKAGE = "What the layers of this package pad"
NEGATIVE = "Why a maximum over padding can be negative"
FLIPPED = "The kernel is not flipped"
SMALL_CASE = "A VALID convolution, then SAME pooling"
FIVE = "Five random filters on a digit"
PROGRAM = "Run it yourself"

# Size, kernel, stride.
CASES = [
    (size, kernel, stride)
    for size in (1, 2, 3, 5, 6, 7, 14, 28)
    for kernel in (1, 2, 3, 4, 5)
    for stride in (1, 2, 3, 5)
]


# Reading the page.


def section(title: str) -> str:
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def blocks(title: str, language: str) -> list[str]:
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", section(title), re.M | re.S)
    return [text for name, text in fenced if name == language]


def rows(title: str, first_header: str) -> list[list[str]]:
    """The cells of the section's one table whose first column is called so, without its head."""
    tables = re.findall(r"(?:^\|.*\n)+", section(title), re.M)
    (table,) = [text for text in tables if text.startswith(f"| {first_header} |")]
    return [re.split(r" \| ", line[2:-2]) for line in table.splitlines()[2:]]


def columns(title: str, first_header: str) -> list[tuple[str, ...]]:
    return list(zip(*rows(title, first_header), strict=True))


def number(text: str) -> float:
    return float(text.replace(MINUS, "-"))


def grid(text: str) -> np.ndarray:
    """`1 2 / 4 ·` as an array; a padded cell is NaN."""
    lines = text.strip("`").replace("·", "nan").split(" / ")
    return np.array([[number(cell) for cell in line.split()] for line in lines])


def numbers(text: str) -> np.ndarray:
    return np.array([number(cell) for cell in text.replace(",", " ").split()])


def numbered_windows(title: str, column: int) -> dict[tuple[int, int], np.ndarray]:
    places, windows = (columns(title, "row, column")[i] for i in (0, column))
    return {place(p): grid(window) for p, window in zip(places, windows, strict=True)}


def place(text: str) -> tuple[int, int]:
    row, column = text.split(", ")
    return int(row), int(column)


def formula():
    (code,) = blocks(FORMULA, "python")
    names: dict = {}
    exec(code, names)
    return names["same_padding"]


SAME_PADDING = formula()
IMAGE = grid(" / ".join(blocks(CONVOLUTION, "text")[0].splitlines()))
KERNELS = np.stack([grid(cell) for cell in rows(CONVOLUTION, "channel 0, ones")[0]], axis=-1)


# By numpy and the page's formula alone.


def windows_of(image: np.ndarray, kernel: int, stride: int, padding: str = "SAME") -> dict:
    """The windows of a square image by row and column; a padded cell is NaN."""
    size = len(image)
    output, before, after = SAME_PADDING(size, kernel, stride)
    if padding == "VALID":
        output, before, after = (size - kernel) // stride + 1, 0, 0
    padded = np.pad(image.astype(float), (before, after), constant_values=np.nan)
    starts = np.arange(output) * stride
    return {
        (row, column): padded[top : top + kernel, left : left + kernel]
        for row, top in enumerate(starts)
        for column, left in enumerate(starts)
    }


def by_numpy(windows: dict, reduce) -> np.ndarray:
    size = round(len(windows) ** 0.5)
    return np.array([reduce(window) for window in windows.values()]).reshape(size, size)


def convolved_by_numpy(padding: str = "SAME") -> np.ndarray:
    windows = windows_of(IMAGE, 2, 1, padding)
    channels = [
        by_numpy(windows, lambda window, kernel=kernel: (np.nan_to_num(window) * kernel).sum())
        for kernel in np.moveaxis(KERNELS, -1, 0)
    ]
    return np.stack(channels, axis=-1)


def pooled_by_numpy(stride: int, padding: str = "SAME") -> np.ndarray:
    channels = np.moveaxis(convolved_by_numpy(), -1, 0)
    pooled = [by_numpy(windows_of(cells, 2, stride, padding), np.nanmax) for cells in channels]
    return np.stack(pooled, axis=-1)


# By TensorFlow.


def run(build) -> np.ndarray:
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(build())


def convolved(padding: str = "SAME", kernels: np.ndarray = KERNELS) -> np.ndarray:
    """`[height, width, channels]`."""
    image = IMAGE[None, :, :, None].astype(np.float32)
    weights = kernels[:, :, None, :].astype(np.float32)
    return run(lambda: tf.nn.conv2d(image, weights, strides=1, padding=padding))[0]


def pooled(stride: int, padding: str = "SAME", op: str = "max_pool2d") -> np.ndarray:
    image = convolved()[None]
    return run(lambda: getattr(tf.nn, op)(image, ksize=2, strides=stride, padding=padding))[0]


# The convolution.


def test_the_padded_image_is_the_image_with_what_the_formula_pads():
    _, before, after = SAME_PADDING(3, 2, 1)
    shown = grid(" / ".join(blocks(CONVOLUTION, "text")[1].splitlines()))
    expected = np.pad(IMAGE, (before, after), constant_values=np.nan)
    np.testing.assert_array_equal(shown, expected)


def test_image_and_kernels_are_those_of_the_example():
    np.testing.assert_array_equal(IMAGE, np.arange(1, 10).reshape(3, 3))
    np.testing.assert_array_equal(KERNELS, np.broadcast_to([1, 10, -1], (2, 2, 3)))


def test_the_windows_of_the_convolution_are_those_of_the_formula():
    shown, expected = numbered_windows(CONVOLUTION, 1), windows_of(IMAGE, 2, 1)
    assert list(shown) == list(expected)
    for at, window in expected.items():
        np.testing.assert_array_equal(shown[at], window, err_msg=str(at))


def test_each_sum_adds_its_window_and_gives_the_number_beside_it():
    for at, window, terms, ones, *_ in rows(CONVOLUTION, "row, column"):
        cells = [number(term) for term in terms.split(" + ")]
        assert cells == np.nan_to_num(grid(window)).ravel().tolist(), at
        assert sum(cells) == number(ones), at


def test_the_27_numbers_of_the_convolution_are_those_of_tensorflow_and_of_numpy():
    shown = np.array(
        [[number(cell) for cell in row[3:]] for row in rows(CONVOLUTION, "row, column")]
    )
    assert shown.size == 27
    np.testing.assert_array_equal(shown.reshape(3, 3, 3), convolved())
    np.testing.assert_array_equal(shown.reshape(3, 3, 3), convolved_by_numpy())


def test_the_convolution_channel_by_channel_and_in_the_order_of_the_tensor_is_that_of_tensorflow():
    (pictures,) = rows(CONVOLUTION, "ones")
    np.testing.assert_array_equal(np.stack([grid(cell) for cell in pictures], -1), convolved())
    np.testing.assert_array_equal(numbers(blocks(CONVOLUTION, "text")[2]), convolved().ravel())


# The pooling.


@pytest.mark.parametrize("stride, count", [(2, 12), (1, 27)])
def test_the_numbers_of_the_pooling_are_those_of_tensorflow_and_of_numpy(stride, count):
    table = rows(POOLING[stride], "row, column")
    shown = np.array([[number(cell) for cell in row[2::2]] for row in table])
    assert shown.size == count
    shown = shown.reshape(pooled(stride).shape)
    np.testing.assert_array_equal(shown, pooled(stride))
    np.testing.assert_array_equal(shown, pooled_by_numpy(stride))


@pytest.mark.parametrize("stride", POOLING)
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_the_windows_of_the_pooling_are_those_of_the_formula(stride, channel):
    shown = numbered_windows(POOLING[stride], 1 + 2 * channel)
    expected = windows_of(convolved()[..., channel], 2, stride)
    assert list(shown) == list(expected)
    for at, window in expected.items():
        np.testing.assert_array_equal(shown[at], window, err_msg=str(at))


@pytest.mark.parametrize("stride", POOLING)
def test_the_pooling_in_the_order_of_the_tensor_is_that_of_tensorflow(stride):
    (block,) = blocks(POOLING[stride], "text")
    np.testing.assert_array_equal(numbers(block), pooled(stride).ravel())


def test_stride_2_gives_the_corners_of_stride_1():
    np.testing.assert_array_equal(pooled(2), pooled(1)[::2, ::2])


def test_the_page_says_how_the_two_strides_begin_and_go_on():
    triple = rf"({MINUS}?\d+, {MINUS}?\d+, {MINUS}?\d+)"
    text = section(POOLING[1]).replace("\n", " ")
    (both,) = re.findall(rf"Both strides begin with {triple}", text)
    by_1, by_2 = re.search(
        rf"stride 1 goes on with {triple}, stride 2 with {triple}", text
    ).groups()
    for stride, goes_on in ((1, by_1), (2, by_2)):
        np.testing.assert_array_equal(numbers(both), pooled(stride)[0, 0])
        np.testing.assert_array_equal(numbers(goes_on), pooled(stride)[0, 1])


# SAME.


def read_by_tensorflow(size: int, kernel: int, stride: int, padding: str) -> np.ndarray:
    """The cells `1 ... size` that lie under the kernel, `[output, kernel]`; a padded one is 0."""
    image = np.arange(1, size + 1, dtype=np.float32).reshape(1, size, 1, 1)
    one_weight_each = np.eye(kernel, dtype=np.float32).reshape(kernel, 1, 1, kernel)
    read = run(lambda: tf.nn.conv2d(image, one_weight_each, strides=[stride, 1], padding=padding))
    return read[0, :, 0, :]


def read_by_formula(size: int, kernel: int, output: int, stride: int, before: int) -> np.ndarray:
    cells = np.arange(output)[:, None] * stride - before + np.arange(kernel) + 1
    return np.where((cells >= 1) & (cells <= size), cells, 0)


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_the_formula_gives_the_size_and_the_place_of_each_window_of_tensorflows_convolution(stride):
    for size, kernel, _ in [case for case in CASES if case[2] == stride]:
        output, before, _ = SAME_PADDING(size, kernel, stride)
        np.testing.assert_array_equal(
            read_by_tensorflow(size, kernel, stride, "SAME"),
            read_by_formula(size, kernel, output, stride, before),
            err_msg=f"size {size}, kernel {kernel}, stride {stride}",
        )


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size, kernel", [(3, 2), (5, 3), (6, 4), (7, 5), (2, 5)])
def test_the_formula_and_minus_infinity_give_tensorflows_maxima(size, kernel, stride):
    image = -np.random.RandomState(0).permutation(size * size).reshape(size, size) - 1.0
    expected = by_numpy(windows_of(image, kernel, stride), np.nanmax)
    inputs = image[None, :, :, None].astype(np.float32)
    result = run(lambda: tf.nn.max_pool2d(inputs, ksize=kernel, strides=stride, padding="SAME"))
    np.testing.assert_array_equal(result[0, :, :, 0], expected)


def test_the_formula_gives_what_the_two_cases_of_tensorflows_description_give():
    """https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2"""
    for size, kernel, stride in CASES:
        total = max(kernel - (size % stride or stride), 0)
        _, before, after = SAME_PADDING(size, kernel, stride)
        assert (before, after) == (total // 2, total - total // 2), (size, kernel, stride)
        assert before + after <= kernel - 1, (size, kernel, stride)


def test_the_example_paddings_are_those_of_tensorflow():
    table = rows(FORMULA, "size")
    assert len(table) == 7
    for row in table:
        size, kernel, stride, output, before, after = (int(cell) for cell in row)
        read = read_by_tensorflow(size, kernel, stride, "SAME")
        assert len(read) == output, row
        assert np.count_nonzero(read[0] == 0) == before, row
        assert np.count_nonzero(read[-1] == 0) == after, row


def test_the_three_steps_that_are_worked_out_follow_the_formula():
    (block,) = blocks(FORMULA, "text")
    pattern = (
        r"stride (\d):  ceil\((\d) / (\d)\) = (\d),  max\(\((\d) - 1\) · (\d) \+ (\d) - (\d), 0\) "
        r"= (\d),  before (\d), after (\d)"
    )
    steps = re.findall(pattern, block.replace(MINUS, "-"))
    assert len(steps) == len(block.splitlines()) == 3
    for step in steps:
        stride, size, divisor, output, output_again, factor, kernel, minus, total, *sides = map(
            int, step
        )
        assert stride == divisor == factor and size == minus == 3 and kernel == 2, step
        assert output == output_again and total == sum(sides), step
        assert SAME_PADDING(size, kernel, stride) == (output, *sides), step


# VALID.


def test_the_numbers_without_padding_are_those_of_tensorflow_and_of_numpy():
    shown = {
        op: np.stack([grid(cell) for cell in cells], axis=-1) for op, *cells in rows(VALID, "op")
    }
    expected = {
        "convolution, stride 1": (convolved("VALID"), convolved_by_numpy("VALID")),
        "maximum, stride 2": (pooled(2, "VALID"), pooled_by_numpy(2, "VALID")),
        "maximum, stride 1": (pooled(1, "VALID"), pooled_by_numpy(1, "VALID")),
    }
    assert shown.keys() == expected.keys()
    for op, (by_tensorflow, by_hand) in expected.items():
        np.testing.assert_array_equal(shown[op], by_tensorflow, err_msg=op)
        np.testing.assert_array_equal(shown[op], by_hand, err_msg=op)


def test_valid_gives_the_size_that_the_page_says_and_pads_nothing():
    assert f"(size {MINUS} kernel + 1) / stride, rounded up" in section(VALID)
    for size, kernel, stride in CASES:
        if kernel <= size:
            output = -(-(size - kernel + 1) // stride)
            read = read_by_tensorflow(size, kernel, stride, "VALID")
            np.testing.assert_array_equal(read, read_by_formula(size, kernel, output, stride, 0))


# The small case of the raw-graph tutorial.


def test_the_small_case_of_the_tutorial_is_that_of_tensorflow_and_of_numpy():
    image = convolved("VALID")
    pooled_by_tensorflow = run(
        lambda: tf.nn.max_pool2d(image[None], ksize=2, strides=1, padding="SAME")
    )[0]
    channels = [windows_of(cells, 2, 1) for cells in np.moveaxis(image, -1, 0)]
    by_hand = np.stack([by_numpy(windows, np.nanmax) for windows in channels], axis=-1)
    table = rows(SMALL_CASE, "row, column")
    assert [place(row[0]) for row in table] == list(channels[0])
    for at, *cells in table:
        for channel, (window, maximum) in enumerate(zip(cells[::2], cells[1::2], strict=True)):
            np.testing.assert_array_equal(grid(window), channels[channel][place(at)], at)
            assert number(maximum) == by_hand[(*place(at), channel)], at
    np.testing.assert_array_equal(by_hand, pooled_by_tensorflow)
    (block,) = blocks(SMALL_CASE, "text")
    np.testing.assert_array_equal(numbers(block), by_hand.ravel())
    expected = [28, 280, -12, 28, 280, -16, 28, 280, -24, 28, 280, -28]
    np.testing.assert_array_equal(numbers(block), expected)


def test_the_five_filters_are_drawn_as_the_page_shows(tmp_path, monkeypatch, capsys):
    (program,) = blocks(FIVE, "python")
    (tmp_path / "five_filters.py").write_text(program, "utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("five_filters.py", run_name="__main__")
    assert f"prints `{capsys.readouterr().out.strip()}`" in section(FIVE)
    drawn, shown = (
        np.asarray(Image.open(file).convert("L"), float)
        for file in ("five_filters.png", REPOSITORY / "docs" / "five_filters.png")
    )
    # Another version of matplotlib draws letters a little differently.
    assert drawn.shape == shown.shape and np.abs(drawn - shown).mean() < 2
    assert (tmp_path / "five_filters_pooled.png").stat().st_size > 5000


@pytest.mark.slow
@pytest.mark.long
def test_the_commands_about_five_filters_train_and_draw_them(tmp_path, data_dir, capsys):
    (block,) = blocks(FIVE, "sh")
    for line in block.replace("/tmp/five", str(tmp_path / "five")).splitlines():
        arguments = shlex.split(line.removeprefix("scripts/run python -m cnn_mnist.main "))
        digits = f"--images={REPOSITORY}/cnn_mnist/data/digits"
        arguments = [digits if a.startswith("--images=") else a for a in arguments]
        assert main.main([*arguments, f"--data_dir={data_dir}"]) == 0
    assert (tmp_path / "five" / "inspect" / "kernels_conv2d.png").exists()


# The package.


def package_layers() -> list[tuple[architecture.Layer, int, int, int, int]]:
    """Layer, size of the input and of the output, padding before and after."""
    layers = []
    for notation, *sizes, before, after in rows(PACKAGE, "layer"):
        (layer,) = architecture.parse(notation.strip("`"))
        size, output = (int(re.fullmatch(r"(\d+)×\1", text)[1]) for text in sizes)
        layers.append((layer, size, output, int(before), int(after)))
    return layers


@pytest.mark.parametrize("network", [tf_layers, tf_nn], ids=["layers", "nn"])
@pytest.mark.parametrize("layer, size, output, before, after", package_layers())
def test_a_layer_of_the_package_pads_as_the_page_says(network, layer, size, output, before, after):
    with tf.Graph().as_default(), tf.Session() as session:
        image = tf.ones([1, size, size, 1])
        (result,) = network.layer_outputs(image, (layer,), training=False)
        session.run(tf.global_variables_initializer())
        if isinstance(layer, Conv):
            kernel, bias = tf.trainable_variables()
            kernel.load(np.ones(kernel.shape), session)
            bias.load(np.zeros(bias.shape), session)
        result = session.run(result)[0, :, :, 0]
    assert result.shape == (output, output)
    assert architecture.output_shape(layer, (size, size, 1))[:2] == (output, output)
    if isinstance(layer, Conv):
        # On ones, with weights of one, a corner counts the real cells of its window.
        assert result[0, 0] == (layer.kernel_size - before) ** 2
        assert result[-1, -1] == (layer.kernel_size - after) ** 2
    else:
        expected, *padding = SAME_PADDING(size, layer.size, layer.stride)
        if layer.padding == "valid":
            expected, padding = (size - layer.size) // layer.stride + 1, [0, 0]
        assert [output, before, after] == [expected, *padding]


def test_the_page_lists_the_convolutions_and_poolings_of_the_tutorial_first():
    shown = [layer for layer, *_ in package_layers()]
    assert tuple(shown[:4]) == architecture.parse(presets.TUTORIAL_NETWORK)[:4]
    assert [size for _, size, *_ in package_layers()[:4]] == [28, 28, 14, 14]


# What else the page claims.


def test_zeros_in_place_of_padding_would_give_the_zeros_that_the_page_shows():
    image = np.pad(convolved(), [(0, 1), (0, 1), (0, 0)])[None]
    with_zeros = run(lambda: tf.nn.max_pool2d(image, ksize=2, strides=2, padding="VALID"))[0]
    table = rows(NEGATIVE, "row, column")
    assert [place(row[0]) for row in table] == [(0, 1), (1, 0), (1, 1)]
    for at, window, maximum, with_zero in table:
        expected = windows_of(convolved()[..., 2], 2, 2)[place(at)]
        np.testing.assert_array_equal(grid(window), expected)
        assert number(maximum) == pooled(2)[(*place(at), 2)], at
        assert number(with_zero) == with_zeros[(*place(at), 2)], at
    np.testing.assert_array_equal(with_zeros[..., :2], pooled(2)[..., :2])


def test_the_average_is_over_real_cells_and_as_the_page_shows():
    shown = grid(
        re.search(r"channel of ones with stride 2 it gives (`[^`]*`)", section(NEGATIVE))[1]
    )
    np.testing.assert_array_equal(shown, pooled(2, op="avg_pool2d")[..., 0])
    windows = windows_of(convolved_by_numpy()[..., 0], 2, 2)
    np.testing.assert_array_equal(shown, by_numpy(windows, np.nanmean))


def test_tensorflow_does_not_flip_the_kernel_and_a_flipped_one_gives_the_other_column():
    kernel = grid(re.search(r"symmetrical can: (`[^`]*`), with `VALID`", section(FLIPPED))[1])
    named = grid(re.search(r"flipped, (`[^`]*`)", section(FLIPPED))[1])
    np.testing.assert_array_equal(named, kernel[::-1, ::-1])
    _, _, _, as_it_is, _, flipped = columns(FLIPPED, "row, column")
    as_it_is, flipped = (np.array([number(cell) for cell in c]) for c in (as_it_is, flipped))
    both = convolved("VALID", np.stack([kernel, kernel[::-1, ::-1]], axis=-1))
    np.testing.assert_array_equal(as_it_is, both[..., 0].ravel())
    np.testing.assert_array_equal(flipped, both[..., 1].ravel())
    sentence = re.search(r"^TensorFlow gives ([\d, ]+)\.", section(FLIPPED), re.M)[1]
    np.testing.assert_array_equal(numbers(sentence), as_it_is)
    # The mathematical convolution, as its definition has it: y[i] = sum of k[m] x[i - m].
    mathematical = [
        sum(kernel[m, n] * IMAGE[i - m, j - n] for m in (0, 1) for n in (0, 1))
        for i in (1, 2)
        for j in (1, 2)
    ]
    np.testing.assert_array_equal(flipped, mathematical)


def test_each_sum_of_the_two_kernels_multiplies_its_window_and_gives_the_number_beside_it():
    kernel = grid(re.search(r"symmetrical can: (`[^`]*`), with `VALID`", section(FLIPPED))[1])
    windows = windows_of(IMAGE, 2, 1, "VALID")
    table = rows(FLIPPED, "row, column")
    assert [place(row[0]) for row in table] == list(windows)
    for at, window, *sums in table:
        np.testing.assert_array_equal(grid(window), windows[place(at)], err_msg=at)
        for weights, terms, result in (
            (kernel, sums[0], sums[1]),
            (kernel[::-1, ::-1], sums[2], sums[3]),
        ):
            products = [tuple(map(number, term.split("·"))) for term in terms.split(" + ")]
            pairs = zip(weights.ravel(), windows[place(at)].ravel(), strict=True)
            assert products == [tuple(pair) for pair in pairs], at
            assert sum(a * b for a, b in products) == number(result), at


def found(title: str, pattern: str) -> list[float]:
    """The numbers of the one sentence that looks like `pattern`, where a # is a number."""
    pattern = re.escape(pattern).replace(r"\#", rf"({MINUS}?\d+)").replace(r"\ ", r"\s")
    (values,) = re.findall(pattern, section(title))
    return [number(value) for value in values] if isinstance(values, tuple) else [number(values)]


def test_the_numbers_inside_sentences_are_those_of_the_tables():
    smallest, *window = found(POOLING[2], "# was the smallest of #, #, # and #")
    assert window == convolved()[:2, :2, 0].ravel().tolist() and smallest == min(window)
    assert found(POOLING[2], "the maximum of the negative ones is #") == [pooled(2)[0, 0, 2]]

    size, kernel, stride, output, *_ = map(int, rows(FORMULA, "size")[-1])
    *terms, total = found(FORMULA, f"In the last line (# {MINUS} #) · # + # {MINUS} # is #")
    assert terms == [output, 1, stride, kernel, size]
    assert total == (output - 1) * stride + kernel - size < 0

    _, last_size, *_ = package_layers()[-1]
    assert found(PACKAGE, "`SAME` would have given #×#") == [SAME_PADDING(last_size, 2, 2)[0]] * 2

    assert found(NEGATIVE, "the sum is # + # + # + #") == [9, 0, 0, 0]
    assert rows(CONVOLUTION, "row, column")[-1][2] == "9 + 0 + 0 + 0"
    assert found(NEGATIVE, "the corner of this channel is # and not 0") == [pooled(2)[1, 1, 2]]
    average, above, below, cells = found(NEGATIVE, "its # is (# + #) / #")
    assert [above, below] == convolved()[:2, 2, 0].tolist() and cells == 2
    assert average == (above + below) / cells == pooled(2, op="avg_pool2d")[0, 1, 0]


def test_the_program_of_the_page_prints_what_the_page_shows(tmp_path, capsys):
    (program,), (shown,) = blocks(PROGRAM, "python"), blocks(PROGRAM, "text")
    script = tmp_path / "by_hand.py"
    script.write_text(program, "utf-8")
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out == shown
