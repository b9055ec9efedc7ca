"""An image file with any content is read as uint8 [28, 28, 1] or refused in one line.

The examples are few and the same on every run; CNN_MNIST_EXAMPLES=50 tries many more,
different ones each time (tests/helpers/property_profile.py).
"""

import io
import itertools
import os
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import Image
from property_profile import tries

from cnn_mnist.config import choices
from cnn_mnist.data import images, picture_formats
from cnn_mnist.data.framing import constants as framing_constants
from cnn_mnist.errors import UserError

MEBIBYTE = 1 << 20
MODES = (
    *("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"),
    *("I", "F", "I;16", "I;16L", "I;16B"),
)
LOSSY = ("AVIF", "JPEG", "JPEG2000", "WEBP")


def in_mode(grey, mode):
    """Returns a PIL image that shows `grey`, uint8 `[height, width]`."""
    image = Image.fromarray(grey)
    if mode == "LAB":
        return Image.merge("LAB", [image, *[Image.new("L", image.size, 128)] * 2])
    if mode == "F":
        return Image.fromarray(grey.astype(np.float32))
    if mode == "I":
        return Image.fromarray(grey.astype(np.int32))
    if mode.startswith("I;16"):
        values = grey.astype(">u2" if mode == "I;16B" else "<u2") * 257
        return Image.frombytes(mode, image.size, values.tobytes())
    if mode in ("HSV", "CMYK", "YCbCr", "RGBX", "P"):
        image = image.convert("RGB")
    return image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)


def saved(image, form, **options):
    """Returns the bytes of a file, or None if PIL cannot write that mode in that format."""
    file = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.save(file, form, **options)
    except Exception:
        return None
    return file.getvalue()


def border(grey):
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def rectangle(shape=(56, 56), ink=255, ground=0):
    picture = np.full(shape, ground, np.uint8)
    picture[8:36, 24:40] = ink
    return picture


def written_kinds():
    Image.init()
    forms = [form for form in picture_formats.NAMES if form in Image.OPEN]
    kinds = [(form, mode) for form in forms for mode in MODES]
    return {kind: saved(in_mode(rectangle(), kind[1]), kind[0]) for kind in kinds}


FILES = {kind: content for kind, content in written_kinds().items() if content}
PICTURES = st.builds(
    lambda height, width, pixels: np.frombuffer(pixels, np.uint8)[: height * width].reshape(
        height, width
    ),
    st.integers(1, 40),
    st.integers(1, 40),
    st.binary(min_size=1600, max_size=1600),
)
SMALL = st.binary(min_size=784, max_size=784).map(
    lambda pixels: np.frombuffer(pixels, np.uint8).reshape(28, 28)
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return str(tmp_path_factory.mktemp("images") / "a picture")


@pytest.fixture(scope="module", autouse=True)
def fewer_pixels_allowed():
    """Lowers the limit: a few wrong bytes can make a huge picture, which is slow to decode."""
    # Graphs keep the limit that they were built with, so they are built before it changes.
    for options in itertools.product(choices.INVERT, (True, False)):
        images._framed(*options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framing_constants, "MOST_PIXELS", 2_000_000)
        yield


@pytest.fixture(scope="module", autouse=True)
def empty_folder(tmp_path_factory):
    """Changes to an empty folder, so that random patterns match few files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


def read(path, content, **options):
    """Returns the array, or None if the file is correctly refused; checks both engines."""
    with open(path, "wb") as file:
        file.write(content)
    in_graph, in_numpy = (read_file(path, engine, **options) for engine in ("tensorflow", "lite"))
    if in_graph is None:
        return None
    assert in_numpy is not None
    assert np.abs(in_numpy.astype(int) - in_graph).max() <= 1
    return in_graph


def read_file(path, engine, **options):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = images.read(path, engine=engine, **options)
    except UserError as error:
        assert str(error).startswith(f"{path} ")
        assert len(str(error).splitlines()) == 1
        return None
    assert (found.dtype, found.shape) == (np.uint8, (28, 28, 1))
    return found[..., 0]


def read_picture(path, grey, mode="L", form="PNG", **options):
    found = read(path, saved(in_mode(grey, mode), form), **options)
    assert found is not None
    return found


def skip_what_pillow_shows_otherwise(content):
    """Skips files that this Pillow wrote but does not read as written, as older versions do."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content))
            mode = "RGB" if image.mode == "LAB" else image.mode
            grey = image.convert(mode).convert("LA" if mode == "La" else "L").convert("L")
    except Exception as error:
        pytest.skip(f"this Pillow cannot read what it wrote: {error}")
    shown = np.asarray(grey.resize((56, 56)), int)
    if np.abs(shown - rectangle()).mean() > 16:
        pytest.skip("this Pillow reads another picture than it wrote")


def test_the_usual_formats_are_tried():
    modes = {}
    for form, mode in FILES:
        modes.setdefault(form, set()).add(mode)
    assert {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"} <= modes["PNG"]
    assert {"L", "RGB", "CMYK"} <= modes["JPEG"]
    assert {"1", "L", "LA", "P", "PA", "RGBA", "CMYK", "LAB", "I", "I;16", "I;16B", "F"} <= (
        modes["TIFF"]
    )
    assert {"GIF", "BMP", "PPM", "TGA"} <= set(modes)


def written_in_other_formats():
    Image.init()
    forms = set(Image.SAVE) & set(Image.OPEN) - {*picture_formats.NAMES, "DIB", "MPO"}
    files = {form: [saved(in_mode(rectangle(), mode), form) for mode in MODES] for form in forms}
    return {form: next(filter(None, files[form])) for form in sorted(forms) if any(files[form])}


OTHER_FILES = written_in_other_formats()


@pytest.mark.parametrize("form", OTHER_FILES)
def test_another_format_that_pillow_reads_is_refused_before_its_reader_is_tried(
    path, form, monkeypatch
):
    def reader(*rest):
        pytest.fail("its reader ran")

    monkeypatch.setitem(Image.OPEN, form, (reader, None))
    assert read(path, OTHER_FILES[form]) is None


@pytest.mark.parametrize("form, mode", FILES)
def test_each_format_and_mode_shows_the_same_picture(path, form, mode):
    skip_what_pillow_shows_otherwise(FILES[form, mode])
    expected = read_picture(path, rectangle())
    found = read(path, FILES[form, mode])
    assert found is not None
    difference = np.abs(found.astype(int) - expected.astype(int)).mean()
    assert difference < (16 if form in LOSSY else 1)


@pytest.mark.parametrize("form, mode", FILES)
def test_each_format_and_mode_of_any_picture_is_read_or_refused(path, form, mode):
    @tries(3)
    @given(PICTURES, st.sampled_from(choices.INVERT), st.booleans())
    def check(grey, invert, digits):
        content = saved(in_mode(grey, mode), form)
        if content is not None:
            read(path, content, invert=invert, digits=digits)

    check()


@pytest.mark.parametrize("form, mode", FILES)
def test_a_damaged_picture_is_read_or_refused(path, form, mode):
    content = FILES[form, mode]
    places = st.integers(0, len(content) - 1)

    @tries(8)
    @given(
        st.lists(st.tuples(places, st.integers(0, 255)), max_size=4),
        st.one_of(st.none(), places),
    )
    def check(changes, cut):
        damaged = bytearray(content)
        # Half of the changes go to the first bytes, which decide how a file is read.
        for place, value in changes:
            damaged[place % 64 if place % 2 else place] = value
        read(path, bytes(damaged[:cut]))

    check()


@pytest.mark.parametrize("mode", [mode for form, mode in FILES if form == "TIFF"])
def test_each_mode_shows_the_same_picture_when_it_has_to_be_shrunk(path, mode):
    large = np.zeros((2100, 600), np.uint8)
    large[300:1500, 200:440] = 255
    # Not symmetric: a centre between two pixels could fall on either side.
    large[1260:1500, 140:200] = 255
    skip_what_pillow_shows_otherwise(FILES["TIFF", mode])
    found = read(path, saved(in_mode(large, mode), "TIFF"))
    assert found is not None
    expected = read_picture(path, large)
    assert np.abs(found.astype(int) - expected.astype(int)).mean() < 2


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize(
    "form, mode", [("PNG", "RGB"), ("PNG", "I;16"), *(("TIFF", m) for m in ("L", "RGB", "I;16"))]
)
def test_a_picture_is_turned_as_its_exif_data_say(path, form, mode, times):
    large = np.zeros((210 * times, 60 * times), np.uint8)
    large[30 * times : 150 * times, 20 * times : 40 * times] = 255
    large[30 * times : 50 * times, 40 * times : 50 * times] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to show"
    found = read(path, saved(in_mode(np.rot90(large), mode), form, exif=exif))
    assert np.abs(found.astype(int) - read_picture(path, large)).mean() < 2


def test_grey_multiplied_by_its_opacity_is_read(path):
    """Other programs write the tag ExtraSamples as 1 (premultiplied); Pillow writes 2."""
    content = saved(in_mode(rectangle(), "LA"), "TIFF")
    tag = struct.pack("<2HI", 338, 3, 1)
    assert content.count(tag + b"\2") == 1
    content = content.replace(tag + b"\2", tag + b"\1")
    skip_what_pillow_shows_otherwise(content)
    found = read(path, content)
    assert np.array_equal(found, read_picture(path, rectangle()))


@tries(100)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(path, content):
    read(path, content)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_of_several_frames_is_read(path, form):
    frames = [Image.fromarray(rectangle(ink=ink)) for ink in (255, 90, 10)]
    content = saved(frames[0], form, save_all=True, append_images=frames[1:])
    if content is None:
        pytest.skip(f"this Pillow cannot write several frames as {form}")
    found, expected = read(path, content), read_picture(path, rectangle())
    assert np.abs(found.astype(int) - expected.astype(int)).max() < 12


def png(width, height, depth, colour, rows):
    """Returns a PNG file with any values in its header."""

    def chunk(kind, content):
        framed = kind + content
        return struct.pack(">I", len(content)) + framed + struct.pack(">I", zlib.crc32(framed))

    size = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", size), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@tries(100)
@given(
    st.one_of(st.integers(0, 3000), st.integers(0, 2**32 - 1)),
    st.one_of(st.integers(0, 3000), st.integers(0, 2**32 - 1)),
    st.sampled_from([(1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (8, 6), (4, 3)]),
    st.binary(max_size=50),
)
@example(20_000, 20_000, (16, 0), b"")
@example(20_000, 1, (8, 0), bytes(20_001))
@example(1, 20_000, (16, 0), bytes(60_000))
def test_a_picture_of_any_size_and_kind_is_read_or_refused(path, width, height, kind, rows):
    found = read(path, png(width, height, *kind, rows))
    assert found is None or width * height <= 2_000_000


@tries(200)
@given(st.text(st.characters(), max_size=20))
@example("\0")
@example("~\0")
@example("\ud800/*")
@example("*/" * 3000)
def test_any_pattern_names_files_or_is_refused(pattern):
    try:
        found = images.find([pattern])
    except UserError as error:
        assert str(error).startswith("patterns=")
    else:
        assert found and all(map(os.path.exists, found))


# Changes of a picture that do not change the result.


@tries(50)
@given(PICTURES)
def test_a_picture_and_its_inverted_twin_are_read_alike(path, grey):
    # Exactly between dark and light, the two cannot be told apart.
    assume(np.median(border(grey)) != 127.5)
    found = read_picture(path, grey, digits=False)
    twin = read_picture(path, 255 - grey, digits=False)
    assert np.abs(found.astype(int) - twin.astype(int)).max() <= 1


@tries(50)
@given(PICTURES)
def test_ink_on_even_paper_and_its_inverted_twin_are_read_equal(path, grey):
    """On uneven noise, where nothing is paper, light and dark cannot be told apart."""
    on_paper = np.pad(grey, 20)
    assert np.array_equal(read_picture(path, on_paper), read_picture(path, 255 - on_paper))


@tries(50)
@given(SMALL, st.booleans())
def test_always_of_a_picture_is_never_of_its_inverted_twin(path, grey, digits):
    found = read_picture(path, grey, invert="always", digits=digits)
    assert np.array_equal(found, read_picture(path, 255 - grey, invert="never", digits=digits))
    assert digits or np.array_equal(found, 255 - grey)


@tries(50)
@given(PICTURES, st.booleans())
def test_what_was_read_is_read_back_equal(path, grey, digits):
    found = read_picture(path, grey, digits=digits)
    assert np.array_equal(read_picture(path, found, invert="never", digits=digits), found)


@pytest.mark.parametrize(
    "form, mode",
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "I;16"), ("TIFF", "I;16B")],
)
def test_the_same_pixels_in_a_lossless_file_are_read_equal(path, form, mode):
    @tries(20)
    @given(PICTURES)
    def check(grey):
        assert np.array_equal(read_picture(path, grey, mode, form), read_picture(path, grey))

    check()


@tries(50)
@given(PICTURES, st.integers(1, 9), st.integers(1, 9), st.integers(0, 255))
def test_how_wide_a_margin_is_does_not_matter(path, grey, before, after, ground):
    # What is smaller than a fortieth of the picture is a speck.
    assume(max(grey.shape) > 20)
    framed = np.pad(grey, 10, constant_values=ground)
    wider = np.pad(framed, ((before, after), (after, before)), constant_values=ground)
    assert np.array_equal(read_picture(path, framed), read_picture(path, wider))


# Memory. tracemalloc counts NumPy's, not PIL's, which holds the pixels as they are stored.


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_large_pictures_of_16_bits_and_more_take_little_memory(path, monkeypatch, mode):
    """16 million pixels, 128 MB as float64."""
    monkeypatch.setattr(framing_constants, "MOST_PIXELS", 50_000_000)
    large = np.zeros((4000, 4000), np.uint8)
    large[1000:3000, 1500:2500] = 255
    content = saved(in_mode(large, mode), "TIFF")
    tracemalloc.start()
    try:
        found = read(path, content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 140 * MEBIBYTE
    assert np.abs(found.astype(int) - read_picture(path, large[::10, ::10])).max() <= 64


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_nan_and_infinite_pixels_are_background(path, odd):
    pixels = rectangle().astype(np.float32)
    pixels[2:5, 50:53] = odd
    found = read(path, saved(Image.fromarray(pixels), "TIFF"))
    assert np.array_equal(found, read_picture(path, rectangle()))
