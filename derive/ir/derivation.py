"""A derivation is data: tensors, and the statements that compute them in order.

The constructor checks what makes "reverse the list" right: every name is known, every index
is free, summed or counted by a loop, each tensor has one `=` (and then only `+=`), and nothing
reads what is written later (in a loop: except at an index that the loop has already passed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from derive.errors import DeriveError
from derive.ir.equation import Equation, Loop, Statement, Term, indices_of, reads_of, tensor_of
from derive.ir.index import Index, Tensor
from derive.ir.order import check_order, check_single_assignment
from derive.ir.shapes import check_shapes
from derive.ir.statements import equations_of, walk

GIVEN = ("data", "parameter", "constant")


@dataclass(frozen=True)
class Fact:
    """An equality that may be used: `left = right` for every value of the free indices.

    Declared by a cost (`sum_j y[j] = 1`) or an activation (`e[j] = s*a[j]`).
    """

    left: Term
    right: sp.Expr
    free: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """Equations in the order in which they are computed. `cost` names the scalar to differentiate."""

    tensors: tuple[Tensor, ...]
    statements: tuple[Statement, ...]
    cost: str
    facts: tuple[Fact, ...] = ()
    decimals: bool = False
    """Whether the source wrote decimals (1.5 rather than 3/2), so that the printers do."""
    assumptions: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    """The parameters that this cost is differentiated by, the others being held fixed; none named: all of them."""

    def __post_init__(self) -> None:
        placed = list(walk(self.statements))
        writers = Counter(e.target for e, _ in placed if e.op == "=")
        parted = {name for name, number in writers.items() if number > 1}
        for equation, loops in placed:
            _check_names(self, equation)
            _check_scope(equation, loops)
            check_shapes(self.by_name, equation, parted)
        check_single_assignment(placed)
        check_order(placed, {t.name for t in self.of_role(*GIVEN)})

    @cached_property
    def by_name(self) -> dict[str, Tensor]:
        return {tensor.name: tensor for tensor in self.tensors}

    def tensor(self, name: str) -> Tensor:
        return self.by_name[name]

    def equations(self) -> Iterator[Equation]:
        return equations_of(self.statements)

    def defining(self, name: str) -> list[tuple[Equation, tuple[Loop, ...]]]:
        """The equations that write tensor `name`, with the loops around them."""
        return self._defining.get(name, [])

    @cached_property
    def _defining(self) -> dict[str, list[tuple[Equation, tuple[Loop, ...]]]]:
        found: dict[str, list[tuple[Equation, tuple[Loop, ...]]]] = {}
        for equation, loops in walk(self.statements):
            found.setdefault(equation.target, []).append((equation, loops))
        return found

    def of_role(self, *roles: str) -> list[Tensor]:
        return [tensor for tensor in self.tensors if tensor.role in roles]

    @property
    def learnt(self) -> list[Tensor]:
        """The parameters that the cost is differentiated by."""
        return [tensor for tensor in self.of_role("parameter") if not self.by or tensor.name in self.by]

    @cached_property
    def explained(self) -> dict[tuple[tuple[str, ...], str], object]:
        """What `calculus.explain` made of it: by what, by which policy. Each form of a document asks for it again."""
        return {}

    def extended(self, tensors: list[Tensor], statements: list[Statement], cost: str | None = None) -> Derivation:
        return replace(
            self,
            tensors=(*self.tensors, *tensors),
            statements=(*self.statements, *statements),
            cost=cost or self.cost,
        )


def _check_names(derivation: Derivation, equation: Equation) -> None:
    for access in [equation.lhs, *equation.reads()]:
        name = tensor_of(access)
        tensor = derivation.by_name.get(name)
        if tensor is None:
            raise DeriveError(f"'{name}' is not declared or computed", where=equation.place,
                              do="Declare it as data or parameter, or write an equation for it first.")
        if len(indices_of(access)) != len(tensor.axes):
            raise DeriveError(
                f"'{name}' has {len(tensor.axes)} indices, but {len(indices_of(access))} are written: {access}",
                where=equation.place, do=f"Write it as {tensor.at()}.")
    if derivation.by_name[equation.target].role in GIVEN:
        raise DeriveError(f"'{equation.target}' is given; an equation cannot assign to it", where=equation.place,
                          do="Give the result another name.")


def _check_scope(equation: Equation, loops: tuple[Loop, ...]) -> None:
    outer = {loop.index.symbol for loop in loops} | {i.symbol for i in equation.free}
    if equation.op == "=":
        used = set().union(*(e.free_symbols for e in equation.at)) if equation.at else set()
        for index in equation.free:
            if index.symbol not in used:
                raise DeriveError(f"index '{index.name}' is not on the left of {equation.target}", where=equation.place,
                                  do=f"Sum over it: sum(..., {index.name}).")
        plain = [e for e in equation.at if e.is_Symbol]
        if len(set(plain)) != len(plain):
            raise DeriveError(f"an index stands twice on the left of {equation.target}", where=equation.place)
    for term in equation.terms:
        inner = outer | {k.symbol for k in term.summed}
        free = {s for s in term.body.free_symbols | set().union(*(c.free_symbols for c in term.where))
                if isinstance(s, sp.Symbol) and s.is_integer and not s.is_positive}
        loose = sorted(str(s) for s in free - inner)
        if loose:
            raise DeriveError(f"index '{loose[0]}' is free on the right of '{equation.target}' but not on its left",
                              where=equation.place, do=f"Sum over it, sum(..., {loose[0]}), or add it on the left.")


def all_reads(statements: tuple[Statement, ...]) -> set[str]:
    """The names of every tensor that some statement reads."""
    return {tensor_of(r) for e in equations_of(statements) for t in e.terms for r in reads_of(t.body)}
