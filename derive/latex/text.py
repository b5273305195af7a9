r"""Pieces of LaTeX with how tightly they bind, and the brackets that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How tightly a piece binds: a piece needs brackets where something tighter is expected."""

    SUM = 0
    BIGSUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4
    SUMMAND = 10
    """What may stand behind a sum sign without brackets: a product, another sum sign, but no a + b."""


@dataclass(frozen=True)
class Piece:
    text: str
    level: Level
    scripted: bool = False
    """Whether it ends in a superscript, so that a power of it needs brackets."""

    def inside(self, level: Level) -> str:
        needed = Level.BIGSUM if level is Level.SUMMAND else level
        return fence(self.text) if self.level < needed else self.text

    def powered(self, exponent: str) -> str:
        plain = self.level is Level.ATOM and not self.scripted
        return f"{self.text if plain else fence(self.text)}^{exponent if len(exponent) == 1 else f'{{{exponent}}}'}"


def fence(text: str) -> str:
    """Round brackets as tall as what stands in them."""
    if r"\begin" in text or r"\dfrac" in text:
        return rf"\left({text}\right)"
    if r"\sum" in text:
        return rf"\Big({text}\Big)"
    if r"\frac" in text:
        return rf"\left({text}\right)"
    size = SIZES[min(max(_nesting(text), text.startswith("(") * 2), len(SIZES) - 1)]
    return f"{size}({text}{size})"


SIZES = ("", "", r"\big", r"\Big", r"\bigg")
"""Brackets around as many nested ones."""


def _nesting(text: str) -> int:
    """How deep round brackets nest, those of superscripts such as (l) apart."""
    deepest = depth = 0
    for character in _SUPERSCRIPT.sub("", text):
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


_SUPERSCRIPT = re.compile(r"\^\{\([^()]*\)\}")

