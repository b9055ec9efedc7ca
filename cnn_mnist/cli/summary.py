"""What `--mode=summary` prints: the layers of a network."""

from __future__ import annotations

import json

from cnn_mnist.networks import architecture


def layers(text: str, form: str) -> str:
    """Returns the layers of a network; needs no training, no data and no TensorFlow.

    Args:
      text: the network in one line, see `networks.architecture.parse`.
      form: `text` for a table, `json` for one object.
    """
    parsed = architecture.parse(text)
    rows = architecture.table(parsed)
    count = architecture.parameter_count(parsed)
    if form == "json":
        table = [dict(zip(architecture.TABLE_HEADS, row, strict=True)) for row in rows]
        return json.dumps({"layers": table, "parameters": count}, ensure_ascii=False)
    lines = [architecture.TABLE_HEADS, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = []
    for row in lines:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)]
        shown.append("  ".join((*cells, row[3].rjust(widths[3]))).rstrip())
    return "\n".join((*shown, "", f"{count:,} parameters, {count * 4 / 2**20:.1f} MiB as float32"))
