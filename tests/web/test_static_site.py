"""--static writes a site of files; scripts/web is run as in test_web.py."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from types import SimpleNamespace

import javascript
import numpy as np
import pytest
import web_process

from cnn_mnist import config
from cnn_mnist.errors import SettingsError
from cnn_mnist.exporting.tfjs import sprite, writer
from cnn_mnist.networks import architecture
from cnn_mnist.web import fewer_images, packages, static_site, urls

OLD, NEW = 1763000000, 1763000001


@pytest.fixture
def copy(tmp_path):
    copy = web_process.Copy(tmp_path)
    copy.fill_packages()
    web_process.write(copy.packages, dict.fromkeys(packages.LICENCES, b"licence"))
    for version in (OLD, NEW):
        model = {"weightsManifest": [{"paths": ["weights.bin"], "weights": []}]}
        files = {"model.json": json.dumps(model).encode(), "weights.bin": b""}
        copy.export("mnist", version, **files)
    return copy


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in pathlib.Path(folder).rglob("*")
        if path.is_file()
    }


def refusal(result):
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("scripts/web: ") and result.stderr.count("\n") == 1
    return result.stderr


def test_the_site_has_pages_packages_and_the_newest_model_with_relative_paths(copy):
    ran = copy.run("mnist", "--static=site")
    assert (ran.returncode, ran.stderr) == (0, "")
    files = written(copy.folder / "site")
    names = {*web_process.PAGES, "models.json", static_site.MARK}
    names |= {f"packages/{name}" for name in {**packages.FILES, **packages.LICENCES}}
    names -= {"packages/tfjs-backend-wasm-threaded-simd.wasm"}
    names |= {f"models/0/{NEW}/{name}" for name in ("model.json", "weights.bin")}
    assert set(files) == names
    listed = json.loads(files["models.json"])
    assert [model["url"] for model in listed["models"]] == [f"models/0/{NEW}/model.json"]
    assert listed["threads"] is False
    size = sum(map(len, files.values())) / 1e6
    first, second = ran.stdout.splitlines()
    assert first.startswith(f"scripts/web: site has {len(files)} files of {size:.1f} MB: ")
    assert second == "to try it: python -m http.server --directory site"


def test_the_site_of_modern_is_below_12_mb(mnist, tmp_path, monkeypatch):
    export_modern(tmp_path, mnist, monkeypatch)
    monkeypatch.setenv(
        "CNN_MNIST_WEB_PACKAGES", javascript.packages(*packages.FILES, *packages.LICENCES)
    )
    site = tmp_path / "site"
    sizes = static_site.write(
        str(site), [str(tmp_path / "model")], as_float16=True, all_images=False
    )
    files = written(site)
    assert sizes.total == sum(map(len, files.values())) < 12_000_000
    # Not an empty one: two bytes for each of its 3,274,634 weights.
    assert len(files[f"models/0/{NEW}/weights.bin"]) == 6_549_268


def export_modern(folder, mnist, monkeypatch):
    """Writes an export of `modern` with weights at random, in float32."""
    settings = config.from_preset(str(folder / "model"), preset="modern", tfjs_weights="float32")
    shapes = architecture.variable_shapes(architecture.parse(settings.architecture))
    random = np.random.default_rng(1)
    weights = SimpleNamespace(get_tensor=lambda name: random.normal(size=shapes[name]))
    monkeypatch.setattr(writer.tf.train, "load_checkpoint", lambda path: weights)
    export = folder / "model" / "export" / str(NEW) / "tfjs"
    export.mkdir(parents=True)
    writer.write(settings, "checkpoint", str(export))
    images = dataclasses.replace(
        mnist,
        train=mnist.train.take(slice(fewer_images.TRAIN)),
        test=mnist.test.take(slice(fewer_images.TEST)),
    )
    sprite.write(str(folder / "model" / "export"), images)


def test_no_page_names_an_absolute_path():
    for path in urls.PAGES.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text("utf-8")
            for begin in ('src="/', 'href="/', "url(/", "fetch('/", "fetch(`/", "from '/"):
                assert begin not in text, path


def test_a_site_is_written_again_and_nothing_of_the_one_before_stays(copy):
    copy.run("mnist", "--static=below/site")
    (copy.pages / "style.css").unlink()
    ran = copy.run("mnist", "--static=below/site")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not (copy.folder / "below" / "site" / "style.css").exists()
    assert os.listdir(copy.folder / "below") == ["site"]


def test_a_folder_with_other_files_is_refused_and_stays(copy):
    copy.run("mnist", "--static=site")
    web_process.write(copy.folder / "site", {"notes.txt": b"mine"})
    before = written(copy.folder / "site")
    assert refusal(copy.run("mnist", "--static=site")) == (
        "scripts/web: --static=site holds other files (notes.txt); give a new or an empty folder, "
        "or one that --static wrote\n"
    )
    assert written(copy.folder / "site") == before


@pytest.mark.parametrize("name", ["notes.txt", "models/mine.json", ".git/config"])
def test_any_other_file_is_found(tmp_path, name):
    listed = {"files": ["index.html", static_site.MARK]}
    files = {"index.html": b"", static_site.MARK: json.dumps(listed).encode()}
    web_process.write(tmp_path, files)
    static_site.check(str(tmp_path))
    web_process.write(tmp_path, {name: b"mine"})
    with pytest.raises(SettingsError, match=f"holds other files \\({name}\\)"):
        static_site.check(str(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--static="], "--static needs a folder, such as --static=site"),
        (["--static=file"], "--static=file is a file; give a new or an empty folder"),
        (["--static=s", "--weights=int4"], "--weights takes float16 or exported, not 'int4'"),
        (["--static=s", "--images=none"], "--images takes some or all, not 'none'"),
        (["--images=all"], "--images is a setting of --static=SITE, which is not given"),
        (["--host="], "--host needs an address, such as --host=0.0.0.0"),
        (["--host=192.0.2.7", "--port=0"], "--host=192.0.2.7 is not an address of this machine; "),
    ],
)
def test_a_mistake_is_one_line(copy, arguments, words):
    web_process.write(copy.folder, {"file": b""})
    assert words in refusal(copy.run("mnist", *arguments))
    assert not (copy.folder / "s").exists()


def test_a_damaged_export_leaves_no_half_site(copy):
    (copy.folder / "mnist" / "export" / str(NEW) / "tfjs" / "weights.bin").write_bytes(b"1234")
    assert "describes 0 bytes of weights, but weights.bin has 4" in refusal(
        copy.run("mnist", "--static=site")
    )
    assert sorted(os.listdir(copy.folder)) == ["mnist"]
