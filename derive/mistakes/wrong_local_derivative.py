r"""The slope of the activation itself is wrong.

    a' = (1 - a)      for      a (1 - a)          \tanh: 1 - h      for      1 - h^2
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import HADAMARD_SIGNS, complement, in_marks, is_one, plain, quoted
from derive.written.tree import Add, Group, Mark, Node, Product, Scripted, Span

NAME, WEIGHT = "wrong_local_derivative", 16


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        node = place.node
        if in_marks(place) or not isinstance(node, Add) or len(node.terms) != 2 or not is_one(node.terms[0]):
            continue
        outer = place.parent if isinstance(place.parent, Group) else node
        beside = place.above[-2] if isinstance(place.parent, Group) and len(place.above) > 1 else None
        pair = complement(node)
        if pair is not None:
            yield from _complement(written, outer, node, pair[0], beside, place.part)


def _complement(written: Written, outer: Node, node: Add, value: Node, beside: Node | None, part: int
                ) -> Iterator[Edit]:
    text = written.text(value)
    squared = isinstance(value, Scripted) and bool(value.above) and _is_two(written, value.above[-1])
    if squared:
        assert isinstance(value, Scripted)
        root = written.source[value.span.start:value.base.span.stop] if len(value.above) == 1 else text
        said = f"{quoted(written, f'1 - {text}')} is the slope of tanh; a sigmoid has $a(1-a)$."
        yield Edit(outer.span, f"{root} (1 - {root})", said, NAME, WEIGHT + 2, part)
        if isinstance(beside, Product) and any(sign in HADAMARD_SIGNS for sign in beside.signs):
            entrywise = written.writing.entrywise(root, f"(1 - {root})")
            yield Edit(outer.span, entrywise, said, NAME, WEIGHT + 2, part)
        said = f"The square of {quoted(written, root)} does not belong here."
        yield Edit(value.span, root, said, NAME, WEIGHT + 4, part)
        return
    twin = next((f for f in beside.factors if plain(f) == value), None) if isinstance(beside, Product) else None
    times = " * " if written.language == "python" else " "
    power = written.writing.squared(value)
    if twin is None:
        inner = written.source[outer.span.start:outer.span.stop]
        inner = inner if isinstance(outer, Group) else f"({inner})"
        said = f"The slope of a sigmoid is $a(1-a)$: the factor {quoted(written, text)} is missing."
        yield Edit(outer.span, f"{text}{times}{inner}", said, NAME, WEIGHT, part)
        said = f"The slope of tanh is one minus the square of its value: {quoted(written, f'1 - {power}')}."
        yield Edit(value.span, power, said, NAME, WEIGHT + 1, part)
    else:
        assert isinstance(beside, Product)
        first, last = sorted((twin.span, outer.span), key=lambda s: s.start)
        said = f"$a(1-a)$ is the slope of a sigmoid; tanh has {quoted(written, f'1 - {power}')}."
        yield Edit(Span(first.start, last.stop), f"(1 - {power})", said, NAME, WEIGHT + 2, part)


def _is_two(written: Written, mark: Mark) -> bool:
    return not mark.bracket and written.text(mark.content).strip() == "2"


ENTRY = Mistake(NAME, "a wrong slope of the activation", edits)
