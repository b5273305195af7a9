"""An article that compiles with a plain TeX."""

from __future__ import annotations

from derive.document.content import Document
from derive.document.page import Page
from derive.latex.write import filled


def write(document: Document) -> str:
    return filled("article.tex.jinja", document)


ENTRY = Page("article", ".tex", write)
