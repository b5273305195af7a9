"""A large gradient of few examples is written by SciPy's gemm: ndarray.dot fills its result with zeros first.

    dw1 = delta1.T @ x      is      gemm(1, x.T, delta1.T, 0, dw1.T)

np.matmul writes no zeros either, but takes longer to begin: of 16x784 numbers from ten examples gemm takes 0.86 of the
time of dot and 0.8 to 0.9 of that of matmul, of 30x784 0.85 and 0.9.
"""

from __future__ import annotations

from dataclasses import replace

from derive.plan.record import ROWS, Contract, Gemm, Plan, Statement


def uncleared(plan: Plan) -> Plan:
    """Every product of two matrices, without an axis of examples, of so many numbers."""
    return plan.changed(statements=tuple(_written(plan, s) for s in plan.statements))


def _written(plan: Plan, s: Statement) -> Statement:
    if not isinstance(s, Contract) or len(s.out.axes) != 2 or not is_of_matrices(plan, s):
        return s
    value = plan.value(s.out)
    large = ROWS not in value.sizes and value.each >= plan.measured.uncleared
    return replace(s, gemm=Gemm(False)) if large else s


def is_of_matrices(plan: Plan, s: Contract) -> bool:
    """Whether BLAS can write it where it lies: matrices, or one and a vector, that are whole, and in no loop."""
    refs = (s.out, *s.of)
    return (s.within is None and s.gemm is None
            and sorted(len(r.axes) for r in refs) in ([2, 2, 2], [1, 1, 2])
            and len({a for r in refs for a in r.axes}) == len(s.out.axes) + 1
            and not any(r.name in plan.seen or r.name in plan.parts or plan.value(r).truth for r in refs))
