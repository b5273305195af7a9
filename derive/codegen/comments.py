"""Equations as the comments and the docstring of the module show them.

    dC/db[j] = sum(dC/dz[s,j],s)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import sympy as sp
from sympy.utilities.iterables import sift

from derive.calculus.factored import factored
from derive.ir import Equation, Tensor, Term, indices_of, read, reads_of, tensor_of
from derive.text.formula import write_expression
from derive.text.printer import write_term


def equation_text(equation: Equation) -> str:
    """The equation in the textbook syntax; conditions stand after their term."""
    shared = factored(equation.terms)
    right = _added(map(_conditioned, equation.terms))
    if shared:
        front = write_expression(shared.front)
        right = f"{f'({front})' if shared.front.is_Add else front}*({_added(map(_before_its_sum, shared.terms))})"
    return f"{write_expression(equation.lhs)} {equation.op} {right}".replace(", ", ",")


def _added(texts: Iterable[str]) -> str:
    return " + ".join(texts).replace("+ -", "- ")


def _before_its_sum(term: Term) -> str:
    """-h[s,k]*sum(d[q,k]*h[q,k], q): what does not depend on a summed index stands in front."""
    bound = {k.symbol for k in term.summed}
    inside, outside = sift(sp.Mul.make_args(term.body), lambda factor: bool(factor.free_symbols & bound), binary=True)
    if not term.summed or not inside or not outside:
        return write_term(term)
    front = write_expression(sp.Mul(*outside))
    total = write_term(replace(term, body=sp.Mul(*inside)))
    return f"-{total}" if front == "-1" else f"{front}*{total}"


def said(equation: Equation, tensors: Mapping[str, Tensor]) -> Equation:
    """The equation with R{z1[s,j]} for R_z1[s,j] and (dD/dx)[k] for dD_dx[k]: derivatives under the names of paper."""
    names = {name: _said(tensors[name], tensors) for name in sorted({equation.target, *equation.names})}
    changed = {name: text for name, text in names.items() if text != name}
    if not changed:
        return equation
    return replace(equation.map(lambda body: body.xreplace(
        {r: read(changed[tensor_of(r)], *indices_of(r)) for r in reads_of(body) if tensor_of(r) in changed})),
        target=changed.get(equation.target, equation.target))


def _said(tensor: Tensor, tensors: Mapping[str, Tensor]) -> str:
    if tensor.role == "tangent" and tensor.by is None:
        return f"R{{{_said(tensors[tensor.of or ''], tensors)}}}"
    if tensor.role == "tangent":
        return f"d{_said(tensors[tensor.of or ''], tensors)}/d{tensor.by}"
    if tensor.role == "value" and tensor.of is not None:
        return f"(d{tensor.written.letter}/d{tensor.of})"
    if tensor.role == "adjoint" and tensor.of is not None and tensors[tensor.of].of is not None:
        return f"d{tensor.written.letter}/d{_said(tensors[tensor.of], tensors)}"
    return tensor.name


def _conditioned(term: Term) -> str:
    where = f" [{', '.join(_relation(c) for c in term.where)}]" if term.where else ""
    return write_term(term) + where


def _relation(condition: sp.Basic) -> str:
    sign = {sp.Equality: "=", sp.LessThan: "<=", sp.GreaterThan: ">="}.get(type(condition), "?")
    return f"{write_expression(condition.lhs)} {sign} {write_expression(condition.rhs)}"
