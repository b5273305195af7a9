r"""What a statement is in a page of notes: a claim, a given, a declaration of shapes, or nothing to be checked.

    \frac{\partial C}{\partial w} = ...      claim             z = Wx + b                        given
    \delta^l \equiv \partial C / ...         given, once       W \in \mathbb{R}^{n \times m}   where
    w \leftarrow w - \eta g                passed

Only the left side is looked at closely: what cannot be read is still known to be a claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.written.notes.writing import links, relations

CLAIM, GIVEN, WHERE, PASSED = "claim", "given", "where", "passed"
EQUAL = re.compile(r"=|:=|\\(?:equiv|doteq|coloneqq|coloneq|triangleq|stackrel|overset)\Z")
DEFINES = re.compile(r":=|\\(?:equiv|doteq|coloneqq|coloneq|triangleq|stackrel|overset)\Z")
BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
FONT = re.compile(r"\\(?:math(?:bf|rm|cal|bb|sf|it|scr|tt|frak)|boldsymbol|bm|vec|hat|widehat|bar|overline|tilde"
                  r"|widetilde|dot|text|textrm|textbf|mbox|operatorname|underline|pmb)\*?\s*"
                  r"(?:\{\s*(?P<word>[A-Za-z]+|\\[A-Za-z]+)\s*\}|(?P<bare>[A-Za-z](?![A-Za-z])|\\[A-Za-z]+))")
SCRIPT = rf"(?:\s*(?:[_^]\s*(?:{BRACED}|\\[A-Za-z]+|[^\s{{}}\\])|'))"
ARGUMENT = r"(?:\s*(?:\\left\s*|\\[bB]igl?\s*)?\((?:[^()]|\([^()]*\))*\))"
PLAIN = re.compile(rf"\s*(?P<base>[A-Za-z]|\\[A-Za-z]+)(?P<scripts>{SCRIPT}*){ARGUMENT}?\s*\Z")
DERIVATIVE = re.compile(r"\\(?:partial|nabla)(?![A-Za-z])"
                        r"|\\[dtc]?frac\s*\{\s*\\?d(?![A-Za-z]{2})[^{}]*\}\s*\{\s*\\?d\s*\S"
                        r"|(?<![A-Za-z\\])d\s?[A-Za-z][^\s/]*\s*/\s*d\s?[A-Za-z]")
NAMED = re.compile(rf"\s*(?:-\s*)?(?:(?P<delta>\\(?:delta|var[dD]elta)(?![A-Za-z]))|d\s*(?P<of>[A-Za-z]|\\[A-Za-z]+))"
                   rf"(?P<scripts>{SCRIPT}*)\s*\Z")
SLOPE = re.compile(rf"\s*(?P<base>[A-Za-z]|\\[A-Za-z]+)(?:{SCRIPT}*?)\s*(?:'|\^\s*\{{?\s*(?:\\prime|')).*\(")
ONE = rf"(?:\\[dtc]?frac\s*{BRACED}\s*{BRACED}|\\nabla\s*(?:_\s*(?:{BRACED}|\S))?\s*\\?[A-Za-z]+{SCRIPT}*{ARGUMENT}?" \
      rf"|\\partial\s*\\?[A-Za-z]+{SCRIPT}*\s*/\s*\\partial\s*\\?[A-Za-z]+{SCRIPT}*)"
BARE = re.compile(rf"\s*(?:[\dA-Za-z]\s*|\\frac\s*\{{[^{{}}\\]*\}}\s*\{{[^{{}}\\]*\}}\s*)?(?:\\cdot\s*)?{ONE}\s*\Z")
SET = re.compile(r"\s*(?:\\mathbb\s*\{?\s*[RN]|\\R(?![a-z])|\\Re|R\s*\^|\\reals)")
RANGE = re.compile(r"\s*[A-Za-z]\s*=\s*\w+\s*,\s*(?:\w+\s*,\s*)?\\[lc]?dots[bcmo]?\s*,?\s*\\?\w")
NUMBER = re.compile(r"[\s\d.,+\-{}]*\Z")
LETTER = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
SIGNS = ("\\frac", "\\dfrac", "\\tfrac", "\\left", "\\right", "\\cdot", "\\times", "\\sum", "\\odot", "\\circ")
USE = re.compile(r"\\([A-Za-z]+)")


@dataclass
class Letters:
    """What a page has said so far: letters in its givens, gradients that got a name; `all` where a network is given."""

    known: set[str] = field(default_factory=set)
    named: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    all: bool = False
    macros: Mapping[str, str] = field(default_factory=dict)

    def learn(self, text: str) -> None:
        """The letters of a given."""
        self.known.update(letter for letter in LETTER.findall(unfonted(text)) if letter not in SIGNS)

    def knows(self, letter: str) -> bool:
        return self.all or letter in self.known

    def name(self, left: str) -> None:
        """The left side is from now on the name of a gradient."""
        base, numerals = _key(left)
        self.named.setdefault(base, set()).add(numerals)

    def names(self, left: str) -> bool:
        """Whether the letter was given a gradient to stand for; `\\delta^l` also covers `\\delta^3`."""
        base, numerals = _key(left)
        said = self.named.get(base, set())
        return () in said or numerals in said

    def spelled(self, text: str) -> str:
        """The text with the page's own commands replaced by what they are made of, so that a \\partial shows."""
        for _ in range(3):
            text = USE.sub(lambda found: self.macros.get(found[1], found[0]), text)
        return text[:5000]


def unfonted(text: str) -> str:
    r"""Without fonts and accents: \mathbf{W} is W, and a word such as \mathrm{loss} is one sign, \loss."""
    for _ in range(3):
        text, made = FONT.subn(_letter, text)
        if not made:
            break
    return text


def _letter(found: re.Match[str]) -> str:
    word = found["word"] or found["bare"]
    return f"\\{word} " if len(word) > 1 and word[0] != "\\" else f"{word} " if word[0] == "\\" else word


def _key(left: str) -> tuple[str, tuple[str, ...]]:
    """The letter of a left side, and the numbers among its marks."""
    text = unfonted(left)
    base = re.match(r"\s*(?:-\s*)?(d\s*(?:[A-Za-z]|\\[A-Za-z]+)|\\[A-Za-z]+|[A-Za-z])", text)
    return (re.sub(r"\s", "", base[1]) if base else text), tuple(re.findall(r"\d+", text))


def kind(text: str, letters: Letters) -> str:
    """CLAIM, GIVEN, WHERE or PASSED."""
    signs = relations(text)
    if RANGE.match(text):
        return WHERE
    if not signs:
        return PASSED
    left, right = unfonted(letters.spelled(text[:signs[0].start()])), letters.spelled(links(text)[1])
    if signs[0][0] == "\\in":
        return WHERE if SET.match(right) else PASSED
    if not EQUAL.match(signs[0][0]) or not left.strip() or not right.strip():
        return PASSED
    return _equation(left, unfonted(right), bool(DEFINES.match(signs[0][0])), letters)


def _equation(left: str, right: str, defines: bool, letters: Letters) -> str:
    bare, named = bool(BARE.match(right)), NAMED.match(left)
    if DERIVATIVE.search(left):
        return CLAIM
    if named and (named["delta"] or letters.knows(named["of"].strip())):
        if NUMBER.match(right):
            return PASSED
        return GIVEN if (bare or defines) and not letters.names(left) else CLAIM
    slope = SLOPE.match(left)
    if slope:
        return CLAIM if letters.knows(slope["base"]) else PASSED
    return _plain(left, right, bare, letters)


def _plain(left: str, right: str, bare: bool, letters: Letters) -> str:
    """A statement whose left side is a letter, with marks and arguments."""
    plain = PLAIN.match(left)
    if not plain or NUMBER.match(right):
        return PASSED
    if letters.names(left):
        return CLAIM
    if DERIVATIVE.search(right):
        return GIVEN if bare else PASSED
    squeezed = re.sub(r"\s", "", left)
    repeats = re.search(rf"(?<![A-Za-z\\]){re.escape(squeezed)}(?![A-Za-z_^'\[])", re.sub(r"\s", "", right))
    return PASSED if repeats else GIVEN


def names_gradient(text: str, letters: Letters) -> bool:
    """Whether a given gives a gradient its name: `\\delta = \\frac{...}{...}`, `g = \\nabla_W L`."""
    parts = links(text)
    if len(parts) < 2:
        return False
    left = unfonted(letters.spelled(parts[0]))
    return bool(NAMED.match(left) or PLAIN.match(left) and BARE.match(unfonted(letters.spelled(parts[1]))))
