r"""A setting to a judge of claims: its context, made once; for a network one for each reading.

    3-4-2, ng      z^{[1]} = ... of one example, and Z^{[1]} = ... of a minibatch: right in one of them is right
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial

from derive.check.compare import CONFLICT, DIFFERENT, EQUAL
from derive.check.compare import NOTHING as NONE
from derive.check.decide import Decider
from derive.check.lint import Judge, Open
from derive.check.mending import MOST
from derive.check.program import one_verdict
from derive.check.repair import Outcomes
from derive.check.setting import Setting
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG, Verdict
from derive.claims.context import Context, Layout
from derive.claims.network import Lines
from derive.claims.python import PythonContext
from derive.claims.python.declarations import declared
from derive.errors import DeriveError
from derive.written.python.read import is_program

Programmed = Callable[[str, str], Outcomes]
"""What a NumPy backward pass of an architecture comes to, in a notation."""
Lined = Callable[[str, str], dict[str, Lines]]
"""The readings of an architecture in a notation."""
PREFERRED = (RIGHT, WRONG, UNDECIDED, UNREADABLE)
OPEN, UNREAD = "open", "unread"
UNLIKELY = 200
"""Edits that are tried in a reading after the likeliest one, where nothing mends a claim."""
KINDS = (EQUAL, DIFFERENT, CONFLICT, OPEN, NONE, UNREAD)
"""In which reading a claim is meant: one in which it is right, else one in which both sides can be compared."""
NOTHING = Setting()
LAYOUTS: dict[str, Layout] = {"denominator": "denominator", "numerator": "numerator", "mixed": "mixed"}


def opener(lined: Lined, programmed: Programmed) -> Open:
    """What makes judges; `lined` and `programmed` are asked where a setting names an architecture."""
    return partial(_opened, lined, programmed)


def reader(programmed: Programmed) -> Callable[[Setting], Outcomes]:
    """What reads backward passes in Python."""
    return partial(_read, programmed)


def _read(programmed: Programmed, setting: Setting) -> Outcomes:
    if setting.forward:
        return PythonContext(setting.forward, setting.cost, setting.where)
    if setting.arch:
        return programmed(setting.arch, setting.notation)
    raise DeriveError("the forward pass of this Python is not said",
                      do="Name a network (derive check 3-4-2 ...), or give forward = '...' in a --context file.")


def judge_in(readings: Mapping[str, Lines], setting: Setting = NOTHING) -> Judge:
    """The judge of claims that may be meant in any of these readings."""
    plain = {title: lines for title, lines in readings.items() if not (lines.spare or lines.bare)}
    meant = [Decider(_context(setting, lines, title)) for title, lines in plain.items()]
    spare = _Later({title: lines for title, lines in readings.items() if lines.spare}, setting)
    bare = _Later({title: lines for title, lines in readings.items() if lines.bare}, setting)
    judge = partial(_judged, meant, spare, bare)
    smaller = next((lines for lines in readings.values() if lines.told), None)
    return partial(_on_smaller, judge, smaller) if smaller else judge


def _on_smaller(judge: Judge, lines: Lines, claim: str) -> Verdict:
    """The verdict about a formula in letters, which holds of small images as of large ones, and where it was found."""
    counted = next((number for number in re.findall(r"\d+", claim) if int(number) in lines.lost), None)
    if counted is not None:
        return Verdict(claim, UNDECIDED, explanation=f"{counted} is a size of this network, too large to compute with; "
                       f"a formula in letters is decided {lines.told}.")
    found = judge(claim)
    said = f"Decided {lines.told}." if found.verdict in (RIGHT, WRONG) else ""
    return replace(found, explanation=f"{found.explanation} {said}".strip())


def _opened(lined: Lined, programmed: Programmed, setting: Setting) -> Judge:
    written = judge_in(lined(setting.arch, setting.notation) if setting.arch else {"": Lines(())}, setting)

    def judge(claim: str) -> Verdict:
        formula = setting.given and not (setting.forward or setting.arch)  # given lines are no forward pass to run
        if formula or not is_program(claim):
            return written(claim)
        sizes = declared(setting.where).letters() if setting.forward else ()
        return one_verdict(claim, _read(programmed, setting), setting.forward, sizes)

    return judge


def _context(setting: Setting, lines: Lines, title: str) -> Context:
    context = Context(given=(*lines.given, *setting.given), where=(*lines.where, *setting.where),
                      layout=LAYOUTS.get(setting.layout, "shaped" if setting.arch else ""),
                      elementwise=(*lines.elementwise, *setting.elementwise), einstein=setting.einstein,
                      macros=setting.macros, title=title)
    len(context.definitions)  # what cannot be a context is refused here, not by its first claim
    return context


@dataclass(frozen=True)
class _Later:
    """Readings that are made once a claim is not right in those before."""

    readings: Mapping[str, Lines]
    setting: Setting

    @cached_property
    def deciders(self) -> list[Decider]:
        return [*self._made()]

    def _made(self) -> Iterator[Decider]:
        for title, lines in self.readings.items():
            with suppress(DeriveError):  # what else the setting says does not go with it
                yield Decider(_context(self.setting, lines.made, title))


def _kinds(deciders: Sequence[Decider], claim: str) -> list[str]:
    """What the claim is in each reading, up to the first in which it holds."""
    kinds: list[str] = []
    for decider in deciders:
        kinds.append(decider.kind(claim))
        if kinds[-1] == EQUAL:
            break
    return kinds + [UNREAD] * (len(deciders) - len(kinds))


def _likely(deciders: Sequence[Decider], spare: _Later, bare: _Later, claim: str) -> tuple[Sequence[Decider], bool]:
    """The readings in the order in which the claim may be meant, and whether its sides are equal in the first."""
    kinds = _kinds(deciders, claim)
    reach = [decider.reach(claim) if {*kinds} == {UNREAD} else 0 for decider in deciders]
    both = [(kinds[at], deciders[at]) for at in
            sorted(range(len(kinds)), key=lambda at: (KINDS.index(kinds[at]), -reach[at]))]
    undecided = OPEN in kinds and DIFFERENT not in kinds  # shapes that do not fit in the other reading say nothing
    ordered = [decider for kind, decider in both if not (undecided and kind == CONFLICT)]
    if EQUAL in kinds:
        return ordered, True
    later, others = spare, _kinds(spare.deciders, claim)
    meant = EQUAL if EQUAL in others or DIFFERENT in kinds else DIFFERENT
    if {*kinds, *others} == {UNREAD}:
        later, others, meant = bare, _kinds(bare.deciders, claim), EQUAL
    likely = [decider for kind, decider in zip(others, later.deciders, strict=True) if kind == meant]
    return likely + ordered, EQUAL in others


def _judged(deciders: Sequence[Decider], spare: _Later, bare: _Later, claim: str) -> Verdict:
    """The verdict in the reading that favours the claim most; unreadable only where it is so in all."""
    several = len(deciders) > 1 or bare.readings
    likely, equal = _likely(deciders, spare, bare, claim) if several else (deciders, False)
    found: list[Verdict] = []
    refused: DeriveError | None = None
    for decider in likely:
        try:
            verdict = decider.check(claim, UNLIKELY if found else MOST)
            found.append(_told(verdict, decider.context.title, bare))
        except DeriveError as error:
            refused = refused or error
        if found and (found[-1].verdict == RIGHT or found[-1].mistake):
            break
    if refused and not found:
        raise refused
    if equal:  # in one reading: that it is not so in another counts for nothing
        found = [verdict for verdict in found if verdict.verdict != WRONG] or found
    best = min(found, key=lambda verdict: (PREFERRED.index(verdict.verdict), not verdict.mistake))
    return _of_a_layer(best, bare) if best.verdict == UNREADABLE else best


def _of_a_layer(verdict: Verdict, bare: _Later) -> Verdict:
    """The same, with what would be wrong if letters without the number of a layer were those of one."""
    for decider in bare.deciders if bare.readings else ():
        meant = decider.check(verdict.claim, UNLIKELY)
        if meant.verdict == WRONG and meant.mistake:
            told = f"{verdict.explanation} Read {decider.context.title}, it is wrong: {meant.explanation}"
            return replace(verdict, explanation=told)
    return verdict


def _told(verdict: Verdict, title: str, bare: _Later) -> Verdict:
    """The same, with how its letters were read where they lack the number of their layer."""
    return replace(verdict, proof=f"{verdict.proof}, {title}") if title in bare.readings else verdict
