"""Parses an HTML page, and checks that it is well formed."""

from __future__ import annotations

import html.parser

EMPTY = {"meta", "img", "source", "wbr"}
"""Elements without an end tag."""


class Parsed(html.parser.HTMLParser):
    """The elements and texts of a page; fails if an element is not closed, or closed twice."""

    def __init__(self, path):
        super().__init__()
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.elements, self.texts, self._open = [], {}, []
        self.feed(self.source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), tuple(self._open)))
        if tag not in EMPTY:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def of(self, tag):
        return [attributes for name, attributes, _ in self.elements if name == tag]
