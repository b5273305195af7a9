r"""The wrong index letter.

    \frac{\partial C}{\partial w_{jk}} = \delta_k a_k      for      \delta_j a_k
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import marks, names_in, quoted
from derive.mistake.writing import is_transpose
from derive.written.tree import Big, Name, Node, Scripted

NAME, WEIGHT = "index", 16
MOST_LETTERS = 6


def edits(written: Written) -> Iterator[Edit]:
    letters = index_letters(written)
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


def is_index(written: Written, node: Node) -> bool:
    return isinstance(node, Name) and written.text(node) in index_letters(written)


ENTRY = Mistake(NAME, "a wrong index letter", edits)
