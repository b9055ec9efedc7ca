"""Image files of every kind are read as the MNIST digit that they show.

The digits are real: the first of each class in the shipped test images.
"""

import contextlib
import io
import os
import struct
import subprocess
import sys
import time
import warnings
import zlib

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from cnn_mnist.data import idx, images, picture_conversion
from cnn_mnist.data.tfds import SHIPPED_MNIST
from cnn_mnist.errors import UserError

TEST_IMAGES = os.path.join(SHIPPED_MNIST, "t10k-images-idx3-ubyte.gz")
EXPECTED = "expected PNG, JPEG, GIF, BMP, PPM, TIFF, WebP, TGA, JPEG 2000 or AVIF"
TEST_LABELS = os.path.join(SHIPPED_MNIST, "t10k-labels-idx1-ubyte.gz")


@pytest.fixture(scope="module")
def mnist():
    """uint8 `[10000, 28, 28]`."""
    return idx.read_images(TEST_IMAGES)[..., 0]


@pytest.fixture(scope="module")
def digits(mnist):
    """uint8 `[10, 28, 28]`, one of each class."""
    labels = idx.read_labels(TEST_LABELS)
    return mnist[[int(np.argmax(labels == label)) for label in range(10)]]


def back(image, path, **options):
    """Saves a PIL image or a grey array, and returns it as read by `data.images.read`."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(path, **options)
    return images.read(str(path))[..., 0]


def worst(found, expected):
    return int(np.abs(found.astype(int) - expected.astype(int)).max())


def mean_difference(found, expected):
    return float(np.abs(found.astype(int) - expected.astype(int)).mean())


def ink_mask(ink):
    """Returns an RGBA image of black ink on a transparent ground."""
    rgba = np.zeros((*ink.shape, 4), np.uint8)
    rgba[..., 3] = ink
    return Image.fromarray(rgba)


def enlarged(digit, left=45, top=20):
    """Returns uint8 `[200, 200]`: the digit five times as large, off the middle."""
    canvas = np.zeros((200, 200), np.uint8)
    canvas[top : top + 140, left : left + 140] = np.kron(digit, np.ones((5, 5), np.uint8))
    return canvas


def refusal(act, argument):
    with pytest.raises(UserError) as caught:
        act(argument)
    return str(caught.value)


# 28x28 files: nothing is cut or scaled.


@pytest.mark.parametrize("name", ["x.png", "x.gif", "x.bmp", "x.tif", "x.pgm", "x.PNG"])
def test_a_digit_in_a_lossless_file_comes_back_exactly(digits, tmp_path, name):
    for digit in digits:
        assert worst(back(digit, tmp_path / name), digit) == 0


def test_what_is_read_is_uint8_28_28_1(digits, tmp_path):
    Image.fromarray(digits[3]).save(tmp_path / "x.png")
    found = images.read(str(tmp_path / "x.png"))
    assert (found.shape, found.dtype) == ((28, 28, 1), np.uint8)


def test_a_digit_in_a_jpeg_comes_back_within_24_of_255(digits, tmp_path):
    for digit in digits:
        assert worst(back(digit, tmp_path / "x.jpg", quality=95), digit) <= 24


def test_dark_on_light_is_inverted_exactly(digits, tmp_path):
    for digit in digits:
        assert worst(back(255 - digit, tmp_path / "x.png"), digit) == 0


def test_16_bits_a_pixel_come_back_exactly(digits, tmp_path):
    for digit in digits:
        assert worst(back(digit.astype(np.uint16) * 257, tmp_path / "x.png"), digit) == 0


def test_32_bits_a_pixel_with_8_bit_values_come_back_exactly(digits, tmp_path):
    for digit in digits:
        assert worst(back(digit.astype(np.int32), tmp_path / "x.tif"), digit) == 0


@pytest.mark.parametrize("full", [1.0, 255.0, 65535.0])
def test_floating_point_pixels_of_any_usual_range_come_back_exactly(digits, tmp_path, full):
    pixels = (digits[3] / 255 * full).astype(np.float32)
    assert worst(back(pixels, tmp_path / "x.tif"), digits[3]) == 0


def test_black_ink_on_a_transparent_ground_comes_back_within_1(digits, tmp_path):
    for digit in digits:
        assert worst(back(ink_mask(digit), tmp_path / "x.png"), digit) <= 1


def test_a_transparent_palette_colour_is_ground(digits, tmp_path):
    """Palette colour 0 is black, but as it is transparent it shows white."""
    image = Image.fromarray((digits[3] > 127).astype(np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0] + [0] * 762)
    found = back(image, tmp_path / "x.gif", transparency=0)
    assert np.array_equal(found == 255, digits[3] > 127)


def test_colours_and_cmyk_come_back_within_2(digits, tmp_path):
    grey = Image.fromarray(digits[3])
    assert worst(back(grey.convert("RGB"), tmp_path / "x.png"), digits[3]) == 0
    assert worst(back(grey.convert("RGB").convert("CMYK"), tmp_path / "x.tif"), digits[3]) <= 2


@pytest.mark.parametrize("name", ["x.png", "x.jpg"])
def test_a_digit_from_a_pipe_is_read(digits, tmp_path, name):
    """As `--images=<(curl ...)` gives it."""
    path = tmp_path / name
    expected = back(digits[3], path)
    reading, writing = os.pipe()
    try:
        os.write(writing, path.read_bytes())
        os.close(writing)
        assert np.array_equal(images.read(f"/dev/fd/{reading}")[..., 0], expected)
    finally:
        os.close(reading)


def test_a_cmyk_jpeg_comes_back_within_24(digits, tmp_path):
    image = Image.fromarray(digits[3]).convert("RGB").convert("CMYK")
    assert worst(back(image, tmp_path / "x.jpg", quality=95), digits[3]) <= 24


def test_black_and_white_of_one_bit_comes_back_exactly(digits, tmp_path):
    bits = Image.fromarray(digits[3]).point(lambda v: 255 * (v > 127)).convert("1")
    assert np.array_equal(back(bits, tmp_path / "x.png") == 255, digits[3] > 127)


def test_the_first_frame_of_an_animation_is_read(digits, tmp_path):
    frames = [Image.fromarray(digit) for digit in digits[:3]]
    found = back(frames[0], tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    assert worst(found, digits[0]) == 0


def test_a_photograph_is_turned_as_its_exif_data_say(digits, tmp_path):
    turned = Image.fromarray(np.rot90(digits[3]))
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to show"
    assert worst(back(turned, tmp_path / "x.png", exif=exif), digits[3]) == 0


@pytest.mark.parametrize("digits_only", [True, False])
@pytest.mark.parametrize("invert", ["always", "never", "auto"])
def test_invert_does_what_it_says(digits, tmp_path, invert, digits_only):
    """Where only dark ink is taken, nothing is drawn on black paper, and the other way round."""
    for name, picture in (("light", digits[3]), ("dark", 255 - digits[3])):
        Image.fromarray(picture).save(tmp_path / "x.png")
        found = images.read(str(tmp_path / "x.png"), invert, digits_only)[..., 0]
        taken = {"always": "dark", "never": "light"}.get(invert, name)
        other = np.zeros_like(found) if digits_only else 255 - digits[3]
        assert np.array_equal(found, digits[3] if taken == name else other)


# Other sizes: cropped, scaled into 20x20, centred by mass.


@pytest.mark.parametrize("ground", ["dark", "light"])
def test_an_enlarged_digit_with_a_margin_comes_back_within_4_of_255_on_average(
    digits, tmp_path, ground
):
    """Bicubic scaling moves grey levels at the edges; a shift by one pixel gives 5 to 20."""
    for digit in digits:
        large = enlarged(digit)
        found = back(large if ground == "dark" else 255 - large, tmp_path / "x.png")
        assert mean_difference(found, digit) < 4
        assert mean_difference(np.roll(found, 1, axis=1), digit) > 4


@pytest.mark.parametrize("place", [(0, 0), (30, 30), (60, 60)])
def test_the_place_of_a_digit_in_its_picture_does_not_matter(digits, tmp_path, place):
    expected = back(enlarged(digits[3]), tmp_path / "x.png")
    assert worst(back(enlarged(digits[3], *place), tmp_path / "x.png"), expected) == 0


def test_pale_ink_on_grey_paper_is_brought_to_full_contrast(digits, tmp_path):
    paper = (200 - enlarged(digits[3]) * 0.4).astype(np.uint8)
    found = back(paper, tmp_path / "x.png")
    assert found.max() > 240
    assert mean_difference(found, digits[3]) < 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (50, 60)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_level_is_all_background(tmp_path, shape, level):
    assert back(np.full(shape, level, np.uint8), tmp_path / "x.png").max() == 0


def test_a_line_one_pixel_wide_keeps_its_20_pixels_of_height(tmp_path):
    picture = np.zeros((200, 200), np.uint8)
    picture[20:180, 100] = 255
    found = back(picture, tmp_path / "x.png")
    assert np.flatnonzero(found.any(axis=1)).size == 20


def test_a_picture_of_something_else_than_a_digit_is_fitted_whole(tmp_path):
    picture = np.zeros((100, 50), np.uint8)
    picture[40:60, 10:20] = 255
    Image.fromarray(picture).save(tmp_path / "x.png")
    found = images.read(str(tmp_path / "x.png"), digits=False)[..., 0]
    rows, columns = np.nonzero(found > 127)
    assert found.shape == (28, 28)
    assert rows.min() >= 10 and rows.max() <= 17  # 40 to 60 of 100
    assert columns.min() >= 9 and columns.max() <= 13  # 7 + 10 to 20 of 50, halved to 14


# Files that cannot be read.


def test_a_missing_file_is_named(tmp_path):
    path = str(tmp_path / "none.png")
    assert refusal(images.read, path) == f"{path} is missing"


@pytest.mark.parametrize("content", [b"hello\n", b"", b"%PDF-1.7\n"])
def test_a_file_that_is_not_an_image_is_named_with_what_is_expected(tmp_path, content):
    path = tmp_path / "text.png"
    path.write_bytes(content)
    assert refusal(images.read, str(path)) == f"{path} is not a readable image; {EXPECTED}"


@pytest.mark.parametrize("name", ["x.png", "x.gif", "x.jpg", "x.bmp"])
def test_a_truncated_image_is_named(digits, tmp_path, name):
    path = tmp_path / name
    Image.fromarray(enlarged(digits[3])).save(path)
    path.write_bytes(path.read_bytes()[:-200])
    text = refusal(images.read, str(path))
    assert text.startswith(f"{path} is not a readable image (")
    assert "truncated" in text
    assert text.endswith(f"); {EXPECTED}")


def test_a_folder_in_place_of_a_file_is_named_with_the_reason(tmp_path):
    assert refusal(images.read, str(tmp_path)) == (
        f"{tmp_path} is not a readable image (Is a directory); {EXPECTED}"
    )


@pytest.mark.parametrize(
    "error", [TypeError("odd"), NotImplementedError("odd"), IndexError("odd"), MemoryError("odd")]
)
def test_any_error_of_pil_is_reported_in_one_line_with_the_file(monkeypatch, tmp_path, error):
    """The reader is replaced; TIFF and DDS files with a few wrong bytes raise the first two."""

    def fail(content):
        raise error

    monkeypatch.setattr(images.picture_formats, "open_picture", fail)
    path = tmp_path / "a.tif"
    path.write_bytes(b"")
    assert refusal(images.read, str(path)) == (f"{path} is not a readable image (odd); {EXPECTED}")


def test_a_jpeg_with_too_many_scans_is_refused_before_it_is_decoded(digits, tmp_path):
    """A file of one megabyte can have so many scans that decoding takes twelve minutes."""
    path = tmp_path / "x.jpg"
    Image.fromarray(enlarged(digits[3])).save(path, progressive=True)
    assert images.read(str(path)).max() > 240
    content = path.read_bytes()
    first = content.index(b"\xff\xda")
    second = content.index(b"\xff\xda", first + 2)
    path.write_bytes(content[:first] + content[first : first + 11] * 150 + content[second:])
    scans = 150 + content.count(b"\xff\xda", second)
    assert refusal(images.read, str(path)) == (
        f"{path} is not a readable image ({scans} scans); {EXPECTED}"
    )


ENDLESS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"


def in_iptc(content):
    """Returns an IPTC file (https://www.iptc.org/std/IIM/4.2/) whose picture is any other file."""

    def field(number, value, record=3):
        return struct.pack(">3BH", 0x1C, record, number, len(value)) + value

    size = struct.pack(">H", 9)
    head = [(60, b"\1\0"), (20, size), (30, size), (120, b"\5")]
    return b"".join(field(*part) for part in head) + field(10, content, record=8)


@pytest.fixture
def ghostscript_runs(tmp_path, monkeypatch):
    """Returns a function that says whether something started a program named `gs`.

    The program is a double: the real one would run the endless loop in the files below.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("gs", "gswin32c", "gswin64c"):
        (folder / name).write_text(f"#!/bin/sh\necho run >> {folder}/runs\nexit 1\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    # Pillow remembers whether it found the program.
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None, raising=False)
    return (folder / "runs").exists


@pytest.mark.parametrize("name", ["x.eps", "x.iim", "x.png"])
@pytest.mark.parametrize("content", [ENDLESS, in_iptc(ENDLESS)], ids=["postscript", "iptc"])
def test_a_picture_starts_no_program(tmp_path, ghostscript_runs, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(images.read, str(path)) == f"{path} is not a readable image; {EXPECTED}"
    assert not ghostscript_runs()


def test_the_program_would_be_started_by_pillow_itself(tmp_path, ghostscript_runs):
    """Otherwise the test above could not fail."""
    with contextlib.suppress(Exception), Image.open(io.BytesIO(ENDLESS)) as image:
        image.load()
    assert ghostscript_runs()


def test_too_many_pixels_are_refused_before_they_are_decoded(digits, tmp_path, monkeypatch):
    """The limit is lowered to 30,000 pixels."""
    monkeypatch.setattr(images.constants, "MOST_PIXELS", 30_000)
    path = tmp_path / "x.png"
    Image.fromarray(enlarged(digits[3])).save(path)
    assert refusal(images.read, str(path)) == (
        f"{path} has 200 x 200 pixels; allowed: 16,384 a side and 50,000,000 in all"
    )


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.tif"])
def test_a_picture_20000_pixels_wide_is_refused(tmp_path, name):
    path = tmp_path / name
    Image.fromarray(np.zeros((2, 20_000), np.uint8)).save(path)
    assert refusal(images.read, str(path)) == (
        f"{path} has 20,000 x 2 pixels; allowed: 16,384 a side and 50,000,000 in all"
    )


def test_pils_error_for_200_million_pixels_is_reported_in_one_line(tmp_path):
    path = tmp_path / "x.png"
    chunks = [b"IHDR" + struct.pack(">2I5B", 15_000, 15_000, 8, 0, 0, 0, 0), b"IDAT"]
    path.write_bytes(
        images.constants.PNG_START
        + b"".join(
            struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
        )
    )
    assert refusal(images.read, str(path)) == (
        f"{path} has too many pixels; allowed: 16,384 a side and 50,000,000 in all"
    )


def test_a_file_with_too_many_bytes_is_refused(tmp_path, monkeypatch):
    """The limit is lowered to 100 bytes."""
    monkeypatch.setattr(images.constants, "MOST_BYTES", 100)
    path = tmp_path / "x.png"
    path.write_bytes(bytes(101))
    assert refusal(images.read, str(path)) == f"{path} has more than 100 bytes"


def test_a_file_that_only_tensorflow_cannot_decode_is_refused(digits, tmp_path, monkeypatch):
    """The GIF stands for JPEG files that PIL reads and TensorFlow does not, such as lossless."""
    monkeypatch.setattr(images, "_is_taken", lambda image, content: True)
    path = tmp_path / "x.gif"
    Image.fromarray(digits[3]).save(path)
    assert refusal(images.read, str(path)) == (
        f"{path} is not a readable image (TensorFlow cannot decode it); {EXPECTED}"
    )


# Files as they are sent to a server.


@pytest.mark.parametrize("name", ["x.png", "x.jpg"])
def test_png_and_jpeg_files_are_sent_as_they_are(digits, tmp_path, name):
    path = tmp_path / name
    Image.fromarray(enlarged(digits[3])).save(path)
    assert images.as_png_or_jpeg(str(path)) == path.read_bytes()


def test_other_formats_and_rotated_pictures_are_sent_as_png(digits, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(enlarged(digits[3])).save(tmp_path / "x.gif")
    Image.fromarray(np.rot90(enlarged(digits[3]))).save(tmp_path / "x.jpg", exif=exif)
    for name in ("x.gif", "x.jpg"):
        with Image.open(io.BytesIO(images.as_png_or_jpeg(str(tmp_path / name)))) as sent:
            assert sent.format == "PNG"
            assert np.abs(np.asarray(sent.convert("L"), int) - enlarged(digits[3])).mean() < 4


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_png_file_is_turned_by_notes_before_or_after_its_pixels(digits, tmp_path, place):
    """exiftool writes them after."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.fromarray(np.rot90(digits[3])).save(file, "PNG", exif=exif)
    content = file.getvalue()
    if place == "after":
        start = content.index(b"eXIf") - 4
        end = start + 12 + int.from_bytes(content[start : start + 4], "big")
        content = content[:start] + content[end:-12] + content[start:end] + content[-12:]
    (tmp_path / "x.png").write_bytes(content)
    np.testing.assert_array_equal(images.read(str(tmp_path / "x.png"))[..., 0], digits[3])


@pytest.mark.parametrize("mode", ["I;16", "LAB", "PA"])
def test_a_picture_shrunk_in_strips_shows_the_same(mode, tmp_path, monkeypatch):
    """Those of 16 bits, of CIELAB and of a palette with alpha are converted before they shrink."""
    shown = Image.radial_gradient("L").resize((640, 500))
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(shown).astype(np.uint16) * 257)
    elif mode == "LAB":
        picture = Image.merge("LAB", [shown, *[Image.new("L", shown.size, 128)] * 2])
    else:
        picture = Image.merge("LA", [shown, Image.new("L", shown.size, 255)]).convert("PA")
    whole = picture_conversion.as_png(picture.copy())
    monkeypatch.setattr(picture_conversion, "_LARGEST_SIDE", 150)
    monkeypatch.setattr(picture_conversion, "_STRIP_ROWS", 3)
    with Image.open(io.BytesIO(picture_conversion.as_png(picture))) as small:
        assert max(small.size) == 150
        with Image.open(io.BytesIO(whole)) as large:
            expected = np.asarray(large.convert("L").resize(small.size, Image.Resampling.BOX))
        found = np.asarray(small.convert("L"))
    assert np.abs(found.astype(int) - expected).max() <= 6


@pytest.mark.parametrize("levels", [1, 3, 6])
def test_a_large_jpeg_2000_file_is_decoded_at_a_part_of_its_size(levels, tmp_path, monkeypatch):
    monkeypatch.setattr(picture_conversion, "_LARGEST_SIDE", 64)
    path = tmp_path / "x.jp2"
    shown = Image.radial_gradient("L").resize((640, 500))
    shown.save(path, num_resolutions=levels)
    sizes = []
    as_png = picture_conversion.as_png
    monkeypatch.setattr(
        picture_conversion, "as_png", lambda image: sizes.append(image.size) or as_png(image)
    )
    content = images.as_png_or_jpeg(str(path))
    assert sizes == [{1: (640, 500), 3: (160, 125), 6: (80, 63)}[levels]]
    with Image.open(io.BytesIO(content)) as small:
        expected = np.asarray(shown.resize(small.size, Image.Resampling.BOX))
        assert np.abs(np.asarray(small).astype(int) - expected).max() <= 12


LARGE = {"L.png": 10, "RGB.jpg": 10, "L.jp2": 80, "L.gif": 50, "I;16.png": 10}
"""MiB that decoding 16 million pixels may take beyond a small picture, by mode and format."""
READ_TWO = """
import resource, sys
from cnn_mnist.data import images
from PIL import Image

def peak(path):
    images.read(path, engine="lite")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

print(-peak(sys.argv[1]) + peak(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_the_memory_of_a_large_picture_is_bounded(name, tmp_path):
    mode, form = name.split(".")
    paths = []
    for side in (1000, 4000):
        grey = Image.radial_gradient("L").resize((side, side))
        picture = grey.convert(mode) if mode != "I;16" else grey.convert("I").convert("I;16")
        paths.append(str(tmp_path / f"{side}.{form}"))
        picture.save(paths[-1])
    command = [sys.executable, "-c", READ_TWO, *paths]
    kilobytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Two thirds of it go to the picture of 1024 pixels a side, and to working copies.
    assert int(kilobytes) / 1024 <= 48 + LARGE[name]


def test_odd_metadata_gives_no_warning(monkeypatch, digits, tmp_path):
    """exif_transpose is replaced by a function that warns of "Corrupt EXIF data", as PIL does."""

    def warn(image):
        warnings.warn("Corrupt EXIF data", stacklevel=1)
        return image

    monkeypatch.setattr(picture_conversion.ImageOps, "exif_transpose", warn)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert worst(back(digits[3], tmp_path / "x.png"), digits[3]) == 0
    assert not caught


# The files that --images names.


@pytest.fixture
def folder(tmp_path):
    """A folder with image files of several formats, other files, and a subfolder."""
    for name in ["b.png", "a.PNG", "c.jpg", "notes.txt", "report.pdf", "d.eps"]:
        (tmp_path / name).write_text("")
    (tmp_path / "sub.png").mkdir()
    (tmp_path / "sub.png" / "d.png").write_text("")
    return tmp_path


def names(folder, *patterns):
    found = images.find([str(folder / pattern) for pattern in patterns])
    return [os.path.relpath(path, folder) for path in found]


def test_a_folder_gives_its_image_files_sorted_and_nothing_else(folder):
    assert names(folder, "") == ["a.PNG", "b.png", "c.jpg"]


def test_a_pattern_gives_files_only_sorted(folder):
    assert names(folder, "*.png") == ["b.png"]
    assert names(folder, "**/*.png") == ["b.png", "sub.png/d.png"]


def test_patterns_keep_the_order_they_are_given_in(folder):
    assert names(folder, "c.jpg", "b.png") == ["c.jpg", "b.png"]


@pytest.mark.parametrize("text", ["{0}/b.png,{0}/c.jpg", "{0}/b.png, {0}/c.jpg,", "{0}/b.*,{0}/*g"])
def test_commas_separate_a_list(folder, text):
    found = images.find([text.format(folder)])
    assert found[0] == str(folder / "b.png")
    assert found[-1] == str(folder / "c.jpg")


@pytest.mark.parametrize("name", ["a b.png", "zwölf 十二.png", "a,b.png", "a[1].png", "*.png"])
def test_a_file_of_any_name_is_found_and_read(digits, tmp_path, name):
    Image.fromarray(digits[3]).save(tmp_path / name)
    [path] = images.find([str(tmp_path / name)])
    assert path == str(tmp_path / name)
    assert worst(images.read(path)[..., 0], digits[3]) == 0


def test_a_tilde_means_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert images.find(["~/b.png"]) == [str(folder / "b.png")]


@pytest.mark.parametrize("pattern", ["none.png", "*.tif", "", ",", " , "])
def test_a_pattern_that_names_no_file_is_quoted(folder, monkeypatch, pattern):
    monkeypatch.chdir(folder)
    assert refusal(images.find, [pattern]) == f"patterns={pattern} names no image file"


def test_a_pattern_longer_than_a_path_can_be_is_not_looked_for():
    began = time.process_time()
    assert refusal(images.find, ["[" * 100_000]).endswith("[[[ names no image file")
    assert time.process_time() - began < 2


def test_the_part_of_a_list_that_names_no_file_is_quoted(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert refusal(images.find, ["b.png,none.png"]) == "patterns=none.png names no image file"


def test_a_folder_without_images_is_named(folder):
    (folder / "empty").mkdir()
    assert refusal(images.find, [str(folder / "empty")]) == (
        f"patterns={folder / 'empty'} names no image file"
    )


def test_a_folder_that_may_not_be_read_is_named(folder, monkeypatch):
    """os.scandir is replaced by a function that refuses, since root may read everything."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(images.os, "scandir", refuse)
    assert refusal(images.find, [str(folder)]) == (
        f"patterns={folder} cannot be read: Permission denied"
    )
