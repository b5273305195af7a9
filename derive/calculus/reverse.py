"""Reverse mode, by one rule: each read becomes a write.

    lhs[I] = sum_K rhs      reads x[e]      so      x_bar[e] += sum lhs_bar[I] * d rhs / d x[e]

The equations are taken last to first and loops run backwards. The result is again a list of
equations (push form: always valid, whatever the index expressions), so the rule applies to
its own output: that is how second derivatives are made. The partial derivative is scalar
calculus, done by SymPy with the read replaced by a symbol of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import sympy as sp

from derive.errors import DeriveError, nearest
from derive.functions.record import equal
from derive.ir import (
    Derivation,
    Equation,
    Index,
    Label,
    Loop,
    Statement,
    Tensor,
    Term,
    dependent,
    equations_of,
    indices_of,
    needed,
    read,
    reads_of,
    shown,
    tensor_of,
)


@dataclass(frozen=True)
class Adjoints:
    """The names of the adjoint tensors dC/dx, by the name of x, in the order of the tensors."""

    of: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.of[name]

    def __contains__(self, name: object) -> bool:
        return name in self.of


def reverse(derivation: Derivation, wrt: Iterable[str] | None = None) -> Derivation:
    """The derivation followed by the equations of its adjoints, in push form.

    `wrt` names the tensors whose gradients are wanted: by default every parameter; any value
    and the data (the gradient back to the pixels) may be named too.
    """
    adjoints = adjoints_of(derivation, wrt)
    tensors = [_adjoint_tensor(derivation, name, bar) for name, bar in adjoints.of.items()]
    seed = Equation(adjoints[derivation.cost], (), (), (Term(sp.Integer(1)),), origin="seed")
    pushed = _backwards(derivation.statements, adjoints)
    reached = {e.target for e in equations_of(pushed)}
    zeros = [Equation(t.name, tuple(a.symbol for a in t.axes), t.axes, (Term(sp.Integer(0)),), origin="no path")
             for t in tensors if t.name not in reached and t.name != seed.target]
    return derivation.extended(tensors, [seed, *zeros, *pushed])


def adjoints_of(derivation: Derivation, wrt: Iterable[str] | None = None) -> Adjoints:
    """Which tensors need an adjoint: those that depend on `wrt` and that the cost depends on."""
    wanted = _wanted(derivation, wrt)
    useful = needed(derivation.equations(), [derivation.cost])
    active = dependent(derivation.equations(), wanted) & useful | set(wanted)
    taken = set(derivation.by_name)
    names: dict[str, str] = {}
    for tensor in derivation.tensors:
        if tensor.name in active or tensor.name == derivation.cost:
            names[tensor.name] = _fresh(f"d{derivation.cost}_d{tensor.name}", taken)
    return Adjoints(names)


def _wanted(derivation: Derivation, wrt: Iterable[str] | None) -> list[str]:
    wanted = [t.name for t in derivation.learnt] if wrt is None else list(wrt)
    for name in wanted:
        if name not in derivation.by_name:
            raise DeriveError(f"there is nothing called '{name}' to differentiate by",
                              do=nearest(name, list(derivation.by_name)))
        check_varies(derivation.tensor(name))
    if not wanted:
        raise DeriveError("there is no parameter to differentiate by", do="Declare one: parameter w[j,k]")
    return wanted


def check_varies(tensor: Tensor) -> None:
    """Refuse to differentiate by whole numbers."""
    if tensor.among is not None:
        raise DeriveError(f"'{tensor.name}' holds whole numbers: nothing can be differentiated by it",
                          do="Name something else: --wrt w1.")


def _fresh(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken.add(candidate)
    return candidate


def _adjoint_tensor(derivation: Derivation, name: str, bar: str) -> Tensor:
    tensor = derivation.tensor(name)
    letter = derivation.tensor(derivation.cost).written.letter
    return Tensor(bar, tensor.axes, "adjoint", Label(letter, of=tensor.written), of=name)


def _backwards(statements: tuple[Statement, ...], adjoints: Adjoints) -> list[Statement]:
    pushed: list[Statement] = []
    for statement in reversed(statements):
        if isinstance(statement, Loop):
            inner = _backwards(statement.body, adjoints)
            if inner:
                pushed.append(Loop(statement.index, tuple(inner), not statement.descending))
        else:
            pushed.extend(pushes(statement, adjoints))
    return pushed


def pushes(equation: Equation, adjoints: Adjoints) -> list[Equation]:
    """What one equation adds to the adjoints of everything it reads."""
    if equation.target not in adjoints:
        return []
    bar = read(adjoints[equation.target], *equation.at)
    return [push for access in equation.reads() if tensor_of(access) in adjoints
            for push in _push(equation, access, bar, adjoints[tensor_of(access)])]


def _push(equation: Equation, access: sp.Expr, bar: sp.Expr, target: str) -> list[Equation]:
    """One equation for each set of indices that the read is written over (nearly always one)."""
    groups: dict[tuple[Index, ...], list[Term]] = {}
    used = set().union(*(e.free_symbols for e in indices_of(access))) if indices_of(access) else set()
    for term in equation.terms:
        slope = slope_by(equation, term, access)
        if slope != 0:
            running = (*equation.free, *term.summed)
            free = tuple(i for i in running if i.symbol in used)
            rest = tuple(i for i in running if i.symbol not in used)
            groups.setdefault(free, []).append(Term(bar * slope, rest, term.where))
    return [Equation(target, indices_of(access), free, tuple(terms), "+=", equation.origin, (equation.lhs, access))
            for free, terms in groups.items()]


def slope_by(equation: Equation, term: Term, access: sp.Expr) -> sp.Expr:
    """The derivative of one term of an equation by a read; a maximum passes it to all that share it, in equal parts."""
    slope = local_derivative(term.body, access)
    return slope if term.by == "sum" else slope * equal(term.body, equation.lhs) / equation.ties


def local_derivative(body: sp.Expr, access: sp.Expr) -> sp.Expr:
    """d body / d access, every other read held fixed. What differs in the names alone is differentiated once."""
    reads = sorted(reads_of(body) | {access}, key=shown)
    form = body.xreplace({r: _variable(n) for n, r in enumerate(reads)})
    return _derivative(form, _variable(reads.index(access))).xreplace({_variable(n): r for n, r in enumerate(reads)})


@cache
def _variable(number: int) -> sp.Dummy:
    """What stands for a read in a form."""
    return sp.Dummy(f"read{number}")


@lru_cache(maxsize=10_000)
def _derivative(form: sp.Expr, variable: sp.Dummy) -> sp.Expr:
    return form.diff(variable)


def second_order(derivation: Derivation) -> Derivation:
    """A Hessian-vector product, by applying the rule to its own output.

    Adds data `v_w[...]` for every parameter w and the scalar S = sum_w <dC/dw, v_w>; then
    dS/dw is the Hessian applied to v. Source: Pearlmutter, Fast exact multiplication by the
    Hessian, 1994 (there by forward over reverse; this is reverse over reverse).
    """
    first = reverse(derivation)
    parameters = derivation.learnt
    bars = {t.of: t for t in first.of_role("adjoint")}
    vectors, terms = [], []
    for tensor in parameters:
        vector = Tensor(f"v_{tensor.name}", tensor.axes, "data")
        vectors.append(vector)
        terms.append(Term(bars[tensor.name].at() * vector.at(), tensor.axes))
    name = _fresh("S", set(first.by_name))
    product = Equation(name, (), (), tuple(terms), origin="directional derivative")
    along = first.extended([*vectors, Tensor(name, (), "value")], [product], cost=name)
    return reverse(along, [t.name for t in parameters])
