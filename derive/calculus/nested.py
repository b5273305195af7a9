r"""A gradient inside of a cost, as equations: what `g[k] = grad(D, x[k])` stands for.

    D = ..., g[k] = grad(D, x[k]), C = (sqrt(sum(g[k]^2, k)) - 1)^2
        becomes   dD_dz[j] = f'(z[j])*...,   g[k] = sum(w[j,k]*dD_dz[j], j)      then C as before

The rule of reverse mode gives equations; they are put where the gradient is read first and are forward equations
from then on, so the rule applies to them as to any other: that is a gradient of a gradient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import explain
from derive.calculus.reverse import reverse
from derive.calculus.tangent import ZERO
from derive.errors import DeriveError
from derive.functions.record import grad
from derive.ir import (
    Derivation,
    Equation,
    Loop,
    Statement,
    Tensor,
    equations_of,
    indices_of,
    mapped,
    needed,
    read,
    tensor_of,
    writing,
)

PART = "gradient"
"""What the equations of an inner gradient are a part of."""


def written_out(derivation: Derivation) -> Derivation:
    """The derivation with every `grad` in it written out as equations."""
    while (found := _first(derivation)) is not None:
        derivation = _with_gradient(derivation, *found)
    return derivation


def _first(derivation: Derivation) -> tuple[int, str] | None:
    """The place of the first statement with a gradient in it, and of what it is the gradient."""
    for number, statement in enumerate(derivation.statements):
        nodes = sorted(_nodes([statement]), key=str)
        if nodes and isinstance(statement, Loop):
            raise DeriveError("a gradient inside of a loop", where=next(e.place for e in equations_of((statement,))),
                              do="Take the gradient after the loop.")
        if nodes:
            return number, tensor_of(nodes[0].args[0])
    return None


def _nodes(statements: Iterable[Statement]) -> set[sp.Expr]:
    return {node for e in equations_of(statements) for t in e.terms for node in t.body.atoms(grad)}


def _with_gradient(derivation: Derivation, number: int, cost: str) -> Derivation:
    """The equations of one gradient put before statement `number`, and its values read there and later."""
    before, after = derivation.statements[:number], derivation.statements[number:]
    wanted = list(dict.fromkeys(tensor_of(node.args[1]) for node in sorted(_nodes(after), key=str)
                                if tensor_of(node.args[0]) == cost))
    equations, tensors = _equations(replace(derivation, statements=before, cost=cost), wanted)
    names = {t.of or "": t.name for t in tensors}

    def change(body: sp.Expr) -> sp.Expr:
        return body.xreplace({node: read(names[tensor_of(node.args[1])], *indices_of(node.args[1]))
                              for node in body.atoms(grad) if tensor_of(node.args[0]) == cost})

    kept = [*mapped(after, lambda equation: equation.map(change))]
    equations, kept = _by_their_names(equations, kept)
    written = {e.target for e in equations_of((*equations, *kept))}
    return replace(derivation, tensors=(*derivation.tensors, *(t for t in tensors if t.name in written)),
                   statements=(*before, *equations, *kept))


def _equations(inner: Derivation, wanted: list[str]) -> tuple[list[Statement], list[Tensor]]:
    """The gradient as a book has it; where that has conditions or loops, as what is added bit by bit."""
    explanation = explain(inner, wanted)
    results = [chain.textbook.result for chain in explanation.chains]
    plain = not any(t.where for e in results for t in e.terms) and not any(
        index.kind in ("layer", "time") for e in results for index in e.free)
    full = explanation.derivation if plain else reverse(inner, wanted)
    statements: list[Statement] = [*results] if plain else [*full.statements[len(inner.statements):]]
    bars = {t.of: t for t in full.of_role("adjoint") if t.name not in inner.by_name}
    live = needed([*equations_of(statements)], [bars[name].name for name in wanted])
    tensors = [replace(t, role="value") for t in bars.values() if t.name in live]
    begun = {e.target for e in equations_of(statements) if e.op == "="}
    zeros = [Equation(t.name, tuple(a.symbol for a in t.axes), t.axes, (ZERO,)) for t in tensors if t.name not in begun]
    told = mapped(writing([*zeros, *statements], live),
                  lambda e: replace(e, origin="the inner gradient", part=PART, via=None))
    return [*told], tensors


def _by_their_names(equations: list[Statement], after: list[Statement]) -> tuple[list[Statement], list[Statement]]:
    """g[k] = dD_dx[k] and dD_dx[k] = ... as g[k] = ...: the user's name, where nothing else reads the other one."""
    readers = [tensor_of(r) for e in equations_of((*equations, *after)) for r in e.reads()]
    made = {e.target: e for e in equations if isinstance(e, Equation) and e.op == "="}
    given: dict[str, Equation] = {}
    for statement in after:
        if isinstance(statement, Equation) and len(statement.terms) == 1 and statement.op == "=":
            body = statement.terms[0].body
            name = tensor_of(body) if body in statement.reads() else ""
            if name in made and readers.count(name) == 1 and indices_of(body) == statement.at == made[name].at:
                given[name] = replace(made[name], target=statement.target)
    names = {e.target: e for e in given.values()}
    return ([e for e in equations if not (isinstance(e, Equation) and e.target in given)],
            [names.get(s.target, s) if isinstance(s, Equation) else s for s in after])
