"""One process of scripts/fuzz_idx: feeds inputs to the IDX reader until time or runs are over.

A process of its own, since libFuzzer never returns.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import pathlib
import resource
import struct
import sys
import time
import traceback
import zlib
from collections.abc import Callable
from typing import Any

_LONGEST_INPUT = 8192
_GZIP_MAGIC = b"\x1f\x8b"
_SLOW_SECONDS = 1.0


def main(settings: dict[str, Any]) -> None:
    """Tries inputs, writes `summary.json` into the scratch folder and ends the process."""
    import atheris

    with atheris.instrument_imports(include=["cnn_mnist.data.idx"]):
        from cnn_mnist.data import idx
    readers: list[Callable] = [
        idx.read_images,
        # Small enough for a few bytes to be a whole file.
        lambda path: idx.read_images(path, height=2, width=2),
        idx.read_labels,
    ]
    corpus = pathlib.Path(settings["corpus"])
    corpus.mkdir(parents=True, exist_ok=True)
    for name, content in seeds().items():
        (corpus / name).write_bytes(content)
    # libFuzzer saves there the inputs that it stops for their time or memory.
    pathlib.Path(settings["faults"]).mkdir(parents=True, exist_ok=True)
    tally = Tally(settings, readers)
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_len={_LONGEST_INPUT}",
            f"-artifact_prefix={settings['faults']}/",
            "-timeout=60",
            "-rss_limit_mb=1024",
            str(corpus),
        ],
        tally.try_input,
        custom_mutator=lambda data, most, seed: mutate(data, most, seed, atheris.Mutate),
    )
    atheris.Fuzz()


def seeds() -> dict[str, bytes]:
    """Returns small valid files and their names, plain and gzipped."""
    plain = {
        **{f"images-{count}": _images(count, 28) for count in (0, 1, 3)},
        **{f"small-images-{count}": _images(count, 2) for count in (1, 5)},
        **{
            f"labels-{count}": struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(range(count))
            for count in (0, 5, 10)
        },
    }
    zipped = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in plain.items()}
    two = zipped["labels-0.gz"] + gzip.compress(b"", mtime=0)
    return {**plain, **zipped, "two-members.gz": two}


def _images(count: int, size: int) -> bytes:
    pixels = bytes(place % 251 for place in range(count * size * size))
    return struct.pack(">4B3I", 0, 0, 8, 3, count, size, size) + pixels


def mutate(data: bytes, most: int, seed: int, change: Callable[[bytes, int], bytes]) -> bytes:
    """Changes an input; half of the gzipped ones inside, so that the checksum still fits."""
    if seed % 2 and data[:2] == _GZIP_MAGIC:
        try:
            inner = zlib.decompressobj(31).decompress(data, _LONGEST_INPUT)
        except zlib.error:
            return change(data, most)
        changed = change(inner, _LONGEST_INPUT)
        return (changed if seed % 32 == 1 else gzip.compress(changed, 1, mtime=0))[:most]
    if seed % 32 == 2:
        return gzip.compress(data, 1, mtime=0)[:most]
    return change(data, most)


class Tally:
    """Tries inputs and counts the results."""

    def __init__(self, settings: dict[str, Any], readers: list[Callable]) -> None:
        self._settings = settings
        self._readers = readers
        self._path = os.path.join(settings["scratch"], "input")
        self._began = time.monotonic()
        self._counts = {"tried": 0, "read": 0, "refused": 0}
        self._faults: dict[str, dict[str, Any]] = {}
        self._slowest = {"seconds": 0.0, "bytes": 0}
        self._memory_at_start = _peak_memory()

    def try_input(self, data: bytes) -> None:
        """Writes a file, reads it in every way, and ends the process when it is time."""
        with open(self._path, "wb") as file:
            file.write(data)
        began = time.process_time()
        was_read = [self._try_reader(reader, data) for reader in self._readers]
        seconds = time.process_time() - began
        self._counts["tried"] += 1
        self._counts["read" if any(was_read) else "refused"] += 1
        if seconds > self._slowest["seconds"]:
            self._slowest = {"seconds": seconds, "bytes": len(data)}
        if seconds > _SLOW_SECONDS:
            self._keep(f"slow-{_digest(data)}", f"{seconds:.1f} s of processor time", data)
        if self._is_over():
            self._end()

    def _try_reader(self, reader: Callable, data: bytes) -> bool:
        from cnn_mnist.errors import UserError

        try:
            reader(self._path)
            return True
        except UserError as error:
            line = str(error)
            if not line.startswith(self._path) or len(line.splitlines()) != 1:
                self._keep(f"message-{_digest(data)}", f"a message of {line!r}", data)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(place.filename)}-{place.lineno}"
            self._keep(f"{type(error).__name__}-{where}", traceback.format_exc(limit=-1), data)
        return False

    def _keep(self, name: str, what: str, data: bytes) -> None:
        """Saves the first input of each fault."""
        if name not in self._faults:
            pathlib.Path(self._settings["faults"], name).write_bytes(data)
            self._faults[name] = {"what": " ".join(what.split()), "count": 0}
        self._faults[name]["count"] += 1

    def _is_over(self) -> bool:
        runs, seconds = self._settings["runs"], self._settings["seconds"]
        if runs:
            return self._counts["tried"] >= runs
        return time.monotonic() - self._began >= seconds

    def _end(self) -> None:
        summary = {
            **self._counts,
            "seconds": time.monotonic() - self._began,
            "slowest": self._slowest,
            "memory_at_start": self._memory_at_start,
            "memory": _peak_memory(),
            "faults": self._faults,
        }
        # Only if it is empty: it may hold inputs of an earlier run.
        with contextlib.suppress(OSError):
            os.rmdir(self._settings["faults"])
        pathlib.Path(self._settings["scratch"], "summary.json").write_text(json.dumps(summary))
        # Not by an exception: libFuzzer would take it for a fault.
        sys.stderr.flush()
        os._exit(0)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
