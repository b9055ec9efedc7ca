"""One HTML page: well formed, safe for any text, and in need of no other file."""

import base64
import io
import os
import re

import numpy as np
import pytest
from parsed_html import Parsed
from PIL import Image

from cnn_mnist.errors import UserError
from cnn_mnist.reports import html as html_page
from cnn_mnist.reports.html import Picture, Section, Table


def png_of(shade, width=4):
    buffer = io.BytesIO()
    Image.fromarray(np.full((3, width), shade, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def written(folder, *sections, title="A title", lead="A lead."):
    path = html_page.write(str(folder), title, lead, sections)
    assert path == os.path.join(folder, "index.html")
    return Parsed(path)


def test_title_lead_headings_and_texts_stand_on_the_page_in_order(tmp_path):
    parsed = written(tmp_path, Section("One", "First text."), Section("Two", "Second text."))
    assert parsed.texts["title"] == parsed.texts["h1"] == ["A title"]
    assert parsed.texts["h2"] == ["One", "Two"]
    assert parsed.texts["p"] == ["A lead.", "First text.", "Second text."]


def test_a_section_without_a_text_has_no_empty_paragraph(tmp_path):
    assert written(tmp_path, Section("One", "")).texts["p"] == ["A lead."]


def test_a_page_says_its_language_and_letters_and_fits_a_phone(tmp_path):
    parsed = written(tmp_path)
    assert parsed.source.startswith("<!doctype html>\n")
    assert parsed.of("html") == [{"lang": "en"}]
    charset, viewport = parsed.of("meta")
    assert charset == {"charset": "utf-8"}
    assert viewport["name"] == "viewport" and "width=device-width" in viewport["content"]


def test_a_picture_is_in_the_page_and_in_a_file_beside_it(tmp_path):
    pictures = [Picture("one.png", png_of(1), "One"), Picture("two.png", png_of(2), "Two")]
    parsed = written(tmp_path, Section("Pictures", "", pictures))
    assert sorted(os.listdir(tmp_path)) == ["index.html", "one.png", "two.png"]
    for picture, image in zip(pictures, parsed.of("img"), strict=True):
        head, data = image["src"].split(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data) == picture.png == (tmp_path / picture.name).read_bytes()
        assert image["alt"] == picture.alternative_text


def test_a_page_needs_no_other_file_and_runs_nothing(tmp_path):
    parsed = written(tmp_path, Section("S", "", [Picture("a.png", png_of(1), "A")]))
    tags = {tag for tag, _, _ in parsed.elements}
    assert not tags & {"script", "link", "iframe", "object", "a"}
    assert not re.search(r"@import|url\(", "".join(parsed.texts["style"]))


def test_a_table_has_its_heads_and_each_row_its_name(tmp_path):
    table = Table([("a", "1", "2"), ("b", "3", "4")], ("name", "x", "y"))
    parsed = written(tmp_path, Section("T", "", [table]))
    assert parsed.texts["th"] == ["name", "x", "y", "a", "b"]
    assert [head["scope"] for head in parsed.of("th")] == ["col"] * 3 + ["row"] * 2
    assert parsed.texts["td"] == ["1", "2", "3", "4"]
    assert parsed.texts["tr"] == ["namexy", "a12", "b34"]


def test_a_table_without_heads_has_rows_only(tmp_path):
    parsed = written(tmp_path, Section("T", "", [Table([("a", "1")])]))
    assert "thead" not in parsed.texts and parsed.texts["tr"] == ["a1"]


def test_on_a_phone_narrow_pictures_shrink_and_others_and_tables_scroll(tmp_path):
    parts = [Picture("a.png", png_of(1), "A", png_of(2)), Table([("a", "1")])]
    parsed = written(tmp_path, Section("S", "", parts))
    assert parsed.of("div") == [{"class": "wide"}]
    inside = {tag: within[-1] for tag, _, within in parsed.elements if tag in ("img", "table")}
    assert inside == {"img": "picture", "table": "div"}
    (style,) = parsed.texts["style"]
    assert re.search(r"^\.wide \{[^}]*overflow-x: auto", style, re.MULTILINE)
    assert re.search(r"^img \{[^}]*max-width: 100%", style, re.MULTILINE)


HOSTILE = (
    """</h1><script>alert("1")</script> & 'x' &amp; $\\frac$ ü 目 🙂 \N{RIGHT-TO-LEFT OVERRIDE}"""
)


def test_any_text_is_shown_as_it_is_wherever_it_stands(tmp_path):
    parts = [
        Picture("a.png", png_of(1), HOSTILE),
        Table([(HOSTILE, HOSTILE)], (HOSTILE, HOSTILE)),
    ]
    parsed = written(tmp_path, Section(HOSTILE, HOSTILE, parts), title=HOSTILE, lead=HOSTILE)
    assert not parsed.of("script")
    for tag, count in {"title": 1, "h1": 1, "h2": 1, "p": 2, "th": 3, "td": 1}.items():
        assert parsed.texts[tag] == [HOSTILE] * count
    assert [image["alt"] for image in parsed.of("img")] == [HOSTILE]


def test_a_file_name_that_is_no_utf_8_is_shown_as_far_as_it_can_be(tmp_path):
    name = os.fsdecode(b"digit\xff7.png")
    parsed = written(tmp_path, Section(name, "", [Picture("a.png", png_of(1), name)]))
    assert parsed.texts["h2"] == ["digit?7.png"]


def test_another_page_takes_the_place_of_the_first(tmp_path):
    written(tmp_path, Section("One", "", [Picture("a.png", png_of(1), "A")]))
    parsed = written(tmp_path, Section("Two", "", [Picture("a.png", png_of(2), "A")]))
    assert parsed.texts["h2"] == ["Two"]
    assert (tmp_path / "a.png").read_bytes() == png_of(2)
    assert sorted(os.listdir(tmp_path)) == ["a.png", "index.html"]


def test_the_folder_is_made_but_not_the_one_that_it_lies_in(tmp_path):
    """Otherwise a model folder that was removed would be made anew in silence."""
    assert written(tmp_path / "a").texts["h1"] == ["A title"]
    with pytest.raises(UserError, match=r"b/c cannot be written \(No such file or directory\)"):
        written(tmp_path / "b" / "c")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "report").write_text("a file in the way")
    with pytest.raises(UserError) as error:
        html_page.write(str(tmp_path / "report"), "A title", "", [])
    assert str(error.value) == f"{tmp_path}/report cannot be written (File exists)"


def test_a_narrow_window_gets_the_narrow_picture_at_half_its_width(tmp_path):
    picture = Picture("a.png", png_of(1), "A", png_of(2))
    parsed = written(tmp_path, Section("S", "", [picture]))
    (source,) = parsed.of("source")
    assert source["media"] == "(max-width: 860px)"
    data, _, density = source["srcset"].partition(" ")
    assert base64.b64decode(data.partition(",")[2]) == png_of(2) and density == "2x"
    assert [within[-1] for tag, _, within in parsed.elements if tag == "img"] == ["picture"]
    assert os.listdir(tmp_path) and not (tmp_path / "a_narrow.png").exists()


def test_a_picture_without_a_narrow_form_keeps_its_letters_and_scrolls(tmp_path):
    parsed = written(tmp_path, Section("S", "", [Picture("a.png", png_of(1), "A")]))
    assert [within[-1] for tag, _, within in parsed.elements if tag == "img"] == ["div"]
    assert parsed.of("div") == [{"class": "wide"}]
    assert ".wide img { max-width: none; width: 820px; }" in parsed.texts["style"][0]


def test_a_page_says_the_language_that_it_is_in(tmp_path):
    path = html_page.write(str(tmp_path), "보고서", "", [], "ko")
    assert Parsed(path).of("html") == [{"lang": "ko"}]


def test_a_dark_screen_gets_dark_paper_but_white_pictures(tmp_path):
    (style,) = written(tmp_path).texts["style"]
    assert "@media screen and (prefers-color-scheme: dark)" in style
    assert re.search(r"^img \{[^}]*background: #fff", style, re.MULTILINE)
