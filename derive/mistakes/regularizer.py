r"""The regularizer's share of the gradient: forgotten, averaged, or without its factor 2.

    dW = \frac{1}{m} dZ A^T      for      \frac{1}{m} dZ A^T + \frac{\lambda}{m} W
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.mistake import Edit, Known, Mistake, Written
from derive.mistake.sites import quoted, spelled, variables
from derive.mistakes.factor import constants
from derive.written.tree import Add, Node, Span

NAME, WEIGHT = "regularizer", 16
COMMAND, LETTER = re.compile(r"\\[A-Za-z]+"), re.compile(r"[A-Za-z]")
LETTERS = ("lambda", "alpha", "gamma", "beta", "mu", "reg", "lam", "lmbda", "weight_decay", "decay")


def edits(written: Written) -> Iterator[Edit]:
    strengths = [known for known in written.names if is_strength(known) and not _defined(written, known)]
    for part in written.sides:
        if not part and len(written.tree.parts) > 1:
            continue
        side = written.tree.parts[part]
        for strength in strengths:
            yield from _forgotten(written, side, strength, part)
            yield from _scaled(written, side, strength, part)


def is_strength(known: Known) -> bool:
    return known.meaning.role == "regularizer" or (
        known.meaning.kind in ("constant", "variable") and known.base.lstrip("\\") in LETTERS)


def _defined(written: Written, known: Known) -> bool:
    r"""\mu = \frac{1}{n} \sum_j x_j is a mean; \lambda = 0.1 is a strength."""
    bodies = (line.partition("=")[2] for line in written.context
              if line.partition("=")[0].strip() == known.example.strip())
    return any(LETTER.search(COMMAND.sub("", body)) for body in bodies)


def _forgotten(written: Written, side: Node, strength: Known, part: int) -> Iterator[Edit]:
    if any(written.text(node) == strength.example for node in side.walk()):
        return
    end = Span(side.span.stop, side.span.stop)
    times = " * " if written.language == "python" else " "
    for variable in variables(written):
        if variable.meaning.kind == "variable" and variable.meaning.role in ("parameter", ""):
            for weight in spelled(written, variable):
                plain = f"{strength.example}{times}{weight}"
                forms = [plain, *(f"{one}{times}{plain}" for one in constants(written))]
                for i, text in enumerate(forms):
                    said = (f"The regularizer is forgotten: the cost contains it, so its gradient "
                            f"{quoted(written, text)} must be added.")
                    yield Edit(end, f" + {text}", said, NAME, WEIGHT + min(i, 4), part)


def _scaled(written: Written, side: Node, strength: Known, part: int) -> Iterator[Edit]:
    """The term is there, with a wrong factor."""
    if not isinstance(side, Add):
        return
    for term in side.terms:
        if any(written.text(node) == strength.example for node in term.walk()):
            for node in term.walk():
                if written.text(node) == strength.example:
                    times = " * " if written.language == "python" else " "
                    for text in constants(written):
                        said = (f"The regularizer has the wrong factor: {quoted(written, text)} is missing; it is "
                                "not averaged like the cost of the examples, and a square brings down a 2.")
                        start = Span(node.span.start, node.span.start)
                        yield Edit(start, f"{text}{times}", said, NAME, WEIGHT - 3, part)
                    break


ENTRY = Mistake(NAME, "the regularizer's share of the gradient", edits)
