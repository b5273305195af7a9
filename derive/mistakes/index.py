r"""The wrong index letter.

    \frac{\partial C}{\partial w_{jk}} = \delta_k a_k      for      \delta_j a_k
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from derive.mistake import Edit, Mistake, Place, Written
from derive.mistake.sites import indices, marks, names_in, quoted, terms
from derive.mistake.writing import is_transpose
from derive.written.tree import Add, Big, Negative, Node, Scripted

NAME, WEIGHT = "index", 16
MOST_LETTERS = 6


def edits(written: Written) -> Iterator[Edit]:
    letters = index_letters(written)
    yield from _offsets(written)
    yield from _together(written)
    for place, mark, _ in marks(written):
        if is_transpose(mark):
            continue
        for name in names_in(mark.content):
            now = written.text(name)
            for i, text in enumerate(letters):
                if text != now and now in letters and _alike(written, now, text):
                    said = (f"The index {quoted(written, now)} of {quoted(written, written.text(place.node))} must be "
                            f"{quoted(written, text)}: follow which neuron each letter stands for.")
                    new = written.writing.script(name.span, text)
                    yield Edit(name.span, new, said, NAME, WEIGHT + min(i, 4), place.part)


def _offsets(written: Written) -> Iterator[Edit]:
    """x_{i+k} for x_{i-k}."""
    for place, mark, _ in marks(written):
        content = mark.content
        if isinstance(content, Add) and len(content.terms) == 2 and any(names_in(content.terms[1])):
            one, two = content.terms
            new = (f"{written.text(one)}+{written.text(two.content)}" if isinstance(two, Negative)
                   else f"{written.text(one)}-{written.text(two)}")
            said = (f"The index of {quoted(written, written.text(place.node))} runs the wrong way: it must be "
                    f"{quoted(written, new)}.")
            yield Edit(content.span, new, said, NAME, WEIGHT + 1, place.part)


def _together(written: Written) -> Iterator[Edit]:
    """The same indices wrong on several factors at once; two letters exchanged throughout a term."""
    letters = index_letters(written)
    for place in terms(written):
        spots = [name for node in place.node.walk() if isinstance(node, Scripted) for mark in (*node.below, *node.above)
                 if not is_transpose(mark) for name in names_in(mark.content) if written.text(name) in letters]
        here = [text for text in letters if any(written.text(name) == text for name in spots)]
        bound = {written.text(name) for node in place.node.walk() if isinstance(node, Big) for i in node.indices
                 for name in names_in(i)}
        for one, two in combinations(here, 2):
            if not {one, two} & bound and _alike(written, one, two):
                swap = {one: two, two: one}
                changes = {name.span: swap[written.text(name)] for name in spots if written.text(name) in swap}
                said = f"The indices {quoted(written, one)} and {quoted(written, two)} are exchanged."
                new = written.writing.rewritten(place.node.span, changes)
                yield Edit(place.node.span, new, said, NAME, WEIGHT + 2, place.part)
        yield from _same_marks(written, place, letters)


def _same_marks(written: Written, place: Place, letters: list[str]) -> Iterator[Edit]:
    """P_{kj} D_{kj} for P_{ik} D_{ik}: marks that are written alike changed alike."""
    groups: dict[str, list[tuple[Node, ...]]] = {}
    for node in place.node.walk():
        for mark in (*node.below, *node.above) if isinstance(node, Scripted) else ():
            pair = indices(mark)
            if len(pair) == 2:
                groups.setdefault(written.text(mark).strip(), []).append(pair)
    for text, listed in groups.items():
        for new in product(letters, repeat=2) if len(listed) > 1 else ():
            old = tuple(written.text(node) for node in listed[0])
            if new != old and new[0] != new[1]:
                changes = {node.span: one for pair in listed for node, one in zip(pair, new, strict=True)}
                said = f"The indices {quoted(written, text)} must be {quoted(written, ' '.join(new))} here."
                whole = written.writing.rewritten(place.node.span, changes)
                yield Edit(place.node.span, whole, said, NAME, WEIGHT + 4, place.part)


def index_letters(written: Written) -> list[str]:
    """The index letters of the formula in order of appearance, then those of the context."""
    found: dict[str, None] = {}
    for node in written.tree.walk():
        listed: list[Node] = []
        if isinstance(node, Scripted):
            listed = [mark.content for mark in (*node.below, *node.above) if not is_transpose(mark)]
        elif isinstance(node, Big):
            listed = list(node.indices)
        for one in listed:
            for name in names_in(one):
                meaning = written.meaning(name)
                if meaning.kind == "index" if meaning else len(name.letter) == 1 and name.letter.islower():
                    found.setdefault(written.text(name), None)
    for known in written.names:
        if known.meaning.kind == "index":
            found.setdefault(known.example, None)
    return list(found)[:MOST_LETTERS]


def _alike(written: Written, one: str, two: str) -> bool:
    """Letters of the same role, as far as the context says: a layer is no neuron."""
    roles = {known.example: known.meaning.role for known in written.names if known.meaning.kind == "index"}
    return roles.get(one, "") == roles.get(two, "") or one not in roles or two not in roles


ENTRY = Mistake(NAME, "a wrong index letter", edits)
