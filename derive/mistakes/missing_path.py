r"""A branch of the way back was forgotten: the paths through which a variable acts are added up.

    \delta h_{t-1} = W_i^T \delta i + W_f^T \delta f      for      ... + W_o^T \delta o
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Known, Mistake, Place, Written
from derive.mistake.sites import in_marks, letter, names_in, quoted, spelled, units, variables
from derive.mistakes.index import index_letters
from derive.written.tree import Add, Derivative, Group, Name, Negative, Node, Product, Scripted, Span

NAME, WEIGHT = "missing_path", 26
MOST_LETTERS = 6
MOST_SPELLINGS = 4


def edits(written: Written) -> Iterator[Edit]:
    for part in written.sides:
        if part or len(written.tree.parts) == 1:
            yield from _side(written, written.tree.parts[part], part)
    for place in written.places():
        if isinstance(place.node, Add) and place.above and not in_marks(place):
            yield from _side(written, place.node, place.part, 6)
        if isinstance(place.node, Negative) and isinstance(place.parent, Group):
            yield from _first(written, place.node, place.part)


def _first(written: Written, node: Negative, part: int) -> Iterator[Edit]:
    """(- y) for (a - y): what stood before the minus got lost."""
    start = Span(node.span.start, node.span.start)
    one, *other = index_letters(written)[:2] or [""]
    listed = [text for known in variables(written) for text in spelled(written, known)]
    delta = [rf"\mathbb{{1}}\{{{one} = {other[0]}\}}"] if other and written.language == "latex" else []
    for i, text in enumerate(dict.fromkeys((*delta, "1", *listed))):
        said = f"A term is missing before {quoted(written, written.text(node))}: {quoted(written, text)}."
        yield Edit(start, f"{text} ", said, NAME, WEIGHT + 2 + min(i // 4, 8), part)


def _side(written: Written, side: Node, part: int, more: int = 0) -> Iterator[Edit]:
    end = Span(side.span.stop, side.span.stop)
    branches = dict.fromkeys((*written.branches, *_chains(written)))
    for term in side.terms if isinstance(side, Add) else (side,):
        for text in (*_through(written, term), *_product_rule(written, term), *_alike(written, term)):
            branches.setdefault(text)
    branches.setdefault("1")
    for i, text in enumerate(branches):
        said = (f"A path is missing: {quoted(written, text)}. The variable acts on the cost through several branches, "
                "and the contributions of all of them are added.")
        yield Edit(end, f" + {text}", said, NAME, WEIGHT + more + min(i // 4, 8), part)


def _chains(written: Written) -> Iterator[str]:
    r"""dL/dX dX/dW for every X of the context, where the left side is dL/dW; also the direct path dL/dX alone."""
    side = written.tree.parts[0]
    for node in side.walk():
        if not isinstance(node, Derivative) or len(node.by) != 1 or node.of is None or written.language == "python":
            continue
        for known in _plain(variables(written)):
            through = list(spelled(written, known))[:MOST_SPELLINGS]
            for text in through:
                outer = written.writing.rewritten(node.span, {node.by[0].span: text})
                yield outer
                if node.sign != "nabla":
                    yield f"{outer} {written.writing.rewritten(node.span, {node.of.span: text})}"
                yield from (f"{one} {outer}" for one in _turned(written))
        return


def _turned(written: Written) -> Iterator[str]:
    sign = written.writing.transpose if len(written.writing.transpose) == 1 else f"{{{written.writing.transpose}}}"
    for known in variables(written):
        if known.meaning.role == "parameter":
            yield f"{known.base}^{sign}" if known.base == known.example else f"({known.example})^{sign}"


def _through(written: Written, term: Node) -> Iterator[str]:
    r"""dL/dh \odot f'(x) beside dL/dh, where h = x + f(x)."""
    if written.language == "latex" and isinstance(term, Derivative | Product):
        yield from (written.writing.entrywise(written.text(term), slope) for slope in written.slopes)


def _product_rule(written: Written, term: Node) -> Iterator[str]:
    """The factors of the term one by one: the other half of a product rule."""
    inner = term.content if isinstance(term, Negative) else term
    if isinstance(inner, Product):
        for unit in units(written, Place(inner, (), 0)):
            yield written.source[unit.span.start:unit.span.stop]


def _alike(written: Written, term: Node) -> Iterator[str]:
    """The term with one letter changed throughout: what W_i \\delta_i is for another gate; also a lone name."""
    inner = term.content if isinstance(term, Negative) else term
    spots: dict[str, list[Name]] = {}
    for name in names_in(inner):
        spots.setdefault(name.letter, []).append(name)
    others = index_letters(written)
    for _, listed in sorted(spots.items()):
        now = written.text(listed[0])
        if len(listed) > 1 or now in others:
            for text in others if now in others else _bases(written):
                if text != now:
                    yield written.writing.rewritten(inner.span, {name.span: text for name in listed})
    for known in variables(written):
        for text in list(spelled(written, known))[:MOST_LETTERS]:
            if not isinstance(inner, Name | Scripted) or letter(inner) != known.base:
                yield text


def _bases(written: Written) -> list[str]:
    return [known.base for known in _plain(variables(written))][:MOST_LETTERS]


def _plain(listed: Iterator[Known]) -> Iterator[Known]:
    return (known for known in listed if known.meaning.kind == "variable")


ENTRY = Mistake(NAME, "a forgotten path of the chain rule", edits)
