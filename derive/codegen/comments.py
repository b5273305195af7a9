"""Equations as the comments and the docstring of the module show them.

    dC/db[j] = sum(dC/dz[s,j],s)
"""

from __future__ import annotations

import sympy as sp

from derive.ir import Equation, Term
from derive.text.formula import write_expression
from derive.text.printer import write_term


def equation_text(equation: Equation) -> str:
    """The equation in the textbook syntax; conditions stand after their term."""
    right = " + ".join(_conditioned(t) for t in equation.terms).replace("+ -", "- ")
    return f"{write_expression(equation.lhs)} {equation.op} {right}".replace(", ", ",")


def _conditioned(term: Term) -> str:
    where = f" [{', '.join(_relation(c) for c in term.where)}]" if term.where else ""
    return write_term(term) + where


def _relation(condition: sp.Basic) -> str:
    sign = {sp.Equality: "=", sp.LessThan: "<=", sp.GreaterThan: ">="}.get(type(condition), "?")
    return f"{write_expression(condition.lhs)} {sign} {write_expression(condition.rhs)}"
