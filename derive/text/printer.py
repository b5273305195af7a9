"""The textbook text syntax, printed: what `read_equations` reads back as the same derivation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.functions.record import Application, in_primitives
from derive.ir import Derivation, Equation, Fact, Index, Loop, Statement, Tensor, Term, ties_of
from derive.text.formula import write_expression
from derive.text.inferred import Declared, declared_indices, spelled


def write_equations(derivation: Derivation) -> str:
    """The whole derivation: declarations, then equations, one a line."""
    declared = declared_indices(derivation)
    lines = _statements(derivation.statements, "", declared, derivation)
    facts = [write_fact(fact) for fact in derivation.facts]
    return "\n".join([*_declarations(derivation, declared), *lines, *facts]) + "\n"


def _declarations(derivation: Derivation, declared: Declared) -> Iterator[str]:
    for index in declared.values():
        kind = "index" if index.kind == "axis" else index.kind
        yield f"{kind} {index.name} = {_range(index)}"
    for tensor in derivation.tensors:
        if tensor.role in ("data", "parameter", "constant"):
            yield f"{tensor.role} {_declared(tensor, derivation.decimals)}"
    yield f"cost {derivation.cost}" + (f" by {', '.join(derivation.by)}" if derivation.by else "")


def _declared(tensor: Tensor, decimals: bool) -> str:
    axes = ", ".join(f"{a.name}: {_range(a)}" for a in tensor.axes)
    among = f" in {_range(tensor.among)}" if tensor.among is not None else ""
    return tensor.name + (f"[{axes}]" if axes else "") + among + _value(tensor, decimals)


def _value(tensor: Tensor, decimals: bool) -> str:
    if tensor.value is None:
        return ""
    shortest = repr(float(tensor.value))
    exact = "e" not in shortest and sp.Rational(shortest) == tensor.value
    return f" = {shortest if decimals and exact else write_expression(tensor.value)}"


def _range(index: Index) -> str:
    size = write_expression(index.size)
    return size if index.start == 0 else f"{write_expression(index.start)}..{write_expression(sp.expand(index.last))}"


def _statements(statements: tuple[Statement, ...], indent: str, declared: Declared,
                derivation: Derivation) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Loop):
            index = statement.index
            span = "" if declared.get(index.name) == index else f" = {_range(index)}"
            yield f"{indent}for {index.name}{span}{' descending' if statement.descending else ''}:"
            yield from _statements(statement.body, indent + "    ", declared, derivation)
        elif statement.target not in {ties_of(e.target) for e in derivation.equations() if e.is_max}:
            plain = spelled(statement, declared, derivation).map(_without_typed)
            yield indent + write_equation(plain)


def _without_typed(body: sp.Expr) -> sp.Expr:
    """A function that a user typed has no name outside of this derivation: its formula stands for it."""
    return body.replace(lambda e: isinstance(e, Application) and e.record.typed, in_primitives)


def write_equation(equation: Equation) -> str:
    """`z[j] = sum(w[j, k]*x[k], k) + b[j]`; a push adds up what its left side does not tell apart."""
    left = set().union(*(e.free_symbols for e in equation.at)) if equation.at else set()
    added = tuple(index for index in equation.free if index.symbol not in left)
    terms = [replace(term, summed=(*added, *term.summed)) for term in equation.terms]
    right = " + ".join(write_term(term) for term in terms).replace("+ -", "- ")
    return f"{write_expression(equation.lhs)} {equation.op} {right}"


def write_fact(fact: Fact) -> str:
    return f"fact {write_term(fact.left)} = {write_expression(fact.right)}"


def write_term(term: Term) -> str:
    body = write_expression(term.body)
    return f"{term.by}({body}, {', '.join(k.name for k in term.summed)})" if term.summed else body
