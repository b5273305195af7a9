r"""What a claim names that is not there: a layer or a step beyond those of the network.

    w^9, l = 1, \dots, 2      there is no layer 9 for 'w': they run from 1 to 2

In: a context in which the ranges are numbers, and the sides of a claim. Out: what to tell, and where; or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from derive.claims import terms as T
from derive.claims.context import Context
from derive.written.tree import Number, Span

WORDS = {"layer": "layer", "time": "step", "sample": "example"}


def absent(context: Context, terms: Iterable[T.Term]) -> tuple[str, Span] | None:
    """The first variable at a mark that neither its range nor a line of its own has."""
    ranges = dict(_ranges(context))
    for ref in (node for term in terms for node in term.walk() if isinstance(node, T.Ref)):
        for mark, slot in zip(ref.marks, ref.variable.slots, strict=False):
            known = ranges.get(slot.kind)
            if known is not None and isinstance(mark, T.Constant) and mark.value not in known \
                    and not _defined(context, ref):
                word = WORDS.get(slot.kind, slot.kind)
                return (f"there is no {word} {mark.value} for '{ref.variable.name}': {word}s run from {known[0]} to "
                        f"{known[-1]}", mark.span)
    return None


def _ranges(context: Context) -> Iterable[tuple[str, range]]:
    """By the kind of mark, how far it runs, where that is said in numbers."""
    for letter, (first, last) in context.said.ranges.items():
        if isinstance(first, Number) and isinstance(last, Number):
            yield context.vocabulary.kind(letter), range(int(first.text), int(last.text) + 1)


def _defined(context: Context, ref: T.Ref) -> bool:
    """Whether a line says what it is at just these marks: a^0 = x."""
    wanted = [getattr(mark, "value", "") for mark in ref.marks]
    return any([getattr(mark, "value", None) for mark in one.marks] == wanted
               for one in context.defining.get(ref.variable, ()))
