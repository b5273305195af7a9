r"""The neighbouring layer.

    \delta^l = (w^l)^T \delta^{l+1} \odot \sigma'(z^l)      for      (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import marks, quoted
from derive.mistake.writing import is_transpose
from derive.written.tree import ENTRYWISE, Add, Listing, Mark, Name, Negative, Node, Number, Product

NAME, WEIGHT = "layer_off_by_one", 16
TIMES = ("t", "tau", "s", "k")


def edits(written: Written) -> Iterator[Edit]:
    yield from shifted(written, NAME, WEIGHT, times=False)


def shifted(written: Written, name: str, weight: int, times: bool) -> Iterator[Edit]:
    """Every mark that names a layer (or a time), one or two steps on or back."""
    what = "time step" if times else "layer"
    for place, mark, below in marks(written):
        if is_transpose(mark) or mark.bracket == ENTRYWISE:
            continue
        meaning = written.meaning(place.node)
        roles = {id(node): role for node, role in meaning.marks} if meaning else {}
        for node in mark.content.items if isinstance(mark.content, Listing) else (mark.content,):
            role = roles.get(id(node), "")
            time = role == "time" or role not in ("layer", "time") and is_time(written, node, below)
            if time is not times or role not in ("layer", "time") and not _countable(node, mark, below, times):
                continue
            label = meaning is not None and not role and not meaning.role
            for step in (1, -1, 2, -2):
                text = stepped(written.text(node), step)
                said = (f"The wrong {what}: {quoted(written, written.text(place.node))} must have "
                        f"{quoted(written, text)} for {quoted(written, written.text(node))}.")
                new = written.writing.script(node.span, text)
                yield Edit(node.span, new, said, name, weight + 2 * (abs(step) - 1) + 12 * label, place.part)


def stepped(text: str, step: int) -> str:
    """`l` one on is `l+1`; `l-1` one on is `l`."""
    found = re.fullmatch(r"(.*?)\s*([+-])\s*(\d{1,6})\s*", text, re.S)
    if re.fullmatch(r"\d{1,6}", text.strip()):
        return str(max(int(text) + step, 0))
    base, offset = (found[1], int(found[2] + found[3])) if found else (text, 0)
    offset += step
    return f"{base}{offset:+d}" if offset else base


def is_time(written: Written, node: Node, below: bool) -> bool:
    """Does the mark count time steps? The context says, else its letter and place."""
    for name in (one for one in node.walk() if isinstance(one, Name)):
        meaning = written.meaning(name)
        if meaning is not None and meaning.role in ("time", "layer"):
            return meaning.role == "time"
        return name.letter in TIMES or name.letter == "T" and below
    return False


def _countable(node: Node, mark: Mark, below: bool, times: bool) -> bool:
    """A letter or number, perhaps with an offset; below, only what can be no entry of a vector."""
    if isinstance(node, Add):
        return len(node.terms) == 2 and all(isinstance(t, Name | Number | Negative) for t in node.terms)
    if isinstance(node, Product):
        return False
    if isinstance(node, Number):
        return not times and (below or bool(mark.bracket))
    return isinstance(node, Name) and (bool(mark.bracket) or not below or times)


ENTRY = Mistake(NAME, "the neighbouring layer", edits)
