"""One example for all of them: the sum over the examples has only its first, or only its last, term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.fault import Fault, Kind, scaled
from derive.ir import Equation, Index

Which = Callable[[Index], sp.Expr]
WHICH: tuple[tuple[str, Which], ...] = (("first", lambda sample: sample.start), ("last", lambda sample: sample.last))


def faults(backward: Backward) -> Iterator[Fault]:
    parameters = {backward.bars[t.name] for t in backward.model.of_role("parameter") if t.name in backward.bars}
    summing = {n: e for n, e in enumerate(backward.equations) if e.target in parameters and _samples(e)}
    groups = [list(summing)] + [[n] for n in summing]
    for places in groups:
        for word, which in WHICH:
            for factor, alone in ((sp.Integer(1), ""), (None, ", m times")):
                edits: Edits = {n: (_only(summing[n], which, factor),) for n in places}
                yield _fault(edits, f"only the {word} example counts{alone}: the sum over the examples is missing")


def _fault(edits: Edits, sentence: str) -> Fault:
    return Fault(lambda t: edits, lambda t: ("missing_sum", sentence))


def _samples(equation: Equation) -> list[Index]:
    return [k for term in equation.terms for k in term.summed if k.kind == "sample"]


def _only(equation: Equation, which: Which, factor: sp.Expr | None) -> Equation:
    """The terms at one example; times m where no factor is given."""
    sample = _samples(equation)[0]
    condition = sp.Eq(sample.symbol, which(sample), evaluate=False)
    limited = replace(equation, terms=tuple(replace(t, where=(*t.where, condition)) for t in equation.terms))
    return scaled(limited, sample.size if factor is None else factor)


ENTRY = Kind("sample", 4, faults)
