"""The general network: n0-...-nL, whose widths n[0], ..., n[L] and depth L stay open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from derive.errors import DeriveError
from derive.spec.line import PLACE, Words
from derive.spec.stage import Stage, read_width

DEPTH = "L"
ELLIPSIS = ("...", "\u2026")
_FIRST = re.compile(r"([A-Za-z])0")
ADVICE = "The network of L layers is written n0-...-nL; activations: n0-...:relu-nL:softmax."


def general_stages(words: Sequence[Words | Stage]) -> tuple[str, tuple[Stage, ...]]:
    """(the letter of the widths, the hidden layer for l = 1..L-1 and the last one)."""
    if not all(isinstance(w, Words) for w in words):
        raise DeriveError("'...' stands between widths, not layers", where=PLACE, do=ADVICE)
    written = [w for w in words if isinstance(w, Words)]
    first = _FIRST.fullmatch(written[0].head)
    if first is None:
        raise DeriveError("with '...' the first width has the number 0, as in n0", where=written[0].where, do=ADVICE)
    letter = first[1]
    expected = [f"{letter}0", *(f"{letter}{number}" for number in range(1, len(written) - 2)), "...", letter + DEPTH]
    if len(written) < 3:
        raise DeriveError("'...' stands between the first width and the last", where=PLACE, do=ADVICE)
    for word, head in zip(written, expected, strict=True):
        if word.head.replace("\u2026", "...") != head or word.sizes:
            raise DeriveError(f"'{word.head}' stands where {head} is expected", where=word.where, do=ADVICE)
    read_width(written[0].head, written[0].where)
    if written[0].activation:
        raise DeriveError("the input has no activation", where=written[0].where, do=ADVICE)
    return letter, (_hidden(letter, written[1:-1]), Stage("dense", (letter + DEPTH,), written[-1].activation))


def _hidden(letter: str, words: Sequence[Words]) -> Stage:
    """The one hidden layer that all of n1, n2, ..., stand for."""
    named = sorted({w.activation for w in words if w.activation})
    if len(named) > 1:
        raise DeriveError(f"hidden layers of an open number have one activation, not {' and '.join(named)}",
                          where=words[0].where, do=ADVICE)
    return replace(Stage("dense", (f"{letter}l",)), activation=named[0] if named else None)
