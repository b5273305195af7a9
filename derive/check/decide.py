r"""The verdict about one claim: right with what proves it, wrong with what mends it, or undecided with a reason.

    check("\\frac{\\partial C}{\\partial w} = a^T \\delta", context)  ->  Verdict(wrong, transpose, ...)

In: the text of a claim and its context. Out: `Verdict`. Static checks come first, then exact comparison modulo a prime at
random points, then the same points in real numbers; for a wrong one the smallest edit that makes it right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from derive.check.compare import EQUAL, Outcome
from derive.check.diagnose import Diagnosis, search
from derive.check.judge import Judge, Judgement
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG, Edit, Verdict, edited
from derive.check.witness import covered, small_point, witnessed
from derive.claims.context import Context
from derive.mistake.context import seen
from derive.written import tree as W
from derive.written.place import place

PROVED = "equal at random points modulo a 61-bit prime, twice (error below 2^-60), and in 40-digit numbers"
ASSUMED = {"numerator": "in numerator layout", "denominator": "in denominator layout"}
BUDGET = 600


@dataclass(frozen=True)
class Decider:
    """Decides claims in one context; what it learns about the context serves all of them."""

    context: Context

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.context)

    def check(self, claim: str) -> Verdict:
        """The verdict about a claim."""
        found = self.judge.judge(claim)
        if found.kind == EQUAL:
            return self._right(claim, found)
        if found.kind in ("open", "nothing"):
            outcome = found.outcome
            return Verdict(claim, UNDECIDED, explanation=_sentence(found.what or (outcome.what if outcome else "")))
        if found.kind == "unread":
            return self._unread(claim, found)
        return self._wrong(claim, found)

    def _right(self, claim: str, found: Judgement) -> Verdict:
        points = self.judge.at(found.terms)
        if open_ := covered(points, found):
            return Verdict(claim, UNDECIDED, explanation=open_)
        if not witnessed(points, found):
            return Verdict(claim, UNDECIDED, explanation="The exact and the numerical comparison do not agree.")
        layout = ASSUMED.get(found.layout, "") if not self.context.layout else ""
        return Verdict(claim, RIGHT, proof=PROVED + (f", {layout}" if layout else ""),
                       explanation=f"It is right {layout}." if layout else "")

    def _unread(self, claim: str, found: Judgement) -> Verdict:
        """A slip of the pen, if one edit makes it readable and right; else a refusal with its place."""
        diagnosis = self._diagnose(claim, found, ("notation_slip",))
        at = found.layout or (place(claim, found.span.start) if found.span else "")
        what = _sentence(f"{at}: {found.what}" if at else found.what)
        if diagnosis is None:
            return Verdict(claim, UNREADABLE, explanation=f"{what} {found.do}".strip())
        return self._mended(Verdict(claim, WRONG, proof=what), diagnosis)

    def _wrong(self, claim: str, found: Judgement) -> Verdict:
        outcome = found.outcome or Outcome(found.kind, found.what, found.span)
        points = self.judge.at(found.terms) if found.terms else None
        if points and outcome.kind == "different" and not witnessed(points, found, equal=False):
            return Verdict(claim, UNDECIDED, explanation="The two sides differ exactly but not numerically: a law of "
                                                         "some function was not recognised.")
        speaks = _sentence(outcome.what) if outcome.what else "The two sides differ."
        verdict = Verdict(claim, WRONG, proof=speaks, explanation=speaks,
                          counterexample=small_point(points, found) if points else None)
        diagnosis = self._diagnose(claim, found)
        return self._mended(verdict, diagnosis) if diagnosis else verdict

    @staticmethod
    def _mended(verdict: Verdict, diagnosis: Diagnosis) -> Verdict:
        edits = tuple(Edit(e.span.start, e.span.stop, e.text) for e in diagnosis.edits)
        return replace(verdict, mistake=", ".join(diagnosis.mistakes), explanation=diagnosis.said, edits=edits,
                       corrected=edited(verdict.claim, edits))

    def _diagnose(self, claim: str, found: Judgement, kinds: tuple[str, ...] = ()) -> Diagnosis | None:
        span = W.Span(0, len(claim))
        tree = found.tree or W.Relations(span, (W.Text(span, claim),))
        written = seen(claim, tree, self.context.vocabulary, self.context.trees, elementwise=self.context.elementwise)
        return search(written, self._accepts(found), budget=BUDGET)

    def _accepts(self, found: Judgement):  # type: ignore[no-untyped-def]
        layouts = (found.layout,) if found.layout in self.judge.layouts else ()

        def accepts(text: str) -> bool:
            return self.judge.judge(text, 1, layouts).kind == EQUAL and self.judge.judge(text, 2, layouts).kind == EQUAL

        return accepts


def check(claim: str, context: Context) -> Verdict:
    """The verdict about one claim in a context."""
    return Decider(context).check(claim)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".") if text else ""
