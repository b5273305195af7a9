r"""One name where another belongs; also the neighbour's formula.

    \frac{\partial L}{\partial b} = \frac{\partial L}{\partial b} \frac{\partial a}{\partial z} ...
                            for     \frac{\partial L}{\partial a} \frac{\partial a}{\partial z} ...
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Known, Mistake, Place, Written
from derive.mistake.sites import in_marks, is_function, letter, quoted, spelled, suffix, variables
from derive.mistake.writing import is_transposed
from derive.mistakes.index import index_letters
from derive.written.tree import Derivative, Group, Name, Node, Scripted, Span

NAME, WEIGHT = "wrong_variable", 18


def edits(written: Written) -> Iterator[Edit]:
    if 0 in written.sides and written.sides != (0,) and len(written.tree.parts) > 1:
        yield from neighbour(written)
    for place in written.places():
        node = place.node
        if in_marks(place):
            continue
        if isinstance(node, Derivative):
            yield from _derivative(written, node, place.part)
        elif isinstance(node, Name | Scripted) and not isinstance(place.parent, Scripted | Derivative):
            yield from _name(written, place)


def neighbour(written: Written) -> Iterator[Edit]:
    """What is written is right, but it is the derivative by something else."""
    for node in written.tree.parts[0].walk():
        if isinstance(node, Derivative) and len(node.by) == 1:
            now = written.text(node)
            for text, _ in _instead(written, node.by[0]):
                other = _spliced(written, node, node.by[0], text)
                said = (f"What you wrote is {quoted(written, other)}, not {quoted(written, now)}: the right side is "
                        "the formula of the neighbour.")
                yield Edit(node.by[0].span, text, said, NAME, WEIGHT + 5, 0)
            return


def _instead(written: Written, node: Node) -> Iterator[tuple[str, Known]]:
    """Other variables that could stand for `node`: with its marks, then as they stand elsewhere."""
    now, base = written.text(node), letter(node)
    listed = [known for known in variables(written) if letter_of(known) != base]
    if isinstance(node, Scripted) and is_transposed(node):
        for known in listed:
            plain = known.example == known.base
            yield (known.base + suffix(written, node) if plain else f"({known.example})^{_sign(written)}"), known
    if isinstance(node, Scripted):
        for known in listed:
            if known.example != known.base:
                yield known.base + suffix(written, node), known
    for known in listed:
        for text in spelled(written, known):
            if text != now and not (isinstance(node, Scripted) and text == known.base + suffix(written, node)):
                yield text, known


def _sign(written: Written) -> str:
    sign = written.writing.transpose
    return sign if len(sign) == 1 else f"{{{sign}}}"


def letter_of(known: Known) -> str:
    return known.base.lstrip("\\")


def _derivative(written: Written, node: Derivative, part: int) -> Iterator[Edit]:
    """Another variable above or below the line."""
    now = quoted(written, written.text(node))
    for spot in (*node.by, *((node.of,) if node.of is not None else ())):
        inner = spot.content if isinstance(spot, Group) else spot
        for i, (text, _) in enumerate(_instead(written, inner)):
            other = quoted(written, _spliced(written, node, inner, text))
            said = f"The link {now} does not belong in this chain; here {other} belongs."
            yield Edit(inner.span, text, said, NAME, WEIGHT + min(i // 4, 6), part)


def _name(written: Written, place: Place) -> Iterator[Edit]:
    node = place.node
    meaning = written.meaning(node)
    if is_function(written, node) or meaning is not None and meaning.kind in ("index", "size", "function"):
        return
    if letter(node) == "1" or isinstance(node, Name) and written.text(node) in index_letters(written):
        return  # the 1 of an indicator, the indices in its condition
    now, rank = quoted(written, written.text(node)), meaning.shape if meaning else None
    for i, (text, known) in enumerate(_instead(written, node)):
        unlike = 2 if rank is not None and known.meaning.shape not in (None, rank) else 0
        said = f"The wrong name: {quoted(written, text)} belongs where {now} stands."
        yield Edit(node.span, text, said, NAME, WEIGHT + unlike + min(i // 4, 8), place.part)
    for argument, whole in written.applied:
        if argument == written.text(node):
            said = f"The function is missing: {quoted(written, whole)} belongs where {now} stands."
            yield Edit(node.span, whole, said, NAME, WEIGHT, place.part)
    for text in _derivatives(written):
        said = f"The wrong quantity: {quoted(written, text)} belongs where {now} stands."
        yield Edit(node.span, text, said, NAME, WEIGHT + 6, place.part)


def _derivatives(written: Written) -> Iterator[str]:
    r"""dL/dX for every X of the context, in the way the left side writes its own."""
    if len(written.tree.parts) < 2 or written.language == "python":
        return
    for node in written.tree.parts[0].walk():
        if isinstance(node, Derivative) and len(node.by) == 1 and node.of is not None:
            for known in variables(written):
                yield _spliced(written, node, node.by[0], known.example)
            return


def _spliced(written: Written, whole: Node, spot: Node, text: str) -> str:
    return written.writing.rewritten(Span(whole.span.start, whole.span.stop), {spot.span: text})


ENTRY = Mistake(NAME, "a wrong name, or the neighbour's formula", edits)
