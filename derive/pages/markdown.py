"""Markdown with formulas in dollars, for a site or a repository that shows mathematics."""

from __future__ import annotations

from derive.document.content import Document
from derive.document.page import Page
from derive.writers.markdown import section, words


def write(document: Document) -> str:
    head = [f"# {words(document.title)}", f"*{words(document.subtitle)}*"] if document.subtitle else [
        f"# {words(document.title)}"]
    return "\n\n".join([*head, *map(section, document.sections)]) + "\n"


ENTRY = Page("markdown", ".md", write)
