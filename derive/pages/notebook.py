"""A Jupyter notebook: text, formulas, pictures, and the generated code in cells that run."""

from __future__ import annotations

import base64
import json
from typing import Any

from derive.document.content import Block, Document, Listing, Picture
from derive.document.page import Page
from derive.writers.markdown import block, words

FORMAT = {"nbformat": 4, "nbformat_minor": 5}
PYTHON = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
          "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}}


def write(document: Document) -> str:
    cells = [_text(f"# {words(document.title)}\n\n*{words(document.subtitle)}*")]
    for section in document.sections:
        cells.append(_text(f"## {words(section.title)}"))
        cells += [_cell(given) for given in section.blocks]
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    return json.dumps({"cells": cells, "metadata": PYTHON, **FORMAT}, indent=1, sort_keys=True) + "\n"


def _cell(given: Block) -> dict[str, Any]:
    if isinstance(given, Picture):
        data = base64.b64encode(given.svg.encode()).decode()
        return _text(f"![{words(given.caption)}](attachment:picture.svg)\n\n{words(given.caption)}") | {
            "attachments": {"picture.svg": {"image/svg+xml": data}}}
    if isinstance(given, Listing) and given.language == "python":
        return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
                "source": _lines(given.code.strip())}
    return _text(block(given))


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _lines(text: str) -> list[str]:
    """The lines as a notebook keeps them, each with its end."""
    return text.splitlines(keepends=True)


ENTRY = Page("notebook", ".ipynb", write, runs=True)
