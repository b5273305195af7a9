"""The textbook text syntax, printed: what `read_equations` reads back as the same derivation."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from derive.functions import absolute, maximum, minimum
from derive.ir import Derivation, Equation, Fact, Index, Loop, Statement, Tensor, Term

NAMES = {absolute: "abs", maximum: "max", minimum: "min"}
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)


def write_equations(derivation: Derivation) -> str:
    """The whole derivation: declarations, then equations, one a line."""
    return "\n".join([*_declarations(derivation), *_statements(derivation.statements, ""),
                      *(write_fact(f) for f in derivation.facts)]) + "\n"


def _declarations(derivation: Derivation) -> Iterator[str]:
    outer = {a.name: a for t in derivation.tensors for a in t.axes if a.kind == "sample"}
    for statement in derivation.statements:
        _collect(statement, outer)
    for index in outer.values():
        kind = "index" if index.kind == "axis" else index.kind
        yield f"{kind} {index.name} = {_range(index)}"
    for tensor in derivation.tensors:
        if tensor.role in ("data", "parameter", "constant"):
            yield f"{tensor.role} {_declared(tensor)}"
    yield f"cost {derivation.cost}"


def _collect(statement: Statement, outer: dict[str, Index]) -> None:
    if isinstance(statement, Loop):
        outer.setdefault(statement.index.name, statement.index)
        for inner in statement.body:
            _collect(inner, outer)


def _declared(tensor: Tensor) -> str:
    axes = ", ".join(f"{a.name}: {_range(a)}" for a in tensor.axes)
    value = f" = {tensor.value}" if tensor.value is not None else ""
    return tensor.name + (f"[{axes}]" if axes else "") + value


def _range(index: Index) -> str:
    return str(index.size) if index.start == 0 else f"{index.start}..{sp.expand(index.last)}"


def _statements(statements: tuple[Statement, ...], indent: str) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Loop):
            yield f"{indent}for {statement.index.name}{' descending' if statement.descending else ''}:"
            yield from _statements(statement.body, indent + "    ")
        else:
            yield indent + write_equation(statement)


def write_equation(equation: Equation) -> str:
    right = " + ".join(write_term(t) for t in equation.terms).replace("+ -", "- ")
    return f"{write_expression(equation.lhs)} {equation.op} {right}"


def write_fact(fact: Fact) -> str:
    return f"fact {write_term(fact.left)} = {write_expression(fact.right)}"


def write_term(term: Term) -> str:
    body = write_expression(term.body, SUM)
    return f"sum({body}, {', '.join(k.name for k in term.summed)})" if term.summed else body


def write_expression(expr: sp.Expr, level: int = SUM) -> str:
    """An expression with as few brackets as its place allows."""
    text, own = _write(expr)
    return f"({text})" if own < level else text


def _write(expr: sp.Expr) -> tuple[str, int]:
    if isinstance(expr, sp.Indexed):
        return f"{expr.base.label}[{', '.join(write_expression(i) for i in expr.indices)}]", ATOM
    if expr.is_Rational and not expr.is_Integer:
        return f"{expr.p}/{expr.q}", UNARY if expr.p < 0 else PRODUCT
    if expr.is_Integer:
        return str(expr), ATOM if expr >= 0 else UNARY
    if expr.is_Add:
        parts = [write_expression(a, PRODUCT) for a in expr.as_ordered_terms()]
        return " + ".join(parts).replace("+ -", "- "), SUM
    if expr.is_Mul:
        return _product(expr)
    if expr.is_Pow and expr.exp.is_number and expr.exp.is_negative:
        return f"1/{write_expression(1 / expr, POWER)}", PRODUCT
    if expr.is_Pow and expr.exp == sp.Rational(1, 2):
        return f"sqrt({write_expression(expr.base)})", ATOM
    if expr.is_Pow:
        return f"{write_expression(expr.base, ATOM)}^{write_expression(expr.exp, POWER)}", POWER
    if isinstance(expr, sp.Function):
        name = NAMES.get(type(expr), type(expr).__name__)
        return f"{name}({', '.join(write_expression(a) for a in expr.args)})", ATOM
    if expr is sp.E:
        return "exp(1)", ATOM
    return str(expr), ATOM


def _product(expr: sp.Expr) -> tuple[str, int]:
    if expr.could_extract_minus_sign() and not (expr.as_coeff_Mul()[0] >= 0):
        return "-" + write_expression(-expr, PRODUCT), UNARY
    above, below = expr.as_numer_denom() if expr.is_commutative else (expr, sp.Integer(1))
    coefficient, rest = above.as_coeff_Mul()
    factors = [] if coefficient == 1 and rest != 1 else [write_expression(coefficient, POWER)]
    factors += [write_expression(f, POWER) for f in rest.as_ordered_factors()] if rest != 1 else []
    text = "*".join(factors) or "1"
    if below != 1:
        text += "/" + write_expression(below, POWER)
    return text, PRODUCT
