r"""The slope taken at the wrong place: at the activation, at another layer, or a(1-a) with the wrong letter.

    \sigma'(a^l)      for      \sigma'(z^l)          x(1 - x)      for      a(1 - a)
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Known, Mistake, Place, Written
from derive.mistake.sites import (
    applications,
    complement,
    letter,
    names_in,
    plain,
    products,
    quoted,
    spelled,
    suffix,
    variables,
)
from derive.written.tree import Name, Node, Scripted

NAME, WEIGHT = "slope_argument", 18


def edits(written: Written) -> Iterator[Edit]:
    for place, _, argument in applications(written):
        yield from _at(written, place, argument.content)
    for place, listed in products(written):
        for unit in listed:
            pair = complement(unit.nodes[0]) if not unit.applied else None
            for other in listed:
                if pair and not other.applied and plain(other.nodes[0]) == pair[0]:
                    yield from _pair(written, place, plain(other.nodes[0]), pair[0])


def _others(written: Written, node: Node) -> Iterator[tuple[str, Known]]:
    """What else could stand in the bracket: the same marks on another letter first, then other marks."""
    now = written.text(node)
    for same in (True, False):
        for known in variables(written):
            for text in spelled(written, known):
                like = isinstance(node, Scripted) and text == known.base + suffix(written, node)
                if text != now and like is same:
                    yield text, known


def _at(written: Written, place: Place, node: Node) -> Iterator[Edit]:
    if not isinstance(node, Name | Scripted):
        return
    for i, (text, known) in enumerate(_others(written, node)):
        if known.meaning.kind != "variable":
            continue
        rank = 0 if known.meaning.role == "preactivation" else 2
        more = 0 if letter(node) != known.base else 2
        said = (f"The slope is taken at the wrong place: it belongs at {quoted(written, text)}, the input of the "
                f"activation on this path, not at {quoted(written, written.text(node))}.")
        yield Edit(node.span, text, said, NAME, WEIGHT + rank + more + min(i // 4, 6), place.part)


def _pair(written: Written, place: Place, one: Node, two: Node) -> Iterator[Edit]:
    now = written.text(one)
    for i, (text, known) in enumerate(_others(written, one)):
        if known.meaning.kind != "variable":
            continue
        said = (f"$a(1-a)$ is the slope of a sigmoid written with its value $a$; here that value is "
                f"{quoted(written, text)}, not {quoted(written, now)}.")
        changed = written.writing.rewritten(place.node.span, {one.span: text, two.span: text})
        yield Edit(place.node.span, changed, said, NAME, WEIGHT + min(i // 4, 8), place.part)
    function = next((k for k in written.names if k.meaning.kind == "function" and k.meaning.role != "slope"), None)
    if function and any(True for _ in names_in(one)):
        value = f"{function.example}({now})"
        said = (f"$a(1-a)$ is the slope of a sigmoid written with its value; {quoted(written, now)} is its input, so "
                f"the value is {quoted(written, value)}.")
        changed = written.writing.rewritten(place.node.span, {one.span: value, two.span: value})
        yield Edit(place.node.span, changed, said, NAME, WEIGHT, place.part)


ENTRY = Mistake(NAME, "the slope taken at the wrong argument", edits)
