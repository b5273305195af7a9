r"""A page of notes to verdicts: each claim is read against what the page gives and declares.

    given  z = W x + b          the last one before the claim that has this left side, else the first one after it
    claim  \frac{\partial C}{\partial W} = ...

In: a page, what holds from the start, and `Open`, which makes a judge of claims out of a setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from derive.check.checked import Checked, Fix, Run
from derive.check.setting import LAYOUTS, Setting
from derive.check.verdict import UNREADABLE, Edit, Verdict
from derive.errors import DeriveError, clip, nearest
from derive.written.notes import Note, Page
from derive.written.notes.kinds import CLAIM, GIVEN, WHERE
from derive.written.notes.page import FAULT
from derive.written.notes.writing import Writing, links

Judge = Callable[[str], Verdict]
Open = Callable[[Setting], Judge]
"""Makes a judge of claims; a setting that cannot be is a DeriveError."""
MOST_CLAIMS = 5000
STATES = (GIVEN, WHERE)
INSIDE = re.compile(r"(\d+):(\d+)(?:: |\Z)")
"""The line and column within a claim at which reading stopped."""
SWITCHES = {"true": True, "on": True, "false": False, "off": False}


@dataclass
class Linter:
    """`settled` remembers the judges; `first`: for each left side on the page the first note that has it."""

    page: Page
    base: Setting
    open: Open
    settled: dict[tuple[Setting, tuple[Note, ...]], Judge] = field(default_factory=dict)

    def run(self) -> Run:
        """The verdicts in the order of the page."""
        notes = self.page.notes
        if sum(note.kind == CLAIM for note in notes) > MOST_CLAIMS:
            raise DeriveError(f"there are more than {MOST_CLAIMS:,} claims", where=self.page.source.name,
                              do="Split the file.")
        self.base, found = replace(self.base, macros=self.page.macros or self.base.macros), []
        stated = {_key(note): note for note in reversed(notes) if note.kind in STATES}
        for note in notes:
            if note.kind in STATES:
                stated[_key(note)] = note
            elif note.kind == CLAIM:
                found.append(self._claim(note, sorted(stated.values(), key=partial(_distance, note))))
            else:
                fault = _fault(note)
                found += [placed(self.page, note, unreadable("", fault))] if fault else []
                self.base = self.base if fault else _told(self.base, note)
        return Run((*self._unusable(stated.values()), *found), self.page.passed)

    def _unusable(self, stated: Iterable[Note]) -> Iterator[Checked]:
        """What the author marked as given, and what cannot be used as such."""
        for note in stated:
            if note.said:
                try:
                    self.open(_with(replace(self.base, given=(), where=(), arch=""), [note]))
                except DeriveError as error:
                    yield placed(self.page, note, unreadable(note.text, error))

    def _claim(self, note: Note, stated: list[Note]) -> Checked:
        try:
            return placed(self.page, note, self._judge(stated)(note.text))
        except DeriveError as error:
            return placed(self.page, note, unreadable(note.text, error))
        except RecursionError:
            return placed(self.page, note, unreadable(note.text, DeriveError("the formula is nested too deep")))

    def _judge(self, stated: list[Note]) -> Judge:
        """A judge with all that the author marks, and as much of what else the page gives as fits together."""
        marked = {_left(note) for note in stated if note.said}
        notes = [note for note in stated if note.said or _left(note) not in marked]
        key = (self.base, tuple(notes))
        if key not in self.settled:
            self.settled[key] = self._settle(notes)
        return self.settled[key]

    def _settle(self, notes: list[Note]) -> Judge:
        try:
            return self.open(_with(self.base, notes))
        except DeriveError:
            if not notes:
                raise
        judge, kept = self.open(self.base), list[Note]()
        for note in notes:  # one of them cannot be read, or says otherwise than another
            try:
                judge = self.open(_with(self.base, [*kept, note]))
                kept.append(note)
            except DeriveError:
                continue
        return judge


def _distance(claim: Note, note: Note) -> tuple[bool, bool, bool, int, int]:
    """Which of the notes a claim should rather be read with: marked ones, displays, the last ones before it."""
    after, sign = note.place > claim.place, 1 if note.place > claim.place else -1
    return not note.said, note.inline, after, sign * note.place.line, sign * note.place.column


def _left(note: Note) -> str:
    return re.sub(r"\s", "", links(note.text)[0])


def _key(note: Note) -> tuple[str, bool, str]:
    """Notes with the same key speak of the same letter: of these a claim takes one."""
    return note.kind, note.said, _left(note)


def _fault(note: Note) -> DeriveError | None:
    """What is wrong with a magic comment."""
    if note.kind == FAULT:
        what, _, do = note.text.partition("\n")
        return DeriveError(what, do=do)
    if note.kind == "layout" and note.text not in LAYOUTS:
        return DeriveError(f"there is no layout '{clip(note.text)}'", do=nearest(note.text, list(LAYOUTS)))
    if note.kind == "einstein" and note.text not in SWITCHES:
        return DeriveError("'einstein' is true or false", do="Write: derive: einstein true")
    return None


def _told(setting: Setting, note: Note) -> Setting:
    """The setting after a magic comment that holds from there on."""
    value: Any = note.text
    if note.kind == "einstein":
        value = SWITCHES[note.text]
    if note.kind == "elementwise":
        value = tuple(note.text.split())
    return replace(setting, **{note.kind: value})


def _with(setting: Setting, notes: Iterable[Note]) -> Setting:
    """The setting and these notes, in the order of the page."""
    listed = sorted(notes, key=lambda note: note.place)
    return setting.and_also(Setting(given=tuple(note.text for note in listed if note.kind == GIVEN),
                                    where=tuple(note.text for note in listed if note.kind == WHERE)))


def unreadable(claim: str, error: DeriveError) -> Verdict:
    """The verdict about a claim that cannot be read; `where` is the line and column in the claim, if known."""
    return Verdict(claim, UNREADABLE, where=error.where, explanation="\n".join(filter(None, (error.what, error.do))))


def placed(page: Page, note: Note, verdict: Verdict) -> Checked:
    """The verdict at its place in the file: where the first edit is needed, or where reading stopped."""
    place, writing = note.place, note.writing
    inside = INSIDE.match(verdict.where or verdict.explanation) if verdict.verdict == UNREADABLE else None
    if verdict.edits and writing.at:
        line, column = page.source.position(min(_span(writing, edit)[0] for edit in verdict.edits))
        place = replace(place, line=line, column=column)
    elif inside and writing.at:
        start = writing.offset(_offset(note.text, int(inside[1]), int(inside[2])))
        line, column = page.source.position(start)
        place = max(replace(place, line=line, column=column), note.place)
        verdict = replace(verdict, explanation=INSIDE.sub("", verdict.explanation, count=1))
    return Checked(verdict.at(str(place)), place, _fixes(page, writing, verdict))


def _offset(text: str, line: int, column: int) -> int:
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    return min(starts[min(line, len(starts)) - 1] + column - 1, len(text))


def _span(writing: Writing, edit: Edit) -> tuple[int, int]:
    """Where in the file the text of an edit stands; one that only inserts stands right behind what is before it."""
    if edit.start < edit.stop:
        return writing.offset(edit.start), writing.offset(edit.stop - 1) + 1
    at = writing.offset(edit.start - 1) + 1 if edit.start else writing.offset(0)
    return at, at


def _fixes(page: Page, writing: Writing, verdict: Verdict) -> tuple[Fix, ...]:
    """The edits in the file; none where one of them spans what the claim does not show, such as a comment."""
    fixes = []
    for edit in verdict.edits:
        start, stop = _span(writing, edit)
        if stop - start != edit.stop - edit.start:
            return ()
        fixes.append(Fix(page.source.place(start, stop), edit.new))
    return tuple(fixes)
