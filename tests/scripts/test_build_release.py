"""A release's README has absolute links, so that PyPI shows its pictures."""

from __future__ import annotations

import re
import tarfile
import zipfile

import pytest
import release
from places import REPOSITORY

ADDRESS = "https://example.org/somebody/cnn_mnist"


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("[a](docs/data.md)", f"[a]({ADDRESS}/blob/v1/docs/data.md)"),
        ("[a](docs/data.md#data)", f"[a]({ADDRESS}/blob/v1/docs/data.md#data)"),
        ("![a](docs/a.png)", f"![a]({ADDRESS}/raw/v1/docs/a.png)"),
        (
            "[![a](docs/a.png)](docs/a.md)",
            f"[![a]({ADDRESS}/raw/v1/docs/a.png)]({ADDRESS}/blob/v1/docs/a.md)",
        ),
        ("[a](#data)", "[a](#data)"),
        ("[a](https://example.com/)", "[a](https://example.com/)"),
    ],
)
def test_links_to_files_begin_with_the_address(link, absolute):
    assert release.absolute_links(link, ADDRESS, "v1") == absolute


def test_no_link_of_readme_stays_relative():
    text = release.absolute_links((REPOSITORY / "README.md").read_text("utf-8"), ADDRESS, "main")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 20
    assert all(link.startswith("https://") for link in links)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--repository=http://example.org/a/b"],
        ["--repository=example.org/a/b"],
        ["--repository=https://example.org"],
        ["--repository=https://example.org/a b"],
    ],
)
def test_an_address_that_is_none_is_refused_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        release.parse(arguments)
    assert ended.value.code == 2
    assert "--repository" in capsys.readouterr().err


def test_the_copy_has_the_address_and_the_repository_is_unchanged(tmp_path):
    before = (REPOSITORY / "README.md").read_bytes()
    release.copy_last_commit(tmp_path)
    release.name_the_repository(tmp_path, ADDRESS, "v1")
    assert f"{ADDRESS}/raw/v1/docs/page_draw.png" in (tmp_path / "README.md").read_text("utf-8")
    assert f"\nurl = {ADDRESS}\n" in (tmp_path / "setup.cfg").read_text("utf-8")
    assert (REPOSITORY / "README.md").read_bytes() == before


@pytest.mark.slow
def test_the_wheel_and_the_archive_have_that_readme(tmp_path, monkeypatch):
    """Without isolation, which would need the network."""
    run = release.subprocess.run

    def offline(command, **options):
        return run([*command, "--no-isolation"] if "build" in command else command, **options)

    monkeypatch.setattr(release.subprocess, "run", offline)
    assert release.main([f"--repository={ADDRESS}", f"--output={tmp_path}"]) == 0
    (wheel,), (archive,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as files:
        (name,) = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
        assert f"({ADDRESS}/blob/main/docs/data.md)" in files.read(name).decode()
    with tarfile.open(archive) as files:
        (name,) = [
            name for name in files.getnames() if name.count("/") == 1 and "README.md" in name
        ]
        assert f"({ADDRESS}/blob/main/docs/data.md)" in files.extractfile(name).read().decode()
