r"""The smallest edit of what was written that makes it right: one edit, else two at different places.

    written, accepts(text) -> bool      ->      Diagnosis((edit,), or (edit, edit), with equally small alternatives)

`accepts` reads and decides the edited text; it is called within a budget, so the edits come in the order of how
small and how common they are. With `score` (how far from right, 0 is right) two edits are found sooner: the
first of a pair is one that makes the formula less wrong.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from derive.errors import DeriveError
from derive.mistake import Edit, Mistake, Written, corrected
from derive.registry import discover

BUDGET = 1500
SLIPS = ("notation_slip",)
"""What to look for where a formula cannot be read: anything else would be a guess."""
MOST_SINGLE = 4000
PAIRED = 150
ELSEWHERE = ("wrong_left_side", "wrong_variable")
"""On the left side these make another claim of it: together with a second edit that could mend anything."""
ALTERNATIVES = 3


@dataclass(frozen=True)
class Diagnosis:
    """What mends the formula: `edits` together; `others` are single edits that mend it as cheaply."""

    edits: tuple[Edit, ...]
    others: tuple[Edit, ...] = ()

    @property
    def mistakes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(edit.mistake for edit in self.edits))

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """Every name that a single fault could go by, the most likely first."""
        listed = (*self.edits, *self.others)
        return tuple(dict.fromkeys(name for edit in listed for name in (edit.mistake, *edit.also)))

    @property
    def said(self) -> str:
        sentences = " ".join(edit.said for edit in self.edits)
        ways = "".join(f" Or: {edit.said}" for edit in self.others)
        return sentences + ways


def single_edits(written: Written, mistakes: Iterable[Mistake] | None = None) -> list[Edit]:
    """Every edit of every mistake, the small and common ones first; of two with the same result the first."""
    kinds = discover("derive.mistakes") if mistakes is None else tuple(mistakes)
    found: dict[str, Edit] = {}
    listed = [edit for kind in kinds for _, edit in zip(range(MOST_SINGLE), kind.edits(written), strict=False)]
    for edit in sorted(listed, key=_order):
        text = corrected(written.source, (edit,))
        if text != written.source and (written.language != "latex" or _balanced(text)):
            first = found.setdefault(_squeezed(text), edit)
            if edit.mistake not in (first.mistake, *first.also):
                found[_squeezed(text)] = replace(first, also=(*first.also, edit.mistake))
    return list(found.values())


def search(written: Written, accepts: Callable[[str], bool], *, score: Callable[[str], int] | None = None,
           budget: int = BUDGET, kinds: tuple[str, ...] = ()) -> Diagnosis | None:
    """The diagnosis, or None where nothing within the budget mends the formula. `kinds`: these mistakes alone."""
    edits = [edit for edit in single_edits(written) if not kinds or edit.mistake in kinds]
    judged = 0
    mending: list[Edit] = []
    for edit in edits:
        if judged >= budget or mending and edit.weight > mending[0].weight:
            break
        judged += 1
        if _mends(accepts, written.source, (edit,)):
            mending.append(edit)
    if mending:
        return Diagnosis((mending[0],), tuple(mending[1:1 + ALTERNATIVES]))
    for pair in _pairs(written, edits, score):
        if judged >= budget:
            break
        judged += 1
        if _mends(accepts, written.source, pair):
            return Diagnosis(tuple(sorted(pair, key=lambda edit: edit.span.start)))
    return None


def _mends(accepts: Callable[[str], bool], source: str, edits: tuple[Edit, ...]) -> bool:
    """Is the edited text right? One that the context cannot even be read with is not."""
    try:
        return accepts(corrected(source, edits))
    except DeriveError:
        return False


def _pairs(written: Written, edits: list[Edit], score: Callable[[str], int] | None) -> Iterator[tuple[Edit, Edit]]:
    """Two edits that do not touch, the lightest together first; with a score, those that help before the others."""
    edits = [edit for edit in edits if edit.part or edit.mistake not in ELSEWHERE]
    if score is None:
        yield from _light_pairs(edits[:PAIRED])
        return
    before = score(written.source)
    scores = [(score(corrected(written.source, (edit,))), edit) for edit in edits[:PAIRED * 4]]
    helping = sorted(((value, edit) for value, edit in scores if value < before), key=lambda e: (e[0], _order(e[1])))
    for _, first in helping:
        yield from ((first, second) for second in edits if not first.touches(second))
    yield from _light_pairs(edits[:PAIRED])


def _light_pairs(edits: list[Edit]) -> Iterator[tuple[Edit, Edit]]:
    """All pairs in the order of their weight together."""
    heap = [(edits[i].weight + edits[i + 1].weight, i, i + 1) for i in range(len(edits) - 1)]
    heapq.heapify(heap)
    while heap:
        _, i, j = heapq.heappop(heap)
        if j + 1 < len(edits):
            heapq.heappush(heap, (edits[i].weight + edits[j + 1].weight, i, j + 1))
        if not edits[i].touches(edits[j]):
            yield edits[i], edits[j]


def suspects(parts: int, agrees: Callable[[int, int], bool]) -> tuple[int, ...]:
    """The sides of a chain a = b = c to look at: those outside the largest group that agree with each other.

    Where no two agree, or two sides face each other, every side is suspect.
    """
    groups: list[list[int]] = []
    for part in range(parts):
        home = next((group for group in groups if agrees(group[0], part)), None)
        if home is None:
            groups.append([part])
        else:
            home.append(part)
    largest = max(groups, key=len)
    alone = sum(len(group) == len(largest) for group in groups) > 1
    return tuple(range(parts)) if alone else tuple(part for part in range(parts) if part not in largest)


def _order(edit: Edit) -> tuple[int, str, int, int, str]:
    return (edit.weight, edit.mistake, edit.span.start, edit.span.stop, edit.text)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _balanced(text: str) -> bool:
    """Braces pair: what TeX could not read need not be tried."""
    depth = 0
    for i, sign in enumerate(text):
        if sign in "{}" and text[i - 1:i] != "\\":
            depth += 1 if sign == "{" else -1
            if depth < 0:
                return False
    return depth == 0
