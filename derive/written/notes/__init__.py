"""Finding the formulas that a file of lecture notes claims and gives: LaTeX and Markdown."""

from derive.written.notes.page import Note, Page, read_page
from derive.written.notes.source import Place, Source, read_source

__all__ = ["Note", "Page", "Place", "Source", "read_page", "read_source"]
