"""The numpy functions that a claim may call, by name: `np.outer(a, b)`, `a.dot(b)`, `np.sum(x, axis=0)`.

A table from the name to a function of the arithmetic, the positional values and the named ones. Shapes are numpy's;
a wrong one is a `Misfit` that says both. What is not in the table is refused with the nearest that is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derive.claims.python.arithmetic import Arithmetic
from derive.claims.python.reductions import deviation, largest, mean, smallest, total, variance, where_largest
from derive.claims.python.reshaping import arange, array, copied, expand, flat, joined, reshape, squeeze, transpose
from derive.claims.python.values import Fault, Misfit, Value, bounded, named, scalar, stacked

Act = Callable[..., Value]
ELEMENTWISE = ("exp", "log", "sqrt", "tanh", "sin", "cos", "sinh", "cosh", "abs", "sigmoid")


def pairwise(sign: str) -> Act:
    """np.maximum, np.minimum; at a tie neither slope counts."""

    def act(do: Arithmetic, left: Value, right: Value) -> Value:
        name = "maximum" if sign == ">" else "minimum"
        return do.each(lambda a, b: do.entries.apply(name, a, do.entries.boxed(b)), left, right)

    return act


def choose(do: Arithmetic, condition: Value, left: Value, right: Value) -> Value:
    mask, a, b = stacked(condition), do.entries.array(left), do.entries.array(right)
    if mask.dtype == object:
        mask = stacked(do.compare("!=", condition, 0))
    form = do.together("np.where", do.together("np.where", a.shape, b.shape), mask.shape)
    do.budget.spend(int(np.prod(form)))
    return scalar(np.where(mask.astype(np.bool_), a, b))


def clip(do: Arithmetic, x: Value, low: Value = None, high: Value = None) -> Value:
    low = x if low is None else pairwise(">")(do, x, low)
    return low if high is None else pairwise("<")(do, low, high)


def elementwise(name: str) -> Act:
    def act(do: Arithmetic, x: Value) -> Value:
        return do.each(lambda entry: do.entries.apply(name, entry), x)

    return act


def filled(value: int) -> Act:
    def act(do: Arithmetic, size: Value, dtype: Value = None) -> Value:
        return do.entries.full(sizes(size), value)

    return act


def filled_like(value: int) -> Act:
    def act(do: Arithmetic, x: Value, dtype: Value = None) -> Value:
        return do.entries.full(stacked(x).shape, value)

    return act


def full(do: Arithmetic, size: Value, value: Value) -> Value:
    return do.binary("*", do.entries.full(sizes(size), 1), value)


def sizes(value: Value) -> tuple[int, ...]:
    listed = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not all(isinstance(n, int) and 0 <= n for n in listed):
        raise Fault(f"a shape holds whole numbers, not {', '.join(named(n) for n in listed)[:60]}")
    bounded(np.broadcast_to(np.int8(0), listed[:32]))
    return listed


def eye(do: Arithmetic, n: Value, m: Value = None) -> Value:
    rows, columns = sizes((n, n if m is None else m))
    result = do.entries.full((rows, columns), 0)
    for at in range(min(rows, columns)):
        result[at, at] = do.entries.boxed(1)
    return result


def diagonal(do: Arithmetic, x: Value) -> Value:
    array = do.entries.array(x)
    if array.ndim == 2:
        return np.diagonal(array).copy()
    if array.ndim != 1:
        raise Misfit(f"np.diag of an array of shape {array.shape}")
    result = do.entries.full(bounded_square(array.size), 0)
    for at, entry in enumerate(array):
        result[at, at] = entry
    return result


def bounded_square(n: int) -> tuple[int, int]:
    return (sizes((n, n))[0], n)


def outer(do: Arithmetic, a: Value, b: Value) -> Value:
    left, right = stacked(a).reshape(-1, 1), stacked(b).reshape(1, -1)
    return do.binary("*", left, right)


def einsum(do: Arithmetic, rule: Value, *operands: Value) -> Value:
    if not isinstance(rule, str) or len(rule) > 60 or not operands or len(operands) > 4:
        raise Fault("np.einsum is read with a text such as 'ij,jk->ik' first and at most 4 arrays")
    arrays = [do.entries.array(x) for x in operands]
    inputs = rule.replace(" ", "").split("->")[0].split(",")
    if "." in rule or len(inputs) != len(arrays):
        raise Misfit(f"np.einsum('{rule}') with {len(arrays)} arrays")
    known: dict[str, int] = {}
    for letters, one in zip(inputs, arrays, strict=True):
        if len(letters) != one.ndim or any(known.setdefault(c, n) != n for c, n in zip(letters, one.shape,
                                                                                        strict=True)):
            raise Misfit(f"np.einsum('{rule}') with shapes " + ", ".join(str(a.shape) for a in arrays))
    do.budget.spend(int(np.prod(list(known.values()), dtype=object)))
    return bounded(scalar(np.einsum(rule, *arrays)))


def binary(sign: str) -> Act:
    return lambda do, left, right: do.binary(sign, left, right)


NAMES: dict[str, Act] = {
    "dot": lambda do, a, b: do.dot(a, b), "matmul": binary("@"), "outer": outer, "sum": total, "mean": mean,
    "average": mean, "var": variance, "std": deviation, "max": largest, "amax": largest, "min": smallest,
    "amin": smallest, "argmax": where_largest, "maximum": pairwise(">"), "minimum": pairwise("<"), "where": choose,
    "clip": clip, "ones": filled(1), "zeros": filled(0), "empty": filled(0), "ones_like": filled_like(1),
    "zeros_like": filled_like(0), "full": full, "eye": eye, "identity": eye, "diag": diagonal, "diagflat": diagonal,
    "einsum": einsum, "arange": arange, "reshape": reshape, "transpose": transpose, "squeeze": squeeze,
    "expand_dims": expand, "concatenate": joined(np.concatenate), "stack": joined(np.stack),
    "hstack": joined(np.hstack), "vstack": joined(np.vstack), "column_stack": joined(np.column_stack), "ravel": flat,
    "flatten": flat, "copy": copied, "astype": copied, "array": array, "asarray": array,
    "add": binary("+"), "subtract": binary("-"), "multiply": binary("*"), "divide": binary("/"),
    "true_divide": binary("/"), "power": binary("**"), "negative": lambda do, x: do.negative(x),
    "square": lambda do, x: do.binary("*", x, x), "reciprocal": lambda do, x: do.binary("/", 1, x),
    "greater": lambda do, a, b: do.compare(">", a, b), "less": lambda do, a, b: do.compare("<", a, b),
    "log1p": lambda do, x: elementwise("log")(do, do.binary("+", 1, x)),
    "sign": lambda do, x: do.binary("-", do.binary("*", 1, do.compare(">", x, 0)), do.compare("<", x, 0)),
    "heaviside": lambda do, x, half: choose(do, do.compare("==", x, 0), half, do.compare(">", x, 0)),
    "absolute": elementwise("abs"), **{name: elementwise(name) for name in ELEMENTWISE},
}
METHODS = frozenset({"dot", "sum", "mean", "var", "std", "max", "min", "argmax", "clip", "reshape", "transpose",
                     "squeeze", "ravel", "flatten", "copy", "astype"})
"""What may stand behind an array and a dot."""
