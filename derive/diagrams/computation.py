"""The graph of a computation: one vertex a tensor, one link for each way in which one reads another.

    z[j] = sum(w[j,k]*a[k], k) + b[j]     links   w -> z   dz[j]/dw[j,k] = a[k]
                                                  a -> z   dz[j]/da[k] = w[j,k]
                                                  b -> z   dz[j]/db[j] = 1
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from derive.calculus.reverse import local_derivative
from derive.ir import Derivation, Equation, reads_of, tensor_of
from derive.latex.names import Names

MANY_LAYERS = 4
DOTS = "..."


@dataclass(frozen=True)
class Link:
    """`source` is read where `target` is computed; each way has its local derivative."""

    source: str
    target: str
    ways: tuple[tuple[sp.Expr, sp.Expr, sp.Expr], ...] = ()
    """(what is computed, what is read, the derivative of the one by the other)"""
    back: bool = False
    """Whether it leads to something that was computed before: from one round of a loop to the next."""


@dataclass(frozen=True)
class Computation:
    """The tensors in the order in which they are known, and the links between them."""

    vertices: tuple[str, ...]
    links: tuple[Link, ...]


def computation(derivation: Derivation, names: Names) -> Computation:
    """The graph of a derivation; the middle of a deep network is one vertex of dots."""
    position = {tensor.name: names.position.get(tensor.name, -1) for tensor in derivation.tensors}
    first: dict[str, int] = {}
    ways: dict[tuple[str, str], list[tuple[sp.Expr, sp.Expr, sp.Expr]]] = {}
    for number, equation in enumerate(derivation.equations()):
        first.setdefault(equation.target, number)
        for access in equation.reads():
            if derivation.tensor(tensor_of(access)).role != "constant":
                found = ways.setdefault((tensor_of(access), equation.target), [])
                found.append((equation.lhs, access, _slope(equation, access)))
    links = [Link(source, target, tuple(every), first.get(source, -1) >= first[target])
             for (source, target), every in ways.items()]
    used = {name for link in links for name in (link.source, link.target)}
    vertices = [name for name in sorted(position, key=lambda n: position[n]) if name in used]
    return _shortened(Computation(tuple(vertices), tuple(links)), names)


def _slope(equation: Equation, access: sp.Expr) -> sp.Expr:
    """The derivative of one entry of the left by one entry that is read."""
    return sp.Add(*(local_derivative(term.body, access) for term in equation.terms if access in reads_of(term.body)))


def _shortened(whole: Computation, names: Names) -> Computation:
    """The first layer and the last two of a network with more than MANY_LAYERS, the others as dots."""
    depths = {name: _depth(names, name) for name in whole.vertices}
    deepest = max(depths.values())
    if deepest <= MANY_LAYERS or deepest > 500:
        return whole
    away = {name for name, depth in depths.items() if 1 < depth < deepest}
    place = {name: DOTS if name in away else name for name in whole.vertices}
    vertices = dict.fromkeys(place[name] for name in whole.vertices)
    links: dict[tuple[str, str], Link] = {}
    for link in whole.links:
        ends = place[link.source], place[link.target]
        if ends[0] != ends[1]:
            links.setdefault(ends, link if DOTS not in ends else Link(*ends))
    return Computation(tuple(vertices), tuple(links.values()))


def _depth(names: Names, name: str) -> int:
    return names.depth(names.derivation.tensor(name).at())
