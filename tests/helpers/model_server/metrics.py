"""The metrics at `/monitoring/prometheus/metrics`: counts and latencies of requests."""

from __future__ import annotations

import bisect
import collections
import threading

_LIMITS = [10 * 1.8**power for power in range(32)]
"""Bucket limits in microseconds; a thirty-third bucket holds longer times."""

Labels = tuple[tuple[str, str], ...]


class Metrics:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: collections.Counter[Labels] = collections.Counter()
        self._latencies: dict[Labels, list[float]] = collections.defaultdict(list)

    def count(self, model: str, status: str) -> None:
        with self._lock:
            self._counts[(("model_name", model), ("status", status))] += 1

    def took(self, model: str, api: str, entrypoint: str, seconds: float) -> None:
        labels = (("model_name", model), ("API", api), ("entrypoint", entrypoint))
        with self._lock:
            self._latencies[labels].append(seconds * 1e6)

    def page(self) -> str:
        with self._lock:
            lines = ["# TYPE :tensorflow:serving:request_count counter"]
            for labels, count in sorted(self._counts.items()):
                lines.append(f":tensorflow:serving:request_count{{{_text(labels)}}} {count}")
            lines.append("# TYPE :tensorflow:serving:request_latency histogram")
            for labels, values in sorted(self._latencies.items()):
                lines += _histogram(":tensorflow:serving:request_latency", labels, sorted(values))
        return "\n".join(lines) + "\n"


def _histogram(name: str, labels: Labels, values: list[float]) -> list[str]:
    text = _text(labels)
    lines = [
        f'{name}_bucket{{{text},le="{limit:g}"}} {bisect.bisect_left(values, limit)}'
        for limit in _LIMITS
    ]
    lines.append(f'{name}_bucket{{{text},le="+Inf"}} {len(values)}')
    lines.append(f"{name}_sum{{{text}}} {sum(values):g}")
    lines.append(f"{name}_count{{{text}}} {len(values)}")
    return lines


def _text(labels: Labels) -> str:
    def escaped(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"')

    return ",".join(f'{name}="{escaped(value)}"' for name, value in labels)
