"""Slides for LaTeX beamer: one step a slide."""

from __future__ import annotations

from derive.document.content import Document, Picture
from derive.document.page import Page
from derive.templates import environment
from derive.writers.slides import frames


def write(document: Document) -> str:
    pictures = any(isinstance(block, Picture) for section in document.sections for block in section.blocks)
    return environment().get_template("beamer.tex.jinja").render(
        title=document.title, subtitle=document.subtitle, pictures=pictures, macros=document.macros,
        frames=[frame for section in document.sections for frame in frames(section)])


ENTRY = Page("beamer", ".tex", write)
