r"""A NumPy backward pass, read and not run: one verdict for each name that claims a derivative.

    dW2 = np.outer(delta2, a1)        dW2 at 1:1, right

In: the text, and a network or a forward pass to read it against. Out: verdicts with line and column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.check.repair import Outcomes, repaired
from derive.check.verdict import RIGHT, UNDECIDED, WRONG, Edit, Verdict, edited
from derive.claims.python import Outcome
from derive.errors import DeriveError
from derive.points import Draw

DRAWS = (1, 2)
MISTAKES = {"-1": "sign"}
WORST = (WRONG, UNDECIDED, RIGHT)


def one_verdict(claim: str, outcomes: Outcomes, forward: str = "", sizes: Sequence[str] = ()) -> Verdict:
    """All names of a claim as one verdict: the worst of them, with what is said of each that is not right.

    `forward` and `sizes`, the forward pass and the letters of its shapes, tell what may have been meant instead.
    """
    checked = list(check_program(claim, outcomes))
    found = [verdict for _, verdict in checked]
    worst = min(found, key=lambda verdict: WORST.index(verdict.verdict))
    told = [one for one in found if one.verdict == worst.verdict]
    mistakes = dict.fromkeys(one.mistake for one in told if one.mistake)
    whole = replace(worst, claim=claim, mistake=", ".join(mistakes) or None,
                    explanation="\n".join(one.explanation for one in told if one.explanation),
                    proof="; ".join(one.proof for one in told if one.proof))
    wrong = [outcome for outcome, verdict in checked if verdict.verdict == WRONG]
    edit = repaired(claim, wrong, outcomes, forward, sizes) if wrong else None
    if edit is None:
        return whole
    edits = (Edit(edit.span.start, edit.span.stop, edit.text),)
    return replace(whole, mistake=edit.mistake, explanation=f"{whole.explanation}\n{edit.said}".strip(), edits=edits,
                   corrected=edited(claim, edits))


def check_program(text: str, outcomes: Outcomes) -> Iterator[tuple[Outcome, Verdict]]:
    """The verdict about each name, with what it is about."""
    drawn = [list(outcomes(text, Draw(seed))) for seed in DRAWS]
    if len({tuple(one.name for one in found) for found in drawn}) > 1:
        raise DeriveError("which names claim something depends on numbers", do="Write the branches one by one.")
    lines = text.splitlines()
    for same in zip(*drawn, strict=True):
        first = next((one for one in same if not one.equal), same[0])
        written = lines[first.line - 1].strip() if 0 < first.line <= len(lines) else first.name
        yield first, _verdict(written, first, same)


def _verdict(written: str, one: Outcome, drawn: Sequence[Outcome]) -> Verdict:
    reading = f", read with {one.reading}" if one.reading else ""
    if all(found.equal for found in drawn):
        return Verdict(written, RIGHT, explanation=f"It is right with {one.reading}." if one.reading else "",
                       proof=f"{one.name} equals {one.asserted} at {len(drawn)} random points modulo a 61-bit prime "
                             f"(error below 2^-60){reading}")
    if not one.covered:
        return Verdict(written, UNDECIDED, explanation=one.fault or f"{one.name} could not be computed")
    same = {found.factor for found in drawn}
    factor = one.factor if len(same) == 1 else ""
    mistake = (MISTAKES.get(factor, "factor") if factor else None)
    return Verdict(written, WRONG, proof=f"{one.name} is not {one.asserted}{reading}", mistake=mistake,
                   explanation=" ".join(filter(None, (_sentence(one, factor), one.note))))


def _sentence(one: Outcome, factor: str) -> str:
    if one.because:
        return f"{one.name} is wrong only because {one.because} is."
    if one.fault:
        return f"{one.name}: {one.fault}"
    if one.claimed_shape != one.true_shape and one.claimed_shape is not None and one.true_shape is not None:
        return f"{one.name} has the shape {one.claimed_shape}, but {one.asserted} has {one.true_shape}."
    if factor == "-1":
        return f"{one.name} has the wrong sign: it is -{one.asserted}."
    if factor:
        return f"{one.name} is {factor} times {one.asserted}."
    return f"{one.name} is not {one.asserted}."
