r"""Only the diagonal of a Jacobian: a softmax makes every output depend on every input.

    dz = s \odot (1 - s) \odot ds      for      s \odot (ds - s^T ds)
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import Unit, complement, is_one, names_in, plain, products, quoted
from derive.mistakes.index import index_letters
from derive.written.tree import Add, Group, Span

NAME, WEIGHT = "diagonal", 20
SAID = ("This is only the diagonal of the Jacobian. Every output of a softmax depends on every input, so the entries "
        "beside the diagonal count too: {}.")


def edits(written: Written) -> Iterator[Edit]:
    yield from _delta(written)
    for place, listed in products(written):
        for unit in listed:
            pair = None if unit.applied else complement(unit.nodes[0])
            twin = next((u for u in listed if pair and not u.applied and plain(u.nodes[0]) == pair[0]), None)
            if twin is None or not isinstance(unit.nodes[0], Group):
                continue
            value = written.text(plain(twin.nodes[0]))
            others = [u for u in listed if u is not unit and u is not twin]
            for text in _full(written, value, others):
                said = SAID.format(quoted(written, text))
                whole = Span(listed[0].span.start, listed[-1].span.stop)
                yield Edit(whole, text, said, NAME, WEIGHT, place.part)


def _delta(written: Written) -> Iterator[Edit]:
    """p_i (1 - p_j): the 1 stands on the diagonal alone."""
    listed = [name for name in names_in(written.tree.parts[0]) if name.letter.islower() and len(name.letter) == 1]
    found = index_letters(written)
    letters = list(dict.fromkeys(written.text(name) for name in listed if written.text(name) in found))
    if len(letters) != 2 or written.language == "python":
        return
    for place in written.places():
        if isinstance(place.node, Add) and is_one(place.node.terms[0]) and complement(place.node):
            one, two = letters
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
