"""One HTML page that needs no other file: text, tables and pictures."""

from __future__ import annotations

import base64
import dataclasses
import html
import os
from collections.abc import Iterable, Sequence

from cnn_mnist.errors import UserError
from cnn_mnist.support.files import make_folder, write_whole

PAGE_FILE = "index.html"


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture of a page.

    Attributes:
      name: of its file.
      png: the picture.
      alternative_text: what it shows, for those who do not see it.
      narrow: the same for a narrow window, twice as dense; None for a picture that is scrolled
        sideways there.
    """

    name: str
    png: bytes
    alternative_text: str
    narrow: bytes | None = None


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of texts under column heads; without heads the first column names the row."""

    rows: Sequence[Sequence[str]]
    heads: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading, a sentence or two, and what stands below them."""

    heading: str
    text: str
    parts: Sequence[Picture | Table] = ()


def write(
    folder: str, title: str, lead: str, sections: Sequence[Section], language: str = "en"
) -> str:
    """Writes `folder/index.html`, and beside it each picture as a file of its own.

    The page holds the pictures itself, also their narrow forms, so that it can be sent or
    moved alone.

    Args:
      folder: is made if it does not exist.
      title: the heading of the page.
      lead: the sentence under it.
      sections: what follows.
      language: of the texts, such as `en`.

    Returns:
      The path of the page.

    Raises:
      UserError: the folder cannot be written.
    """
    pictures = [part for s in sections for part in s.parts if isinstance(part, Picture)]
    path = os.path.join(folder, PAGE_FILE)
    try:
        make_folder(folder)
        for picture in pictures:
            write_whole(os.path.join(folder, picture.name), picture.png)
        write_whole(path, _page(title, lead, sections, language))
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror})") from error
    return path


def _page(title: str, lead: str, sections: Sequence[Section], language: str) -> str:
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{_escaped(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_escaped(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{_breakable(title)}</h1><p>{_breakable(lead)}</p></header>",
            *(line for section in sections for line in _section(section)),
            "</body>",
            "</html>\n",
        )
    )


def _section(section: Section) -> Iterable[str]:
    yield f"<section><h2>{_breakable(section.heading)}</h2>"
    if section.text:
        yield f"<p>{_breakable(section.text)}</p>"
    for part in section.parts:
        yield from _picture(part) if isinstance(part, Picture) else _table(part)
    yield "</section>"


def _picture(picture: Picture) -> Iterable[str]:
    text = _escaped(picture.alternative_text)
    image = f'<img src="{_data(picture.png)}" alt="{text}">'
    if picture.narrow is None:
        yield f'<div class="wide">{image}</div>'
        return
    # `2x` shows it at half its width, in which its letters have the size of the page's.
    narrow = f'media="(max-width: {_NARROW_UP_TO}px)" srcset="{_data(picture.narrow)} 2x"'
    yield f"<picture><source {narrow}>{image}</picture>"


def _breakable(text: str) -> str:
    """Returns text for HTML in which a path breaks behind a slash rather than within a name."""
    return _escaped(text).replace("/", "/<wbr>")


def _data(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _table(table: Table) -> Iterable[str]:
    yield '<div class="wide"><table>'
    if table.heads:
        heads = "".join(f'<th scope="col">{_escaped(head)}</th>' for head in table.heads)
        yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for first, *rest in table.rows:
        cells = "".join(f"<td>{_escaped(cell)}</td>" for cell in rest)
        yield f'<tr><th scope="row">{_escaped(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _escaped(text: str) -> str:
    # A file name may have bytes that are not UTF-8, which Python keeps as lone surrogates.
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))


_NARROW_UP_TO = 860
"""The width in CSS pixels below which the letters of a wide picture would be smaller than 9."""


def _shadows(paper: str, shadow: str) -> str:
    """Returns the background of a table that is scrolled.

    The shadows stay at the sides. Paper that moves with the table covers them at its ends, so
    that a shadow shows where there is more to scroll to.
    """
    return ",\n    ".join(
        f"linear-gradient(to {to}, {colour}, transparent) {side} / {width} 100% {moves}"
        for colour, width, moves in ((f"{paper} 30%", "40px", "local"), (shadow, "12px", "scroll"))
        for to, side in (("right", "left"), ("left", "right"))
    )


_STYLE = f"""
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; max-width: 1000px; padding: 1.5rem; color: #1a1a1a; background: #fff;
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }}
header {{ border-bottom: 3px solid #1f4e8c; margin-bottom: 1.5rem; }}
h1 {{ font-size: 1.7rem; margin: 0; }}
header p {{ font-size: 1.15rem; margin: .3rem 0 .8rem; }}
h2 {{ font-size: 1.25rem; margin: 2rem 0 .3rem; }}
section p {{ margin: .2rem 0 .8rem; max-width: 46rem; }}
:lang(ko) {{ word-break: keep-all; }}
img {{ display: block; max-width: 100%; height: auto; margin: .5rem 0 1rem; background: #fff;
  border-radius: 4px; }}
.wide {{ overflow-x: auto; margin: .5rem 0 1rem;
  background: {_shadows("#fff", "#0006")};
  background-repeat: no-repeat; }}
table {{ border-collapse: collapse; font-size: .92rem; }}
th, td {{ text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid #ddd;
  vertical-align: top; font-variant-numeric: tabular-nums; }}
th {{ font-weight: 600; white-space: nowrap; }}
td {{ min-width: 4.5em; }}
td:last-child:not(:first-of-type) {{ min-width: 7em; }}
td:first-of-type {{ min-width: 9em; }}
@media screen and (max-width: 700px) {{
  body {{ padding: 1rem; }}
  table {{ font-size: .8rem; }}
  th, td {{ padding-right: .7rem; }}
}}
@media screen and (max-width: {_NARROW_UP_TO}px) {{
  .wide img {{ max-width: none; width: 820px; }}
}}
@media screen and (prefers-color-scheme: dark) {{
  body {{ color: #e8e8e8; background: #16181c; }}
  header {{ border-color: #7fb0ea; }}
  th, td {{ border-color: #3a3d44; }}
  .wide {{ background: {_shadows("#16181c", "#fff6")};
    background-repeat: no-repeat; }}
}}
@media print {{ img, tr {{ break-inside: avoid; }} }}
"""
