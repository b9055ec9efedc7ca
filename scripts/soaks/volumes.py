"""Rows of `places` about much of something: hostile files and replies, many images and records."""

from __future__ import annotations

import contextlib
import copy
import http.server
import json
import os
import pathlib
import random
import resource
import shutil
import threading
from typing import Any

from soaks.trainings import Bench, Found, last_line

_HOSTILE_PER_TRY = 250
_IMAGES = 100_000
_VALIDATIONS = 100_000
_GROWTH_ALLOWED_MIB = 600
"""100,000 images of 28×28 are 75 MiB; their names, answers and JSON take about as much again."""

_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, float("nan"), 10**30, "", "x" * 5000, "\x1b[31m", "\ud800"),
    *([], {}, [[]], [None] * 1000, {"a": {"a": []}}),
)


def hostile_models(bench: Bench) -> Found:
    """Reads `model.json` files with a changed, missing or foreign part, or a damaged byte."""
    from cnn_mnist.errors import UserError
    from cnn_mnist.exporting.tfjs import reader
    from cnn_mnist.model_folder import exports

    folder = bench.folder / "tfjs"
    newest = exports.newest(str(bench.alone))
    shutil.copytree(pathlib.Path(newest or "") / "tfjs", folder)
    file = folder / "model.json"
    original = file.read_text("utf-8")
    chance = random.Random(bench.seed)
    read, broken = 0, []
    tries = _HOSTILE_PER_TRY * bench.tries
    for _ in range(tries):
        file.write_bytes(changed(original, chance))
        try:
            reader.read(str(file))
            read += 1
        except UserError:
            pass
        except Exception as error:
            broken.append(f"{type(error).__name__}: {str(error)[:200]}")
    return Found(tries, f"{read:,} could be read, the others were refused in one line", broken)


def hostile_replies(bench: Bench) -> Found:
    """Asks a server whose replies have a changed, missing or foreign part."""
    import numpy as np

    from cnn_mnist.errors import UserError
    from cnn_mnist.serving import clients
    from cnn_mnist.serving.server import Server

    chance = random.Random(bench.seed)
    answer = {"outputs": {"classes": [3], "probabilities": [[0.1] * 10]}}
    status = {"model_version_status": [{"version": "3", "state": "AVAILABLE"}]}
    image = {"dtype": "DT_UINT8", "tensor_shape": {"dim": [{"size": "-1"}, {"size": "28"}]}}
    signature = {"inputs": {"image": image}, "outputs": {"classes": {}, "probabilities": {}}}
    metadata = {
        "model_spec": {"version": "3"},
        "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
    }
    texts = [json.dumps(answer), json.dumps(status), json.dumps(metadata)]
    request = ("serving_default", "image", np.zeros([1, 28, 28, 1], np.uint8))
    taken, broken = 0, []
    tries = _HOSTILE_PER_TRY * bench.tries
    with _replying(lambda kind: changed(texts[kind], chance)) as address:
        client = clients.connect(Server(address, "mnist", 5.0, 0, 1, 1))
        for _ in range(tries):
            try:
                kind = chance.random()
                if kind < 0.4:
                    client.version() if kind < 0.2 else client.metadata()
                else:
                    client.predict(*request)
                taken += 1
            except UserError:
                pass
            except Exception as error:
                broken.append(f"{type(error).__name__}: {str(error)[:200]}")
        client.close()
    return Found(tries, f"{taken:,} were taken, the others were refused in one line", broken)


@contextlib.contextmanager
def _replying(reply: Any) -> Any:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(0)

        def do_GET(self) -> None:
            self._answer(2 if self.path.endswith("/metadata") else 1)

        def _answer(self, kind: int) -> None:
            content = reply(kind)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def changed(text: str, chance: random.Random) -> bytes:
    """Returns JSON with one part changed, or with one byte of it damaged."""
    if chance.random() < 0.02:
        return chance.choice(("[" * 100_000, '{"outputs":' * 50_000, "1" * 5000, "")).encode()
    if chance.random() < 0.3:
        content = bytearray(text.encode())
        at = chance.randrange(len(content))
        content[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        return bytes(content)
    value = copy.deepcopy(json.loads(text))
    for _ in range(chance.choice((1, 1, 2, 3))):
        holder, key = chance.choice(_parts(value))
        if chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(_ODD))
        if not _parts(value):
            break
    return json.dumps(value).encode()


def _parts(value: Any) -> list[tuple[Any, Any]]:
    """Returns each part of a JSON value, as what holds it and its key or index there."""
    if not isinstance(value, dict | list):
        return []
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [part for key in keys for part in ((value, key), *_parts(value[key]))]


def many_images(bench: Bench) -> Found:
    """Predicts 100,000 images, and compares the memory with that for 1,000."""
    from cnn_mnist.data import images

    [digit, *_] = sorted(pathlib.Path(images.__file__).parent.rglob("digits/*.png"))
    peaks, broken = [], []
    for count in (1_000, _IMAGES):
        folder = bench.folder / f"images-{count}"
        folder.mkdir()
        for number in range(count):
            # A file may have 65,000 links.
            place, linked = folder / f"{number}.png", folder / f"{number - number % 10_000}.png"
            if place == linked:
                shutil.copy(digit, place)
            else:
                os.link(linked, place)
        log = bench.folder / f"peak-{count}"
        model_dir = bench.folder / f"predict-{count}"
        model_dir.symlink_to(bench.alone)
        flags = ("--mode=predict", f"--images={folder}", "--format=json")
        status = bench.run(model_dir, *flags, prepare=(_note_peak, (str(log),)))
        lines = pathlib.Path(f"{model_dir}.out").read_bytes().count(b"\n")
        if status or lines != count:
            broken.append(f"status {status}, {lines:,} answers: {last_line(model_dir)}")
        peaks.append(int(log.read_text("ascii")) / 1024)
        shutil.rmtree(folder)
    growth = peaks[1] - peaks[0]
    if growth > _GROWTH_ALLOWED_MIB:
        broken.append(f"{growth:,.0f} MiB more than for 1,000")
    return Found(1, f"{peaks[1]:,.0f} MiB, and {peaks[0]:,.0f} MiB for 1,000 images", broken)


def many_validations(bench: Bench) -> Found:
    """Draws the report of a training of 100,000 validations."""
    model_dir, log = bench.folder / "validations", bench.folder / "peak"
    shutil.copytree(bench.alone, model_dir, ignore=shutil.ignore_patterns("export", "report"))
    path = model_dir / "validations.jsonl"
    record = json.loads(path.read_text("utf-8").splitlines()[0])
    lines = [json.dumps({**record, "step": step}) for step in range(1, _VALIDATIONS + 1)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    status = bench.run(model_dir, "--mode=report", prepare=(_note_peak, (str(log),)))
    peak = int(log.read_text("ascii")) / 1024
    size = sum(file.stat().st_size for file in (model_dir / "report").rglob("*"))
    broken = [f"status {status}: {last_line(model_dir)}"] if status else []
    if size > 50_000_000:
        broken.append("the report is larger than 50 MB")
    return Found(1, f"{peak:,.0f} MiB, a report of {size / 1e6:,.1f} MB", broken)


def _note_peak(path: str) -> None:
    """Writes the peak of the process's memory, in KiB, when it ends."""
    from multiprocessing import util

    def note() -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pathlib.Path(path).write_text(str(peak), "ascii")

    util.Finalize(None, note, exitpriority=10)


ROWS = {
    "hostile_models": hostile_models,
    "hostile_replies": hostile_replies,
    "many_images": many_images,
    "many_validations": many_validations,
}
"""By name, the functions of this module that make a row."""
