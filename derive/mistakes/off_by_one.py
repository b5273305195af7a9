r"""A sum that starts or stops one too early or too late, or a place in an array that is one off.

    \sum_{c=0}^{C} x_c      for      \sum_{c=0}^{C-1} x_c
    x_{i+u}                  for      x_{i+u-1}
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import quoted
from derive.mistakes.layer_off_by_one import stepped
from derive.written.tree import Add, Big, Listing, Node, Scripted

NAME, WEIGHT = "off_by_one", 14


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places(left=True):
        if isinstance(place.node, Big):
            for bound, what in ((place.node.upper, "upper"), (place.node.lower, "lower")):
                if bound is not None:
                    yield from _moved(written, bound, what, place.part)


        elif isinstance(place.node, Scripted):
            for mark in place.node.below:
                for item in mark.content.items if isinstance(mark.content, Listing) else (mark.content,):
                    if isinstance(item, Add) and len(item.terms) > 2:
                        yield from _placed(written, item, place.part)


def _placed(written: Written, item: Node, part: int) -> Iterator[Edit]:
    now = written.text(item)
    for i, step in enumerate((1, -1)):
        text = stepped(now, step)
        said = (f"The place is one off: {quoted(written, text)}, not {quoted(written, now)}. The first entry shows it: "
                "see what is read there.")
        yield Edit(item.span, text, said, NAME, WEIGHT + i, part)


def _moved(written: Written, bound: Node, what: str, part: int) -> Iterator[Edit]:
    now = written.text(bound)
    for i, step in enumerate((-1, 1) if what == "upper" else (1, -1)):
        text = stepped(now, step)
        said = (f"The {what} bound must be {quoted(written, text)}, not {quoted(written, now)}: count the terms for a "
                "small case.")
        yield Edit(bound.span, written.writing.script(bound.span, text), said, NAME, WEIGHT + i, part)


ENTRY = Mistake(NAME, "a bound or place off by one", edits)
