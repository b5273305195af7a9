r"""A sum is missing: over the examples, over the neurons of the next layer, over the time steps.

    \frac{\partial J}{\partial W} = \delta^{(i)} x^{(i)T}      for      \sum_i \delta^{(i)} x^{(i)T}
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Place, Written
from derive.mistake.sites import in_marks, names_in, quoted, terms
from derive.written.tree import Add, Big, Derivative, Name, Negative, Node, Relations, Scripted, Span

NAME, WEIGHT = "missing_sum", 18
COUNTED = ("l", "ell", "t", "tau")
WHY = {"sample": "every example contributes, and the derivative of a sum is the sum of the derivatives",
       "time": "the same parameter acts at every time step, and every step contributes",
       "": "the quantity acts on all of them, and every path contributes one term"}


def edits(written: Written) -> Iterator[Edit]:
    for place in terms(written):
        if in_marks(place) or isinstance(place.node, Negative):
            continue
        loose = free(written, place.node, written.tree)
        if len(loose) > 1 and not isinstance(place.node, Add) and written.language == "latex":
            yield _over_all(written, place, loose)
        for index in loose:
            text, why = index.letter, WHY.get(_role(written, index), WHY[""])
            shown = written.text(index) if written.text(index) else text
            said = f"The sum over {quoted(written, shown)} is missing: {why}."
            start = place.node.span.start
            if isinstance(place.node, Add):
                body = rf"\sum_{{{shown}}} " + written.writing.bracketed(written.text(place.node))
                yield Edit(place.node.span, body, said, NAME, WEIGHT + 1, place.part)
            elif written.language == "latex":
                yield Edit(Span(start, start), rf"\sum_{{{shown}}} ", said, NAME, WEIGHT, place.part)
        yield from _over_rows(written, place.node, place.part)
        if not place.above:
            yield from _every_path(written, place.node, place.part)
            yield from _last_alone(written, place.node, place.part)


def _over_all(written: Written, place: Place, loose: list[Name]) -> Edit:
    shown = ", ".join(written.text(index) for index in loose)
    said = f"The sums over {quoted(written, shown)} are missing: {WHY['']}."
    start = place.node.span.start
    return Edit(Span(start, start), rf"\sum_{{{shown}}} ", said, NAME, WEIGHT, place.part)


def _last_alone(written: Written, node: Node, part: int) -> Iterator[Edit]:
    r"""The last step alone, d_T for \sum_t d_t."""
    letters = [known.example for known in written.names if known.meaning.kind == "index"]
    lasts = [name for one in node.walk() if isinstance(one, Scripted) for mark in one.below
             for name in names_in(mark.content) if (meaning := written.meaning(name)) and meaning.kind == "size"]
    for letter in letters if lasts and written.language == "latex" else ():
        inner = written.writing.rewritten(node.span, {name.span: letter for name in lasts})
        said = f"Only the last of all {quoted(written, letter)} counts here; the sum is missing: {WHY['time']}."
        yield Edit(node.span, rf"\sum_{{{letter}}} {inner}", said, NAME, WEIGHT + 2, part)


def _every_path(written: Written, node: Node, part: int) -> Iterator[Edit]:
    r"""dL/dy_i dy_i/dz_i for \sum_j dL/dy_j dy_j/dz_i: all but the variable derived by runs over another letter."""
    side = written.tree.parts[0]
    by = [one for d in side.walk() if isinstance(d, Derivative) for one in d.by]
    letters = [name for one in by for name in names_in(one)
               if _is_index(written, name) and name.letter not in COUNTED]
    used = {name.letter for name in names_in(written.tree)}
    fresh = next((letter for letter in "jkimnp" if letter not in used), "")
    kept = {id(name) for one in node.walk() if one in by for name in names_in(one)}
    for letter in dict.fromkeys(name.letter for name in letters):
        spots = [name for name in names_in(node) if name.letter == letter and id(name) not in kept]
        if spots and fresh and written.language == "latex":
            inner = written.writing.rewritten(node.span, {name.span: fresh for name in spots})
            said = f"The sum over {quoted(written, fresh)} is missing: " + WHY[""] + "."
            yield Edit(node.span, rf"\sum_{{{fresh}}} {inner}", said, NAME, WEIGHT + 4, part)


def free(written: Written, node: Node, tree: Relations) -> list[Name]:
    """Index letters in the marks of `node` that the left side does not carry."""
    left = {name.letter for name in names_in(tree.parts[0])} if len(tree.parts) > 1 else set()
    bound = {name.letter for big in node.walk() if isinstance(big, Big) for i in big.indices for name in names_in(i)}
    found: dict[str, Name] = {}
    for one in node.walk():
        if isinstance(one, Scripted):
            for mark in (*one.below, *one.above):
                for name in names_in(mark.content):
                    if name.letter not in left | bound and _is_index(written, name):
                        found.setdefault(name.letter, name)
    return [found[key] for key in sorted(found)]


def _is_index(written: Written, name: Name) -> bool:
    meaning = written.meaning(name)
    return meaning.kind == "index" if meaning else name.letter.islower() and len(name.letter) == 1


def _role(written: Written, name: Name) -> str:
    meaning = written.meaning(name)
    return meaning.role if meaning else ""


def _over_rows(written: Written, node: Node, part: int) -> Iterator[Edit]:
    """Matrix form: the rows (or columns) of the batch added up."""
    meaning = written.meaning(node)
    if meaning is not None and meaning.rank == 1:
        return
    text = written.text(node)
    said = "The sum over the batch is missing: " + WHY["sample"] + "."
    if written.language == "python":
        for more in ("axis=0", "axis=1, keepdims=True", "axis=1", "axis=0, keepdims=True"):
            yield Edit(node.span, f"np.sum({text}, {more})", said, NAME, WEIGHT + 3, part)
    elif isinstance(node, Name | Scripted):
        for form in (rf"\mathbf{{1}}^T {text}", rf"{text} \mathbf{{1}}", rf"\sum_n ({text})_{{n,:}}"):
            yield Edit(node.span, form, said, NAME, WEIGHT + 3, part)


ENTRY = Mistake(NAME, "a sum is missing", edits)
