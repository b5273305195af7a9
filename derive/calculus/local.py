"""The value of each `Partial` in a line: the derivative of one equation by one of its reads."""

from __future__ import annotations

import sympy as sp

from derive.calculus.explain import Explanation, Line
from derive.calculus.partials import Partial
from derive.calculus.reverse import slope_by
from derive.ir import Derivation, Term, indices_of, reads_of, tensor_of


def local_derivatives(explanation: Explanation, line: Line) -> list[tuple[sp.Expr, Term]]:
    """Each `Partial` of a line with its value, for those that are a single term."""
    found = []
    for node in sorted({p for t in line.equation.terms for p in t.body.atoms(Partial)}, key=str):
        value = _value_of(explanation.forward, node)
        if value is not None:
            found.append((node, value))
    return found


def _value_of(forward: Derivation, node: sp.Expr) -> Term | None:
    left, access = node.args
    for equation, _ in forward.defining(tensor_of(left)):
        put: dict[sp.Basic, sp.Basic] = dict(zip(equation.at, indices_of(left), strict=True))
        for term in equation.terms:
            for inner in sorted(reads_of(term.body), key=str):
                if tensor_of(inner) != tensor_of(access):
                    continue
                bound = {k.symbol for k in term.summed}
                match = dict(zip((i.xreplace(put) for i in indices_of(inner)), indices_of(access), strict=True))
                if all(a == b or a in bound for a, b in match.items()):
                    body = slope_by(equation, term, inner).xreplace(put).xreplace(match)
                    return Term(body, tuple(k for k in term.summed if k.symbol not in match))
    return None
