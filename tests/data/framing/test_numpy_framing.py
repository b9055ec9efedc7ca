"""Framing in NumPy gives the graph's pixels, on files of every kind, and refuses what it refuses.

test_images_properties.py compares the two on any picture that Pillow writes.
"""

from __future__ import annotations

import io
import os
import platform
import subprocess
import sys
import zlib

import numpy as np
import pictures
import png_files
import pytest
from PIL import Image

from cnn_mnist.config import choices
from cnn_mnist.data import idx, images
from cnn_mnist.data.framing import constants as framing_constants
from cnn_mnist.data.framing import numpy_framing, picture_decoding
from cnn_mnist.data.tfds import SHIPPED_MNIST
from cnn_mnist.errors import UserError
from cnn_mnist.tf_compat import tf

# On other processors TensorFlow may fuse a product and a sum, which rounds once instead of twice.
ALLOWED = 0 if platform.machine() in ("x86_64", "AMD64") else 1
OPTIONS = [(invert, digits) for invert in choices.INVERT for digits in (True, False)]
AUTO = [("auto", True), ("auto", False)]


@pytest.fixture(scope="module")
def mnist():
    """uint8 `[10000, 28, 28]`."""
    return idx.read_images(os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz"))[..., 0]


def saved(picture, form="PNG", **options):
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def assert_equal(contents, options=AUTO):
    for invert, digits in options:
        expected = images._framed(invert, digits)(contents)
        for number, content in enumerate(contents):
            found = numpy_framing.frame(content, invert, digits)
            assert (found.dtype, found.shape) == (np.uint8, (28, 28, 1))
            most = np.abs(found.astype(int) - expected[number]).max()
            assert most <= ALLOWED, f"picture {number}: {most} of 255"


def test_pictures_of_every_size_below_an_image_become_the_same_pixels():
    """They are enlarged, so 27x27 pixels make the largest picture in which ink is looked for."""
    chance = np.random.default_rng(1)
    contents = []
    for side in (5, 13, 20, 24, 25, 26, 27):
        for height, width in ((side, side), (side, 27), (27, side)):
            faint = chance.integers(0, 26, (height, width, 3), np.uint8)
            faint[chance.random((height, width)) < 0.6] = 0
            contents += [saved(faint), saved(faint[..., 0] * 10)]
    assert_equal(contents)


@pytest.mark.parametrize(
    ("shown", "options"),
    [
        pytest.param(lambda mnist: pictures.of_28_by_28(6), OPTIONS, marks=pytest.mark.slow),
        pytest.param(
            lambda mnist: pictures.enlarged_digits(mnist[:30]), AUTO, marks=pytest.mark.slow
        ),
        (lambda mnist: pictures.drawings(1)[::2], AUTO),
        (lambda mnist: pictures.digits_on_a_transparent_ground(mnist[:8]), OPTIONS),
        (lambda mnist: pictures.very_small_digits(mnist[:4]), AUTO),
        (lambda mnist: pictures.noise(10), OPTIONS),
        pytest.param(
            lambda mnist: pictures.symmetric_and_empty()[::3], AUTO[:1], marks=pytest.mark.slow
        ),
        (lambda mnist: pictures.in_three_colours(mnist[:20]), AUTO),
        pytest.param(
            lambda mnist: pictures.large(pictures.LARGE[1:2], mnist[:1]),
            AUTO,
            marks=pytest.mark.slow,
        ),
    ],
    ids=[
        "28x28",
        "enlarged",
        "drawn",
        "transparent",
        "small",
        "noise",
        "symmetric",
        "colours",
        "large",
    ],
)
def test_pictures_in_rgba_become_the_same_pixels(mnist, shown, options):
    assert_equal([saved(p, compress_level=1) for p in shown(mnist)], options)


@pytest.mark.slow
@pytest.mark.long
def test_many_more_pictures_in_rgba_become_the_same_pixels(mnist):
    shown = [
        *pictures.of_28_by_28(300),
        *pictures.enlarged_digits(mnist[:150]),
        *pictures.drawings(3),
        *pictures.digits_on_a_transparent_ground(mnist[:60]),
        *pictures.noise(60),
        *pictures.symmetric_and_empty(),
        *pictures.in_three_colours(mnist[:100]),
    ]
    assert_equal([saved(p, compress_level=1) for p in shown], OPTIONS)
    shown = pictures.large(pictures.LARGE, mnist[:5])
    assert_equal([saved(p, compress_level=1) for p in shown])


KINDS = [(kind, depth) for kind, depths in png_files.DEPTHS.items() for depth in depths]


@pytest.mark.parametrize("interlaced", [False, True], ids=["rows", "interlaced"])
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_png_files_of_every_colour_type_and_depth(kind, depth, interlaced):
    """With and without one transparent colour, or a palette of which any part is transparent."""
    rng = np.random.default_rng(depth)
    contents = []
    for number, size in enumerate(((28, 28), (19, 40), (41, 23), (1, 1), (35, 35), (28, 28))):
        # 16 bits hold values of 8 bits in some files.
        most = min(2**depth, 256) if number % 3 == 1 else 2**depth
        values = rng.integers(0, most, (*size, png_files.CHANNELS[kind]))
        chunks = []
        if kind == 3:
            chunks.append((b"PLTE", rng.integers(0, 256, 3 * 2**depth, np.uint8).tobytes()))
            # TensorFlow takes the largest alpha as opaque if it has no more bits than the index.
            alphas = rng.integers(0, (4, 256)[number % 2], rng.integers(1, 2**depth + 1), np.uint8)
            chunks += [(b"tRNS", alphas.tobytes())][number // 3 :]
        elif kind in (0, 2) and number % 2:
            values[::2] = values[0, 0]
            chunks.append((b"tRNS", values[0, 0].astype(">u2").tobytes()))
        contents.append(png_files.encoded(values, depth, kind, chunks, interlaced))
    assert_equal(contents)


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize(
    "options",
    [{"subsampling": 0}, {"subsampling": 1}, {"subsampling": 2}, {"mode": "L"}, {"mode": "CMYK"}],
    ids=["444", "422", "420", "grey", "cmyk"],
)
def test_jpeg_files_of_every_kind(mnist, options, progressive):
    options = dict(options)
    mode = options.pop("mode", "RGB")
    shown = pictures.in_three_colours(mnist[:6])
    contents = [
        saved(Image.fromarray(p[..., :3]).convert(mode), "JPEG", progressive=progressive, **options)
        for p in shown
    ]
    assert_equal(contents)


@pytest.mark.parametrize(
    ("width", "height"), [(2047, 60), (2048, 60), (61, 4097), (8200, 9), (8200, 7)]
)
def test_large_jpeg_files_are_decoded_at_the_same_part_of_their_size(mnist, width, height):
    shown = Image.fromarray(pictures.in_three_colours(mnist[:1])[0][..., :3])
    large = shown.resize((width, height))
    assert_equal([saved(large.convert(mode), "JPEG") for mode in ("RGB", "L", "CMYK")], AUTO[:1])


@pytest.mark.parametrize("interlaced", [False, True], ids=["rows", "interlaced"])
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_a_png_file_decoded_in_strips_is_the_one_decoded_at_once(
    monkeypatch, kind, depth, interlaced
):
    values = np.random.default_rng(depth).integers(0, 2**depth, (20, 13, png_files.CHANNELS[kind]))
    chunks = [(b"PLTE", bytes(range(3)) * 2**depth)] if kind == 3 else []
    content = png_files.encoded(values, depth, kind, chunks, interlaced)
    at_once = numpy_framing.grey(content)
    for most in (1, 30, 100):
        monkeypatch.setattr(picture_decoding, "_STRIP_PIXELS", most)
        np.testing.assert_array_equal(numpy_framing.grey(content), at_once)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_filters_of_rows_are_undone_across_strips(monkeypatch, mnist, mode):
    """Pillow's encoder chooses a filter for each row."""
    monkeypatch.setattr(picture_decoding, "_STRIP_PIXELS", 1)
    shown = Image.fromarray(pictures.in_three_colours(mnist[:1])[0])
    grey = np.asarray(shown.convert("L")).astype(np.uint16) * 257 + np.arange(shown.width) % 9
    picture = Image.fromarray(grey.astype(np.uint16)) if mode == "I;16" else shown.convert(mode)
    content = saved(picture, optimize=True)
    assert_equal([content], AUTO[:1])


def test_a_large_png_file_is_shrunk_strip_by_strip_to_the_same_pixels(monkeypatch, mnist):
    shown = Image.fromarray(pictures.in_three_colours(mnist[:1])[0]).resize((1500, 1100))
    content = saved(shown, compress_level=1)
    at_once = numpy_framing.grey(content)
    for most in (1, 50_000, 2_000_000):
        monkeypatch.setattr(picture_decoding, "_STRIP_PIXELS", most)
        np.testing.assert_array_equal(numpy_framing.grey(content), at_once)
    assert_equal([content], AUTO[:1])


def test_compressed_rows_are_taken_in_small_pieces():
    """Else zlib copies the rest of the file for every few rows, for a minute in one of 50 MB."""
    noise = np.random.default_rng(1).integers(0, 256, (300, 300), np.uint8)
    pieces = list(picture_decoding._pieces(picture_decoding.open_png(saved(noise)).data))
    assert sum(map(len, pieces)) > 80_000
    assert max(map(len, pieces)) <= 1 << 14


def test_a_png_file_with_fewer_rows_than_its_header_says_is_refused():
    content = bytearray(saved(np.eye(40, dtype=np.uint8)))
    content[20:24] = (41).to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    with pytest.raises(ValueError, match="truncated"):
        numpy_framing.frame(bytes(content))


def test_a_png_file_with_a_wrong_checksum_is_refused(mnist):
    """As TensorFlow refuses it; Pillow does not look."""
    content = bytearray(saved(mnist[0]))
    content[-16 - 1] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        numpy_framing.frame(bytes(content))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid PNG data"):
        images._framed("auto", True)([bytes(content)])


def test_a_cmyk_jpeg_without_adobes_marker_is_not_inverted(mnist):
    """Pillow inverts it all the same."""
    (picture,) = pictures.in_three_colours(mnist[:1])
    content = saved(Image.fromarray(picture[..., :3]).convert("CMYK"), "JPEG")
    start = content.index(b"\xff\xee\x00\x0eAdobe")
    assert_equal([content[:start] + content[start + 16 :]])


def test_exif_orientation_is_ignored(mnist):
    """`data.images.as_png_or_jpeg` turns a picture before it is framed."""
    (picture,) = pictures.enlarged_digits(mnist[:1])
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved(picture[..., :3], "JPEG", exif=exif)
    assert_equal([turned])
    assert np.array_equal(
        numpy_framing.frame(turned), numpy_framing.frame(saved(picture[..., :3], "JPEG"))
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "is neither PNG nor JPEG"),
        (b"", "is neither PNG nor JPEG"),
        (saved(np.zeros((9, 9), np.uint8), "GIF"), "is neither PNG nor JPEG"),
        (framing_constants.PNG_START, "is larger than 16,384 pixels a side"),
        (saved(np.zeros((2, 20_000), np.uint8)), "is larger than 16,384 pixels a side"),
        (saved(np.zeros((2, 20_000), np.uint8), "JPEG"), "is larger than 16,384 pixels a side"),
        (png_files.encoded(np.zeros((1, 1, 1), int), 8, 0) + bytes(2**26), "more than 67,108,864"),
        (framing_constants.JPEG_START + b"\xff\xda" * 120, "is a JPEG file with too many scans"),
    ],
    ids=["text", "empty", "gif", "png-start", "wide-png", "wide-jpeg", "bytes", "scans"],
)
def test_a_picture_that_exceeds_a_limit_raises_an_error_that_says_which(content, message):
    with pytest.raises(ValueError, match=message):
        numpy_framing.frame(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(form, monkeypatch):
    pixels = np.random.default_rng(1).integers(0, 256, (90, 90), np.uint8)
    content = saved(pixels, form)
    monkeypatch.setattr(framing_constants, "MOST_PIXELS", 8_000)
    with pytest.raises(ValueError, match="has more than 8,000 pixels"):
        numpy_framing.frame(content[:-1000])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize("change", ["none", "truncated", "empty", "missing"])
def test_files_are_read_or_refused_by_both_engines_in_the_same_words(tmp_path, form, change, mnist):
    path = tmp_path / "a picture"
    content = saved(pictures.enlarged_digits(mnist[:1])[0][..., 0], form)
    kept = {"none": len(content), "truncated": len(content) - 200, "empty": 0}
    if change != "missing":
        path.write_bytes(content[: kept[change]])
    answers = []
    for engine in ("tensorflow", "lite"):
        try:
            answers.append(images.read(str(path), engine=engine).tolist())
        except UserError as error:
            answers.append(str(error))
    assert answers[0] == answers[1]
    assert isinstance(answers[0], str) == (change != "none")


def test_a_picture_that_pillow_fails_on_is_named_with_the_reason(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    path.write_bytes(saved(np.eye(40, dtype=np.uint8)))
    monkeypatch.setattr(images, "_as_png_or_jpeg", lambda *_: b"\xff\xd8\xff and no more")
    with pytest.raises(UserError) as caught:
        images.read(str(path), engine="lite")
    assert str(caught.value).startswith(f"{path} is not a readable image (cannot identify")
    assert len(str(caught.value).splitlines()) == 1


def test_a_picture_is_framed_without_importing_tensorflow(tmp_path):
    Image.new("L", (60, 60)).save(tmp_path / "x.png")
    code = (
        "import sys; from cnn_mnist.data import images; images.read(sys.argv[1], engine='lite'); "
        "print('tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.png")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
