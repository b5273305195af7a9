r"""Whether an edited claim could be right: the one side that changed is read again, at one point; the rest is known.

    dW = X^T dY  ->  dY X^T      only the right side is parsed, elaborated and evaluated, and compared with dW

In: the claim as it was judged. Out: True for what is worth judging in full, False for what cannot be right. Most
edits fall here, at a fraction of the cost of judging the whole claim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from derive.check.compare import CONFLICT, DIFFERENT, EQUAL, compare, free_letters, instances
from derive.check.judge import Judge
from derive.claims import terms as T
from derive.claims.einstein import einstein
from derive.claims.inference import Elsewhere
from derive.claims.prefixes import UNDERIVED
from derive.claims.refused import Conflict, Refused
from derive.errors import DeriveError
from derive.mistake import Edit, corrected
from derive.written.tree import Name, Relations, Span

RANKS = {EQUAL: 0, DIFFERENT: 1, CONFLICT: 2}
MOST_VALUES = 24
UNREAD = 3
"""How far from right: what cannot be read is further than sizes that do not fit, and those than wrong numbers."""
FAILS = (DeriveError, Refused, Conflict, Elsewhere, RecursionError, ValueError, ArithmeticError)


@dataclass
class Trial:
    """Tries edits of `claim`, whose sides are `terms`, against another side, the reference."""

    judge: Judge
    claim: str
    tree: Relations
    terms: tuple[T.Term, ...]
    layout: str
    draw: int = 1
    known: dict[tuple[int, str], int] = field(default_factory=dict)

    @cached_property
    def alone(self) -> tuple[bool, ...]:
        """Which sides mean the same when they are read alone; the others are judged as a whole."""
        return tuple(self._read(at, self._text(at, ())) == term for at, term in enumerate(self.terms))

    @cached_property
    def prefix(self) -> str:
        """The d of a claim that begins with dW."""
        head = next((node.letter for node in self.tree.parts[0].walk() if isinstance(node, Name)), "")
        first, space, _ = head.partition(" ")
        return first if space and first in UNDERIVED else ""

    def agree(self, one: int, other: int) -> bool:
        """Whether two sides are equal at one point."""
        return self.distance(one, other) == 0

    def distance(self, one: int, other: int) -> int:
        """How far from equal two sides are as they stand."""
        return self._rank(self.terms[one], self.terms[other])

    def rank(self, edits: tuple[Edit, ...], reference: int) -> int | None:
        """How far from right the edited side is; None where only judging the whole claim can say."""
        part = edits[0].part
        if part == reference or not self._within(edits, part) or not self.alone[part]:
            return None
        text = self._text(part, edits)
        if (part, text) not in self.known:
            self.known[part, text] = self._side(part, text, reference)
        return self.known[part, text]

    def side_text(self, part: int) -> str:
        """A side as it is written."""
        return self._text(part, ())

    def values(self, text: str, part: int, draw: int) -> list[Any] | None:
        """What `text` is at a point, in place of a side, for all values of the free indices."""
        term, left = self._read(part, text), self.terms[0]
        if term is None or not self.alone[part]:
            return None
        try:
            evaluation = self.judge.at(self.terms).evaluation(self.layout, draw)
            return [evaluation.term(term, env) for env, _ in zip(instances(evaluation, left, term), range(MOST_VALUES),
                                                                 strict=False)]
        except FAILS:
            return None

    def _within(self, edits: tuple[Edit, ...], part: int) -> bool:
        if not 0 <= part < len(self.terms):
            return False
        whole = self.tree.parts[part].span
        return all(edit.part == part and whole.start <= edit.span.start and edit.span.stop <= whole.stop
                   for edit in edits)

    def _text(self, part: int, edits: tuple[Edit, ...]) -> str:
        whole = self.tree.parts[part].span
        moved = [Edit(Span(e.span.start - whole.start, e.span.stop - whole.start), e.text, "", "", 0) for e in edits]
        return corrected(self.claim[whole.start:whole.stop], moved)

    def _side(self, part: int, text: str, reference: int) -> int:
        term = self._read(part, text)
        if term is None:
            return UNREAD
        if part and self._circular(part, term) or term == self.terms[reference]:
            return UNREAD
        free, beside = set(free_letters(term)), set(free_letters(self.terms[reference]))
        if part and not free <= set(free_letters(self.terms[0])) or not part and not beside <= free:
            return RANKS[CONFLICT]
        return self._rank(self.terms[reference], term) if part else self._rank(term, self.terms[reference])

    def _circular(self, part: int, term: T.Term) -> bool:
        """dL/dw = ... + dL/dw mends nothing."""
        left = self.terms[0]
        return left in list(term.walk()) and left not in list(self.terms[part].walk())

    def _read(self, part: int, text: str) -> T.Term | None:
        """A side alone; None where it cannot be read so."""
        try:
            tree = self.judge.context.read(text, self.prefix)
            letters = frozenset(free_letters(self.terms[0])) if part else frozenset()
            term = self.judge.context.term(tree.parts[0], letters)
        except FAILS:
            return None
        if len(tree.parts) > 1:
            return None
        return einstein(term, free_letters(self.terms[0]) if part else free_letters(term)) \
            if self.judge.context.einstein else term

    def _rank(self, left: T.Term, right: T.Term) -> int:
        try:
            return RANKS.get(compare(self.judge.at((left, right)), left, right, self.layout, self.draw).kind, UNREAD)
        except FAILS:
            return UNREAD
