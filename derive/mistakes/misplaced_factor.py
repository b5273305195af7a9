r"""A factor before a bracket that belongs inside, to each derivative that is added up; or one that is missing there.

    g_j (d_j - \\frac{1}{n} \\sum_k d_k)      for      g_j d_j - \\frac{1}{n} \\sum_k g_k d_k
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Known, Mistake, Written
from derive.mistake.sites import names_in, products, quoted, remove, variables
from derive.mistakes.index import index_letters
from derive.written.tree import Derivative, Fraction, Mark, Name, Node, Scripted

NAME, WEIGHT = "misplaced_factor", 17
SAID = ("The factor {} belongs to every {} that is added up: it acts before the sums, so it stands inside of them, "
        "with the index of each.")


def edits(written: Written) -> Iterator[Edit]:
    if written.language != "latex":
        return
    for part in written.sides:
        side = written.tree.parts[part]
        spots = [node for node in side.walk() if isinstance(node, Derivative) and _letters(written, node)]
        if part and len({_shape(written, node) for node in spots}) == 1 and len(spots) > 1:
            yield from _inside(written, side, spots, part)


def _inside(written: Written, side: Node, spots: list[Derivative], part: int) -> Iterator[Edit]:
    for known in variables(written):
        if known.meaning.kind != "variable" or "_" in known.base:
            continue
        changes = {node.span: f"{known.base}_{{{_letters(written, node)[-1]}}} {written.text(node)}" for node in spots}
        said = SAID.format(quoted(written, known.base), quoted(written, written.text(spots[0])))
        yield Edit(side.span, written.writing.rewritten(side.span, changes), said, NAME, WEIGHT, part)
        for node in side.walk():
            if isinstance(node, Fraction) and _built_on(written, node.top, known):
                text = written.writing.rewritten(side.span, {**changes, node.top.span: "1"})
                yield Edit(side.span, text, said, NAME, WEIGHT + 1, part)
        for _, listed in products(written):
            for unit in listed:
                if _built_on(written, unit.nodes[0], known):
                    gone = remove(written, unit, listed)
                    if gone:
                        text = written.writing.rewritten(side.span, {**changes, gone[0]: gone[1]})
                        yield Edit(side.span, text, said, NAME, WEIGHT + 1, part)


def _built_on(written: Written, node: Node, known: Known) -> bool:
    return isinstance(node, Scripted) and isinstance(node.base, Name) and written.text(node.base) == known.base


def _letters(written: Written, node: Node) -> list[str]:
    """The indices of what it is derived by."""
    known = index_letters(written)
    by = node.by if isinstance(node, Derivative) else ()
    return [written.text(name) for one in by for mark in one.walk() if isinstance(mark, Mark)
            for name in names_in(mark.content) if written.text(name) in known]


def _shape(written: Written, node: Derivative) -> str:
    """Its text without the indices."""
    return written.writing.rewritten(node.span, {name.span: "." for one in node.by for mark in one.walk()
                                                 if isinstance(mark, Mark) for name in names_in(mark.content)})


ENTRY = Mistake(NAME, "a factor outside of a sum that belongs inside", edits)
