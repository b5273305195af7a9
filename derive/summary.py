"""What a derivation costs: parameters, operations, memory.

In: the equations, forward and with gradients. Out: a table. An equation over the indices I with a sum
over K takes |I| * |K| * (operations of its right side); sizes that are letters stay letters.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from derive.ir import Derivation, Equation, Index, Loop, Tensor, walk

BYTES = 8


def summary(forward: Derivation, full: Derivation) -> str:
    """A table of the parameters, and the totals; `full` has the equations of the gradients too."""
    parameters = forward.of_role("parameter")
    names = [("parameter", "shape", "numbers"), *((t.name, shape(t), number(size(t))) for t in parameters)]
    wide = [max(len(row[i]) for row in names) for i in range(3)]
    lines = [f"{name.ljust(wide[0])}  {form.ljust(wide[1])}  {count.rjust(wide[2])}" for name, form, count in names]
    total = sp.Add(*(size(t) for t in parameters))
    there, back = operations(forward), operations(full)
    values = sp.Add(*(size(t) for t in full.tensors if t.role in ("value", "adjoint")))
    return "\n".join([
        *lines, "",
        f"parameters                       {number(total)}",
        f"operations, cost                 {number(there)}",
        f"operations, cost and gradients   {number(back)}{_ratio(there, back)}",
        f"memory, parameters (float64)     {_memory(total)}",
        f"memory, values and adjoints      {_memory(values)}"])


def size(tensor: Tensor) -> sp.Expr:
    """The number of entries."""
    return over(tensor.axes, sp.Integer(1))


def over(indices: Iterable[Index], each: sp.Expr) -> sp.Expr:
    """`each`, as often as the indices run (outermost first); summed where it depends on one of them."""
    for index in reversed(tuple(indices)):
        varies = index.symbol in each.free_symbols
        each = sp.Sum(each, (index.symbol, index.start, index.last)) if varies else index.size * each
    return each


def shape(tensor: Tensor) -> str:
    return " x ".join(str(axis.size) for axis in tensor.axes) or "number"


def operations(derivation: Derivation) -> sp.Expr:
    """The additions, multiplications and function calls of all equations as they stand."""
    return sp.Add(*(_operations(equation, loops) for equation, loops in walk(derivation.statements)))


def _operations(equation: Equation, loops: Iterable[Loop]) -> sp.Expr:
    """|I| * (sum over the terms of |K| * (their operations, and one to sum), and one to add each term)."""
    terms = (over(t.summed, sp.count_ops(t.body) + sp.Integer(bool(t.summed))) for t in equation.terms)
    each = sp.Add(*terms, sp.Integer(len(equation.terms) - 1))
    return over((*(loop.index for loop in loops), *equation.free), each)


def number(value: sp.Expr) -> str:
    return f"{int(value):,}" if value.is_Integer else str(value)


def _memory(numbers: sp.Expr) -> str:
    if not numbers.is_Integer:
        return f"{number(BYTES * numbers)} bytes"
    kib = BYTES * int(numbers) / 1024
    return f"{kib:,.1f} KiB" if kib < 1024 else f"{kib / 1024:,.1f} MiB"


def _ratio(there: sp.Expr, back: sp.Expr) -> str:
    """How much more the gradients take, where that is a number."""
    return f"   ({float(back / there):.1f} times the cost alone)" if there and (back / there).is_number else ""
