r"""How every equation changes along a direction, or with one variable: the other half of second derivatives.

    lhs[I] = sum_K rhs     reads x[e]     so     R{lhs}[I] = sum_K  d rhs / d x[e] * R{x}[e],   over all reads

Along a direction, R{w} = v_w is given (Pearlmutter's R{.} = d/dr at w + r v). By one variable x the
derivatives have the indices of x as further indices, and d x[e] / d x[P] is 1 where e = P. In: equations,
those of a gradient among them. Out: as many equations again. Source: Pearlmutter, Fast exact
multiplication by the Hessian, 1994; Bishop, Pattern Recognition and Machine Learning, 5.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.partials import Partial
from derive.calculus.pull import fresh_names, solved
from derive.calculus.reverse import slope_by
from derive.ir import (
    Derivation,
    Equation,
    Index,
    Label,
    Statement,
    Tensor,
    Term,
    dependent,
    indices_of,
    read,
    rewritten,
    tensor_of,
)

DIRECTION, LETTERS = "v", ("v", "p", "d", "q", "g")
ZERO = Term(sp.Integer(0))


@dataclass(frozen=True)
class Tangents:
    """The derivatives of `derivation`'s tensors: their names, and what they are taken along or by."""

    derivation: Derivation
    of: dict[str, str]
    """The name of each derivative, by the name of what is differentiated."""
    tensors: tuple[Tensor, ...]
    by: tuple[Index, ...] = ()
    """The further indices: those of the variable; none along a direction."""
    variable: str | None = None
    passing: frozenset[str] = frozenset()
    """Adjoints beside which nothing changes: Gauss and Newton leave out how the Jacobian does."""

    @property
    def directions(self) -> tuple[Tensor, ...]:
        return tuple(t for t in self.tensors if t.role == "data")

    def statements(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        """The derivatives of statements; a loop stays a loop in the same order."""
        return rewritten(statements, lambda e: () if (found := self.equation(e)) is None else (found,))

    def equation(self, equation: Equation) -> Equation | None:
        """The derivative of one equation, each local derivative worked out."""
        if equation.target not in self.of:
            return None
        terms = tuple(made for term in equation.terms for access in self._varying(term)
                      if (made := self._term(equation, term, access)).body != 0)
        if not terms and equation.op == "+=":
            return None
        return self._written(equation, terms or (ZERO,))

    def chain_rule(self, equation: Equation) -> Equation | None:
        """The same with every derivative left as a `Partial`; None also where a condition is in the way."""
        if equation.target not in self.of:
            return None
        found: dict[sp.Expr, Term] = {}
        for term in equation.terms:
            for access in self._varying(term):
                if term.where or tensor_of(access) == self.variable:
                    return None
                summed = tuple(k for k in term.summed if k.symbol in access.free_symbols)
                found.setdefault(access, Term(Partial(equation.lhs, access) * self.read(access), summed))
        return self._written(equation, tuple(found.values())) if found else None

    def read(self, access: sp.Expr) -> sp.Expr:
        """The derivative of what a read reads."""
        return read(self.of[tensor_of(access)], *indices_of(access), *(index.symbol for index in self.by))

    def _written(self, equation: Equation, terms: tuple[Term, ...]) -> Equation:
        at = (*equation.at, *(index.symbol for index in self.by))
        return replace(equation, target=self.of[equation.target], at=at, free=(*equation.free, *self.by), terms=terms,
                       via=None)

    def _varying(self, term: Term) -> list[sp.Expr]:
        """What changes in a term: every read that does, or only the adjoint that is passed on."""
        reads = [r for r in Equation("", (), (), (term,)).reads() if tensor_of(r) in {*self.of, self.variable}]
        return [r for r in reads if tensor_of(r) in self.passing] or reads

    def _term(self, equation: Equation, term: Term, access: sp.Expr) -> Term:
        slope = slope_by(equation, term, access)
        if tensor_of(access) == self.variable:
            axes = self.derivation.tensor(self.variable or "").axes
            own = tuple(e for axis, e in zip(axes, indices_of(access), strict=True) if axis.kind != "sample")
            return solved(self.by, own, replace(term, body=slope, by="sum"))
        return replace(term, body=slope * self.read(access), by="sum")


def direction_letter(derivation: Derivation) -> str:
    """The letter of a direction on paper: v, or another where a model has arrays called v."""
    taken = {t.written.letter.partition("_")[0] for t in derivation.tensors}
    return next((letter for letter in LETTERS if letter not in taken), DIRECTION)


def along(derivation: Derivation, wanted: Iterable[str] = (), passing: Iterable[str] = ()) -> Tangents:
    """Along a direction v in the space of all parameters: v_w has the shape of w. `wanted` get one, be it 0."""
    taken = set(derivation.by_name)
    names: dict[str, str] = {}
    tensors: list[Tensor] = []
    letter = direction_letter(derivation)
    for tensor in derivation.learnt:
        names[tensor.name] = _free(f"{DIRECTION}_{tensor.name}", taken)
        own = tensor.written
        label = Label(letter, own.layer)
        tensors.append(Tensor(names[tensor.name], tensor.axes, "data", label, of=tensor.name))
    for tensor in _changing(derivation, [t.name for t in derivation.learnt], wanted):
        names[tensor.name] = _free(f"R_{tensor.name}", taken)
        tensors.append(Tensor(names[tensor.name], tensor.axes, "tangent", of=tensor.name))
    return Tangents(derivation, names, tuple(tensors), passing=frozenset(passing))


def by(derivation: Derivation, variable: str, wanted: Iterable[str] = (), used: Iterable[str] = ()) -> Tangents:
    """By every entry of one tensor; its indices get names that are none of `used`.

    Where there are examples, what an example makes is differentiated by its own entries alone.
    """
    taken = set(derivation.by_name)
    own = derivation.tensor(variable)
    around = {axis.name for t in derivation.tensors for axis in t.axes} | _running(derivation)
    entries = [axis for axis in own.axes if axis.kind != "sample"]
    axes = tuple(fresh_names(entries, {*around, *used}).values())
    apart = len(entries) < len(own.axes)
    names: dict[str, str] = {}
    tensors: list[Tensor] = []
    for tensor in _changing(derivation, [variable], wanted):
        if apart and not any(axis.kind == "sample" for axis in tensor.axes):
            continue
        names[tensor.name] = _free(f"d{tensor.name}_d{variable}", taken)
        tensors.append(Tensor(names[tensor.name], (*tensor.axes, *axes), "tangent", of=tensor.name, by=variable))
    return Tangents(derivation, names, tuple(tensors), axes, variable)


def _running(derivation: Derivation) -> set[str]:
    """The names of all indices that an equation runs over."""
    return {k.name for e in derivation.equations() for t in e.terms for k in (*t.summed, *e.free)}


def _changing(derivation: Derivation, start: list[str], wanted: Iterable[str]) -> list[Tensor]:
    """Every tensor that is computed from the first ones, and the wanted ones in any case."""
    found = dependent(derivation.equations(), start) | {*wanted}
    return [t for t in derivation.tensors if t.name in found and t.name not in start]


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
