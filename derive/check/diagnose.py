r"""The smallest edit of what was written that makes it right: one edit, else two at different places.

    written, accepts(text) -> bool      ->      Diagnosis((edit,), or (edit, edit), with equally small alternatives)

`accepts` reads and decides the edited text. The edits come in the order of how small and how common they are, as many
as the budget allows. `score` says cheaply how far from right some edits leave it; only what it calls 0 is decided.
Of two edits the first makes the formula less wrong.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

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
AT_ONCE, LATER = 50, 6
NEAR, MOST_NAMED = 10, 5
"""Edits that are not much heavier than the lightest are listed, too: they may be what was meant."""
MOST_HELPING = 30
Score = Callable[[tuple[Edit, ...]], int]


@dataclass(frozen=True)
class Diagnosis:
    """What mends the formula: `edits` together; `others` are single edits that mend it about as cheaply."""

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
        """Another way is told where it is another mistake or at another place; else it is the same in other words."""
        sentences = " ".join(dict.fromkeys(edit.said for edit in self.edits))
        first = self.edits[0]
        ways = {(edit.mistake, edit.span): edit.said for edit in reversed(self.others) if edit.weight == first.weight}
        ways.pop((first.mistake, first.span), None)
        told = [one for one in reversed(dict.fromkeys(ways.values())) if one != sentences]
        return sentences + "".join(f" Or: {one}" for one in told)


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


def search(written: Written, accepts: Callable[[str], bool], *, score: Score | None = None, budget: int = BUDGET,
           kinds: tuple[str, ...] = (), singles: bool = True, pairs: bool = True) -> Diagnosis | None:
    """The diagnosis, or None where nothing within the budget mends the formula. `kinds`: these mistakes alone.

    `singles` and `pairs`: whether to look for one edit, and for two.
    """
    edits = [edit for edit in single_edits(written) if not kinds or edit.mistake in kinds]
    found = _single(written, edits, accepts, score, budget) if singles else None
    if found is not None or not pairs:
        return found
    for pair in islice(_pairs(edits, score), max(0, budget - len(edits))):
        if _mends(accepts, score, written.source, pair):
            return Diagnosis(tuple(sorted(pair, key=lambda edit: edit.span.start)))
    return None


def _in_turn(edits: list[Edit]) -> list[Edit]:
    """A kind that has very many edits waits with the rest of them, so that the others come within the budget."""
    seen: dict[str, int] = {}
    late = []
    for edit in edits:
        seen[edit.mistake] = seen.get(edit.mistake, 0) + 1
        late.append(edit.weight + LATER * (seen[edit.mistake] // AT_ONCE))
    return [edits[i] for i in sorted(range(len(edits)), key=lambda i: late[i])]


def _single(written: Written, edits: list[Edit], accepts: Callable[[str], bool], score: Score | None,
            budget: int) -> Diagnosis | None:
    def mends(edit: Edit) -> bool:
        return _mends(accepts, score, written.source, (edit,))

    first = next(filter(mends, _in_turn(edits)[:budget]), None)
    if first is None:
        return None
    mending: list[Edit] = []
    for edit in (edit for edit in edits[:budget] if edit.weight <= first.weight + NEAR):
        if mending and (edit.weight > mending[0].weight + NEAR or len(mending) > MOST_NAMED):
            break
        if edit is first or mends(edit):
            mending.append(edit)
    mending = mending or [first]
    return Diagnosis((mending[0],), tuple(mending[1:]))


def _mends(accepts: Callable[[str], bool], score: Score | None, source: str, edits: tuple[Edit, ...]) -> bool:
    """Is the edited text right? One that the context cannot even be read with is not."""
    if score is not None and score(edits):
        return False
    try:
        return accepts(corrected(source, edits))
    except DeriveError:
        return False


def _pairs(edits: list[Edit], score: Score | None) -> Iterator[tuple[Edit, Edit]]:
    """Two edits that do not touch, the lightest together first; with a score, those that help before the others."""
    edits = [edit for edit in edits if edit.part or edit.mistake not in ELSEWHERE]
    if score is not None:
        before = score(())
        helping = [edit for edit in edits[:PAIRED * 4] if score((edit,)) < before][:MOST_HELPING]
        both = ((first, second) for first in helping for second in edits[:PAIRED * 2] if not first.touches(second))
        yield from sorted(both, key=lambda pair: pair[0].weight + pair[1].weight)[:PAIRED * 8]
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
