"""Frames pictures as MNIST does, in the graph: PNG or JPEG in, 28×28 out.

The export contains these ops. The command line frames with `numpy_framing`, to the same
pixels, which tests compare.

Building the graph takes 1.4 s, so this folder holds it built, as digits.pb and others.pb. After a
change of the graph, `scripts/build_framing_graphs` builds them again.
"""

from __future__ import annotations

import functools
import importlib.resources
from typing import Any

from cnn_mnist.data.framing import constants, graph_digits
from cnn_mnist.data.framing.constants import GREY, JPEG_START, PNG_START, SIZE
from cnn_mnist.tf_compat import tf

FILES = {True: "digits.pb", False: "others.pb"}
"""The built graphs, by whether the classes are digits."""


def frame(contents: Any, invert: str = "auto", digits: bool = True) -> Any:
    """Converts pictures to the images that the network was trained on: light on dark, 28×28.

    A digit is what differs from the paper, whose light may be uneven, without specks, lines and
    edges. It is scaled into a 20×20 box, its contrast is restored, thin strokes are thickened, and
    it is centred by mass, as MNIST's were (http://yann.lecun.com/exdb/mnist/). A 28×28 picture that
    is framed in this way already is unchanged. If the classes are not digits, a picture is fitted
    whole into 28×28.

    Args:
      contents: string `[batch]`, each the bytes of a PNG or JPEG file, of any size, in
        colour or grey, with or without transparency. EXIF orientation is ignored.
      invert: `always`, `never`, or `auto`, which decides by the picture: of a digit by what
        differs from the paper, of other classes by whether most of the border is light.
      digits: whether the classes are digits.

    Returns:
      uint8 `[batch, 28, 28, 1]`; 0 is background, and so is all of a picture in which nothing is
      drawn. Running it raises InvalidArgumentError if a picture is damaged, is neither PNG nor
      JPEG, or exceeds the limits of `constants`.
    """
    inputs = {"contents:0": contents, "invert:0": tf.constant(invert)}
    (images,) = tf.import_graph_def(_graph(digits), inputs, ["images:0"], name="frame")
    return images


@functools.cache
def _graph(digits: bool) -> Any:
    built = importlib.resources.files(__package__).joinpath(FILES[digits]).read_bytes()
    graph = tf.GraphDef.FromString(built)
    # What is imported gets its inputs from the caller, so these would be left over.
    for node in [node for node in graph.node if node.op == "Placeholder"]:
        graph.node.remove(node)
    # TensorFlow warns of two versions in one graph. These ops mean the same in both.
    graph.versions.producer = tf.version.GRAPH_DEF_VERSION
    return graph


def build(digits: bool) -> bytes:
    """Builds the graph that `frame` adds; the same bytes in each new process.

    Args:
      digits: whether the classes are digits.

    Returns:
      A serialized GraphDef from string `contents` `[batch]` and string `invert` `[]` to uint8
      `images` `[batch, 28, 28, 1]`.
    """
    with tf.Graph().as_default() as graph:
        contents = tf.placeholder(tf.string, [None], name="contents")
        invert = tf.placeholder(tf.string, [], name="invert")

        # AutoGraph would take seconds to rewrite these functions, and they need none of it.
        @tf.autograph.experimental.do_not_convert
        def one(content: Any) -> Any:
            grey = _grey(content)
            framed = graph_digits.frame(grey, invert, _resized) if digits else _whole(grey, invert)
            return tf.reshape(tf.cast(framed, tf.uint8), [SIZE, SIZE, 1])

        # Only two at a time: each may take hundreds of megabytes.
        images = tf.map_fn(one, _checked(contents), dtype=tf.uint8, parallel_iterations=2)
        tf.identity(images, name="images")
    return graph.as_graph_def().SerializeToString(deterministic=True)


def _checked(contents: Any) -> Any:
    """Returns the pictures; fails before any is decoded if one, or all together, are too large."""

    @tf.autograph.experimental.do_not_convert
    def pixels(numbered: tuple[Any, Any]) -> Any:
        return _pixels(*numbered)

    numbers = tf.range(tf.size(contents))
    total = tf.reduce_sum(tf.map_fn(pixels, (numbers, contents), dtype=tf.int64))
    most = constants.MOST_PIXELS_IN_ALL
    message = ["image_bytes: pixels in one request:", total, f"allowed: {most:,} in all"]
    with tf.control_dependencies([tf.debugging.Assert(total <= most, message)]):
        return tf.identity(contents)


def _pixels(index: Any, content: Any) -> Any:
    """Returns how many pixels a file takes to decode, int64; fails if it is too large."""
    length = tf.strings.length(content)
    is_png = _is_png(content)
    checks = [
        _check(is_png | _starts_with(content, JPEG_START), index, "is neither PNG nor JPEG"),
        _check(
            length <= constants.MOST_BYTES, index, f"has more than {constants.MOST_BYTES:,} bytes"
        ),
    ]
    with tf.control_dependencies(checks):
        content = tf.identity(content)
    size, times = tf.cond(is_png, lambda: _png_size(content), lambda: _jpeg_size(index, content))
    with tf.control_dependencies(_size_checks(index, size)):
        return tf.reduce_prod(tf.cast(size, tf.int64)) * tf.cast(times, tf.int64)


def _is_png(content: Any) -> Any:
    return _starts_with(content, PNG_START)


def _starts_with(content: Any, start: bytes) -> Any:
    return tf.equal(_bytes(content, 0, len(start)), start)


def _bytes(content: Any, start: int, count: int) -> Any:
    """Returns bytes of a file, and zeros beyond its end."""
    head = tf.strings.substr(content, 0, start + count)
    return tf.strings.substr(tf.strings.join([head, b"\0" * (start + count)]), start, count)


def _png_size(content: Any) -> tuple[Any, Any]:
    """Returns width and height, and 1."""
    # The first chunk holds width, height and bits (https://www.w3.org/TR/png/#11IHDR).
    return tf.io.decode_raw(_bytes(content, 16, 8), tf.int32, little_endian=False), 1


def _jpeg_size(index: Any, content: Any) -> tuple[Any, Any]:
    """Returns height and width, and how many times a usual picture's scans it has."""
    # Splitting at the scans gives one more piece than there are scans.
    scans = tf.size(tf.strings.split([content], constants.SCAN).values) - 1
    scans -= tf.strings.length(content) // constants.BYTES_PER_SCAN
    check = _check(scans <= constants.MOST_SCANS, index, "is a JPEG file with too many scans")
    with tf.control_dependencies([check]):
        size = tf.io.extract_jpeg_shape(content)[:2]
    return size, tf.maximum(1, scans // constants.USUAL_SCANS)


def _grey(content: Any) -> Any:
    """Returns float32 `[height, width]`, 0 to 1, at most 1024 pixels a side."""
    return tf.cond(_is_png(content), lambda: _png(content), lambda: _jpeg(content))


def _png(content: Any) -> Any:
    bits = tf.cast(tf.io.decode_raw(_bytes(content, 24, 1), tf.uint8)[0], tf.int32)

    def narrow() -> Any:
        pixels = _shrunk(tf.io.decode_png(content, channels=4))
        colours, alpha = pixels[..., :3], pixels[..., 3:]
        # TensorFlow decodes opaque as 1, 3 or 15 if a picture has fewer than 8 bits.
        opaque = tf.cast(tf.bitwise.left_shift(1, tf.minimum(bits, 8)) - 1, tf.float32)
        full = tf.where(tf.reduce_max(alpha) > opaque, 255.0, opaque)
        return tf.concat([colours / 255.0, alpha / full], axis=2)

    def wide() -> Any:
        pixels = _shrunk(tf.io.decode_png(content, channels=4, dtype=tf.uint16))
        colours, alpha = pixels[..., :3], pixels[..., 3:]
        # Some programs store 8-bit values in 16 bits.
        full = tf.where(tf.reduce_max(colours) <= 255.0, 255.0, 65535.0)
        return tf.concat([colours / full, alpha / 65535.0], axis=2)

    return _over_ground(tf.cond(tf.equal(bits, 16), wide, narrow))


def _over_ground(pixels: Any) -> Any:
    """Lays a picture with transparency over white, or over black if the drawing is light."""
    grey, alpha = tf.tensordot(pixels[..., :3], tf.constant(GREY), 1), pixels[..., 3]
    is_ink = alpha > 0.5
    ink = tf.boolean_mask(grey, is_ink)
    is_light = tf.reduce_sum(ink) > 0.5 * tf.cast(tf.size(ink), tf.float32)
    ground = tf.where(is_light, 0.0, 1.0)
    return grey * alpha + ground * (1.0 - alpha)


def _jpeg(content: Any) -> Any:
    size = tf.io.extract_jpeg_shape(content)[:2]
    # As `picture_decoding` chooses.
    parts = tf.constant(constants.JPEG_PARTS)
    fits = (tf.reduce_max(size) // constants.LARGEST_SIDE >= parts) & (tf.reduce_min(size) >= 8)
    # The number of channels is not given: CMYK can be decoded only as RGB, and grey has one.
    pixels = tf.switch_case(
        tf.math.count_nonzero(fits, dtype=tf.int32),
        [
            functools.partial(tf.io.decode_jpeg, content, ratio=part, dct_method="INTEGER_ACCURATE")
            for part in (1, *constants.JPEG_PARTS)
        ],
    )
    pixels = _shrunk(pixels) / 255.0
    is_colour = tf.equal(tf.shape(pixels)[2], 3)
    return tf.cond(
        is_colour, lambda: tf.tensordot(pixels, tf.constant(GREY), 1), lambda: pixels[..., 0]
    )


def _size_checks(index: Any, size: Any) -> list[Any]:
    pixels = tf.reduce_prod(tf.cast(size, tf.int64))
    fits = tf.reduce_all((size >= 1) & (size <= constants.MOST_SIDE))
    return [
        _check(fits, index, f"is larger than {constants.MOST_SIDE:,} pixels a side"),
        _check(
            pixels <= constants.MOST_PIXELS,
            index,
            f"has more than {constants.MOST_PIXELS:,} pixels",
        ),
    ]


def _check(holds: Any, index: Any, text: str) -> Any:
    return tf.debugging.Assert(holds, ["image_bytes: picture", index, text])


def _shrunk(pixels: Any) -> Any:
    """Returns float32 `[height, width, channels]`, averaged so that values keep their range."""
    size = tf.shape(pixels)[:2]
    longest = tf.reduce_max(size)

    def smaller() -> Any:
        return _resized(pixels, _size_with(size, constants.LARGEST_SIDE), "triangle")

    return tf.cond(longest > constants.LARGEST_SIDE, smaller, lambda: tf.cast(pixels, tf.float32))


def _size_with(size: Any, longest: int) -> Any:
    size = tf.cast(size, tf.float64)
    scaled = tf.round(size * (longest / tf.reduce_max(size)))
    return tf.maximum(1, tf.cast(scaled, tf.int32))


def _resized(pixels: Any, size: Any, kernel: str) -> Any:
    scale = tf.cast(size, tf.float32) / tf.cast(tf.shape(pixels)[:2], tf.float32)
    return tf.raw_ops.ScaleAndTranslate(
        images=pixels[tf.newaxis],
        size=size,
        scale=scale,
        translation=tf.zeros([2]),
        kernel_type=kernel,
        antialias=True,
    )[0]


def _light_on_dark(grey: Any, invert: Any) -> Any:
    is_dark = tf.equal(invert, "auto") & (_ground(grey) > 0.5)
    return tf.where(tf.equal(invert, "always") | is_dark, 1.0 - grey, grey)


def _ground(grey: Any) -> Any:
    """Returns the median of the border."""
    border = tf.sort(tf.concat([grey[0], grey[-1], grey[:, 0], grey[:, -1]], axis=0))
    middle = tf.size(border) // 2
    return (border[middle - 1] + border[middle]) / 2.0


def _whole(grey: Any, invert: Any) -> Any:
    light = _light_on_dark(grey, invert)
    fits = tf.reduce_all(tf.equal(tf.shape(light), SIZE))

    def fitted() -> Any:
        small = _resized(light[..., tf.newaxis], _size_with(tf.shape(light), SIZE), "keyscubic")
        scaled = tf.clip_by_value(small[..., 0], 0.0, 1.0)
        corner = (SIZE - tf.shape(scaled)) // 2
        return tf.pad(scaled, tf.stack([corner, SIZE - tf.shape(scaled) - corner], axis=1))

    return tf.round(tf.cond(fits, lambda: light, fitted) * 255.0)
