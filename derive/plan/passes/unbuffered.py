"""What is broadcast over long rows is read where it lies.

    add(z1[s,j], b1[j], z1)      is      unbuffered(add, z1, b1, z1)         with rows of 784 numbers

NumPy copies what it broadcasts into buffers, so that one call of its inner loop serves several short rows. Rows that
are long need none, and NumPy takes none where its buffers are shorter than they are.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from derive.plan.record import ROWS, Apply, Plan, Ref


def unbuffered(plan: Plan) -> Plan:
    """Every function of NumPy with an operand that lacks axes of the result, where what lies side by side is long."""
    return plan.changed(statements=tuple(
        replace(s, unbuffered=True) if isinstance(s, Apply) and _is_broadcast(plan, s)
        and _side_by_side(plan, s) >= plan.measured.unbuffered else s for s in plan.statements))


def _is_broadcast(plan: Plan, s: Apply) -> bool:
    """Whether an array is repeated; numbers, copies and conditions are no matter of broadcasting alone."""
    refs = (s.out, *s.of)
    return (s.function.startswith("np.") and s.function not in ("np.positive", "np.where") and not s.each
            and not any(plan.value(r).truth or r.name in plan.flipped | plan.seen.keys() for r in refs)
            and any(r.axes and set(r.axes) < set(s.out.axes) for r in s.of))


def _side_by_side(plan: Plan, s: Apply) -> int:
    """The numbers of the result over which each operand has all of its last axes, or none of them."""
    sizes, taken = plan.value(s.out).sizes, list[int]()
    for n in range(len(sizes) - 1, -1, -1):
        letters = s.out.axes[n:]
        if sizes[n] == ROWS or not all(_ends(r, letters) for r in s.of):
            break
        taken.append(int(sizes[n]))
    return prod(taken)


def _ends(ref: Ref, letters: tuple[str, ...]) -> bool:
    return ref.axes[len(ref.axes) - len(letters):] == letters or not {*ref.axes} & {*letters}
