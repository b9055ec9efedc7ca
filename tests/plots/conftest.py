"""Sample digits and rendered figures, shared by the tests of the pictures."""

from __future__ import annotations

import dataclasses
import io
import pathlib

import matplotlib.text
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

DATA = pathlib.Path(__file__).resolve().parents[2] / "cnn_mnist" / "data" / "digits"


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A drawn text and its box in pixels."""

    text: str
    box: matplotlib.transforms.Bbox
    slanted: bool


@dataclasses.dataclass(frozen=True)
class Look:
    """A rendered figure; `pixels` is uint8 `[height, width, 3]`."""

    figure: object
    pixels: np.ndarray
    texts: tuple[Drawn, ...]

    def strings(self):
        """Returns the texts in the order of drawing."""
        return [drawn.text for drawn in self.texts]

    def region(self, image):
        """Returns the pixels under an image of a sheet, uint8 `[height, width, 3]`."""
        left, right, bottom, top = (round(edge) for edge in image.get_extent())
        return self.pixels[top:bottom, left:right]

    def shows(self, image, digit):
        """Returns whether `image` shows a digit, uint8 `[28, 28, 1]`, enlarged and upright."""
        region = self.region(image)[..., 0].astype(int)
        times = len(region) // 28
        enlarged = digit[..., 0].repeat(times, axis=0).repeat(times, axis=1)
        # Shades of grey are computed in floats, so one may differ by 1 of 255.
        return region.shape == enlarged.shape and abs(region - enlarged).max() <= 1

    def bars(self, colour):
        """Returns the rectangles of a sheet that are filled with a colour."""
        from matplotlib import colors, patches

        return [
            patch
            for patch in self.figure.axes[0].patches
            if isinstance(patch, patches.Rectangle)
            and colors.same_color(patch.get_facecolor(), colour)
        ]


@pytest.fixture
def look(monkeypatch):
    """Renders a figure and records every text; Text.draw is replaced by a function that draws."""
    draw = matplotlib.text.Text.draw

    def rendered(figure):
        canvas, texts = FigureCanvasAgg(figure), []

        def note(text, renderer, *rest, **options):
            draw(text, renderer, *rest, **options)
            if text.get_visible() and text.get_text().strip():
                box = text.get_window_extent(renderer)
                texts.append(Drawn(text.get_text(), box, text.get_rotation() % 90 != 0))

        monkeypatch.setattr(matplotlib.text.Text, "draw", note)
        canvas.draw()
        monkeypatch.setattr(matplotlib.text.Text, "draw", draw)
        pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
        return Look(figure, pixels, tuple(texts))

    return rendered


@pytest.fixture
def decode():
    """Returns a PNG as uint8 `[height, width, 3]`."""

    def decoded(png):
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    return decoded


@pytest.fixture(scope="session")
def digits():
    """The ten sample digits, uint8 `[10, 28, 28, 1]`."""
    images = [Image.open(path).convert("L") for path in sorted(DATA.glob("*.png"))]
    return np.stack([np.asarray(image) for image in images])[..., np.newaxis]
