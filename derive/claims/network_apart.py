r"""Networks whose layers are not all of one kind: each array is a name of its own, with its own axes.

    z^1_{oij} = ...,  h^2_{tj} = ...      z^1 has three axes; h^2_t is a vector for each step t

In: the letters of a network. Out: which networks these are, what its names are, and how long their axes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import sympy as sp

from derive.claims.network_names import Letters, numbers
from derive.errors import DeriveError
from derive.ir import Derivation, Equation, Index, Loop, Tensor, indices_of, tensor_of
from derive.latex.expression import Printer
from derive.latex.letters import letter
from derive.latex.lines import pieces
from derive.latex.names import Names, Written

DENSE = ("w", "b")
"""The parameters of a layer that is like all others."""
WEIGHTED = "weighted input"
"""What a layer's file says that such a value means."""
MOST_AXES = 2
"""More axes than a matrix has."""
WRITTEN_OUT = 12
"""Larger sizes are letters of which the number is known."""
SIZES = tuple("NDMKPQRGHUVSZWB")
UNSEEN = tuple("omnrkqjvdu")
"""Letters for indices."""


def apart(derivation: Derivation) -> bool:
    """Whether no line can speak of all layers: steps in time, images, places in an array, letters with several uses."""
    if any(axis.kind == "layer" for t in derivation.tensors for axis in t.axes):
        return False
    uses: dict[str, set[tuple[str, ...]]] = {}
    for tensor in _forward(derivation):
        if tensor.label is not None and tensor.label.layer is not None:
            uses.setdefault(tensor.label.letter, set()).add(tuple(axis.kind for axis in tensor.axes))
    inner = [[axis for axis in t.axes if axis.kind != "sample"] for t in _forward(derivation) if t.label is not None]
    several = any(len(one) > 1 for one in uses.values())
    own = any(t.label is not None and t.label.letter not in DENSE for t in derivation.of_role("parameter"))
    extremes = any(equation.is_max for equation in derivation.equations())
    table = any(sum(axis.kind == "axis" for axis in t.axes) > 1 for t in derivation.of_role("data") if t.label)
    return several or own or extremes or table or placed(derivation) or any(
        len(axes) > MOST_AXES or any(axis.kind == "time" for axis in axes) for axes in inner)


def layers_of(derivation: Derivation) -> tuple[sp.Expr, ...]:
    """The layers that a letter without a number can be of; none where there is one."""
    found = dict.fromkeys(t.label.layer for t in _forward(derivation) if t.label and t.label.layer is not None)
    return tuple(found) if len(found) > 1 else ()


def _forward(derivation: Derivation) -> list[Tensor]:
    return [tensor for tensor in derivation.tensors if tensor.role != "adjoint"]


def placed(derivation: Derivation) -> bool:
    """Whether an index is calculated with, x[2*i + u], so that sizes depend on each other."""
    return any(_calculated(derivation, read) for equation in derivation.equations()
               for read in (equation.lhs, *equation.reads()))


def _calculated(derivation: Derivation, access: sp.Expr) -> bool:
    axes = derivation.tensor(tensor_of(access)).axes
    return any(axis.kind in ("axis", "sample") and not entry.is_Symbol
               for axis, entry in zip(axes, indices_of(access), strict=True))


class Apart(Letters):
    """The letters of such a network."""

    @cached_property
    def steps(self) -> frozenset[str]:
        """Indices of time that mark a vector for each step: those over which a loop runs."""
        return frozenset(one.index.name for one in _loops(self.derivation.statements))

    @property
    def arrays(self) -> Names:
        """How arrays are called that are not written as matrices."""
        return self.entries.names

    def marked(self, tensor: Tensor) -> bool:
        """Whether an array is one array for each step."""
        return bool(self.steps) and bool(tensor.axes) and self._axes(tensor)[0].kind == "time"

    def _axes(self, tensor: Tensor) -> list[Index]:
        return [axis for axis, _ in self.printed.names.arranged(tensor, tensor.at())]

    def shown(self, names: Names, tensor: Tensor) -> Written:
        """A tensor by its name, with the step that it belongs to."""
        written = names.written(tensor, tensor.at())
        below = Names.written(self.printed.names, tensor, tensor.at()).below
        return replace(written, below=below[:1] if self.marked(tensor) else ())

    def sides(self, equation: Equation) -> tuple[str, str]:
        """An equation of entries, with the bounds of its sums where nothing else shows them."""
        bounded = any(not _shows(equation, index) for term in equation.terms for index in term.summed)
        printer = Printer(self.entries.names, limits=True) if bounded else self.entries
        return printer.text(equation.lhs), "".join(pieces(printer, equation.terms))

    def told(self, equation: Equation) -> Equation:
        """An index that stands alone nowhere, f_{p+1} += 1, has a letter of its own, of which the range is declared."""
        put = {index.symbol: self._unseen[index].symbol for index in equation.free if index in self._unseen
               and not _shows(equation, index)}
        return replace(equation, terms=tuple(term.renamed(put) for term in equation.terms),
                       at=tuple(entry.xreplace(put) for entry in equation.at)) if put else equation

    @cached_property
    def _unseen(self) -> dict[Index, Index]:
        """Such indices whose letter has another range elsewhere, and what they are called."""
        found = dict.fromkeys(index for equation in self.derivation.equations() for index in equation.free
                              if index.kind == "axis" and self.exact and not _shows(equation, index)
                              and len(self._ranges(index.name)) > 1)
        names = (*self.printed.names.letters, *(axis.name for t in self.derivation.tensors for axis in t.axes))
        taken = {letter(one) for one in (*names, *(one.name for one in self._indices))}
        free = (name for name in UNSEEN if name not in taken)
        return {index: index.named(name) for index, name in zip(found, free, strict=False)}

    @cached_property
    def _indices(self) -> list[Index]:
        """Every index of an equation, free or summed over."""
        return [index for equation in self.derivation.equations()
                for index in (*equation.free, *(index for term in equation.terms for index in term.summed))]

    def _ranges(self, name: str) -> set[tuple[sp.Expr, sp.Expr]]:
        return {(one.start, one.size) for one in self._indices if one.name == name}

    def derived(self, tensor: Tensor) -> bool:
        return tensor.role in ("parameter", "value") or super().derived(tensor)

    def alike(self, tensor: Tensor, gradient: bool = False) -> Iterator[str]:
        """The entries of an array by another letter than its own."""
        pair = []
        for printer in (self.printed, self.entries):
            written = printer.names.written(tensor, tensor.at())
            pair.append(printer.names.gradient_text(tensor, written) if gradient else printer.names.text(written))
        if pair[0] != pair[1]:
            yield f"{pair[0]} = {pair[1]}"

    def _called(self, tensor: Tensor, name: str, layer: str) -> Iterator[str]:
        """The entries of an array by another name."""
        names, access = self.printed.names, tensor.at()
        used = names.written(tensor, access)
        other = replace(used, letter=name, layer=layer)
        if names.text(other) != names.text(used):
            yield f"{names.text(other)} = {names.text(used)}"

    # -- names -----------------------------------------------------------------------------

    def variables(self) -> Iterator[str]:
        """Every array by its name; two by one name can be told apart by nobody."""
        self._distinct()
        for tensor in _forward(self.derivation):
            for names in (self.printed.names, self.entries.names):
                written = self.shown(names, tensor)
                yield f"{names.text(written)}: variable"
                if gradient := self.gradient(names, tensor, written):
                    yield f"{gradient}: variable"

        for tensor, name, layer in self.renamed():
            written = replace(self.shown(self.printed.names, tensor), letter=name, layer=layer)
            yield f"{self.printed.names.text(written)}: variable"

    def _distinct(self) -> None:
        found: dict[str, Tensor] = {}
        for tensor in _forward(self.derivation):
            name = self.printed.names.text(replace(self.printed.names.written(tensor, tensor.at()), below=()))
            if found.setdefault(name, tensor) != tensor:
                raise DeriveError(f"this notation calls two arrays of the network {name}",
                                  where=self.notation.name, do="Write the claim in another: --notation nielsen.")

    def gradient(self, names: Names, tensor: Tensor, written: Written) -> str:
        """As that of z is the error, so is that of a weighted input by another letter."""
        if name := super().gradient(names, tensor, written):
            return name
        error = names.text(replace(written, letter=names.delta_letter(tensor)))
        return error if self._weighted(tensor) and error not in self._errors else ""

    def _weighted(self, tensor: Tensor) -> bool:
        names = self.printed.names
        one = names.deltas and "_" not in names.label(tensor).letter  # not that of one gate of several
        return one and tensor.role == "value" and names.meanings.get(tensor.name) == WEIGHTED

    @cached_property
    def _errors(self) -> frozenset[str]:
        """The errors of the values called z."""
        names = self.printed.names
        return frozenset(names.gradient_text(t, self.shown(names, t)) for t in self.derivation.of_role("value")
                         if names.label(t).letter == "z")

    # -- sizes -----------------------------------------------------------------------------

    @cached_property
    def _counted(self) -> list[sp.Expr]:
        """The sizes that are numbers."""
        axes = [axis for t in _forward(self.derivation) for axis in t.axes if axis.size.is_Integer]
        return list(dict.fromkeys(axis.size for axis in axes))

    @cached_property
    def exact(self) -> bool:
        """Whether sizes depend on each other: an index is calculated with, or a number is made of several."""
        return placed(self.derivation) or bool(numbers(self.derivation) - {*self._counted} - {0, 1, 2})

    @cached_property
    def sizes(self) -> dict[sp.Expr, str]:
        """Each size that is a number, as it is written: a letter for any size, unless the number counts."""
        names = (*self.printed.names.letters, *(axis.name for t in self.derivation.tensors for axis in t.axes))
        free = (name for name in SIZES if name not in {letter(one) for one in names})
        return {size: str(size) if size in self._known and 1 < size <= WRITTEN_OUT else next(free)
                for size in self._counted}

    @cached_property
    def _known(self) -> frozenset[sp.Expr]:
        """The sizes of which the number counts."""
        return frozenset(self._counted if self.exact else numbers(self.derivation) - {sp.Integer(1)})

    def of_one(self) -> Iterator[str]:
        """Which letter is the size of what has one entry."""
        yield f"{self.sizes[sp.Integer(1)]} = 1"

    def ranged(self) -> Iterator[Index]:
        """The indices that mark arrays: steps, and examples where a notation writes them above."""
        axes = {axis.name: axis for t in _forward(self.derivation) for axis in t.axes}
        for axis in axes.values():
            if axis.kind == "sample" or axis.kind == "time" and self.steps:
                yield axis
        for index in dict.fromkeys(one for one in self._indices if one.kind == "axis" and self.exact):
            if len(self._ranges(index.name)) == 1:
                yield index
        yield from self._unseen.values()

    def shapes(self) -> Iterator[str]:
        r"""W^1 \in \mathbb{R}^{3 \times 2}; the numbers of sizes; a vector lies as a row where examples are rows."""
        yield from (f"{name} = {size}" for size, name in self.sizes.items()
                    if size in self._known and name != str(size))
        for tensor in _forward(self.derivation):
            if tensor.role != "value" or self.exact or self.notation.samples == "rows":
                yield from self._shape(tensor)

    def _shape(self, tensor: Tensor) -> Iterator[str]:
        names = self.entries.names
        axes = self._axes(tensor)[1 if self.marked(tensor) else 0:]
        if names.notation.example and names.written(tensor, tensor.at()).example:
            axes = [axis for axis in axes if axis.kind != "sample"]
        written = self.shown(names, tensor)
        name = names.text(written)
        row = ["1"] if self.notation.samples == "rows" and [axis.kind for axis in axes] == ["axis"] else []
        sizes = r" \times ".join([*row, *(self.sizes.get(axis.size, names.index(axis.size)) for axis in axes)])
        space = r"\mathbb{R}" + (f"^{{{sizes}}}" if sizes else "")
        yield rf"{name} \in {space}"
        if gradient := self.gradient(names, tensor, written):
            yield rf"{gradient} \in {space}"


def _loops(statements: tuple[Equation | Loop, ...]) -> Iterator[Loop]:
    for one in statements:
        if isinstance(one, Loop):
            yield one
            yield from _loops(one.body)


def _shows(equation: Equation, index: Index) -> bool:
    """Whether an index stands alone somewhere, so that an axis says how far it runs."""
    return any(entry == index.symbol for term in equation.terms for access in (equation.lhs, *equation.reads())
               for entry in indices_of(access))
