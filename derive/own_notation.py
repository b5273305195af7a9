r"""A notation of the user's own, from a TOML file: what it does not say is as in the notation it is based on.

    based_on = "ng"
    title = "Lecture notes, autumn"
    activation = "h"
    layer = "({})"
    tags = {output = "A", hidden = "B"}

Nothing reaches a page as it was typed: letters, patterns and signs come from short lists.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from derive.calculus.kinds import KINDS
from derive.errors import DeriveError, clip, nearest
from derive.latex.letters import is_letter
from derive.notation import LAYOUTS, Notation, Role, notation, notations
from derive.spec.load import contents

SIGNS = {"hadamard": (r"\odot", r"\circ", r"\bullet", r"\cdot", r"\star", r"\otimes", "*", ".*"),
         "transpose": ("T", "t", r"\top", r"\intercal", r"\prime", r"\mathsf{T}"),
         "log": (r"\ln", r"\log")}
LETTERS = ("weighted", "activation", "input", "target", "weight", "bias", "cost", "cost_one", "last_layer",
           "example_index", "examples")
OPTIONAL_LETTERS = ("weight_matrix", "output_weighted", "output_activation", "delta", "widths")
APART = ("weighted", "activation", "target", "weight", "bias", "cost", "delta", "last_layer", "examples",
         "example_index")
PATTERNS = ("layer", "example")
_PATTERN = re.compile(r"[\[(<|,;:]{0,2}\{\}[\])>|,;:]{0,2}")
_NUMBER = re.compile(r"\d{1,4}(/[1-9]\d{0,3})?")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .-]{0,11}")
_TYPES: dict[str, Any] = get_type_hints(Notation)
KNOWN = [field.name for field in fields(Notation)]


def notation_of(name: str) -> Notation:
    """The notation of that name, or the one in a file whose name ends in .toml."""
    if not name.lower().endswith(".toml"):
        return notation(name)
    return read_notation(contents(name), name)


def read_notation(text: str, where: str) -> Notation:
    """The notation that a TOML text describes."""
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DeriveError(f"not TOML: {error}", where=clip(where), do="See https://toml.io for the format.") from None
    base = given.pop("based_on", "nielsen")
    if not isinstance(base, str) or base not in notations():
        raise DeriveError(f"there is no notation {clip(repr(base))} to base it on", where=clip(where),
                          do=nearest(str(base), sorted(notations())))
    given.setdefault("name", Path(where).stem)
    given.setdefault("title", given["name"])
    for key, value in given.items():
        if key not in KNOWN:
            raise DeriveError(f"a notation has no field '{clip(key)}'", where=clip(where), do=nearest(key, KNOWN))
        _check(key, value, f"{clip(where)}: {key}")
    made = _made(notation(base), given, clip(where))
    _check_apart(made, clip(where))
    return made


def _check_apart(made: Notation, where: str) -> None:
    """No letter stands for two things."""
    meant: dict[str, str] = {}
    for name in APART:
        letter = getattr(made, name).lstrip("\\")
        if letter and letter in meant:
            raise DeriveError(f"{name} and {meant[letter]} are both {letter}", where=where,
                              do="Give one of them another letter.")
        meant[letter] = name


def _made(base: Notation, given: dict[str, Any], where: str) -> Notation:
    """The fields put in. A product brings the layout it needs with it; an input that is layer 0 of the
    activation follows it."""
    if "product" in given:
        order, samples = LAYOUTS[given["product"]]
        given = {"weight_order": order, "samples": samples} | given
    if "activation" in given and base.input == base.activation:
        given = {"input": given["activation"]} | given
    if "order" in given:
        given["order"] = tuple(given["order"])
    if "tags" in given:
        given["tags"] = tuple(given["tags"].items())
    try:
        return replace(base, **given)
    except DeriveError as error:
        raise DeriveError(error.what, where=where, do=error.do) from None


def _check(key: str, value: Any, where: str) -> None:
    """Refuse what the field cannot be."""
    kind = _TYPES[key]
    if get_origin(kind) is Literal:
        _one_of(value, list(get_args(kind)), where)
    elif kind in (bool, int):
        if type(value) is not kind or kind is int and value not in (0, 1):
            raise _wrong(value, where, "true or false" if kind is bool else "0 or 1")
    elif key in SIGNS:
        _one_of(value, list(SIGNS[key]), where)
    elif key in CHECKS:
        wanted, right = CHECKS[key]
        if not right(value):
            raise _wrong(value, where, wanted)
    elif not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise _wrong(value, where, "a line of text")


def _one_of(value: Any, known: list[Any], where: str) -> None:
    if not any(type(one) is type(value) and one == value for one in known):
        shown = [str(one) for one in known]
        raise DeriveError(f"there is no {clip(repr(value))}", where=where, do=nearest(str(value), shown))


def _wrong(value: Any, where: str, wanted: str) -> DeriveError:
    return DeriveError(f"{clip(repr(value))} is not {wanted}", where=where)


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_order(value: Any) -> bool:
    return isinstance(value, list) and sorted(map(str, value)) == sorted(get_args(Role))


def _are_tags(value: Any) -> bool:
    return isinstance(value, dict) and all(k in KINDS and _matches(_TAG)(v) for k, v in value.items())


LETTER = r"a letter: a, W, theta, w_0, \delta, \ell, \mathcal{L}, \hat{y}"
CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **{key: (LETTER, lambda value: isinstance(value, str) and is_letter(value)) for key in LETTERS},
    **{key: (f"{LETTER}; or \"\"", lambda value: isinstance(value, str) and (not value or is_letter(value)))
       for key in OPTIONAL_LETTERS},
    **{key: ('"" or a pattern with {} such as "({})", "[{}]", "{}"',
             lambda value: value == "" or _matches(_PATTERN)(value)) for key in PATTERNS},
    "cost_factor": ('a number such as "1" or "1/2"', _matches(_NUMBER)),
    "order": (f"a list of {', '.join(get_args(Role))}, each once", _is_order),
    "tags": (f"a table with short words for {', '.join(KINDS)}", _are_tags),
}
