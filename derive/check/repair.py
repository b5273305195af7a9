r"""The smallest edit of a NumPy text that makes what it claims right: which mistake was made, in which line.

    dW = np.dot(dZ, X)      ->      dW = np.dot(dZ, X.T), transpose

In: the text, and what its names come to at a random point. Out: the edit that mends all of it, or None. Two edits
are not looked for: every trial runs the whole text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Protocol

from derive.check.diagnose import single_edits
from derive.claims.python import Outcome
from derive.errors import DeriveError
from derive.mistake import Edit, corrected
from derive.mistake.written import Known, Meaning, Written
from derive.points import Draw, Unlucky
from derive.written.python.read import Program, read
from derive.written.python.tree import statements, tree
from derive.written.tree import Call, Name, Node, Product, Relations, Span


class Outcomes(Protocol):
    """What each name of a text comes to at one random point; where `reading` is said, in that reading alone."""

    def __call__(self, source: str, draw: Draw, reading: str = "") -> Sequence[Outcome]: ...


EFFORT, FEWEST, MOST = 24_000, 24, 200
"""Trials times characters: a long text gets fewer trials, so that the time stays bounded without a clock."""
MOST_NAMES = 40
DRAWS = (1, 2)
SLOPES = {"max": "({} > 0)", "relu": "({} > 0)", "tanh": "(1 - {0} ** 2)", "sigmoid": "{0} * (1 - {0})"}
UNNAMED = frozenset({"np", "range", "reversed", "len", "zip", "enumerate", "sum", "loss", "cost", "return"})
FUNCTIONS = ("relu", "sigmoid", "softmax", "tanh")


def repaired(text: str, wrong: Sequence[Outcome], outcomes: Outcomes, forward: str = "",
             sizes: Sequence[str] = ()) -> Edit | None:
    """What mends the text, whose names `wrong` are wrong; `sizes` are the letters of the shapes."""
    try:
        program = read(text)
        lines = [*(line for line in statements(text) if len(line.parts) > 1), *_returned(program)]
        known = _Known(lines, statements(forward) if forward else [], wrong, sizes,
                       [name for name in FUNCTIONS if name in text + forward])
    except DeriveError:
        return None
    first, reading = wrong[0].span.start, wrong[0].reading
    edits = [(edit.weight, abs(line.span.start - first), edit.span.start, edit.text, edit)
             for line in lines for edit in single_edits(known.written(text, line))]
    trials = max(FEWEST, min(MOST, EFFORT // max(1, len(text))))
    for *_, edit in sorted(edits, key=lambda one: one[:4])[:trials]:
        if all(_right(corrected(text, (edit,)), outcomes, reading, seed) for seed in DRAWS):
            return edit
    return None


def _right(text: str, outcomes: Outcomes, reading: str, seed: int) -> bool:
    try:
        found = outcomes(text, Draw(seed), reading)
    except (DeriveError, Unlucky):
        return False
    return bool(found) and all(one.equal for one in found)


def _returned(program: Program) -> Iterator[Relations]:
    """`def sigmoid_prime(x): return x * (1 - x)` as sigmoid_prime = x (1 - x)."""
    for body in program.body:
        for node in ast.walk(body):
            if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Tuple):
                span = program.source.span(node)
                name = Name(Span(span.start, span.start), "return")
                yield Relations(span, (name, tree(node.value, program.source, span)), ("=",))


class _Known:
    """Every name of the text and of the forward pass, once, but for the wrong ones; those of the forward pass that
    the text never uses come first, since a factor that was forgotten is one of them."""

    def __init__(self, lines: Sequence[Relations], forward: Sequence[Relations], wrong: Sequence[Outcome],
                 sizes: Sequence[str], called: Sequence[str]) -> None:
        claimed = {one.name.split("[")[0] for one in wrong if one.kind != "definition"}
        used = [name for line in lines for name in _names(line)]
        given = [name for line in forward for name in _names(line)]
        ordered = dict.fromkeys((*(name for name in given if name not in used), *used, *given, *sizes))
        kinds = {name: "size" if name in sizes else "variable" for name in ordered if name not in claimed}
        self.names = (*(Known(name, name, Meaning(kind, name)) for name, kind in kinds.items()
                        if name not in FUNCTIONS),
                      *(Known(name, name, Meaning("function", name)) for name in called))[:MOST_NAMES]
        self.slopes = tuple(dict.fromkeys(slope for line in forward for slope in _slope(line)))
        self.claimed, self.sizes = claimed, tuple(sizes)

    def written(self, text: str, line: Relations) -> Written:
        """A line as the mistakes see it."""
        meanings = {one.base: one.meaning for one in self.names}
        own = {node.letter for node in line.parts[0].walk() if isinstance(node, Name)} & self.claimed

        def meaning(node: Node) -> Meaning | None:
            if isinstance(node, Name) and node.letter in FUNCTIONS:
                return Meaning("function", node.letter)
            return meanings.get(node.letter) if isinstance(node, Name) else None

        return Written(text, line, tuple(range(1, len(line.parts))), "python", meaning,
                       tuple(one for one in self.names if one.base not in own), self.slopes, constants=self.sizes)


def _names(line: Relations) -> Iterator[str]:
    for node in line.walk():
        if isinstance(node, Name) and node.letter.isidentifier() and node.letter not in UNNAMED:
            yield node.letter


def _slope(line: Relations) -> Iterator[str]:
    """h = np.maximum(0, z) has the slope (h > 0), written with its value."""
    name = line.parts[0]
    for part in line.parts[1:]:
        called = part.name if isinstance(part, Call) else ""
        if isinstance(part, Product) and isinstance(part.factors[0], Name) and part.signs == ("",):
            called = part.factors[0].letter
        if called in SLOPES and isinstance(name, Name):
            yield SLOPES[called].format(name.letter)
