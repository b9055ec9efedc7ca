"""Pictures on which two ways of framing are compared: uint8 `[height, width, 4]` each."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

LARGE = [(1025, 1), (3, 1500), (700, 1400), (1025, 1025), (1500, 900), (1499, 1024)]


def opaque(grey):
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def enlarged(digit, width, height, blur=0.0):
    image = Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)))


def drawing(rng, width, height, brush, ink=0, ground=255):
    """A few strokes with round ends, not antialiased."""
    image = Image.new("L", (width, height), ground)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 4)):
        places = [(rng.uniform(0, width), rng.uniform(0, height)) for _ in range(5)]
        draw.line(places, ink, brush, "curve")
    return np.asarray(image)


def of_28_by_28(count):
    """Any colour and transparency; every second one is opaque."""
    rng = np.random.default_rng(1)
    pictures = list(rng.integers(0, 256, (count, 28, 28, 4), np.uint8))
    for picture in pictures[::2]:
        picture[..., 3] = 255
    return pictures


def very_small_digits(digits):
    """Digits that fill pictures of fewer than 28 pixels a side."""
    return [
        opaque(np.asarray(Image.fromarray(digit[4:24, 4:24]).resize(size)))
        for size in ((8, 8), (9, 14), (27, 20))
        for digit in digits
    ]


def enlarged_digits(digits):
    """Sharp and blurred, light and dark."""
    rng = np.random.default_rng(2)
    pictures = []
    for number, digit in enumerate(digits):
        grey = enlarged(digit, *rng.integers(20, 400, 2).tolist(), blur=number % 5)
        pictures.append(opaque(255 - grey if number % 2 else grey))
    return pictures


def drawings(count):
    """`count` with each of seven brushes in each of five pairs of grey levels."""
    rng = np.random.default_rng(3)
    return [
        opaque(drawing(rng, 280, 280, brush, *ink))
        for brush in (1, 2, 5, 12, 20, 35, 60)
        for ink in ((0, 255), (255, 0), (90, 160), (200, 60), (120, 131))
        for _ in range(count)
    ]


def digits_on_a_transparent_ground(digits):
    """Only the ink is opaque, as on a canvas without a background."""
    pictures = []
    for number, digit in enumerate(digits):
        alpha = enlarged(digit, 90, 120, blur=number % 3)
        colour = np.full((120, 90, 3), (number * 37 % 256, 255 * (number % 2), 128), np.uint8)
        pictures.append(np.dstack([colour, alpha]))
    return pictures


def noise(count):
    """Of nine extreme shapes, and of `count` others."""
    rng = np.random.default_rng(4)
    sizes = [(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (27, 28), (28, 29), (20, 20), (1024, 3)]
    sizes += rng.integers(1, 250, (count, 2)).tolist()
    return [rng.integers(0, 256, (*size, 4), np.uint8) for size in sizes]


def large(sizes, digits):
    """More than 1,024 pixels a side: noise of each size, and three pictures of each digit."""
    rng = np.random.default_rng(5)
    pictures = [rng.integers(0, 256, (h, w, 4), np.uint8) for w, h in sizes]
    pictures += [opaque(enlarged(digit, 1300, 1200, 3)) for digit in digits]
    pictures += [opaque(drawing(rng, 1400, 1050, 80)) for _ in digits]
    pictures += [
        np.dstack([np.zeros((1100, 1100, 3), np.uint8), enlarged(digit, 1100, 1100, 9)])
        for digit in digits
    ]
    return pictures


def symmetric_and_empty():
    """Pictures for which the last bit of a sum could decide where they are centred."""
    pictures = []
    for width in range(1, 22):
        for height in (1, 2, 9, 20, 41):
            grey = np.zeros((height + 8, width + 8), np.uint8)
            grey[4:-4, 4:-4] = 255
            pictures += [opaque(grey), opaque(255 - grey), opaque(grey // 11), opaque(grey * 0)]
    return pictures


def in_three_colours(digits):
    """Each colour shows the digit at another place."""
    rng = np.random.default_rng(6)
    pictures = []
    for number, digit in enumerate(digits):
        grey = enlarged(digit, *rng.integers(10, 500, 2).tolist(), blur=number % 4)
        colours = [np.roll(grey, shift, axis=1) for shift in (0, 3, 7)]
        pictures.append(np.dstack([*colours, np.full_like(grey, 255)]))
    return pictures
