"""Which indices of a derivation a reader of its text would miss, and the declarations that supply them.

The range of an index is read off the tensors in which it stands alone: k in w[j,k]. Where it does
not (x[2*i]), or where its name is declared with another range, the text must say more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.ir import (
    Derivation,
    Equation,
    Index,
    Tensor,
    Term,
    index_symbol,
    indices_of,
    reads_of,
    tensor_of,
    walk,
)

Declared = dict[str, Index]


def declared_indices(derivation: Derivation) -> Declared:
    """Samples and the indices of loops, and each index whose range cannot be read off a tensor."""
    declared: Declared = {}
    for axis in (a for tensor in derivation.tensors for a in tensor.axes if a.kind == "sample"):
        declared.setdefault(axis.name, axis)
    for _, loops in walk(derivation.statements):
        for loop in loops:
            declared.setdefault(loop.index.name, _whole(loop.index, derivation))
    for equation in derivation.equations():
        for index in _unread(equation, derivation):
            if index.kind in ("axis", "time") and index.name not in declared:
                declared[index.name] = index
            elif index.kind in ("axis", "time") and not any(_alike(index, other) for other in declared.values()):
                name = next(_other_names(index, declared, derivation))
                declared[name] = index.named(name)
    return declared


def _alike(one: Index, other: Index) -> bool:
    return replace(one, name="") == replace(other, name="")


def _other_names(index: Index, declared: Declared, derivation: Derivation) -> Iterator[str]:
    """Names that mean nothing else in the whole text."""
    taken = {*declared, *derivation.by_name, *(i.name for e in derivation.equations() for i in _indices(e))}
    return (name for name in (f"{index.name}{number}" for number in range(1, 1000)) if name not in taken)


def spelled(equation: Equation, declared: Declared, derivation: Derivation) -> Equation:
    """The equation with an index renamed wherever its name is declared with another range."""
    taken = {*declared, *derivation.by_name, *(i.name for i in _indices(equation))}
    for index in _indices(equation):
        if declared.get(index.name, index) != index:
            name = next(n for n in (f"{index.name}{number}" for number in range(1, 1000)) if n not in taken)
            own = {i.name for i in _indices(equation)}
            other = next((d.name for d in declared.values() if _alike(d, index) and d.name not in own), name)
            taken.add(other)
            equation = _renamed(equation, index, other)
    return equation


def _whole(index: Index, derivation: Derivation) -> Index:
    """The range of a parameter's axis of the same name, which the loop's may be a part of."""
    axes = (a for tensor in derivation.of_role("parameter") for a in tensor.axes)
    return next((a for a in axes if a.name == index.name and a.kind == index.kind), index)


def _indices(equation: Equation) -> list[Index]:
    return [*equation.free, *(k for term in equation.terms for k in term.summed)]


def _unread(equation: Equation, derivation: Derivation) -> list[Index]:
    missing = [i for i in equation.free if not any(_is_read(i, term, derivation) for term in equation.terms)]
    return missing + [k for term in equation.terms for k in term.summed if not _is_read(k, term, derivation)]


def _is_read(index: Index, term: Term, derivation: Derivation) -> bool:
    """Whether some tensor in the term has this range where the index stands alone."""
    return any(expr == index.symbol and _fits(derivation.tensor(tensor_of(access)), place, indices_of(access), index)
               for access in reads_of(term.body) for place, expr in enumerate(indices_of(access)))


def _fits(tensor: Tensor, place: int, at: tuple[sp.Expr, ...], index: Index) -> bool:
    """Steps that no loop counts are an axis to a reader."""
    axis = tensor.axes_at(at)[place]
    kinds = {axis.kind, index.kind}
    return (axis.size, axis.start) == (index.size, index.start) and (len(kinds) == 1 or kinds == {"axis", "time"})


def _renamed(equation: Equation, index: Index, name: str) -> Equation:
    renaming: dict[sp.Basic, sp.Basic] = {index.symbol: index_symbol(name)}

    def other(indices: tuple[Index, ...]) -> tuple[Index, ...]:
        return tuple((i.named(name) if i == index else i).where(renaming) for i in indices)

    terms = tuple(replace(t.renamed(renaming), summed=other(t.summed)) if index in (*t.summed, *equation.free) else t
                  for t in equation.terms)
    at = tuple(e.xreplace(renaming) for e in equation.at)
    return replace(equation, at=at, free=other(equation.free), terms=terms)
