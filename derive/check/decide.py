r"""The verdict about one claim: right with what proves it, wrong with what mends it, or undecided with a reason.

    check("\\frac{\\partial C}{\\partial w} = a^T \\delta", context)  ->  Verdict(wrong, transpose, ...)

In: the text of a claim and its context. Out: `Verdict`. Static checks come first, then exact comparison modulo a prime
at random points, then the same points in real numbers; for a wrong one the smallest edit that makes it right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from derive.check.absent import absent
from derive.check.compare import DIFFERENT, EQUAL, Outcome, Points
from derive.check.judge import DRAWS, Judge, Judgement
from derive.check.mending import MOST, Mending
from derive.check.readings import told
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG, Edit, Verdict, edited
from derive.check.witness import apart, connected, covered, kinked, small_point, witnessed
from derive.claims import terms as T
from derive.claims.bounds import LONGEST_MENDED, MOST_MENDING, MOST_STEPS
from derive.claims.context import Context
from derive.claims.inference import Elsewhere
from derive.claims.lines import head_of
from derive.claims.refused import Conflict, Refused
from derive.claims.usual import COSTS, LIKELIHOODS
from derive.errors import DeriveError
from derive.written.place import place
from derive.written.tree import Derivative

PROVED = "equal at random points modulo a 61-bit prime, twice (error below 2^-60), and in 40-digit numbers"
UNCONNECTED = "the given equations do not say how the one depends on the other."
ASSUMED = {"numerator": "in numerator layout", "denominator": "in denominator layout"}
KINKED_DRAWS = 12
"""Where there are cases, more points: in some of them each case must come up."""


@dataclass(frozen=True)
class Decider:
    """Decides claims in one context; what it learns about the context serves all of them."""

    context: Context

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.context)

    def kind(self, claim: str) -> str:
        """What the judgement is alone: nothing is looked for that mends a wrong claim."""
        self.judge.meter.left = MOST_STEPS
        try:
            return self.judged(claim).kind
        except DeriveError:
            return "unread"

    def reach(self, claim: str) -> int:
        """How far a claim is read that cannot be read in whole."""
        span = self.judged(claim).span
        return span.start if span is not None else 0

    def check(self, claim: str, most: int = MOST) -> Verdict:
        """The verdict about a claim; so many edits are tried, at the most, that could mend it."""
        if not self.context.given and self.context.free is None:
            return Decider(self.context.alone(claim)).check(claim)
        self.judge.meter.left = MOST_STEPS
        found = self.judged(claim)
        try:
            return self._verdict(claim, found, most)
        except Refused as refused:  # what was to be computed beside the two sides takes too long
            return Verdict(claim, UNDECIDED, explanation=" ".join(filter(None, (_sentence(refused.what), refused.do))))

    def _verdict(self, claim: str, found: Judgement, most: int) -> Verdict:
        if found.kind == EQUAL:
            return self._right(claim, found)
        if found.kind == DIFFERENT and (assumed := self.context.assuming_sigmoid()) is not None:
            return assuming(Decider(assumed).check(claim))
        if found.kind == "nothing" and (gone := absent(self.context, found.terms)) is not None:
            what, span = gone
            return Verdict(claim, UNREADABLE, explanation=f"{place(claim, span.start)}: {what}.")
        if found.kind in ("open", "nothing"):
            outcome = found.outcome
            return Verdict(claim, UNDECIDED, explanation=" ".join(filter(None, (
                _sentence(found.what or (outcome.what if outcome else "")), found.do))))
        if found.kind == "unread":
            return self._alone(claim, found) or self._unread(claim, found)
        return self._uphill(claim, found) or self._wrong(claim, found, most)

    def _uphill(self, claim: str, found: Judgement) -> Verdict | None:
        r"""\theta := \theta + \alpha \nabla \ell: whether \ell is to be made large or small is said by nobody."""
        cost, steps = self.context.cost, bool(found.terms) and isinstance(found.terms[0], T.Sum)
        if cost is None or not steps or found.tree is None or head_of(found.tree.parts[0]) is None \
                or cost.variable.name in COSTS - LIKELIHOODS or self.context.uphill \
                or Decider(replace(self.context, uphill=True)).kind(claim) != EQUAL:
            return None
        return Verdict(claim, UNDECIDED, explanation="This step goes up the gradient: right where a likelihood is made "
                       "large, wrong where a cost is made small. The given lines do not say which is meant.")

    def _alone(self, claim: str, found: Judgement) -> Verdict | None:
        """An identity in letters of its own, on a page about something else: right by itself, or not meant so."""
        left = found.tree.parts[0] if found.tree is not None and self.context.given else None
        if not isinstance(left, Derivative) or left.of is None or head_of(left.of) is not None:
            return None
        verdict = Decider(Context(where=self.context.where, layout=self.context.layout)).check(claim)
        return verdict if verdict.verdict == RIGHT else None

    def judged(self, claim: str) -> Judgement:
        """The judgement, at more points where there are cases; whatever goes wrong within it is a reason."""
        try:
            found = self.judge.judge(claim)
            if found.kind == EQUAL and kinked(self.context, found):
                more = self.judge.judge(claim, KINKED_DRAWS, (found.layout,))
                return more if more.kind == DIFFERENT else found
            return found
        except Refused as refused:
            return Judgement("open" if refused.open else "unread", what=refused.what, span=refused.span, do=refused.do)
        except Conflict as conflict:
            return Judgement("open", what=conflict.what, span=conflict.span)
        except Elsewhere as missing:
            return Judgement("open", what=f"there is no layer, step or example at which {missing} exists")
        except RecursionError:
            return Judgement("open", what="this is nested too deeply to be decided")
        except DeriveError as error:
            for layout in self.judge.layouts[:1]:
                Points(self.context).world(layout, 1)  # given lines that hold no water are refused as such
            return Judgement("open", what=f"what it says of sizes does not go with the given equations: {error.what}")

    def _right(self, claim: str, found: Judgement) -> Verdict:
        self.judge.meter.left = MOST_STEPS
        points = self.judge.at(found.terms)
        if open_ := covered(points, found):
            return Verdict(claim, UNDECIDED, explanation=open_)
        if not witnessed(points, found):
            if (assumed := self.context.assuming_sigmoid()) is not None:  # any function may give any number
                return assuming(Decider(assumed).check(claim))
            return Verdict(claim, UNDECIDED, explanation="The exact and the numerical comparison do not agree.")
        if not connected(points, found):
            return Verdict(claim, UNDECIDED, explanation=f"Both sides are zero: {UNCONNECTED}")
        lying = found.layout.partition(" ")[0]
        layout = ASSUMED.get(lying, "") if lying != self.context.layout else ""
        layout = ", ".join(filter(None, (layout, told(found.layout, self.context))))
        return Verdict(claim, RIGHT, proof=PROVED + (f", {layout}" if layout else ""),
                       explanation=f"It is right {layout}." if layout else "")

    def _unread(self, claim: str, found: Judgement) -> Verdict:
        """A slip of the pen, if one edit makes it readable and right; else a refusal with its place."""
        at = found.layout or (place(claim, found.span.start) if found.span else "")
        what = _sentence(f"{at}: {found.what}" if at else found.what)
        return self._mended(Verdict(claim, UNREADABLE, explanation=f"{what} {found.do}".strip()), found, what)

    def _wrong(self, claim: str, found: Judgement, most: int) -> Verdict:
        outcome = found.outcome or Outcome(found.kind, found.what, found.span)
        points = self.judge.at(found.terms) if found.terms else None
        if points and outcome.kind == "different" and not witnessed(points, found, equal=False):
            return Verdict(claim, UNDECIDED, explanation="The two sides differ exactly but not numerically: a law of "
                                                         "some function was not recognised.")
        if points and outcome.conflict == "sides" and not connected(points, found):
            return Verdict(claim, UNDECIDED, explanation=f"The left side is zero: {UNCONNECTED}")
        if points and outcome.kind == DIFFERENT and (missing := apart(points, found)):
            return Verdict(claim, UNDECIDED, explanation=missing)
        speaks = _sentence(outcome.what) if outcome.what else "The two sides differ."
        verdict = Verdict(claim, WRONG, proof=speaks, explanation=speaks,
                          counterexample=small_point(points, found) if points else None)
        return self._mended(verdict, found, speaks, most)

    def _mended(self, verdict: Verdict, found: Judgement, speaks: str, most: int = MOST) -> Verdict:
        """The verdict with what mends the claim; as it is where nothing was found."""
        if len(verdict.claim) > LONGEST_MENDED:
            return verdict
        self.judge.meter.left = MOST_MENDING
        draws = KINKED_DRAWS if kinked(self.context, found) else DRAWS
        mending = Mending(self.judge, verdict.claim, found, draws, most)
        diagnosis = mending.diagnosis()
        if diagnosis is None:
            return verdict if verdict.verdict != WRONG else replace(verdict, parts=mending.derivation())
        edits = tuple(Edit(e.span.start, e.span.stop, e.text) for e in diagnosis.edits)
        also = diagnosis.ambiguous[1:] if len(diagnosis.edits) == 1 else ()
        return replace(verdict, verdict=WRONG, proof=speaks, mistake=", ".join(diagnosis.mistakes), also=also,
                       explanation=diagnosis.said + _sizes(found, speaks), edits=edits,
                       corrected=edited(verdict.claim, edits), parts=mending.derivation())


def assuming(verdict: Verdict) -> Verdict:
    """The same, with what was taken for granted."""
    return replace(verdict, proof=f"{verdict.proof}, where sigma is the sigmoid" if verdict.proof else "")


def _sizes(found: Judgement, speaks: str) -> str:
    """What does not fit, where sizes do not: they are those of the point that was tried."""
    outcome = found.outcome
    fits = outcome is None or outcome.conflict not in ("shape", "sides") or not speaks
    return "" if fits else f" With the sizes that were tried: {speaks[:1].lower()}{speaks[1:]}"


def check(claim: str, context: Context) -> Verdict:
    """The verdict about one claim in a context."""
    return Decider(context).check(claim)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".") if text else ""
