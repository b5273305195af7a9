r"""A window read in the wrong direction: what the forward pass reads at i + u goes back from p - u.

    \sum_u w_u \delta_{p+u-1}      for      \sum_u w_u \delta_{p-u+1}
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import quoted
from derive.written.tree import Add, Listing, Mark, Name, Negative, Node, Scripted

NAME, WEIGHT = "flipped_kernel", 15
OFFSETS = (0, 1, -1)


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        if not isinstance(place.node, Scripted):
            continue
        for mark in place.node.below:
            if any(map(_windowed, _items(mark))):
                yield from _flipped(written, place.node, mark, place.part)


def _items(mark: Mark) -> tuple[Node, ...]:
    return mark.content.items if isinstance(mark.content, Listing) else (mark.content,)


def _windowed(item: Node) -> bool:
    """i + u, p - u + 1: an index and what is added to it."""
    return isinstance(item, Add) and sum(isinstance(_inner(term), Name) for term in item.terms) == 2 \
        and isinstance(item.terms[0], Name)


def _inner(term: Node) -> Node:
    return term.content if isinstance(term, Negative) else term


def _flipped(written: Written, whole: Scripted, mark: Mark, part: int) -> Iterator[Edit]:
    """The second index with the other sign, in every subscript of the kind at once."""
    now = written.text(whole)
    for rank, offset in enumerate(OFFSETS):
        text = ", ".join(_turned(written, item, offset) if _windowed(item) else written.text(item)
                         for item in _items(mark))
        said = (f"The window runs the other way: {quoted(written, now)} must be read at {quoted(written, text)}. What "
                "the forward pass reads at $i + u$ gets its gradient back from $p - u$: the kernel is flipped.")
        yield Edit(mark.content.span, text, said, NAME, WEIGHT + rank, part)


def _turned(written: Written, item: Node, offset: int) -> str:
    assert isinstance(item, Add)
    second = next(term for term in item.terms[1:] if isinstance(_inner(term), Name))
    sign = "+" if isinstance(second, Negative) else "-"
    return f"{written.text(item.terms[0])}{sign}{written.text(_inner(second))}" + (f"{offset:+d}" if offset else "")


ENTRY = Mistake(NAME, "a window that runs the wrong way", edits)
