r"""The LaTeX of our own formulas, set in boxes: letters with places, and rules. No font file is needed.

    a^{2}_{j}   ->   an a, and behind it a small 2 above a small j

In: mathematics as the printers write it. Out: a Box of glyphs in units of the font size. The widths are
those of Times, which every serif of a browser is cut to fit; what is not known is set as its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
SCRIPT = 0.7
POINT = 0.03515
"""Centimetres."""

SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "ϕ", "chi": "χ", "psi": "ψ", "omega": "ω", "varphi": "φ", "ell": "ℓ",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "partial": "∂", "nabla": "∇", "prime": "′", "cdots": "⋯", "ldots": "…",
    "dots": "…", "vdots": "⋮", "infty": "∞", "top": "⊤", "lbrace": "{", "rbrace": "}", "sum": "∑", "prod": "∏",
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<", "textgreater": ">",
    "lvert": "|", "rvert": "|", "vert": "|",
}
OPERATORS = {"cdot": "·", "times": "×", "odot": "⊙", "circ": "∘", "le": "≤", "ge": "≥", "ne": "≠", "in": "∈",
             "to": "→", "leftarrow": "←", "approx": "≈", "pm": "±", "+": "+", "-": "−", "=": "=", "<": "<", ">": ">"}
WORDS = {"ln", "log", "exp", "max", "min", "sin", "cos", "tanh", "arg"}
SPACES = {",": 0.17, ":": 0.22, ";": 0.28, "!": -0.17, " ": 0.25, "quad": 1.0, "qquad": 2.0}
STYLES = {"text", "mathrm", "operatorname", "textrm", "mathit", "textit", "mathbf", "mathbb", "mathcal", "boldsymbol"}
IGNORED = {"left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "limits", "displaystyle", "textstyle"}
BLACKBOARD = {"1": "𝟙", "R": "ℝ", "E": "𝔼", "N": "ℕ"}

_ROMAN = {.25: ".,\u00a0", .278: "ijlt/\\:;", .333: "frI()[]", .389: "sJ", .444: "aceZz", .48: "{}",
          .556: "PSF",
          .611: "ELTZ", .667: "BCR", .722: "ADGHKNOQUVwXY", .778: "m", .889: "M", .944: "W", .2: "|", .15: "′",
          .564: "+−=<>×≤≥≠±≈·", .76: "⊙", .74: "∑∏", 1.0: "→←⋯…⋮", .5: "bdghknopquvxy0123456789"}
_ITALIC = {.278: "fijlt", .389: "rs", .444: "cekvxyzJ", .333: "I", .556: "LYZT", .611: "ABEFPRVX", .667: "CKwNS",
           .722: "DGHOQUm", .833: "MW", .494: "∂", .53: "σδ", .56: "θω"}
WIDTHS = [{letter: width for width, letters in table.items() for letter in letters} for table in (_ROMAN, _ITALIC)]


@dataclass(frozen=True)
class Glyph:
    """A run of letters at (x, y), y downwards from the baseline of the formula."""

    x: float
    y: float
    text: str
    size: float
    italic: bool
    width: float
    bold: bool = False


@dataclass(frozen=True)
class Box:
    """What takes `width`, `ascent` above the baseline and `descent` below it; rules are (x, y, length)."""

    width: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0
    glyphs: tuple[Glyph, ...] = ()
    rules: tuple[tuple[float, float, float], ...] = ()

    def moved(self, x: float, y: float) -> Box:
        return Box(self.width, self.ascent - y, self.descent + y,
                   tuple(replace(g, x=g.x + x, y=g.y + y) for g in self.glyphs),
                   tuple((a + x, b + y, length) for a, b, length in self.rules))

    def __add__(self, other: Box) -> Box:
        right = other.moved(self.width, 0)
        return Box(self.width + other.width, max(self.ascent, other.ascent), max(self.descent, other.descent),
                   self.glyphs + right.glyphs, self.rules + right.rules)


def typeset(latex: str, size: float = 1.0) -> Box:
    """A formula as a box."""
    return _Setter(_TOKEN.findall(latex)).row(size)


def fitting(latex: str, width: float) -> int:
    """The greatest size in points at which a formula is no wider than so many centimetres."""
    return next((size for size in (10, 9, 8, 7) if typeset(latex, size * POINT).width <= width), 6)


class _Setter:
    """Reads tokens one after the other and sets them."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = tokens, 0

    def _next(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def _peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def row(self, size: float, ends: tuple[str, ...] = ()) -> Box:
        """Everything up to one of the tokens in `ends` (which is read) or the end."""
        box = Box()
        after = False  # whether an operand stands before, so that a minus is one between two
        while self._peek():
            token = self._next()
            if token in ends:
                break
            if token.isspace():
                continue
            name = token.lstrip("\\") if len(token) > 1 else token
            if name in OPERATORS:
                space = 0.22 * size if after and size > SCRIPT else 0.05 * size if after else 0.0
                sign = _glyph(OPERATORS[name], size, italic=False)
                behind = 0.22 * size if name == "=" and size > SCRIPT else space  # also where a row begins with it
                box, after = box + Box(space) + sign + Box(behind), False
                continue
            box = box + self._scripted(self._atom(token, size), size)
            after = after if name in SPACES and name != "," else token not in ("(", "[", ",", r"\,")
        return box

    def _argument(self, size: float) -> Box:
        while self._peek().isspace():
            self._next()
        token = self._next() if self._peek() else ""
        return self.row(size, ("}",)) if token == "{" else self._atom(token, size)

    def _scripted(self, base: Box, size: float) -> Box:
        above = below = None
        while self._peek() in ("^", "_", "'"):
            mark = self._next()
            if mark == "'":
                base = base + _glyph("′", size, italic=False)
            elif mark == "^":
                above = self._argument(size * SCRIPT)
            else:
                below = self._argument(size * SCRIPT)
        scripts = [b for b in (above and above.moved(0.05 * size, -0.43 * size),
                               below and below.moved(0.02 * size, 0.24 * size)) if b]
        if not scripts:
            return base
        wide = max(b.width for b in scripts) + 0.07 * size
        moved = [b.moved(base.width, 0) for b in scripts]
        return Box(base.width + wide, max(base.ascent, *(b.ascent for b in moved)),
                   max(base.descent, *(b.descent for b in moved)),
                   base.glyphs + sum((b.glyphs for b in moved), ()), base.rules + sum((b.rules for b in moved), ()))

    def _atom(self, token: str, size: float) -> Box:
        if token == "{":
            return self.row(size, ("}",))
        if not token.startswith("\\") or token == "\\":
            return _glyph(token, size, italic=token.isalpha())
        name = token[1:]
        if name in ("frac", "tfrac", "dfrac"):
            return self._fraction(size * (0.8 if name != "dfrac" else 1.0), size)
        if name in STYLES:
            return self._styled(name, size)
        if name in SPACES:
            return Box(SPACES[name] * size)
        if name in IGNORED or name in ("begin", "end"):
            return Box()
        if name in SYMBOLS:
            return _glyph(SYMBOLS[name], size, italic=name.islower() and SYMBOLS[name].isalpha())
        if name in WORDS:
            return _glyph(name, size, italic=False) + Box(0.15 * size)
        return _glyph(name, size, italic=False)

    def _fraction(self, size: float, outer: float) -> Box:
        top, bottom = self._argument(size), self._argument(size)
        wide = max(top.width, bottom.width) + 0.12 * size
        axis = 0.28 * outer
        upper = top.moved((wide - top.width) / 2, -(axis + 0.14 * size + top.descent))
        lower = bottom.moved((wide - bottom.width) / 2, -axis + 0.1 * size + bottom.ascent)
        pad = 0.05 * size
        return Box(pad).__add__(Box(wide, upper.ascent, lower.descent, upper.glyphs + lower.glyphs,
                                    upper.rules + lower.rules + ((0.0, -axis, wide),))) + Box(pad)

    def _styled(self, name: str, size: float) -> Box:
        if self._peek() != "{":
            return self._argument(size)
        self._next()
        text, depth = "", 1
        while self._peek():
            token = self._next()
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            text += _plain(token)
        text = text.replace(" ", "\u00a0")  # which an SVG does not drop at either end
        if name == "mathbb":
            text = BLACKBOARD.get(text, text)
        return _glyph(text, size, italic=name in ("mathit", "textit"), bold=name in ("mathbf", "boldsymbol"))


def _plain(token: str) -> str:
    """A token inside \\text{...} as the letters that it stands for."""
    if token in ("{", "}", "$"):
        return ""
    name = token[1:] if len(token) > 1 and token[0] == "\\" else token
    return SYMBOLS.get(name, name)


def _glyph(text: str, size: float, italic: bool, bold: bool = False) -> Box:
    width = sum(WIDTHS[italic].get(c, 0.25 if c.isspace() else 0.5) for c in text) * size
    tall = 0.72 if any(c.isupper() or c.isdigit() or c in "bdfhklti∂()[]|∑∏δθλ" for c in text) else 0.48
    deep = 0.22 if any(c in "gjpqyQ(),[]|∑∏ρμ" for c in text) else 0.02
    return Box(width, tall * size, deep * size, (Glyph(0.0, 0.0, text, size, italic, width, bold),))
