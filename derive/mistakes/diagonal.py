r"""Only the diagonal of a Jacobian: a softmax makes every output depend on every input.

    dz = s \odot (1 - s) \odot ds      for      s \odot (ds - s^T ds)
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import Unit, complement, is_one, names_in, plain, products, quoted
from derive.mistakes.index import index_letters
from derive.written.tree import Add, Big, Group, Name, Node, Scripted, Span

NAME, WEIGHT = "diagonal", 20
UNSUMMED = ("Only one of the paths is here. Every output of a softmax depends on every input, so a sum over all of "
            "them comes off: {}.")
SAID = ("This is only the diagonal of the Jacobian. Every output of a softmax depends on every input, so the entries "
        "beside the diagonal count too: {}.")


def edits(written: Written) -> Iterator[Edit]:
    yield from _delta(written)
    for place, listed in products(written):
        whole = Span(listed[0].span.start, listed[-1].span.stop)
        for unit in listed:
            pair = None if unit.applied else complement(unit.nodes[0])
            twin = next((u for u in listed if pair and not u.applied and _same(written, u.nodes[0], pair[0])), None)
            if twin is None or not isinstance(unit.nodes[0], Group):
                continue
            others = [u for u in listed if u is not unit and u is not twin]
            yield from _mended(written, whole, twin, others, SAID, WEIGHT, place.part)
        for unit in listed if written.language == "latex" else ():
            if not unit.applied and isinstance(unit.nodes[0], Name | Scripted):
                others = [u for u in listed if u is not unit]
                yield from _mended(written, whole, unit, others, UNSUMMED, WEIGHT + 8, place.part)


def _same(written: Written, one: Node, other: Node) -> bool:
    """Written alike, wherever they stand."""
    return written.text(plain(one)).split() == written.text(plain(other)).split()


def _mended(written: Written, whole: Span, twin: Unit, others: list[Unit], said: str, weight: int, part: int
            ) -> Iterator[Edit]:
    value = plain(twin.nodes[0])
    entries = _entries(written, value, others) if written.language == "latex" else iter(())
    listed = (*entries, *_full(written, written.text(value), others))
    for text in listed[:-1] if said == UNSUMMED else listed:
        yield Edit(whole, text, said.format(quoted(written, text)), NAME, weight, part)


def _entries(written: Written, value: Node, others: list[Unit]) -> Iterator[str]:
    r"""s_j (d_j - \sum_k s_k d_k) for each letter that may be summed over."""
    letters = index_letters(written)
    used = {name.letter for name in names_in(written.tree)}
    fresh = next((letter for letter in "kijmnpqr" if letter not in used), "")
    rest = [written.source[u.span.start:u.span.stop] for u in others]
    for one in dict.fromkeys(written.text(name) for name in names_in(value) if written.text(name) in letters):
        if fresh and rest:
            moved = [_renamed(written, node, one, fresh) for node in (value, *(n for u in others for n in u.nodes))]
            product = written.writing.side_by_side(*(" " + text for text in moved)).strip()
            yield rf"{written.text(value)} ({' '.join(rest)} - \sum_{{{fresh}}} {product})"


def _renamed(written: Written, node: Node, one: str, other: str) -> str:
    return written.writing.rewritten(node.span, {name.span: other for name in names_in(node)
                                                 if written.text(name) == one})


def _delta(written: Written) -> Iterator[Edit]:
    """p_i (1 - p_j): the 1 stands on the diagonal alone."""
    listed = [name for name in names_in(written.tree.parts[0]) if name.letter.islower() and len(name.letter) == 1]
    found = index_letters(written)
    letters = list(dict.fromkeys(written.text(name) for name in listed if written.text(name) in found))
    if written.language == "python":
        return
    for place in written.places():
        if isinstance(place.node, Add) and is_one(place.node.terms[0]) and complement(place.node):
            bound = [written.text(name) for above in place.above if isinstance(above, Big) for i in above.indices
                     for name in names_in(i)]
            if len(dict.fromkeys((*letters, *bound))) != 2:
                continue
            one, two = dict.fromkeys((*letters, *bound))
            said = f"The 1 belongs on the diagonal alone, where {quoted(written, f'{one} = {two}')}."
            text = rf"\mathbb{{1}}\{{{one} = {two}\}}"
            yield Edit(place.node.terms[0].span, text, said, NAME, WEIGHT, place.part)


def _full(written: Written, value: str, others: list[Unit]) -> Iterator[str]:
    writing = written.writing
    if written.language == "python":
        if others:
            rest = " * ".join(written.source[u.span.start:u.span.stop] for u in others)
            yield f"{value} * ({rest} - np.sum({rest} * {value}))"
            yield f"{value} * ({rest} - np.sum({rest} * {value}, axis=1, keepdims=True))"
            yield f"{value} * ({rest} - np.sum({rest} * {value}, axis=0, keepdims=True))"
        else:
            yield f"np.diag({value}) - np.outer({value}, {value})"
        return
    turned = f"{value}^{writing.transpose}" if len(writing.transpose) == 1 else f"{value}^{{{writing.transpose}}}"
    if "^" in value:
        turned = f"({value}){turned[len(value):]}"
    if others:
        rest = f" {writing.hadamard} ".join(written.source[u.span.start:u.span.stop] for u in others)
        yield rf"{value} {writing.hadamard} ({rest} - {turned} {rest})"
        both = rf"({value} {writing.hadamard} {rest})"
        yield rf"{value} {writing.hadamard} ({rest} - {both} \mathbf{{1}})"
        yield rf"{value} {writing.hadamard} ({rest} - \mathbf{{1}}^T {both})"
    yield rf"\operatorname{{diag}}({value}) - {value} {turned}"


ENTRY = Mistake(NAME, "only the diagonal of a Jacobian", edits)
