r"""A sum or product that starts or stops one too early or too late.

    \sum_{c=0}^{C} x_c      for      \sum_{c=0}^{C-1} x_c
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import quoted
from derive.mistakes.layer_off_by_one import stepped
from derive.written.tree import Big, Node

NAME, WEIGHT = "off_by_one", 14


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places(left=True):
        if isinstance(place.node, Big):
            for bound, what in ((place.node.upper, "upper"), (place.node.lower, "lower")):
                if bound is not None:
                    yield from _moved(written, bound, what, place.part)


def _moved(written: Written, bound: Node, what: str, part: int) -> Iterator[Edit]:
    now = written.text(bound)
    for i, step in enumerate((-1, 1) if what == "upper" else (1, -1)):
        text = stepped(now, step)
        said = (f"The {what} bound must be {quoted(written, text)}, not {quoted(written, now)}: count the terms for a "
                "small case.")
        yield Edit(bound.span, written.writing.script(bound.span, text), said, NAME, WEIGHT + i, part)


ENTRY = Mistake(NAME, "a bound off by one", edits)
