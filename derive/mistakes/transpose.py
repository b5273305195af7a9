r"""A transpose that is missing, or one too many.

    dw = dz a      for      dw = dz a^T
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import Unit, in_marks, products, quoted
from derive.mistake.writing import is_transposed
from derive.written.tree import Add, Derivative, Fraction, Group, Name, Negative, Node, Product, Scripted

NAME, WEIGHT = "transpose", 12


def edits(written: Written) -> Iterator[Edit]:
    for place, listed in products(written):
        for unit in listed:
            if not unit.applied:
                yield from toggled(written, unit.nodes[0], place.part)
    yield from _everywhere(written)
    for place in written.places():
        if not place.above or isinstance(place.node, Group) and not in_marks(place):
            if not isinstance(place.parent, Scripted):
                yield from toggled(written, place.node, place.part, 4)


def _everywhere(written: Written) -> Iterator[Edit]:
    """The same factor of every term of a sum: W_i d_i + W_f d_f + ..."""
    for place in written.places():
        node = place.node
        if not isinstance(node, Add) or in_marks(place):
            continue
        rows = [term.content if isinstance(term, Negative) else term for term in node.terms]
        widths = {len(row.factors) for row in rows if isinstance(row, Product)}
        if len(widths) == 1 and all(isinstance(row, Product) for row in rows):
            for at in range(widths.pop()):
                edits = [next(toggled(written, row.factors[at], 0), None) for row in rows if isinstance(row, Product)]
                changes = {edit.span: edit.text for edit in edits if edit is not None}
                if len(changes) == len(rows):
                    said = f"In every term the factor at place {at + 1} must be transposed, or must not be."
                    text = written.writing.rewritten(node.span, changes)
                    yield Edit(node.span, text, said, NAME, WEIGHT + 5, place.part)


def toggled(written: Written, node: Node, part: int, more: int = 0) -> Iterator[Edit]:
    """The node with its transpose taken away, or given one."""
    meaning = written.meaning(node)
    known = meaning is not None and meaning.kind in ("variable", "derivative")
    text = written.text(node)
    if isinstance(node, Scripted) and is_transposed(node):
        said = f"The factor {quoted(written, text)} must not be transposed{_shape(written, node)}."
        yield Edit(node.span, written.writing.untransposed(node), said, NAME, WEIGHT + more, part)
    elif isinstance(node, Name | Scripted | Group | Derivative | Fraction):
        if meaning is not None and (not known or meaning.rank == 0):
            return
        more += 0 if known else 2
        said = f"The factor {quoted(written, text)} must be transposed{_shape(written, node)}."
        yield Edit(node.span, written.writing.transposed(node), said, NAME, WEIGHT + more, part)


def _shape(written: Written, node: Node) -> str:
    meaning = written.meaning(node)
    if meaning is None or not meaning.shape:
        return ": write down the shapes of all factors, neighbouring sizes must agree"
    times = "by" if written.language == "python" else r"\times"
    shape = quoted(written, f" {times} ".join(meaning.shape))
    return f": {quoted(written, meaning.name)} is {shape}, and neighbouring sizes in a product must agree"


def both_ways(written: Written, unit: Unit) -> tuple[str, ...]:
    """The text of a unit as written, and with the transpose toggled where it can have one."""
    text = written.source[unit.span.start:unit.span.stop]
    if unit.applied:
        return (text,)
    return (written.writing.factor(unit.nodes[0]), *(edit.text for edit in toggled(written, unit.nodes[0], 0)))


ENTRY = Mistake(NAME, "a transpose missing or one too many", edits)
