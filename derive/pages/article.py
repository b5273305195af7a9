"""An article that compiles with a plain TeX."""

from __future__ import annotations

from derive.content import Document
from derive.latex.write import filled
from derive.page import Page


def write(document: Document) -> str:
    return filled("article.tex.jinja", document)


ENTRY = Page("article", ".tex", write)
