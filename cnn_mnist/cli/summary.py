"""What `--mode=summary` prints: the layers of a network."""

from __future__ import annotations

import json
import os

from cnn_mnist.config import Config
from cnn_mnist.errors import UserError
from cnn_mnist.networks import architecture
from cnn_mnist.support.files import make_folder, write_whole

_BYTES = 4
"""Of a float32."""
PICTURE_FILE = "network.png"
"""In `model_dir`."""


def draw(config: Config) -> str:
    """Draws the network with the shape of each layer's output, as Keras's `plot_model` does.

    Needs no training, no data and no TensorFlow.

    Returns:
      The path of the PNG, `model_dir/network.png`.

    Raises:
      UserError: the folder cannot be written.
    """
    from cnn_mnist import plots

    png = plots.network_png(architecture.parse(config.architecture), config.preset)
    path = os.path.abspath(os.path.join(config.model_dir, PICTURE_FILE))
    try:
        make_folder(config.model_dir)
        write_whole(path, png)
    except OSError as error:
        raise UserError(f"{config.model_dir} cannot be written ({error.strerror})") from error
    return path


def layers(text: str, form: str, picture: str | None = None) -> str:
    """Returns the layers of a network; needs no training, no data and no TensorFlow.

    Args:
      text: the network in one line, see `networks.architecture.parse`.
      form: `text` for a table, `json` for one object, whose shapes are lists of numbers without
        the batch, and whose bytes are those of the weights.
      picture: the path of the network's picture, if it was drawn.
    """
    parsed = architecture.parse(text)
    count = architecture.parameter_count(parsed)
    averages = architecture.moving_average_count(parsed)
    if form == "json":
        heads, rows = architecture.TABLE_HEADS, architecture.rows(parsed)
        table = [dict(zip(heads, row, strict=True)) for row in rows]
        numbers = {"parameters": count, "moving_averages": averages, "bytes": count * _BYTES}
        place = {"picture": picture} if picture else {}
        return json.dumps({"layers": table, **numbers, **place})
    lines = [architecture.TABLE_HEADS, *architecture.table(parsed)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = []
    for row in lines:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)]
        shown.append("  ".join((*cells, row[3].rjust(widths[3]))).rstrip())
    kept = f" ({averages:,} of them moving averages, which are not trained)" if averages else ""
    size = f"{count * _BYTES / 2**20:.1f} MiB as float32"
    end = f"\n\n{'Network':<11} {picture}" if picture else ""
    return "\n".join((*shown, "", f"{count:,} parameters{kept}, {size}")) + end
