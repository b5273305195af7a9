"""Sums of exponentials as they are safe to compute: the greatest exponent stands before the sum.

    a[i] = exp(z[i])/sum(exp(z[j]), j)     is     a[i] = exp(below[i])/rest     with     below[i] = z[i] - top
    C = log(sum(exp(z[j]), j))             is     C = top + log(rest)

wherever a user divides by such a sum or takes its logarithm: a softmax in one line, a mixture of Gaussians, weights of
attention. In: the equations as typed. Out: equal ones, to be differentiated and emitted; a page prints what was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial

import sympy as sp

from derive.codegen.exponents import Factors, InParts, exponent_of, in_parts, new_name, written_out
from derive.formulas.stable import logs_apart
from derive.ir import Derivation, Equation, Index, Loop, Statement, Tensor, Term, reads_of, shown, tensor_of, walk


def shifted(derivation: Derivation, left: Collection[str]) -> Derivation:
    """The derivation with such sums in two parts; those named in `left` are safe as they are."""
    derivation = _named(derivation)
    factors = _exponentials(derivation)
    for name in [e.target for e in derivation.equations()]:
        (total, _), *others = derivation.defining(name)
        if others or name in left or not _has_exponentials(total, factors) or _is_shifted(derivation, total):
            continue
        changed = _changed(derivation, total, factors)
        if changed is not derivation:
            derivation, factors = changed, _exponentials(changed)
    return derivation


def _has_exponentials(total: Equation, factors: Factors) -> bool:
    return any(t.body.has(sp.exp) for t in total.terms) or not factors.keys().isdisjoint(total.names)


def _changed(derivation: Derivation, total: Equation, factors: Factors) -> Derivation:
    """The derivation with one sum in two parts, if any reader gains by it."""
    found = in_parts(total, derivation.tensor(total.target).axes, factors, derivation.by_name)
    if found is None:
        return derivation
    readers = ((e, _by_parts(e, found, factors)) for e in derivation.equations() if total.target in e.names)
    made = {e: (new,) for e, new in readers if new != e}
    return _extended(derivation, found.tensors, made | {total: (*found.lines, total)}) if made else derivation


def _by_parts(reader: Equation, found: InParts, factors: Factors) -> Equation:
    """A reader of the sum, by its parts; as it was where exp(top) would stay."""
    def change(body: sp.Expr) -> sp.Expr:
        parts = {r: found.parts(r) for r in reads_of(body) if tensor_of(r) == found.total.target}
        return logs_apart(found.together(written_out(body, factors).xreplace(parts))) if parts else body

    new = reader.map(change)
    return new if all(found.absorbed(t.body) for t in new.terms) else reader


def _is_shifted(derivation: Derivation, total: Equation) -> bool:
    """Whether the user took a greatest value away already, in the exponents or where they are computed."""
    behind = (e for name in total.names for e, _ in derivation.defining(name))
    return any(_is_taken_away(derivation, part) for e in (total, *behind) for t in e.terms
               for node in sp.preorder_traversal(t.body) for part in sp.Add.make_args(node))


def _is_taken_away(derivation: Derivation, part: sp.Expr) -> bool:
    """-max(...), by its name."""
    number, name = part.as_coeff_Mul()
    written = derivation.defining(tensor_of(name)) if name in reads_of(name) else []
    return bool(number < 0) and any(e.is_max for e, _ in written)


def _exponentials(derivation: Derivation) -> Factors:
    """What is a product with an exponential, entry by entry: e[j] = c*exp(u[j])."""
    single = [written[0][0] for t in derivation.tensors if len(written := derivation.defining(t.name)) == 1]
    return {e.target: e for e in single if len(e.terms) == 1 and e.op == "=" and not e.terms[0].summed
            and not e.terms[0].where and len({*e.at}) == len(e.at) and all(i.is_Symbol for i in e.at)
            and exponent_of(e.terms[0].body) != 0}


def _named(derivation: Derivation) -> Derivation:
    """The derivation with a name for each log(exp(u) + exp(v)) and 1/(exp(u) + exp(v))."""
    taken, tensors, made = set(derivation.by_name), list[Tensor](), dict[Equation, tuple[Equation, ...]]()
    for equation, loops in walk(derivation.statements):
        counters = tuple(loop.index for loop in loops)
        named: dict[sp.Basic, Equation] = {}
        for term in equation.terms:
            for total in (t for t in _totals(term.body) if t not in named):
                axes = tuple(i for i in (*counters, *equation.free, *term.summed) if i.symbol in total.free_symbols)
                tensors.append(Tensor(new_name(taken, f"{equation.target}_sum"), axes))
                named[total] = _line(equation, tensors[-1], counters, total)
        if named:
            put = {total: e.lhs for total, e in named.items()}
            made[equation] = (*named.values(), equation.map(partial(_put, put)))
    return _extended(derivation, tensors, made) if made else derivation


def _totals(body: sp.Expr) -> list[sp.Expr]:
    """The sums with exponentials of which the logarithm is taken, or that stand below a line."""
    inside = [e.args[0] for e in body.atoms(sp.log, sp.Pow) if isinstance(e, sp.log) or e.exp.is_negative]
    return sorted((t for t in inside if t.is_Add and any(exponent_of(part) != 0 for part in t.args)), key=shown)


def _put(named: Mapping[sp.Basic, sp.Basic], body: sp.Expr) -> sp.Expr:
    return body.xreplace({**named})


def _line(equation: Equation, tensor: Tensor, counters: tuple[Index, ...], body: sp.Expr) -> Equation:
    free = tuple(axis for axis in tensor.axes if axis not in counters)
    return replace(equation, target=tensor.name, at=tuple(a.symbol for a in tensor.axes), free=free,
                   terms=(Term(body),), part="")


def _extended(derivation: Derivation, tensors: Collection[Tensor],
              made: Mapping[Equation, tuple[Equation, ...]]) -> Derivation:
    """Equations in place of others, and the tensors that they compute."""
    return replace(derivation, tensors=(*derivation.tensors, *tensors),
                   statements=tuple(_put_in(derivation.statements, made)))


def _put_in(statements: tuple[Statement, ...], made: Mapping[Equation, tuple[Equation, ...]]) -> Iterator[Statement]:
    for statement in statements:
        if isinstance(statement, Loop):
            yield replace(statement, body=tuple(_put_in(statement.body, made)))
        else:
            yield from made.get(statement, (statement,))
