"""Where a tensor stands in the network: its place in the order of computing, and its layer."""

from __future__ import annotations

from functools import cached_property

import sympy as sp

from derive.ir import Tensor, indices_of, reads_of, tensor_of
from derive.latex.counting import Counting

LAST = 1000
"""The depth of layer L, which is above every l + n."""


def layer_of(tensor: Tensor, access: sp.Expr) -> sp.Expr | None:
    """What stands at the axis of layers, if the tensor has one."""
    return next((e for axis, e in zip(tensor.axes, indices_of(access), strict=True) if axis.kind == "layer"), None)


def step_of(tensor: Tensor, access: sp.Expr) -> int:
    """How many steps of time a read lies ahead: 1 for v[t+1,j]."""
    pairs = zip(tensor.axes, indices_of(access), strict=True)
    return sum(int(e.as_coeff_Add()[0]) for axis, e in pairs if axis.kind == "time" and not e.is_number)


class Depths(Counting):
    """Positions and depths of what a derivation reads."""

    def tensor(self, access: sp.Expr) -> Tensor | None:
        return self.derivation.by_name.get(tensor_of(access))

    @cached_property
    def position(self) -> dict[str, int]:
        """Each tensor's place: given ones as declared, then values as computed."""
        given = [t.name for t in self.derivation.of_role("data", "parameter", "constant")]
        computed = [e.target for e in self.derivation.equations()]
        return {name: n for n, name in enumerate([*given, *computed])}

    @cached_property
    def _depths(self) -> dict[str, int]:
        """How many equations with parameters lie between the data and a tensor."""
        parameters = {t.name for t in self.derivation.of_role("parameter")}
        depths: dict[str, int] = {}
        for equation in self.derivation.equations():
            names = [tensor_of(r) for r in equation.reads()]
            weighted = any(n in parameters for n in names) and equation.target != self.derivation.cost
            here = max((depths.get(n, 0) for n in names if n not in parameters), default=0) + weighted
            depths[equation.target] = max(depths.get(equation.target, 0), here)
            if weighted:
                depths |= {n: here for n in names if n in parameters and n not in depths}
        return depths

    def depth(self, access: sp.Expr) -> int:
        """The layer of a read; an adjoint stands where its tensor does."""
        tensor = self.tensor(access)
        if tensor is None:
            return 0
        layer = layer_of(tensor, access)
        if layer is not None:
            number, rest = layer.as_coeff_Add()
            return int(number) + (LAST if rest.is_positive else -LAST if rest == 0 else 0)
        before = step_of(tensor, access) < 0  # h[t-1] goes into a step as the values of the layer below do
        while tensor.of is not None:  # R{dC/dz} stands where z does
            tensor = self.derivation.tensor(tensor.of)
        return self._depths.get(tensor.name, 0) - before

    def ahead(self, access: sp.Expr) -> int:
        """How many steps of time a read lies ahead, in whichever direction a loop runs."""
        tensor = self.tensor(access)
        return 0 if tensor is None else abs(step_of(tensor, access))

    def deepest(self, expr: sp.Expr) -> int:
        return max((self.depth(r) for r in reads_of(expr)), default=0)
