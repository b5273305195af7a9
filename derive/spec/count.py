"""The parameters of a network: their names, shapes and number, from the equations of its layers alone."""

from __future__ import annotations

import sympy as sp

from derive.errors import DeriveError
from derive.ir import size_at, size_symbol
from derive.model.blocks import fragment
from derive.model.layer import layers
from derive.spec.stage import Stage, Width

MAX_PARAMETERS = 1_000_000_000
Shape = tuple[sp.Expr, ...]


def parameter_shapes(inputs: tuple[Width, ...], stages: tuple[Stage, ...], depth: str = "") -> list[tuple[str, Shape]]:
    """("w1", (16, 784)), ("b1", (16,)), ...; of the general network ("w", (n[l], n[l-1])) and ("b", (n[l],))."""
    if depth:
        l = sp.Symbol("l", integer=True)  # noqa: E741
        width = size_at(str(inputs[0]), l)
        return [(name, shape) for name, shape in _of_layer(stages[0], (size_at(str(inputs[0]), l - 1),), (width,))[0]]
    found: list[tuple[str, Shape]] = []
    before = tuple(_size(width) for width in inputs)
    for number, stage in enumerate(stages, 1):
        own, before = _of_layer(stage, before, tuple(_size(width) for width in stage.sizes))
        found += [(f"{name}{number}", shape) for name, shape in own]
    return found


def check_count(shapes: list[tuple[str, Shape]]) -> None:
    """Refuse a network that no machine holds."""
    count = number_of(shapes)
    if count.is_Integer and count > MAX_PARAMETERS:
        raise DeriveError(f"{int(count):,} parameters; {MAX_PARAMETERS:,} are the limit", where="architecture",
                          do="Make it narrower, or use names for widths: n0-n1-n2.")


def number_of(shapes: list[tuple[str, Shape]]) -> sp.Expr:
    """How many numbers all parameters have together."""
    return sp.Add(*(sp.Mul(*shape) for _, shape in shapes))


def _of_layer(stage: Stage, before: Shape, widths: Shape) -> tuple[list[tuple[str, Shape]], Shape]:
    """The parameters of one layer and the shape of its output z."""
    record = layers()[stage.layer]
    block = fragment(record.equations, record.name)
    stated = zip(block.tensor("x").axes, before, strict=True)
    sizes: dict[sp.Basic, sp.Basic] = {axis.size: size for axis, size in stated}
    sizes |= {size_symbol(name): width for name, width in zip(record.sizes, widths, strict=True)}
    shapes = {t.name: tuple(axis.size.xreplace(sizes) for axis in t.axes) for t in block.tensors}
    kept = [t.name for t in block.of_role("parameter") if stage.bias is not False or t.name != record.bias]
    return [(name, shapes[name]) for name in kept], shapes["z"]


def _size(width: Width) -> sp.Expr:
    return sp.Integer(width) if isinstance(width, int) else size_symbol(width)
