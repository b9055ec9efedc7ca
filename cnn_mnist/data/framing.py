"""Frames pictures as MNIST does, in the graph: PNG or JPEG in, 28×28 out.

The export contains these ops, and everything else that reads a picture runs them too, so that
a server and the command line cannot differ.
"""

from __future__ import annotations

import functools
from typing import Any

from cnn_mnist.data import framing_constants as constants
from cnn_mnist.data.framing_constants import GREY, JPEG_START, PNG_START, SIZE
from cnn_mnist.tf_compat import tf


def frame(contents: Any, invert: str = "auto", digits: bool = True) -> Any:
    """Converts pictures to the images that the network was trained on: light on dark, 28×28.

    A 28×28 picture is neither cut nor scaled. Any other is cropped to its content, scaled into
    a 20×20 box and centred by mass, as MNIST's were (http://yann.lecun.com/exdb/mnist/);
    or, if the classes are not digits, fitted whole into 28×28.

    Args:
      contents: string `[batch]`, each the bytes of a PNG or JPEG file, of any size, in
        colour or grey, with or without transparency. EXIF orientation is ignored.
      invert: `always`, `never`, or `auto`, which inverts if most of the border is light.
      digits: whether the classes are digits.

    Returns:
      uint8 `[batch, 28, 28, 1]`; 0 is background. Running it raises InvalidArgumentError
      if a picture is damaged, is neither PNG nor JPEG, or exceeds the limits of
      `data.framing_constants`.
    """
    inputs = {"contents:0": contents}
    (images,) = tf.import_graph_def(_graph(invert, digits), inputs, ["images:0"], name="frame")
    return images


@functools.cache
def _graph(invert: str, digits: bool) -> Any:
    """Returns the graph that `frame` adds: building it takes 0.4 s, importing it 0.01 s."""

    # AutoGraph would take seconds to rewrite these functions, and they need none of it.
    @tf.autograph.experimental.do_not_convert
    def one(numbered: tuple[Any, Any]) -> Any:
        index, content = numbered
        grey = _light_on_dark(_grey(index, content), invert)
        fits = tf.reduce_all(tf.equal(tf.shape(grey), SIZE))
        framed = tf.cond(fits, lambda: grey, lambda: _digit(grey) if digits else _whole(grey))
        framed.set_shape([SIZE, SIZE])
        return tf.cast(tf.round(framed * 255.0), tf.uint8)[..., tf.newaxis]

    with tf.Graph().as_default() as graph:
        contents = tf.placeholder(tf.string, [None], name="contents")
        numbers = tf.range(tf.size(contents))
        # Only two at a time: each may take hundreds of megabytes.
        images = tf.map_fn(one, (numbers, contents), dtype=tf.uint8, parallel_iterations=2)
        tf.identity(images, name="images")
    return graph.as_graph_def()


def _grey(index: Any, content: Any) -> Any:
    """Returns float32 `[height, width]`, 0 to 1, at most 1024 pixels a side."""
    head = tf.strings.join([tf.strings.substr(content, 0, 26), b"\0" * 26])
    is_png = tf.equal(tf.strings.substr(head, 0, len(PNG_START)), PNG_START)
    is_jpeg = tf.equal(tf.strings.substr(head, 0, len(JPEG_START)), JPEG_START)
    length = tf.strings.length(content)
    checks = [
        _check(is_png | is_jpeg, index, "is neither PNG nor JPEG"),
        _check(
            length <= constants.MOST_BYTES, index, f"has more than {constants.MOST_BYTES:,} bytes"
        ),
    ]
    with tf.control_dependencies(checks):
        content = tf.identity(content)
    return tf.cond(is_png, lambda: _png(index, content, head), lambda: _jpeg(index, content))


def _png(index: Any, content: Any, head: Any) -> Any:
    # The first chunk holds width, height and bits (https://www.w3.org/TR/png/#11IHDR).
    size = tf.io.decode_raw(tf.strings.substr(head, 16, 8), tf.int32, little_endian=False)
    bits = tf.cast(tf.io.decode_raw(tf.strings.substr(head, 24, 1), tf.uint8)[0], tf.int32)
    with tf.control_dependencies(_size_checks(index, size)):
        content = tf.identity(content)

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


def _jpeg(index: Any, content: Any) -> Any:
    # Splitting at the scans gives one more piece than there are scans.
    scans = tf.size(tf.strings.split([content], constants.SCAN).values) - 1
    usual = constants.MOST_SCANS + tf.strings.length(content) // constants.BYTES_PER_SCAN
    checks = [_check(scans <= usual, index, "is a JPEG file with too many scans")]
    with tf.control_dependencies(checks):
        size = tf.io.extract_jpeg_shape(content)[:2]
    with tf.control_dependencies(_size_checks(index, size)):
        # The number of channels is not given: CMYK can be decoded only as RGB, and grey has one.
        pixels = tf.io.decode_jpeg(content, dct_method="INTEGER_ACCURATE")
    pixels = _shrunk(pixels) / 255.0
    is_colour = tf.equal(tf.shape(pixels)[2], 3)
    weights = tf.cond(is_colour, lambda: tf.constant(GREY), lambda: tf.constant([1.0]))
    return tf.tensordot(pixels, weights, 1)


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


def _light_on_dark(grey: Any, invert: str) -> Any:
    if invert == "never":
        return grey
    is_dark_on_light = True if invert == "always" else _ground(grey) > 0.5
    return tf.where(is_dark_on_light, 1.0 - grey, grey)


def _ground(grey: Any) -> Any:
    """Returns the median of the border."""
    border = tf.sort(tf.concat([grey[0], grey[-1], grey[:, 0], grey[:, -1]], axis=0))
    middle = tf.size(border) // 2
    return (border[middle - 1] + border[middle]) / 2.0


def _digit(grey: Any) -> Any:
    ink = tf.maximum(grey - _ground(grey), 0.0)
    most = tf.reduce_max(ink)

    def framed() -> Any:
        full = ink / most
        full = tf.where(full < constants.NOISE, tf.zeros_like(full), full)
        return _centred_by_mass(_scaled(_cut(full), constants.BOX))

    return tf.cond(most < constants.NOISE, lambda: tf.zeros([SIZE, SIZE]), framed)


def _cut(ink: Any) -> Any:
    rows = tf.where(tf.reduce_any(ink > 0.0, axis=1))[:, 0]
    columns = tf.where(tf.reduce_any(ink > 0.0, axis=0))[:, 0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _whole(grey: Any) -> Any:
    scaled = _scaled(grey, SIZE)
    return _placed(scaled, (SIZE - tf.shape(scaled)) // 2)


def _scaled(grey: Any, longest: int) -> Any:
    size = _size_with(tf.shape(grey), longest)
    scaled = _resized(grey[..., tf.newaxis], size, "keyscubic")[..., 0]
    return tf.clip_by_value(scaled, 0.0, 1.0)


def _centred_by_mass(ink: Any) -> Any:
    mass = tf.cast(ink, tf.float64)
    size = tf.shape(ink)
    places = [tf.cast(tf.range(size[0]), tf.float64), tf.cast(tf.range(size[1]), tf.float64)]
    sums = [tf.reduce_sum(mass, axis=1), tf.reduce_sum(mass, axis=0)]
    centre = tf.stack([tf.reduce_sum(s * p) for s, p in zip(sums, places, strict=True)])
    # In all 10,000 MNIST test images the centre of mass lies on pixel 14, counted from 0.
    # Exactly between two pixels, as in symmetric pictures, rounding errors must not decide: the
    # lower one is taken.
    corner = tf.floor(SIZE / 2 - centre / tf.reduce_sum(mass) + constants.ROUNDING)
    corner = tf.cast(corner, tf.int32)
    return _placed(ink, tf.clip_by_value(corner, 0, SIZE - size))


def _placed(ink: Any, corner: Any) -> Any:
    after = SIZE - tf.shape(ink) - corner
    return tf.pad(ink, tf.stack([corner, after], axis=1))
