"""How long the formula of one derivative would be if everything were written out. Nothing is expanded to know it.

    dC/dw[j,k]  with every sum written term by term, and every value and adjoint replaced by its own formula

The same equations are executed in another arithmetic, in which an array holds how long the formula of each
entry is: `lhs[I] = sum_K body(I, K)` becomes `length[I] = sum_K (own symbols + lengths of all that body reads)`.
That is a recurrence from layer to layer, so its cost is that of one pass, however long the formula.

The text that is measured: summands joined by " + ", each computed quantity in brackets where it is put in,
entries as w1[3,5]; sigmoid and sigmoid' are functions with a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from derive.calculus.reverse import adjoints_of, reverse
from derive.errors import DeriveError
from derive.evaluate import evaluate
from derive.ir import Derivation, Equation, Index, Tensor, Term, mapped, read, reads_of, tensor_of
from derive.summary import operations
from derive.text import write_equation, write_expression

JOIN = len(" + ")
BRACKETS = len("()")


@dataclass(frozen=True)
class Size:
    """Of a formula: the paths from the weight to the cost that it sums over, its operations, its characters."""

    paths: int
    operations: int
    characters: int


def expanded_size(derivation: Derivation, weight: str, entry: tuple[int, ...] = ()) -> Size:
    """The size of dC/d(weight[entry]) written out; places count from 0."""
    _check_sizes(derivation)
    full = reverse(derivation, [weight])
    bar = adjoints_of(derivation, [weight])[weight]

    def counted(body: Callable[[Derivation, sp.Expr], sp.Expr], given: Callable[[Tensor], Any]) -> int:
        lengths = _executed(full, body, given)
        return int(np.asarray(lengths[bar], dtype=object)[entry])

    letters = counted(_characters, _names) - JOIN
    steps = counted(_operations, lambda tensor: np.zeros(_shape(tensor), dtype=int)) - 1
    return Size(counted(_paths, lambda tensor: np.zeros(_shape(tensor), dtype=int)), max(steps, 0), max(letters, 0))


def shared_size(derivation: Derivation, weight: str) -> tuple[int, int]:
    """(operations, characters) of the equations from the cost to the whole array dC/d(weight), each written once."""
    full = reverse(derivation, [weight])
    return int(operations(full)), sum(len(write_equation(equation)) + 1 for equation in full.equations())


def _check_sizes(derivation: Derivation) -> None:
    for tensor in derivation.tensors:
        for axis in tensor.axes:
            if not axis.size.is_Integer:
                raise DeriveError(f"'{tensor.name}' has {axis.size} entries along {axis.name}, which is not a number",
                                  do="Give the widths as numbers, as in 784-16-16-10.")


# -- the equations in another arithmetic ---------------------------------------------------


def _executed(full: Derivation, body: Callable[[Derivation, sp.Expr], sp.Expr],
              given: Callable[[Tensor], Any]) -> dict[str, Any]:
    """Every body replaced by the length of what it says, and the whole run with whole numbers."""
    seed = next(e for e in full.equations() if e.origin == "seed")
    one = read(seed.target)

    def measured(equation: Equation) -> Equation:
        if equation is seed:
            return equation
        terms = tuple(replace(t, body=sp.expand(body(full, t.body.xreplace({one: sp.Integer(1)}))))
                      for t in equation.terms if t.body != 0)
        return replace(equation, terms=terms or (Term(sp.Integer(0)),))

    tensors = tuple(replace(t, value=None) for t in full.tensors)
    lengths = Derivation(tensors, mapped(full.statements, measured), full.cost)
    return evaluate(lengths, {t.name: given(t) if t.among is None else _words(t, t.among) for t in tensors
                              if t.role in ("data", "parameter", "constant")}, number="exact")


def _words(tensor: Tensor, among: Index) -> Any:
    """Numbers that stand in subscripts stay numbers: one after the other, as if every word came in its turn."""
    return np.resize(np.arange(int(among.start), int(among.start + among.size)), _shape(tensor))


def _computed(full: Derivation, access: sp.Expr) -> bool:
    return full.tensor(tensor_of(access)).role not in ("data", "parameter", "constant")


def _characters(full: Derivation, body: sp.Expr) -> sp.Expr:
    """Of one summand with the " + " behind it."""
    marks = {access: sp.Symbol(f"Q{n}Q") for n, access in enumerate(sorted(reads_of(body), key=str))}
    text = write_expression(body.xreplace(marks))
    length = sp.Integer(len(text) + JOIN)
    for access, mark in marks.items():
        own = BRACKETS - JOIN if _computed(full, access) else 0
        length += text.count(mark.name) * (access + own - len(mark.name))
    return length


def _operations(full: Derivation, body: sp.Expr) -> sp.Expr:
    """Of one summand with the addition behind it."""
    nodes = list(sp.preorder_traversal(body))
    steps = sp.Integer(sp.count_ops(body) + 1)
    for access in sorted(reads_of(body), key=str):
        if _computed(full, access):
            steps += nodes.count(access) * (access - 1)
    return steps


def _paths(full: Derivation, body: sp.Expr) -> sp.Expr:
    """A path of the adjoint that is pushed on, or 1 from the cost itself; values have none."""
    bars = [r for r in sorted(reads_of(body), key=str) if full.tensor(tensor_of(r)).role == "adjoint"]
    return bars[0] if bars else sp.Integer(1)


def _shape(tensor: Tensor) -> tuple[int, ...]:
    return tuple(int(axis.size) for axis in tensor.axes)


def _names(tensor: Tensor) -> Any:
    """The length of the name of each entry: 5 for w[3,5]."""
    total = np.full(_shape(tensor), len(_entry_name(tensor.name, (0,) * len(tensor.axes))) - len(tensor.axes))
    for place, axis in enumerate(tensor.axes):
        digits = np.array([len(str(int(axis.start == 0) + i + int(axis.start))) for i in range(int(axis.size))])
        total = total + digits.reshape([-1 if p == place else 1 for p in range(len(tensor.axes))])
    return total


def _entry_name(name: str, entry: tuple[int, ...]) -> str:
    return f"{name}[{','.join(str(i + 1) for i in entry)}]" if entry else name
