r"""A summed index that is also the index of the left side: it means two things at once.

    \frac{\partial C}{\partial a_j} = \sum_j w_{jk} \delta_j      for      \frac{\partial C}{\partial a_k} = ...
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import names_in, quoted
from derive.mistakes.index import index_letters
from derive.written.tree import Big, Name, Scripted, Span

NAME, WEIGHT = "captured_index", 12
MOST_OCCURRENCES = 4
FRESH = "kijmnpqrs"


def edits(written: Written) -> Iterator[Edit]:
    left = _left(written)
    for place in written.places():
        if isinstance(place.node, Big):
            for index in (name for one in place.node.indices for name in names_in(one)):
                outside = index.letter in left or _outer(place.above, index.letter)
                yield from _renamed(written, place.node, index, place.part, 0 if outside else 8)
                if index.letter in left:
                    yield from _left_renamed(written, index.letter)


def _left(written: Written) -> set[str]:
    if len(written.tree.parts) < 2:
        return set()
    return {name.letter for node in written.tree.parts[0].walk() if isinstance(node, Scripted)
            for mark in (*node.below, *node.above) for name in names_in(mark.content)}


def _outer(above: tuple[object, ...], letter: str) -> bool:
    return any(isinstance(node, Big) and any(n.letter == letter for i in node.indices for n in names_in(i))
               for node in above)


def _renamed(written: Written, big: Big, index: Name, part: int, more: int) -> Iterator[Edit]:
    """The summed index and some of its occurrences get another letter; the others stay those of the left side."""
    now = written.text(index)
    inside = [name for name in names_in(big.body) if name.letter == index.letter]
    used = {name.letter for name in names_in(written.tree)}
    known = [text for text in index_letters(written) if text != now]
    fresh = [*known, *(text for text in FRESH if text not in used and text not in known)][:3]
    subsets: list[list[Name]] = [inside]
    if len(inside) <= MOST_OCCURRENCES:
        subsets += [list(one) for size in range(len(inside) - 1, -1, -1) for one in combinations(inside, size)]
    for text in fresh:
        for i, chosen in enumerate(subsets):
            changes = {name.span: text for name in (index, *chosen)}
            said = (f"The index {quoted(written, now)} means two things: it is summed over, and it is a free index of "
                    f"the left side. Call the summed one {quoted(written, text)}.")
            new = written.writing.rewritten(big.span, changes)
            yield Edit(big.span, new, said, NAME, WEIGHT + more + min(i, 4), part)


def _left_renamed(written: Written, letter: str) -> Iterator[Edit]:
    side = written.tree.parts[0]
    spots = [name for node in side.walk() if isinstance(node, Scripted) for mark in (*node.below, *node.above)
             for name in names_in(mark.content) if name.letter == letter]
    spans: dict[Span, str] = {name.span: "" for name in spots}
    for text in index_letters(written):
        if spots and text != written.text(spots[0]):
            now = quoted(written, written.text(spots[0]))
            said = (f"The index {now} of the left side is summed over on the right; the free index there is "
                    f"{quoted(written, text)}.")
            new = written.writing.rewritten(side.span, dict.fromkeys(spans, text))
            yield Edit(side.span, new, said, NAME, WEIGHT + 1, 0)


ENTRY = Mistake(NAME, "a summed index that is also free", edits)
