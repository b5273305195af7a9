"""Letters of summed indices: none means one thing in the forward equations and another in a gradient.

    dC/da[t,j] = sum_q w[q,j]*delta[t,q]     becomes     sum_r w[r,j]*delta[t,r]     where q counts steps of a sequence

In: an equation of a gradient. Out: the same one, each summed index under a letter that counts nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from derive.calculus.pull import letters_for
from derive.ir import Derivation, Equation, Index, Term, walk

Meaning = tuple[str, sp.Expr]


def own_letters(forward: Derivation) -> Callable[[Equation], Equation]:
    """The change of letters that the forward equations ask for."""
    known = _meanings(forward)

    def change(equation: Equation) -> Equation:
        around = {index.name for index in equation.free}
        terms = tuple(_lettered(term, known, around) for term in equation.terms)
        return equation if terms == equation.terms else replace(equation, terms=terms)

    return change


def _meanings(forward: Derivation) -> dict[str, set[Meaning]]:
    """What each letter counts, and from where on; a tensor's letter that counts nothing stays the tensor's."""
    found: dict[str, set[Meaning]] = {}
    every = [axis for tensor in forward.tensors for axis in tensor.axes]
    for equation, loops in walk(forward.statements):
        every += [*equation.free, *(k for t in equation.terms for k in t.summed), *(loop.index for loop in loops)]
    for index in every:
        found.setdefault(index.name, set()).add(_meaning(index))
    for tensor in forward.tensors:
        found.setdefault(tensor.label.letter if tensor.label else tensor.name, {("tensor", sp.Integer(0))})
    return found


def _meaning(index: Index) -> Meaning:
    return index.kind, index.start


def _lettered(term: Term, known: dict[str, set[Meaning]], around: set[str]) -> Term:
    taken = around | {s.name for s in term.body.free_symbols if s.is_Symbol} | {k.name for k in term.summed}
    renaming: dict[sp.Basic, sp.Basic] = {}
    summed = []
    for index in term.summed:
        letter = index
        if _meaning(index) not in known.get(index.name, {_meaning(index)}):
            letter = index.named(_other(index, known, taken))
            taken.add(letter.name)
            renaming[index.symbol] = letter.symbol
        summed.append(letter)
    return replace(term.renamed(renaming), summed=tuple(k.where(renaming) for k in summed)) if renaming else term


def _other(index: Index, known: dict[str, set[Meaning]], taken: set[str]) -> str:
    """A letter with this meaning alone, or with none."""
    return next(c for c in letters_for(index)
                if c not in taken and known.get(c, {_meaning(index)}) == {_meaning(index)})
