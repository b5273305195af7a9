r"""A Hadamard product where a matrix product belongs, or the other way round.

    X^T \delta W^T f'(z)      for      X^T (\delta W^T \odot f'(z))
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import HADAMARD_SIGNS, MATRIX_SIGNS, Unit, products, quoted
from derive.written.tree import Product, Span

NAME, WEIGHT = "hadamard_vs_matmul", 18
ENTRYWISE = "multiply entry by entry here: {} acts on each neuron by itself"
MATRIX = "here rows meet columns: {} must be a matrix product"


def edits(written: Written) -> Iterator[Edit]:
    for place, listed in products(written):
        node = place.node
        assert isinstance(node, Product)
        for i in range(len(listed) - 1):
            sign = node.signs[listed[i + 1].first - 1]
            if sign in HADAMARD_SIGNS:
                yield _edit(written, listed[i], listed[i + 1], "", MATRIX, place.part)
            if sign in MATRIX_SIGNS or sign in ("*", "x") and written.language == "latex":
                yield _edit(written, listed[i], listed[i + 1], written.writing.hadamard, ENTRYWISE, place.part)
                yield from _bracketed(written, listed, i, place.part)


def _edit(written: Written, left: Unit, right: Unit, sign: str, why: str, part: int) -> Edit:
    source, writing = written.source, written.writing
    shown = quoted(written, source[right.span.start:right.span.stop])
    said = f"The wrong kind of product: {why.format(shown)}."
    gap = writing.gap(left.nodes[-1], right.nodes[0])
    between = Span(left.span.stop, right.span.start)
    if written.language == "python":
        if gap is None:
            both = Span(left.place.node.span.start, left.place.node.span.stop)
            texts = (source[u.span.start:u.span.stop] for u in (left, right))
            return Edit(both, f" {sign or '@'} ".join(texts), said, NAME, WEIGHT, part)
        return Edit(gap, sign or "@", said, NAME, WEIGHT, part)
    if gap is not None:
        return Edit(gap, sign or " ", said, NAME, WEIGHT, part)
    return Edit(between, f" {sign} " if sign else " ", said, NAME, WEIGHT, part)


def _bracketed(written: Written, listed: list[Unit], i: int, part: int) -> Iterator[Edit]:
    r"""A B C: A (B \odot C), and (A \odot B) C, and the runs between."""
    source, writing = written.source, written.writing
    for start in range(i + 1):
        for stop in range(i + 2, len(listed) + 1):
            if (start, stop) == (0, len(listed)):
                continue
            whole = Span(listed[start].span.start, listed[stop - 1].span.stop)
            left = source[whole.start:listed[i].span.stop]
            right = source[listed[i + 1].span.start:whole.stop]
            said = "The wrong kind of product: " + ENTRYWISE.format(quoted(written, right)) + "."
            text = writing.bracketed(writing.entrywise(left, right))
            yield Edit(whole, text, said, NAME, WEIGHT + 3, part)


ENTRY = Mistake(NAME, "a Hadamard product for a matrix product, or the other way round", edits)
