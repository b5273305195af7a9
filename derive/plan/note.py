"""The equation whose computation begins at a statement: what its comment says.

    delta3[s,j] = ...     alone is     dC/dz3[s,j] = ...     and in a loop over layers     dC/dz[l,s,j] = ...

In: an equation, its tags, and which tensors are one of several. Out: the text of the comment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import sympy as sp

from derive.codegen.comments import equation_text
from derive.codegen.repeats import Numbered
from derive.ir import Equation, index_symbol, indices_of, read, tensor_of

COUNTER = "l"


@dataclass(frozen=True)
class Note:
    """`before` are the tags of an adjoint; `cost` is its cost, empty for any other equation."""

    equation: Equation
    before: str = ""
    cost: str = ""
    families: Mapping[str, Numbered] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return self._text(self.equation)

    def layered(self, moving: Collection[Numbered], first: int) -> str:
        """The equation of any layer, where the first one is `first`."""
        places = {name: of for name, of in self._own.items() if of in moving}
        at = {name: index_symbol(COUNTER) + of.number - first for name, of in places.items()}
        return self._text(self._renamed({name: of.family for name, of in places.items()}, at))

    @cached_property
    def names(self) -> tuple[Numbered, ...]:
        """The names that could be counted, that of the left side first."""
        target = self._own.get(self.equation.target)
        others = sorted(self._own.values(), key=lambda of: (of.template, of.number))
        return (*([target] if target is not None else []), *others)

    @cached_property
    def shape(self) -> tuple[object, ...]:
        """All that is written but the numbers of those names: each has the place in its family that it has here."""
        ranks: dict[str, int] = {}
        blank = {}
        for name, of in sorted(self._own.items(), key=lambda item: item[1].number):
            ranks[of.template] = ranks.get(of.template, -1) + 1
            blank[name] = f"{of.family}_{ranks[of.template]}_"
        e = self._renamed(blank, {})
        return (self.before, e.target, e.at, e.op,
                *((t.body, tuple(k.symbol for k in t.summed), t.where) for t in e.terms))

    @cached_property
    def _own(self) -> dict[str, Numbered]:
        names = {self.equation.target, *(tensor_of(r) for r in self.equation.reads())}
        return {name: self.families[name] for name in sorted(names) if name in self.families}

    def _renamed(self, names: Mapping[str, str], at: Mapping[str, sp.Expr]) -> Equation:
        equation = self.equation

        def layer(name: str) -> tuple[sp.Expr, ...]:
            return (at[name],) if name in at else ()

        put: dict[sp.Basic, sp.Basic] = {
            r: read(names[tensor_of(r)], *layer(tensor_of(r)), *indices_of(r))
            for r in equation.reads() if tensor_of(r) in names}
        return replace(equation, target=names.get(equation.target, equation.target),
                       at=(*layer(equation.target), *equation.at),
                       terms=tuple(t.map(lambda body: body.xreplace(put)) for t in equation.terms))

    def _text(self, equation: Equation) -> str:
        shown = equation_text(equation)
        return self.before + (shown.replace(f"d{self.cost}_d", f"d{self.cost}/d") if self.cost else shown)
