"""The verdict about one claim: what was written, what it is, and what a person is told about it.

    {"claim", "where", "verdict", "proof", "mistake", "explanation", "corrected"}      one JSON object

`where` is empty until a file or an argument gives the claim its place: `verdict.at("notes.tex:12:3")`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

RIGHT, WRONG, UNDECIDED, UNREADABLE = "right", "wrong", "undecided", "unreadable"
VERDICTS = (RIGHT, WRONG, UNDECIDED, UNREADABLE)


@dataclass(frozen=True)
class Edit:
    """The text of the claim from `start` up to, without, `stop` becomes `new`."""

    start: int
    stop: int
    new: str


@dataclass(frozen=True)
class Counterexample:
    """A small point at which the two sides differ: `point` as (name, number) texts, the sides as texts.

    `entry` says which entry of the sides the numbers are: "row 1, column 2".
    """

    point: tuple[tuple[str, str], ...]
    left: str
    right: str
    entry: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of one claim.

    `proof` says what proves a right one and what speaks against a wrong one; `explanation` is a sentence for the
    author (the mistake, what was not covered, why it cannot be read); `corrected` is the whole formula in the
    author's writing and `edits` say where it differs from `claim`; `parts` is the line of the true derivation
    from which the claim departs. `also` are other names that the mistake could go by: the same edit, or one that
    mends it as well.
    """

    claim: str
    verdict: str
    where: str = ""
    proof: str = ""
    mistake: str | None = None
    explanation: str = ""
    corrected: str | None = None
    edits: tuple[Edit, ...] = ()
    counterexample: Counterexample | None = None
    parts: str = ""
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"'{self.verdict}' is no verdict")

    def at(self, where: str) -> Verdict:
        """The same verdict about a claim that stands at `where`."""
        return replace(self, where=where)

    def record(self) -> dict[str, Any]:
        """The JSON object that scripts read."""
        return {"claim": self.claim, "where": self.where, "verdict": self.verdict, "proof": self.proof or None,
                "mistake": self.mistake, "explanation": self.explanation or None, "corrected": self.corrected}


def edited(claim: str, edits: Iterable[Edit]) -> str:
    """The claim after its edits, which do not overlap."""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.stop), reverse=True):
        claim = claim[:edit.start] + edit.new + claim[edit.stop:]
    return claim
