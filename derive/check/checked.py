"""A verdict with its place in a file, and what a run of checks comes to.

    14 claims: 12 right, 1 wrong, 1 undecided          exit code 1
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, VERDICTS, WRONG, Verdict
from derive.written.notes.source import Place

CODES = {WRONG: 1, UNREADABLE: 2, UNDECIDED: 3, RIGHT: 0}
"""The exit code of a run is that of the first of these that occurs."""


@dataclass(frozen=True)
class Fix:
    """In the file, what stands at `place` becomes `new`."""

    place: Place
    new: str


@dataclass(frozen=True)
class Checked:
    """`place` is None where the claim came from no file; `fixes` are empty where the edits fit no file as it is."""

    verdict: Verdict
    place: Place | None = None
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class Run:
    """All that was checked, the displays that were passed over, and remarks on how the input was understood."""

    checked: tuple[Checked, ...]
    passed: tuple[Place, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        found = {one.verdict.verdict for one in self.checked}
        return next((code for verdict, code in CODES.items() if verdict in found), 0)

    def __add__(self, other: Run) -> Run:
        return Run((*self.checked, *other.checked), (*self.passed, *other.passed), (*self.remarks, *other.remarks))

    @property
    def summary(self) -> str:
        """One line: how many claims, and what became of them."""
        counts = [sum(one.verdict.verdict == verdict for one in self.checked) for verdict in VERDICTS]
        listed = ", ".join(f"{number:,} {verdict}" for number, verdict in zip(counts, VERDICTS, strict=True) if number)
        total = counted(len(self.checked), "claim")
        return f"{total}: {listed}" if listed else f"{total} found"


def counted(number: int, what: str) -> str:
    """`1 claim`, `2 claims`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
