r"""What a claim is read against, as a person states it: equations, declarations, a network, conventions.

    given = ['z = W x']     where = ['W \in \mathbb{R}^{n \times m}']     arch = "3-4-2"     notation = "ng"

In: a TOML file, options of the command line or magic comments. Out: a `Setting`, and the claims of such a file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from derive.errors import DeriveError, clip, nearest
from derive.written.notes.source import CONTROL, read_source

LAYOUTS = ("denominator", "numerator", "mixed")
LISTS, WORDS = ("given", "where", "elementwise"), ("arch", "notation", "layout", "forward", "cost")
SWALLOWED = re.compile(rf"{CONTROL.pattern}|[\t\f\r]|\n(?=abla|eq|ot|u(?![a-z])|e(?![a-z]))")
"""What TOML makes of \\theta, \\frac, \\nabla between double quotes."""
CLAIMS = ("claim", "python")
REMARKS = ("id", "verdict", "mistake", "corrected", "note", "source", "topic", "weak")
"""Keys of a claim that say what is expected of it; nothing here depends on them."""


@dataclass(frozen=True)
class Setting:
    """`forward` is a forward pass in Python for claims in Python, and `cost` the name of the cost in it; `macros` are
    the commands that the author's file defines, by their names."""

    given: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    elementwise: tuple[str, ...] = ()
    arch: str = ""
    notation: str = ""
    layout: str = ""
    einstein: bool = False
    forward: str = ""
    cost: str = ""
    macros: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def and_also(self, other: Setting) -> Setting:
        """Both: lists one after the other; where `other` says a word, it counts."""
        lists: dict[str, Any] = {name: (*getattr(self, name), *getattr(other, name)) for name in LISTS}
        words: dict[str, Any] = {name: getattr(other, name) or getattr(self, name) for name in (*WORDS, "einstein")}
        return replace(self, **lists, **words, macros=other.macros or self.macros)


@dataclass(frozen=True)
class Asked:
    """A claim of a context file, with what it is read against; `place` names it."""

    claim: str
    place: str
    setting: Setting


def layout(name: str, where: str = "") -> str:
    """The name of a layout; anything else is refused."""
    if name not in LAYOUTS:
        raise DeriveError(f"there is no layout '{clip(name)}'", where=where, do=nearest(name, list(LAYOUTS)))
    return name


def read_context(path: str) -> tuple[Setting, list[Asked]]:
    """What a TOML file states for all claims, and the claims that it lists with more of their own."""
    text = read_source(path)
    try:
        data = tomllib.loads(text.text.replace("\r\n", "\n").replace("\r", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise DeriveError(f"this is no TOML: {error}", where=text.name,
                          do="Quote LaTeX with single quotes: given = ['z = W x'].") from None
    except RecursionError:
        raise DeriveError("this is nested too deep", where=text.name) from None
    listed = data.pop("claim", [])
    if not (isinstance(listed, list) and all(isinstance(one, dict) for one in listed)):
        raise DeriveError("'claim' is no table", where=text.name, do="Begin each claim with a line [[claim]].")
    common = setting(data, text.name)
    return common, [_asked(one, text.name, number, common) for number, one in enumerate(listed, 1)]


def _asked(data: dict[str, Any], file: str, number: int, common: Setting) -> Asked:
    name = data.get("id", f"claim {number}")
    where = f"{file}: {clip(str(name))}"
    said = [data.pop(key) for key in CLAIMS if key in data]
    if len(said) != 1 or not isinstance(said[0], str):
        raise DeriveError("this claim has no formula", where=where, do="Write claim = '...' (or python = '...').")
    kept = {key: value for key, value in data.items() if key not in REMARKS}
    return Asked(said[0], where, common.and_also(setting(kept, where)))


def setting(data: Mapping[str, Any], where: str) -> Setting:
    """A setting from the keys of a table; a key or a value that says nothing is refused."""
    known = [one.name for one in fields(Setting) if one.name != "macros"]
    for key, value in data.items():
        if key not in known:
            raise DeriveError(f"'{clip(key)}' says nothing about a context", where=where, do=nearest(key, known))
        if key in LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise DeriveError(f"'{key}' is no list of texts", where=where, do=f"Write {key} = ['...', '...'].")
        if key in WORDS and not isinstance(value, str) or key == "einstein" and not isinstance(value, bool):
            kind = "true or false" if key == "einstein" else "a text"
            raise DeriveError(f"'{key}' is not {kind}", where=where)
        for text in value if isinstance(value, list) else [value]:
            if key != "forward" and isinstance(text, str) and SWALLOWED.search(text):
                raise DeriveError(f"a text of '{key}' holds a control character", where=where,
                                  do="Quote LaTeX with single quotes: double ones change a backslash.")
    if "layout" in data:
        layout(data["layout"], where)
    values: dict[str, Any] = {key: tuple(value) if key in LISTS else value for key, value in data.items()}
    return Setting(**values)
