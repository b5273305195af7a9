r"""What mends a wrong claim: the sides that stand against the others are mended one by one.

    a = b = c, a = b      ->      only c is looked at, and it must become equal to a

In: a claim as it was judged wrong. Out: the `Diagnosis` of all its sides together, or None. The edited claim is
accepted where the judge calls it right in the reading in which the claim was judged, at more points than the trial's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.check.chain import Path, branches, chain, paths, step_of
from derive.check.compare import EQUAL
from derive.check.diagnose import SLIPS, Diagnosis, search, suspects
from derive.check.judge import Judge, Judgement
from derive.check.readings import BEYOND, windowed
from derive.check.refit import refitted, solved
from derive.check.trial import FAILS, UNREAD, Trial
from derive.claims import terms as T
from derive.mistake import Edit, Written, corrected
from derive.mistake.context import seen
from derive.written import tree as W
from derive.written.python.read import is_program

EFFORT, FEWEST, MOST = 70_000, 400, 1200
"""Trials times characters: a long claim gets fewer trials, so that the time stays bounded without a clock."""
SLIP_BUDGET = 300


@dataclass(frozen=True)
class Mending:
    """Looks for what mends `claim`; `draws` are the points at which a mended claim must hold."""

    judge: Judge
    claim: str
    found: Judgement
    draws: int
    most: int = MOST
    """So many edits are tried at the most; fewer than usual in a reading that is not the likeliest."""

    def diagnosis(self) -> Diagnosis | None:
        """The smallest edits, in the usual layout; in that of the judgement where the usual one has none."""
        if self.found.kind == "unread" or self.found.tree is None:
            return search(self.written(()), self.accepts(self.judge.layouts[0]), budget=SLIP_BUDGET, kinds=SLIPS,
                          pairs=False)
        layouts = dict.fromkeys((self.judge.layouts[0], self.found.layout or self.judge.layouts[0]))
        return next((one for layout in layouts if (one := self._in_layout(layout)) is not None), None)

    def _in_layout(self, layout: str) -> Diagnosis | None:
        terms = self.terms
        if not terms:
            return search(self.written(()), self.accepts(layout), budget=FEWEST, pairs=False)
        updates = isinstance(terms[0], T.Ref) and len(terms) > 2 and terms[0] in list(terms[1].walk())
        first = 1 if updates else 0
        trial = self._trial(terms, layout, first)
        odd = [at + first for at in suspects(len(terms) - first, lambda a, b: trial.agree(a + first, b + first))]
        if not odd:
            return None
        sound = [at for at in range(first, len(terms)) if at not in odd]
        if len(terms) - first == 2:
            return self._sides(trial, tuple(odd), lambda part: len(terms) - 1 if part == first else first)
        reference = sound[0] if sound else first
        mended = [self._sides(trial, (part,), lambda _: reference) for part in odd if part != reference]
        return self._together([one for one in mended if one is not None], len(mended), layout)

    def _trial(self, terms: tuple[T.Term, ...], layout: str, first: int) -> Trial:
        """At the first point where the claim fails: where there are cases that need not be the first of all."""
        bodies = (one.body for one in self.judge.context.definitions)
        seen = layout + BEYOND if windowed((*terms, *bodies)) else layout  # an edit may reach over the edge
        trials = [Trial(self.judge, self.claim, self.tree, terms, seen, draw) for draw in range(1, self.draws + 1)]
        return next((one for one in trials
                     if any(not one.agree(at, at + 1) for at in range(first, len(terms) - 1))), trials[0])

    def _together(self, mended: Sequence[Diagnosis], wanted: int, layout: str) -> Diagnosis | None:
        """The mended sides in one claim."""
        if not mended or len(mended) < wanted:
            return None
        if len(mended) == 1:
            return mended[0]
        edits = tuple(edit for one in mended for edit in one.edits)
        return Diagnosis(edits) if self.accepts(layout)(corrected(self.claim, edits)) else None

    def _sides(self, trial: Trial, sides: tuple[int, ...], beside: Callable[[int], int]) -> Diagnosis | None:
        size = sum(len(self.claim[self.tree.parts[at].span.start:self.tree.parts[at].span.stop]) for at in sides)
        alone = len(trial.terms) > 2

        def score(edits: tuple[Edit, ...]) -> int:
            if not edits:
                return trial.distance(sides[-1], beside(sides[-1]))
            if len({edit.part for edit in edits}) > 1:
                return UNREAD
            return trial.rank(edits, beside(edits[0].part)) or 0

        accepts = self.side_accepts(trial, sides[0], beside(sides[0])) if alone else self.accepts(trial.layout)
        budget = min(self.most, max(FEWEST, min(MOST, EFFORT // max(1, size))))
        written = self.written(sides)
        return (search(written, accepts, score=score, budget=budget, pairs=False)
                or self._solved(trial, sides[-1], beside(sides[-1]), accepts)
                or search(written, accepts, score=score, budget=budget, singles=False))

    def _solved(self, trial: Trial, part: int, reference: int, accepts: Callable[[str], bool]) -> Diagnosis | None:
        """The numbers of a side, or the factors of its terms, that had to be solved for."""
        edits = tuple(refitted(self.claim, part, unknown, value) for unknown, value in solved(trial, part, reference))
        return Diagnosis(edits) if part and edits and accepts(corrected(self.claim, edits)) else None

    @property
    def tree(self) -> W.Relations:
        assert self.found.tree is not None
        return self.found.tree

    @cached_property
    def terms(self) -> tuple[T.Term, ...]:
        """The sides, also of a claim that was refused before they were compared."""
        if self.found.terms or self.found.tree is None:
            return self.found.terms
        try:
            return self.judge.terms(self.tree)
        except FAILS:
            return ()

    def written(self, sides: tuple[int, ...]) -> Written:
        context, span = self.judge.context, W.Span(0, len(self.claim))
        tree = self.found.tree or W.Relations(span, (W.Text(span, self.claim),))
        language = "python" if is_program(self.claim) else "latex"
        return seen(self.claim, tree, context.vocabulary, context.trees, sides=sides or None, language=language,
                    elementwise=context.elementwise, branches=branches(self.claim, self.paths))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Everything that the variable of the left side feeds."""
        try:
            step = step_of(self.judge.context, self.claim, self.tree, self.terms[0]) if self.terms else None
            return paths(self.judge.context, step) if step is not None else ()
        except FAILS:
            return ()

    def derivation(self) -> str:
        """The chain rule step that the claim has to take, as far as the judge proves it."""
        if self.found.tree is None:
            return ""
        left = self.tree.parts[0].span
        layout = self.found.layout if self.found.layout in self.judge.layouts else self.judge.layouts[0]
        return chain(self.claim[left.start:left.stop].strip(), self.paths, self.accepts(layout))

    def accepts(self, layout: str) -> Callable[[str], bool]:
        """Whether a whole claim is right."""
        def right(text: str) -> bool:
            try:
                return all(self.judge.judge(text, draws, (layout,)).kind == EQUAL for draws in (1, self.draws))
            except FAILS:
                return False

        return right

    def side_accepts(self, trial: Trial, part: int, reference: int) -> Callable[[str], bool]:
        """Whether a claim is right as far as one of its sides and the reference go."""
        right = self.accepts(trial.layout)

        def alone(text: str) -> bool:
            try:
                tree = self.judge.context.read(text)
            except FAILS:
                return False
            if len(tree.parts) != len(self.tree.parts):
                return False
            sides = [text[tree.parts[at].span.start:tree.parts[at].span.stop] for at in sorted((part, reference))]
            return right(" = ".join(sides))

        return alone
