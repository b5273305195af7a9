"""The forward equations as they are safe to compute.

    e = exp(z), s = sum e, a = e/s     is one call:  a = softmax(z)
    log(a) where a = sigmoid(z)        becomes      -softplus(-z),   never log(0)
    log(a) where a = softmax(z)        becomes      log_softmax(z)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

import sympy as sp

from derive.formulas.stable import VECTOR_IDENTITIES, logs_apart, stable, zeros_kept
from derive.functions.record import Application, VectorFunction, vector_activations
from derive.ir import (
    Derivation,
    Equation,
    Index,
    Loop,
    Statement,
    Term,
    indices_of,
    mapped,
    reads_of,
    shown,
    tensor_of,
    walk,
)

Outputs = dict[str, list[tuple[Equation, tuple[Loop, ...]]]]
Softmax = tuple[Equation, Equation, Equation]
"""e = exp(z), s = sum e, a = e/s"""


class Vector(sp.Function):
    """softmax(z[s,j]) of the whole last axis, as one symbol in an equation; `record` is set on each subclass."""

    record: VectorFunction


@cache
def vector_call(record: VectorFunction) -> type[sp.Function]:
    return sp.FunctionClass(record.name, (Vector,), {"record": record, "nargs": 1, "__module__": __name__})


def stabilize(derivation: Derivation, needed_inside: set[str]) -> tuple[Statement, ...]:
    """`needed_inside` names inner values (e, s of a softmax) that the gradients read after all."""
    statements = _called(derivation.statements, needed_inside)
    logs = safe_logs(statements)
    return mapped(statements, lambda e: e.map(logs))


def safe_logs(statements: Iterable[Statement]) -> Callable[[sp.Expr], sp.Expr]:
    """What writes the logarithms of values that these statements compute so that none is of a rounded 0."""
    outputs: Outputs = {}
    for equation, loops in walk(_called(tuple(statements), set())):
        outputs.setdefault(equation.target, []).append((equation, loops))
    return lambda body: _safe(body, outputs)


def _is_output(equation: Equation) -> bool:
    """a[j] = f(z[j]), or a product with an exponential: a[j] = exp(z[j])/s"""
    body = equation.terms[0].body
    return len(equation.terms) == 1 and not equation.terms[0].summed and (
        isinstance(body, Application | Vector) or any(isinstance(f, sp.exp) for f in sp.Mul.make_args(body)))


def _safe(body: sp.Expr, outputs: Outputs) -> sp.Expr:
    """log of what an activation gives, from its input: of a value that an equation names, and of one without a name."""
    if not body.has(sp.log):
        return body
    nodes = sorted(body.atoms(sp.log), key=shown)
    return zeros_kept(body.xreplace({node: _safe_log(node, outputs) for node in nodes}))


def _safe_log(node: sp.Expr, outputs: Outputs) -> sp.Expr:
    """log(y/a) as log(y) - log(a), where log(a) is safe from the input of a; the whole from its inputs otherwise."""
    total, rest = sp.Integer(0), sp.Integer(1)
    for factor in sp.Mul.make_args(node.args[0]):
        base, power = factor.as_base_exp() if factor.is_Pow and factor.exp.is_number else (factor, sp.Integer(1))
        safe = _log_of(_direct(base, outputs)) if reads_of(base) else None
        total, rest = (total, rest * factor) if safe is None else (total + power * safe, rest)
    if total == 0:
        direct = _direct(rest, outputs)
        return node if direct.has(Vector) else stable(logs_apart(sp.log(direct)))
    return total if rest == 1 else total + sp.log(rest)


def _direct(expr: sp.Expr, outputs: Outputs) -> sp.Expr:
    """With f(z) for each a = f(z)."""
    inside = {r: _defined(r, outputs[tensor_of(r)]) for r in reads_of(expr) if tensor_of(r) in outputs}
    return expr.xreplace({r: value for r, value in inside.items() if value is not None})


def _log_of(positive: sp.Expr) -> sp.Expr | None:
    """The logarithm of a probability, log(softmax(z)) or log(1 - sigmoid(z)), where there is a form for it."""
    if isinstance(positive, Vector):
        name = VECTOR_IDENTITIES.get(("log", positive.record.name))
        return vector_call(vector_activations()[name])(*positive.args) if name else None
    safe = stable(sp.log(positive)) if positive.has(Application) and not positive.has(Vector) else None
    return None if safe is None or safe.has(sp.log) else safe


def _defined(access: sp.Expr, written: list[tuple[Equation, tuple[Loop, ...]]]) -> sp.Expr | None:
    """f(z[s,L,j]) for a[s,L,j] where a[s,l,j] = f(z[s,l,j]) for some l, and L is one of them."""
    for equation, loops in written:
        counted = {loop.index.symbol: loop.index for loop in loops}
        renaming: dict[sp.Basic, sp.Basic] = {}
        for place, index in zip(equation.at, indices_of(access), strict=True):
            if place.is_Symbol and not place.is_positive:
                renaming[place] = index
            elif place != index:
                break
        else:
            inside = all(_within(renaming[s], index) for s, index in counted.items() if s in renaming)
            if inside and _is_output(equation):
                return equation.terms[0].body.xreplace(renaming)
    return None


def _within(place: sp.Basic, index: Index) -> bool:
    """Whether a loop surely passes this place."""
    return bool((index.last - place).is_nonnegative and (place - index.start).is_nonnegative)


def folded(known: Sequence[Softmax], equation: Equation) -> Equation:
    """A gradient in terms of a = e/s where it reads e, s or exp(z) of a softmax: those may overflow."""
    for e, s, a in known:
        equation = replace(equation, terms=tuple(replace(t, body=_in_outputs(t.body, e, s, a)) for t in equation.terms))
    return equation


def _in_outputs(body: sp.Expr, e: Equation, s: Equation, a: Equation) -> sp.Expr:
    z = e.terms[0].body.args[0]
    found: dict[sp.Basic, sp.Basic] = {}
    for node in (*(n for n in body.atoms(sp.exp) if tensor_of(n.args[0]) == tensor_of(z)),
                 *(r for r in reads_of(body) if tensor_of(r) == e.target)):
        at = indices_of(node.args[0] if isinstance(node, sp.exp) else node)
        total = s.lhs.xreplace(dict(zip(s.at, at[:-1], strict=True)))
        found[node] = total * sp.Indexed(a.lhs.base, *at)
    changed = body.xreplace(found) if found else body
    return body if any(tensor_of(r) == s.target for r in reads_of(changed)) else changed


def softmaxes(derivation: Derivation) -> Iterator[Softmax]:
    """(e = exp(z), s = sum e, a = e/s) wherever three equations say so."""
    made: list[Statement] = []
    for equation in derivation.equations():
        made.append(equation)
        for record, _ in _recognised(made):
            e, s, a = (m for m in made[-3:] if isinstance(m, Equation))
            if record.name == "softmax" and len(a.at) == len(e.at):
                yield e, s, a


# -- vector activations ---------------------------------------------------------------------------


def _called(statements: tuple[Statement, ...], keep: set[str]) -> tuple[Statement, ...]:
    made: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Loop):
            made.append(replace(statement, body=_called(statement.body, keep)))
        else:
            made.append(statement)
            for record, length in _recognised(made):
                made[-length:] = [*_inner(made[-length:-1], keep), _as_call(record, made[-length:])]
    return tuple(made)


def _inner(equations: list[Statement], keep: set[str]) -> list[Statement]:
    return [e for e in equations if isinstance(e, Equation) and e.target in keep]


def _recognised(made: list[Statement]) -> Iterator[tuple[VectorFunction, int]]:
    """The vector activation of which the last equations are the lines: softmax or log-softmax."""
    last = made[-3:]
    if len(last) < 3 or not all(isinstance(e, Equation) and len(e.terms) == 1 for e in last):
        return
    one, total, out = (e for e in last if isinstance(e, Equation))
    e, s = one.terms[0], total.terms[0]
    if not isinstance(e.body, sp.exp) or e.summed or not isinstance(e.body.args[0], sp.Indexed):
        return
    z = e.body.args[0]
    moving = tuple(i for i in indices_of(z) if i in one.at)
    if one.at != moving or indices_of(z)[-1] != one.at[-1] or len(s.summed) != 1:
        return
    if not isinstance(s.body, sp.Indexed) or tensor_of(s.body) != one.target:
        return
    if s.summed[0].symbol != indices_of(s.body)[-1] or out.terms[0].summed:
        return
    own = tuple(i.symbol for i in out.free)
    if len(own) != len(one.at):
        return
    here: dict[sp.Basic, sp.Basic] = dict(zip(one.at, own, strict=True))
    forms = {"softmax": one.lhs / total.lhs, "log_softmax": z - sp.log(total.lhs)}
    below = dict(zip(total.at, own[:-1], strict=True))
    for name, form in forms.items():
        if out.terms[0].body == form.xreplace(here | below):
            yield vector_activations()[name], 3


def _as_call(record: VectorFunction, equations: list[Statement]) -> Equation:
    first, last = equations[0], equations[-1]
    assert isinstance(first, Equation) and isinstance(last, Equation)
    z = first.terms[0].body.args[0].xreplace(dict(zip(first.at, (i.symbol for i in last.free), strict=True)))
    return replace(last, terms=(Term(vector_call(record)(z)),))
