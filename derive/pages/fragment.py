"""LaTeX to paste into a document of one's own: amsmath and amssymb, no preamble."""

from __future__ import annotations

from derive.document.content import Document
from derive.document.page import Page
from derive.latex.write import filled


def write(document: Document) -> str:
    return filled("fragment.tex.jinja", document)


ENTRY = Page("fragment", ".tex", write)
