"""What `--mode=summary` prints: the layers of a network."""

from __future__ import annotations

import json

from cnn_mnist.networks import architecture

_BYTES = 4
"""Of a float32."""


def layers(text: str, form: str) -> str:
    """Returns the layers of a network; needs no training, no data and no TensorFlow.

    Args:
      text: the network in one line, see `networks.architecture.parse`.
      form: `text` for a table, `json` for one object, whose shapes are lists of numbers without
        the batch, and whose bytes are those of the weights.
    """
    parsed = architecture.parse(text)
    count = architecture.parameter_count(parsed)
    averages = architecture.moving_average_count(parsed)
    if form == "json":
        heads, rows = architecture.TABLE_HEADS, architecture.rows(parsed)
        table = [dict(zip(heads, row, strict=True)) for row in rows]
        numbers = {"parameters": count, "moving_averages": averages, "bytes": count * _BYTES}
        return json.dumps({"layers": table, **numbers})
    lines = [architecture.TABLE_HEADS, *architecture.table(parsed)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = []
    for row in lines:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)]
        shown.append("  ".join((*cells, row[3].rjust(widths[3]))).rstrip())
    kept = f" ({averages:,} of them moving averages, which are not trained)" if averages else ""
    size = f"{count * _BYTES / 2**20:.1f} MiB as float32"
    return "\n".join((*shown, "", f"{count:,} parameters{kept}, {size}"))
