"""What stands in stop(...) as data: the values that it has at one point, whatever is moved afterwards.

    h[t] = f(stop(h[t-1]))     is     h[t] = f(stopped1[t])     with the numbers that h[t-1] has here

The slope of stop is 0 by definition, so no difference of values shows it: stop(x) moves with x. Where these values are
held, differences and derivatives mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from derive.evaluate.interpreter import evaluate
from derive.functions.record import Application, in_primitives, released, stop
from derive.ir import Derivation, Equation, Index, Loop, Statement, Tensor, Term, rewritten


def stops(derivation: Derivation) -> bool:
    """Whether anything stands in stop(...), in the formula of an activation too."""
    return any(_within(term.body) for equation in derivation.equations() for term in equation.terms)


def held(derivation: Derivation, given: Mapping[str, Any],
         sizes: Mapping[str, Any] | None = None) -> tuple[Derivation, dict[str, Any]]:
    """The derivation with stopped values as further data, and their arrays at the given point."""
    if not stops(derivation):
        return derivation, {}
    naming = _Naming(set(derivation.by_name))
    statements = tuple(s for statement in derivation.statements for s in naming.named(statement, ()))
    whole = replace(derivation, tensors=(*derivation.tensors, *naming.made), statements=statements)
    names = {t.name for t in naming.made}
    values = evaluate(whole, given, sizes)
    fixed = replace(derivation, tensors=(*derivation.tensors, *(replace(t, role="data") for t in naming.made)),
                    statements=rewritten(statements, lambda e: () if e.target in names else (e,)))
    return fixed, {name: values[name] for name in sorted(names)}


def _within(body: sp.Expr) -> bool:
    return body.has(stop) or any(_within(node.record.definition(node.order)) for node in body.atoms(Application))


def _opened(body: sp.Expr) -> sp.Expr:
    """Activations whose formulas have a stop in them, written out."""
    return body.xreplace({node: in_primitives(node) for node in body.atoms(Application) if _within(node)})


@dataclass
class _Naming:
    """Gives each stopped value a name and an equation of its own, in front of the equation that reads it."""

    taken: set[str]
    made: list[Tensor] = field(default_factory=list)

    def named(self, statement: Statement, around: tuple[Index, ...]) -> list[Statement]:
        if isinstance(statement, Loop):
            inner = (*around, statement.index)
            return [replace(statement, body=tuple(s for one in statement.body for s in self.named(one, inner)))]
        before: list[Statement] = []
        terms = tuple(self._term(term, statement, around, before) for term in statement.terms)
        return [*before, replace(statement, terms=terms)]

    def _term(self, term: Term, equation: Equation, around: tuple[Index, ...], before: list[Statement]) -> Term:
        if not _within(term.body):
            return term
        body = _opened(term.body)
        running = (*around, *equation.free, *term.summed)
        put = {}
        for node in sorted(_outermost(body), key=str):
            own = tuple(i for i in running if i.symbol in node.free_symbols)
            tensor = Tensor(self._name(), own)
            symbols = {i.symbol for i in own}
            where = tuple(c for c in term.where if c.free_symbols <= symbols)
            before.append(Equation(tensor.name, tuple(i.symbol for i in own),
                                   tuple(i for i in own if i not in around),
                                   (Term(released(node.args[0]), (), where),)))
            self.made.append(tensor)
            put[node] = tensor.at()
        return replace(term, body=body.xreplace(put))

    def _name(self) -> str:
        name = next(n for k in range(1, 10_000) if (n := f"stopped{k}") not in self.taken)
        self.taken.add(name)
        return name


def _outermost(body: sp.Expr) -> set[sp.Expr]:
    """The stops that are in no other one."""
    if isinstance(body, stop):
        return {body}
    return set().union(*(_outermost(argument) for argument in body.args)) if body.has(stop) else set()
