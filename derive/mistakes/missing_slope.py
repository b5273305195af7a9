r"""The chain rule stopped one step early: the slope of the activation is missing.

    \delta^l = (w^{l+1})^T \delta^{l+1}      for      (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import applications, in_marks, quoted, spelled, terms, variables
from derive.mistakes.slope import functions, primed
from derive.written.tree import Add, Big, Derivative, Fraction, Name, Node, Number, Product, Scripted, Span

NAME, WEIGHT = "missing_slope", 17


def edits(written: Written) -> Iterator[Edit]:
    for place in terms(written):
        if in_marks(place) or isinstance(place.node, Number):
            continue
        for i, slope in enumerate(slopes(written)):
            more = min(i, 6) + (4 if place.above else 0)
            for span, text in _with(written, place.node, slope):
                said = (f"The slope {quoted(written, slope)} is missing: the way back passes through the activation, "
                        "and the chain rule multiplies by its derivative.")
                inner = 0 if span == place.node.span else 1
                yield Edit(span, text, said, NAME, WEIGHT + more + inner, place.part)


def slopes(written: Written) -> list[str]:
    """The slopes that may be missing: those the context names, then each function's at each pre-activation."""
    found = dict.fromkeys(written.slopes)
    for known in functions(written):
        for variable in variables(written):
            if variable.meaning.role != "preactivation":
                continue
            for text in spelled(written, variable):
                if written.language == "python":
                    if known.meaning.role == "slope":
                        found.setdefault(f"{known.base}({text})")
                elif known.meaning.role != "slope":
                    found.setdefault(f"{primed(known.example, Name(Span(0, 0), known.base))}({text})")
    present = {written.text(argument) for _, _, argument in applications(written)}
    return [slope for slope in found if not any(slope.endswith(text) for text in present)] + [
        slope for slope in found if any(slope.endswith(text) for text in present)]


def _with(written: Written, node: Node, slope: str) -> Iterator[tuple[Span, str]]:
    """The term times the slope: entry by entry behind it, as a plain factor, and under a sum."""
    writing, text = written.writing, written.text(node)
    body = writing.bracketed(text) if isinstance(node, Add) else text
    yield node.span, writing.entrywise(body, slope)
    if written.language == "latex":
        last = body[-1:] if not isinstance(node, Name | Scripted | Big) else " "
        yield node.span, writing.side_by_side(body, "" if last == " " else " ", slope)
        yield node.span, rf"\operatorname{{diag}}({slope}) " + body
    for one in _factors(node):
        if not isinstance(one, Number | Fraction | Derivative):
            yield one.span, writing.bracketed(writing.entrywise(written.text(one), slope))
    if isinstance(node, Big):
        yield node.span, writing.side_by_side(slope, " ", text)


def _factors(node: Node) -> Iterator[Node]:
    """Of a product, and of the products in it."""
    for one in node.factors if isinstance(node, Product) else ():
        yield one
        yield from _factors(one)


ENTRY = Mistake(NAME, "the slope of the activation is missing", edits)
