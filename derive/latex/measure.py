r"""About how wide a formula is on paper, in letters (half an em): enough to break lines before TeX has to.

In: LaTeX as this package writes it. Out: a width; measured against TeX, the error is a few per cent.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_$]|[^\\{}^_$]", re.DOTALL)
_MATRIX = re.compile(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}")
SCRIPT = 0.72
WIDTHS = {r"\,": 0.35, r"\;": 0.6, r"\!": -0.35, r"\ ": 0.6, r"\qquad": 4.0, r"\quad": 2.0, r"\left": 0.2,
          r"\right": 0.2,
          r"\Big": 0.4, r"\big": 0.2, r"\log": 2.8, r"\ln": 1.8, r"\exp": 3.4, r"\sum": 2.8, r"\max": 3.6, r"\min": 3.4,
          r"\tanh": 4.2, r"\sin": 2.5, r"\cos": 2.8, r"\odot": 2.4, r"\times": 2.4, r"\dots": 2.4, r"\le": 2.6,
          r"\ge": 2.6, r"\sigma": 1.2, r"\cdot": 1.6, " ": 0.0, "=": 2.8, "+": 2.5, "-": 2.3, "(": 0.75, ")": 0.75,
          ",": 0.9, "'": 0.5, "1": 0.95, r"\%": 1.5, r"\{": 0.9, r"\}": 0.9, "&": 0.0}
STYLED = {r"\text", r"\mathit", r"\operatorname", r"\mathrm"}
PLAIN = {r"\boxed", r"\mathbb", r"\mathbf", r"\bm", r"\sqrt"}
TEXT_LETTER = 0.92
CAPITAL = 1.35
LEAN = 1.09
"""The estimates below run lean by this much against TeX."""


@lru_cache(maxsize=10_000)
def width(text: str) -> float:
    """The width of a formula; a matrix is as wide as its widest row."""
    text = _MATRIX.sub(lambda found: "(" + max(found[1].split(r"\\"), key=len).replace("&", r"\quad ") + ")", text)
    return _Scanner(_TOKEN.findall(text)).sequence(1.0) * LEAN


class _Scanner:
    """Reads tokens once, from the left."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def sequence(self, scale: float) -> float:
        """Up to the closing brace or the end; lines broken by \\\\ count once."""
        total, widest, last = 0.0, 0.0, "("
        while self.at < len(self.tokens) and self.tokens[self.at] != "}":
            token = self.tokens[self.at]
            if token == r"\\":
                widest, total = max(widest, total), 0.0
                self.at += 1
            else:
                total += self.item(last, scale)
            last = token
        self.at += 1
        return max(widest, total)

    def item(self, last: str, scale: float) -> float:
        token = self.tokens[self.at]
        self.at += 1
        if token in (r"\frac", r"\dfrac", r"\tfrac"):
            small = SCRIPT if token == r"\tfrac" else 1.0
            return max(self.argument(scale * small), self.argument(scale * small)) + 0.5 * scale
        if token == r"\underbrace":
            body = self.argument(scale)
            self.at += 1
            return max(body, self.argument(scale * SCRIPT))
        if token in ("^", "_"):
            self.at -= 1
            return self.scripts(scale, last)
        if token in STYLED:
            return self.words(scale)
        if token in PLAIN or token == r"\substack":
            return self.argument(scale) + (1.3 if token == r"\boxed" else 0.0)
        if token == "{":
            return self.sequence(scale)
        if token == "-" and last in ("(", "{", "=", "&", "[", "\\Big"):
            return 1.4 * scale
        narrow = token in "+-=" and scale < 1
        return scale * (1.4 if narrow else WIDTHS.get(token, 1.05 if not token[0] == "\\" else 1.15))

    def argument(self, scale: float) -> float:
        while self.tokens[self.at] == " ":
            self.at += 1
        self.at += 1
        if self.tokens[self.at - 1] == "{":
            return self.sequence(scale)
        self.at -= 1
        return self.item("", scale)

    def scripts(self, scale: float, last: str) -> float:
        """Super- and subscript stand over each other; those of a sum stand over and under it."""
        widest = 0.0
        while self.at < len(self.tokens) and self.tokens[self.at] in ("^", "_"):
            self.at += 1
            widest = max(widest, self.argument(scale * SCRIPT if scale == 1.0 else scale))
        return max(widest - 2.8 * scale, 0.0) if last == r"\sum" else widest

    def words(self, scale: float) -> float:
        """Text, with formulas between dollars."""
        total, inside, depth = 0.0, False, 1
        self.at += 1
        while depth and self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token == "$":
                inside = not inside
            elif inside:
                total += self.item("", scale)
                continue
            elif token in "{}":
                depth += 1 if token == "{" else -1
            else:
                total += (CAPITAL if token.isupper() else TEXT_LETTER) * scale * (0.75 if token == " " else 1.0)
            self.at += 1
        return total
