r"""The two indices of a weight in the wrong order.

    z_j = \sum_k w_{kj} a_k      for      \sum_k w_{jk} a_k
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import indices, marks, quoted
from derive.written.tree import Name, Scripted, Span

NAME, WEIGHT = "weight_order", 13


def edits(written: Written) -> Iterator[Edit]:
    for place, mark, _ in marks(written, left=True):
        pair = indices(mark)
        if len(pair) != 2 or pair[0] == pair[1]:
            continue
        one, two = (written.text(node) for node in pair)
        whole = Span(pair[0].span.start, pair[1].span.stop)
        between = written.source[pair[0].span.stop:pair[1].span.start]
        text = written.writing.side_by_side(two, between, one)
        said = (f"The indices of {quoted(written, written.text(place.node))} are in the wrong order: in this text the "
                f"entry is {quoted(written, text)}; look at where the forward equation puts each.")
        yield Edit(whole, text, said, NAME, WEIGHT + (8 if place.part == 0 else 0), place.part)
    yield from _crossed(written)


def _crossed(written: Written) -> Iterator[Edit]:
    """x_i^{(j)} for x_j^{(i)}."""
    for place in written.places():
        node = place.node
        if isinstance(node, Scripted) and len(node.below) == len(node.above) == 1 and node.above[0].bracket \
                and isinstance(one := node.below[0].content, Name) and isinstance(two := node.above[0].content, Name):
            text = written.writing.rewritten(node.span, {one.span: written.text(two), two.span: written.text(one)})
            said = (f"The indices of {quoted(written, written.text(node))} are in the wrong order: here "
                    f"{quoted(written, text)} is meant.")
            yield Edit(node.span, text, said, NAME, WEIGHT + 2, place.part)


ENTRY = Mistake(NAME, "the indices of a weight in the wrong order", edits)
