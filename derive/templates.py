"""Where the templates stand, and the one Jinja2 environment that reads them.

In: a template's name. Out: the template. In a checkout they are the top-level folder
`templates/`; a wheel carries them inside the package as `_templates/`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def folder() -> Path:
    """The folder of the templates: the wheel's own, else the checkout's."""
    here = Path(__file__).resolve().parent
    packaged = here / "_templates"
    return packaged if packaged.is_dir() else here.parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Strict (an undefined name is an error) and line-true; no escaping, since LaTeX and Python are no HTML."""
    return Environment(
        loader=FileSystemLoader(folder()), undefined=StrictUndefined, autoescape=False,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
