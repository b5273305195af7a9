"""The parts that one place of a gradient is added up of, where windows overlap or a word comes twice.

    dC_dx[i + u] += w[u]*d[i]      parts[i,u] = w[u]*d[i],      all with the same i + u belong to one place

In: an equation of a backward pass. Out: what its target is if each part overwrites those before it: = in place of +=.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import sympy as sp

from derive.check.arrays.backward import Array, Backward
from derive.evaluate import evaluate
from derive.ir import Derivation, Equation, Index, Tensor, Term, tensor_of

PARTS = "parts"


def collides(equation: Equation) -> bool:
    """Whether several parts may be written to one place."""
    return any(not isinstance(at, sp.Symbol | sp.Integer) for at in equation.at)


def ways(equation: Equation) -> list[frozenset[Index]]:
    """The sums of which the last part alone may be left: none or all of them where parts collide, else all of them. One
    over the examples alone is a kind of its own."""
    summed = frozenset(k for term in equation.terms for k in term.summed)
    if collides(equation):
        return [frozenset(), summed]
    return [summed] if any(k.kind != "sample" for k in summed) else []


def overwritten(backward: Backward, equation: Equation, lost: frozenset[Index]) -> Array:
    """What the last parts leave; each term of a sum over one of `lost` is a part of its own."""
    terms = tuple(replace(t, where=(*t.where, *_lasts(t, lost))) for t in equation.terms)
    found = _laid_out(backward, equation, [terms, *((Term(at),) for at in equation.at)])
    result = np.zeros_like(backward.truth[equation.target])
    places = [part.astype(int) for part in found[1:]]
    target = next(t for t in backward.tensors if t.name == equation.target)
    result[tuple(at - int(axis.start) for at, axis in zip(places, target.axes, strict=True))] = found[0]
    return result


def _lasts(term: Term, lost: frozenset[Index]) -> list[sp.Basic]:
    return [sp.Eq(k.symbol, k.last, evaluate=False) for k in term.summed if k in lost]


def _laid_out(backward: Backward, equation: Equation, several: list[tuple[Term, ...]]) -> list[Array]:
    """The value of each at all values of the free indices."""
    names = [f"{PARTS}_{n}" for n in range(len(several))]
    axes = equation.free
    lines = tuple(Equation(name, tuple(k.symbol for k in axes), axes, terms)
                  for name, terms in zip(names, several, strict=True))
    reads = {tensor_of(r) for line in lines for r in line.reads()}
    known = {**backward.values, **backward.given, **backward.truth}
    tensors = (*(replace(t, role="data") for t in backward.tensors if t.name in reads),
               *(Tensor(name, axes, "value") for name in names))
    found = evaluate(Derivation(tensors, lines, names[0]), {name: known[name] for name in known if name in reads})
    return [np.asarray(found[name]) for name in names]
