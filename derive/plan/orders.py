"""In which order the axes of a value lie in memory: so that it is rows and columns of one product.

    q[s,h,t,i] = sum(o[s,t,f]*w[h,i,f], f)     lies as (s,t,h,i):     (st, f) @ (f, hi), one product in place of s*h

A product says of each of the three arrays it meets which axes it shares with the one and which with the other; where
none is shared with both, those of a group lie side by side. In: equations. Out: the order by tensor, where it is not
that of the equations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import sympy as sp

from derive.ir import Equation, Loop, Statement, Tensor, equations_of, indices_of, reads_of, tensor_of

Order = tuple[int, ...]
Access = tuple[str, tuple[sp.Expr, ...]]
"""A tensor and its subscripts."""


def orders(statements: Iterable[Statement], tensors: Mapping[str, Tensor], kept: Collection[str]) -> dict[str, Order]:
    """The first product that says anything decides; `kept` are tensors that others read as they are."""
    statements = list(statements)
    known: dict[str, Order] = {}
    fixed = {*kept, *_fixed(statements, tensors)}
    for equation in (s for s in statements if isinstance(s, Equation)):
        for three in _products(equation, tensors):
            for n, (name, at) in enumerate(three):
                if name not in fixed and name not in known:
                    others = [_lying(access, known) for access in three[:n] + three[n + 1:]]
                    if (order := _order(at, *others)) is not None:
                        known[name] = order
    return {name: order for name, order in known.items() if order != tuple(sorted(order))}


def _fixed(statements: Iterable[Statement], tensors: Mapping[str, Tensor]) -> Iterator[str]:
    """What the caller gives or gets, what loops and parts of arrays touch."""
    yield from (name for name, t in tensors.items() if t.role in ("data", "parameter", "constant", "cost")
                or t.role == "adjoint" and tensors[t.of or ""].role in ("data", "parameter"))
    for statement in statements:
        if isinstance(statement, Loop):
            for e in equations_of([statement]):
                yield from (e.target, *(tensor_of(r) for r in e.reads()))
        elif isinstance(statement, Equation):
            accesses = [(statement.target, statement.at), *((tensor_of(r), indices_of(r)) for r in statement.reads())]
            yield from (name for name, at in accesses if not all(i.is_Symbol for i in at) or len({*at}) < len(at))


def _products(equation: Equation, tensors: Mapping[str, Tensor]) -> Iterator[list[Access]]:
    """What an equation writes, and the two arrays of which it sums products."""
    for term in equation.terms:
        reads = [f for f in sp.Mul.make_args(term.body) if f in reads_of(f) and tensors[tensor_of(f)].axes]
        if term.summed and len(reads) == 2:
            yield [(equation.target, equation.at), *((tensor_of(r), indices_of(r)) for r in reads)]


def _lying(access: Access, known: Mapping[str, Order]) -> list[sp.Expr]:
    name, at = access
    return [at[n] for n in known.get(name, range(len(at)))]


def _order(at: tuple[sp.Expr, ...], one: list[sp.Expr], other: list[sp.Expr]) -> Order | None:
    """The axes that the one has, then those that the other has; those first of which one is the first anyway."""
    groups = [[a for a in of if a in at] for of in (one, other)]
    if len(at) < 3 or len(groups[0]) + len(groups[1]) != len(at) or {*groups[0], *groups[1]} != {*at}:
        return None
    first, second = sorted(groups, key=lambda group: at[0] not in group)
    return tuple(at.index(a) for a in (*first, *second))
