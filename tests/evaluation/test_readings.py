"""Pictures of several digits are read from left to right, and one digit stays one."""

import io

import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data.framing import numpy_framing, several_digits
from cnn_mnist.evaluation import readings
from cnn_mnist.evaluation.results import Predictions

NAMES = tuple("0123456789")
SIZE = 112


@pytest.fixture(scope="module")
def digits(mnist):
    """The first test image of each class, four times as large, dark on light."""
    first = [mnist.test.images[np.argmax(mnist.test.labels == c)][..., 0] for c in range(10)]
    return [255 - np.kron(image, np.ones((4, 4), np.uint8)) for image in first]


@pytest.fixture(scope="module")
def predict(digits):
    """Answers by likeness to the ten digits, framed."""
    known = np.stack([numpy_framing.frame(png(digit)) for digit in digits])
    known = known.reshape(10, -1) / np.linalg.norm(known.reshape(10, -1), axis=1, keepdims=True)

    def answer(images):
        flat = images.reshape(len(images), -1).astype(float)
        likeness = flat @ known.T / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1)
        powers = np.exp(30 * likeness)
        probabilities = powers / powers.sum(axis=1, keepdims=True)
        return Predictions(probabilities.argmax(axis=1), probabilities.astype(np.float32))

    return answer


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def read(pixels, predict, digits="auto"):
    content = png(pixels)
    whole = predict(numpy_framing.frame(content)[np.newaxis])
    return readings.read([several_digits.frame_and_find(content)[1]], whole, predict, digits)[0]


def beside(*images):
    return np.concatenate(images, axis=1)


@pytest.mark.parametrize("number", ["42", "907", "31415", "88"])
@pytest.mark.parametrize("mode", ["auto", "many"])
def test_a_number_is_read_from_left_to_right(digits, predict, number, mode):
    found = read(beside(*(digits[int(digit)] for digit in number)), predict, mode)
    assert found.text(NAMES) == number
    lefts = [box[1] for box in found.boxes]
    assert lefts == sorted(lefts)
    for at, (top, left, bottom, right) in enumerate(found.boxes):
        assert at / len(number) <= left < right <= (at + 1) / len(number)
        assert 0 < top < bottom < 1
    assert found.images.shape == (len(number), 28, 28, 1)


def test_rows_are_read_from_above(digits, predict):
    sheet = np.concatenate([beside(*digits[:5]), beside(*digits[5:])])
    found = read(sheet, predict)
    assert found.text(NAMES) == "01234 56789"
    assert found.rows() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_read_as_a_whole(digits, predict, digit):
    content = png(digits[digit])
    whole = predict(numpy_framing.frame(content)[np.newaxis])
    found = readings.read([several_digits.frame_and_find(content)[1]], whole, predict)[0]
    assert found.boxes is None
    np.testing.assert_array_equal(found.answers.probabilities, whole.probabilities)
    many = read(digits[digit], predict, "many")
    assert many.text(NAMES) == str(digit) and len(many.boxes) == 1


def test_one_digit_with_a_gap_stays_one(digits, predict):
    cut = digits[0].copy()
    cut[:, SIZE // 2 - 1 : SIZE // 2 + 1] = 255
    assert read(cut, predict).boxes is None


def test_nothing_drawn_has_no_digits(predict):
    blank = np.full((80, 120), 250, np.uint8)
    assert read(blank, predict).boxes is None
    found = read(blank, predict, "many")
    assert found.boxes == () and found.text(NAMES) == ""


def test_a_picture_of_28_by_28_is_one_digit(mnist, predict):
    halves = beside(mnist.test.images[0][::2, ::2, 0], mnist.test.images[1][::2, ::2, 0])
    pixels = np.concatenate([halves, np.zeros_like(halves)])
    assert pixels.shape == (28, 28)
    assert read(pixels, predict).boxes is None
    assert read(pixels, predict, "many").boxes == ((0, 0, 1, 1),)


def test_several_pictures_keep_their_answers_apart(digits, predict):
    pictures = [beside(digits[4], digits[2]), digits[7], beside(digits[1], digits[9], digits[3])]
    contents = [png(picture) for picture in pictures]
    wholes = predict(np.stack([numpy_framing.frame(content) for content in contents]))
    digits_of = [several_digits.frame_and_find(content)[1] for content in contents]
    found = readings.read(digits_of, wholes, predict)
    assert [one.text(NAMES) for one in found] == ["42", "", "193"]
    assert found[1].answers.classes.tolist() == [7]


def with_scores(*scores):
    count = len(scores)
    return Predictions(
        np.zeros(count, int), np.full((count, 10), 0.1), scores=np.array(scores, float)
    )


@pytest.mark.parametrize(
    "parts, whole, expected",
    [
        ((0.1, 0.2), 1.5, True),
        ((0.1, 0.2), 0.0, False),
        ((0.1, 1.2), 1.5, False),
        ((0.1, 0.2, 1.2), 1.5, True),
        ((1.1, 1.2, 0.1), 1.5, False),
    ],
)
def test_parts_count_if_most_are_certain_and_more_so_than_the_whole(parts, whole, expected):
    assert readings.are_several(with_scores(*parts), with_scores(whole)) is expected
