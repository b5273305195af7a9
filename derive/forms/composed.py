r"""The cost as one expression of all weights: every value replaced by what it is.

    C = 1/2 sum_j (sigma(sum_k w2[j,k] sigma(sum_q w1[k,q] x[q] + b1[k]) + b2[j]) - y[j])^2
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.calculus.pull import fresh_names
from derive.ir import Derivation, Equation, Term, indices_of, read, reads_of, tensor_of

MAX_VALUES = 24
"""A network of more values than this is never written as one expression."""
MAX_POLYNOMIAL = 16
"""A gradient of more operations than this keeps its intermediate values."""


def composed(forward: Derivation) -> Equation | None:
    """The equation of the cost with nothing but data and parameters on its right."""
    definitions = {e.target: e for e in forward.equations()}
    if len(definitions) > MAX_VALUES or not all(isinstance(s, Equation) for s in forward.statements):
        return None
    every = list(forward.equations())
    if len(definitions) < len(every) or len(definitions) < 2 or any(e.is_max or not _is_whole(e) for e in every):
        return None
    cost = definitions[forward.cost]
    taken: set[str] = set()
    terms = tuple(Term(_value(t, definitions, {}, taken), (), t.where) for t in cost.terms)
    return Equation(cost.target, cost.at, cost.free, terms)


def _is_whole(equation: Equation) -> bool:
    """Whether each index stands alone on the left: z[k] = ..., not z[3*p + q] = x[p,q]."""
    return equation.at == tuple(i.symbol for i in equation.free)


def with_values(forward: Derivation, equation: Equation) -> Equation | None:
    """A gradient as a polynomial in data and parameters alone, where that is short: 4.5w - 2.4."""
    definitions = {e.target: e for e in forward.equations()}
    if not any(tensor_of(r) in definitions for r in equation.reads()) or any(t.summed for t in equation.terms):
        return None
    numbers = {read(t.name): t.value for t in forward.of_role("constant") if t.value is not None and not t.axes}
    whole = sp.Add(*(_value(t, definitions, {}, set()) for t in equation.terms)).xreplace(numbers)
    if whole.has(sp.Function, sp.Sum) or sp.count_ops(whole) > MAX_POLYNOMIAL:
        return None
    return replace(equation, terms=(Term(sp.expand(whole)),))


def _value(term: Term, definitions: dict[str, Equation], put: dict[sp.Basic, sp.Basic], taken: set[str]) -> sp.Expr:
    """A term as one expression: its sums as Sum nodes, with letters that no sum around them uses."""
    fresh = fresh_names(term.summed, taken | {str(s) for e in put.values() for s in e.free_symbols})
    names = taken | {new.name for new in fresh.values()}
    renaming = put | {old.symbol: new.symbol for old, new in fresh.items()}
    body = term.body.xreplace(renaming)
    values = {r: _read(r, definitions, names) for r in reads_of(body) if tensor_of(r) in definitions}
    body = body.xreplace(values)
    for new in reversed(list(fresh.values())):
        body = sp.Sum(body, (new.symbol, new.start.xreplace(renaming), new.last.xreplace(renaming)))
    return body


def _read(access: sp.Expr, definitions: dict[str, Equation], taken: set[str]) -> sp.Expr:
    equation = definitions[tensor_of(access)]
    put: dict[sp.Basic, sp.Basic] = dict(zip(equation.at, indices_of(access), strict=True))
    return sp.Add(*(_value(t, definitions, put, taken) for t in equation.terms))
