"""What a derivation costs: parameters, operations, memory; of a network layer by layer.

In: the equations, forward and with gradients. Out: tables. An equation over the indices I with a sum
over K takes |I| * |K| * (operations of its right side); sizes that are letters stay letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sympy as sp

from derive.ir import Derivation, Equation, Index, Loop, Statement, Tensor, reads_of, tensor_of, walk
from derive.latex.depths import layer_of
from derive.model.layer import shape_text
from derive.spec.network import Network
from derive.spec.stage import stage_text
from derive.spec.wiring import shaped

BYTES = 8
ZERO = sp.Integer(0)


def layer_table(network: Network, forward: Derivation, full: Derivation) -> list[str]:
    """One line a layer: what comes out of it, what is learnt, what it takes there and back, what is kept."""
    rows: list[Sequence[str]] = [("layer", "output", "parameters", "operations", "backward", "values")]
    rows += [(source.name, shape_text(source.axes), "", "", "", "") for source in network.sources]
    there = _by_layer(forward, forward.statements)
    back = _by_layer(full, full.statements[len(forward.statements):])
    for one in shaped(network.sources, network.layers):
        place = sp.Integer(one.wired.number)
        own = [t for t in forward.tensors if t.written.layer == place]
        learnt, kept = ([t for t in own if t.role == role] for role in ("parameter", "value"))
        rows.append((f"{place} {stage_text(one.wired.stage)}", shape_text(one.out), *(number(n) for n in (
            _entries(learnt), there.get(place, ZERO), back.get(place, ZERO), _entries(kept)))))
    return _columns(rows, 2)


def _by_layer(derivation: Derivation, statements: Iterable[Statement]) -> dict[sp.Expr | None, sp.Expr]:
    """The operations of each layer's equations; an adjoint's belong to the layer whose equation it goes back."""
    found: dict[sp.Expr | None, sp.Expr] = {}
    for equation, loops in walk(statements):
        name = tensor_of(equation.via[0]) if equation.via else equation.target
        layer = derivation.tensor(name).written.layer
        found[layer] = found.get(layer, ZERO) + _operations(equation, loops)
    return found


def _entries(tensors: Iterable[Tensor]) -> sp.Expr:
    return sp.Add(*(size(t) for t in tensors))


def _columns(rows: Sequence[Sequence[str]], texts: int) -> list[str]:
    """A table: the first columns are texts, the others numbers."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) if place < texts else cell.rjust(width)
                      for place, (cell, width) in enumerate(zip(row, wide, strict=True))).rstrip() for row in rows]


def summary(forward: Derivation, full: Derivation, network: Network | None = None) -> str:
    """Tables of the layers and the parameters, and the totals; `full` has the equations of the gradients too."""
    parameters = forward.of_role("parameter")
    names = [("parameter", "shape", "numbers"), *((t.name, shape(t), number(size(t))) for t in parameters)]
    lines = _columns(names, 2)
    if network is not None and not network.depth:
        lines = [*layer_table(network, forward, full), "", *lines]
    total = sp.Add(*(size(t) for t in parameters))
    there, back = operations(forward), operations(full)
    values = sp.Add(*(size(t) for t in full.tensors if t.role in ("value", "adjoint")))
    return "\n".join([
        *lines, "",
        f"parameters                       {number(total)}",
        f"operations, cost                 {number(there)}",
        f"operations, cost and gradients   {number(back)}{_ratio(there, back)}",
        f"memory, parameters (float64)     {_memory(total)}",
        f"memory, values and adjoints      {_memory(values)}"])


def size(tensor: Tensor) -> sp.Expr:
    """The number of entries."""
    return over(tensor.axes, sp.Integer(1))


def over(indices: Iterable[Index], each: sp.Expr) -> sp.Expr:
    """`each`, as often as the indices run (outermost first); summed where it depends on one of them."""
    for index in reversed(tuple(indices)):
        varies = index.symbol in each.free_symbols
        each = sp.Sum(each, (index.symbol, index.start, index.last)) if varies else index.size * each
    return each


def shape(tensor: Tensor) -> str:
    return " x ".join(str(axis.size) for axis in tensor.axes) or "number"


def operations(derivation: Derivation) -> sp.Expr:
    """The additions, multiplications and function calls of all equations as they stand."""
    needed = _needed(derivation)
    return sp.Add(*(_operations(equation, [_rounds(derivation, equation, loop, needed) for loop in loops])
                    for equation, loops in walk(derivation.statements)))


def _needed(derivation: Derivation) -> dict[str, int]:
    """The lowest layer at which each array is read."""
    lowest: dict[str, int] = {}
    for equation, loops in walk(derivation.statements):
        first: dict[sp.Basic, sp.Basic] = {loop.index.symbol: sp.Integer(loop.index.start) for loop in loops}
        for access in equation.reads():
            layer = layer_of(derivation.tensor(tensor_of(access)), access)
            start = None if layer is None else layer.xreplace(first)
            if start is not None and start.is_Integer:
                lowest[tensor_of(access)] = min(int(start), lowest.get(tensor_of(access), int(start)))
    return lowest


def _rounds(derivation: Derivation, equation: Equation, loop: Loop, needed: dict[str, int]) -> Loop:
    """The rounds that count: nobody goes back from layer 1 to its input, whose gradient is not read."""
    target = derivation.tensor(equation.target)
    layer = layer_of(target, equation.lhs)
    if target.role != "adjoint" or layer is None or target.name not in needed or loop.index.symbol not in \
            layer.free_symbols:
        return loop
    index = loop.index
    later = max(needed[target.name] - int(layer - index.symbol) - index.start, 0)
    return replace(loop, index=replace(index, start=index.start + later, size=index.size - later))


def _operations(equation: Equation, loops: Iterable[Loop]) -> sp.Expr:
    """|I| * (sum over the terms of |K| * (their operations, and one to sum), and one to add each term)."""
    terms = (over(t.summed, _calculated(t.body) + sp.Integer(bool(t.summed))) for t in equation.terms)
    each = sp.Add(*terms, sp.Integer(len(equation.terms) - 1))
    return over((*(loop.index for loop in loops), *equation.free), each)


def _calculated(body: sp.Expr) -> sp.Expr:
    """The operations of an expression; what a subscript is calculated with, n - 1, is none of them."""
    entries = {access: sp.Symbol(f"entry{n}") for n, access in enumerate(reads_of(body))}
    return sp.Integer(sp.count_ops(body.xreplace(entries)))


def number(value: sp.Expr) -> str:
    """13,002; or with letters, sums over the same layers as one: sum(n[l]*n[l - 1] + n[l], l = 1..L)."""
    if value.is_Integer:
        return f"{int(value):,}"
    alone, sums = ZERO, dict[tuple[sp.Basic, ...], sp.Expr]()
    for part in sp.Add.make_args(sp.expand_mul(value)):
        factor, rest = part.as_coeff_Mul()
        if isinstance(rest, sp.Sum) and len(rest.limits) == 1:
            (limits,) = rest.limits
            sums[tuple(limits)] = sums.get(tuple(limits), ZERO) + factor * rest.function
        else:
            alone += part
    texts = [str(alone)] if alone != 0 else []
    return " + ".join([*texts, *(f"sum({sp.expand_mul(body)}, {index} = {first}..{last})"
                                 for (index, first, last), body in sums.items())])


def _memory(numbers: sp.Expr) -> str:
    if not numbers.is_Integer:
        return f"{number(BYTES * numbers)} bytes"
    kib = BYTES * int(numbers) / 1024
    return f"{kib:,.1f} KiB" if kib < 1024 else f"{kib / 1024:,.1f} MiB"


def _ratio(there: sp.Expr, back: sp.Expr) -> str:
    """How much more the gradients take, where that is a number."""
    return f"   ({float(back / there):.1f} times the cost alone)" if there and (back / there).is_number else ""
