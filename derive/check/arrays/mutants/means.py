"""The 1/n of means that was forgotten wherever they are gone back through: the mean and the variance of a norm.

    d - sum(d) - h*sum(d*h)     for     d - sum(d)/n - h*sum(d*h)/n
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import sympy as sp

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.fault import Fault, Kind, scaled, several, shown
from derive.ir import tensor_of


def faults(backward: Backward) -> Iterator[Fault]:
    sizes = dict(_means(backward))
    edits: Edits = {place: (scaled(equation, sizes[tensor_of(equation.via[0])]),)
                    for place, equation in enumerate(backward.equations)
                    if equation.via is not None and tensor_of(equation.via[0]) in sizes}
    if len(sizes) > 1:
        names = " and ".join(sizes)
        said = (f"the mean was taken for a sum in {names}: each of their entries has a share of 1/"
                f"{' or 1/'.join(dict.fromkeys(shown(backward, str(n)) for n in sizes.values()))}")
        yield several(edits, "sum_for_mean", said)


def _means(backward: Backward) -> Iterator[tuple[str, sp.Expr]]:
    """The values that are means, with what they divide by."""
    for equation in backward.model.equations():
        term = equation.terms[0]
        size = prod((k.size for k in term.summed), start=sp.Integer(1))
        share = sp.Mul(*(f for f in sp.Mul.make_args(term.body) if not f.atoms(sp.Indexed)))
        if equation.target != backward.model.cost and term.summed and share * size == 1 and size != 1:
            yield equation.target, size


ENTRY = Kind("means", 4, faults)
