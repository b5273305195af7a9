"""The lines of one function of the module: what it computes, and what must stand before that.

In: statements in order, and the tensors that are wanted. Out: lines; equal layers are a loop.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from derive.codegen.comments import equation_text
from derive.codegen.common import common
from derive.codegen.lines import WIDTH
from derive.codegen.memory import layers_written, memory
from derive.codegen.naming import WHOLE, Naming, is_layered, unpacked
from derive.codegen.picked import refusals
from derive.codegen.repeats import counted_range
from derive.codegen.rolling import Rolled, rolled
from derive.codegen.scope import TAKEN, Scope, counter_name
from derive.codegen.statements import INDENT, is_rows, shape_text, statement_lines
from derive.errors import DeriveError
from derive.ir import (
    Equation,
    Loop,
    Statement,
    Tensor,
    equations_of,
    indices_of,
    needed,
    tensor_of,
    walk,
    writing,
)

MOST = 8
"""So many dicts are made in a line."""


@dataclass
class Function:
    """Writes the lines of one function."""

    naming: Naming

    def lines(self, statements: tuple[Statement, ...], wanted: set[str], result: Tensor,
              before: Sequence[str] = (), fixed: Sequence[str] = (), gradients: bool = False) -> list[str]:
        """The statements that the wanted tensors need, what must stand before them, and what is returned."""
        live = needed([*equations_of(statements)], wanted)
        found = rolled(writing(statements, live), self.naming.tensors, fixed)
        rolled_naming = self.naming.rolled(found)
        wanted = wanted | {found.members[name][0] for name in wanted if name in found.members}
        read = Function(rolled_naming).read(found.statements, wanted)
        shared = common(read, rolled_naming.tensors, {*TAKEN, *self.naming.names.values()})
        within = Function(rolled_naming.sharing(shared))
        lines = within.computed(list(shared.statements), wanted, before, gradients)
        shown = within._result(result, found)
        return [*lines, f"return {shown}, grads"] if gradients else _returned(lines, shown)

    def _result(self, tensor: Tensor, found: Rolled) -> str:
        """The name of what is returned; of a layered value the last layer."""
        names = self.naming.names
        if tensor.name in found.members:
            family, number = found.members[tensor.name]
            return f"{names[family]}[{number}]"
        if not is_layered(tensor):
            return names[tensor.name]
        layer = next(axis for axis in tensor.axes if axis.kind == "layer")
        return self.naming.scope().layered(names[tensor.name], layer.last)

    def computed(self, statements: Sequence[Statement], wanted: set[str], before: Sequence[str] = (),
                 gradients: bool = False) -> list[str]:
        """The lines of these statements, and what must stand before them."""
        scope = replace(self.naming.scope(), added=self.naming.added | added_to(statements),
                        memory=memory(statements, self.naming.tensors, wanted))
        arrays = {name: layers for name, layers in filled(statements, self.naming.tensors).items()
                  if self.naming.tensors[name].axes and name not in scope.memory.passing}
        prepared = self._prepared(statements, arrays, scope)
        begun = any("[" in self.naming.names[name] for name in arrays)  # a gradient is filled bit by bit
        if begun:
            prepared.insert(0, "grads = {}")
        lines: list[str] = []
        for statement in statements:
            targets = {e.target for e in equations_of([statement])}
            if gradients and not begun and any(self.naming.tensors[t].role == "adjoint" for t in targets):
                begun = True
                lines += ["", "grads = {}"]
            lines += statement_lines(statement, scope, self.naming.comment)
        live = {tensor_of(r) for e in equations_of(statements) for r in e.reads()}
        refused = refusals(self.naming.data, equations_of(statements), scope)
        head = [*refused, *unpacked(self.naming, live), *before, *prepared]
        return [*self._sizes(scope), *head, *lines]

    def read(self, statements: Sequence[Statement], wanted: set[str]) -> list[Statement]:
        """All but what is computed of the last layer for nobody."""
        return [s for s in statements if not self._last_unread(s, statements, wanted)]

    def _last_unread(self, statement: Statement, others: Sequence[Statement], wanted: set[str]) -> bool:
        """Whether this is a value of the last layer, such as a[L], of which only lower layers are read."""
        tensors = self.naming.tensors
        if isinstance(statement, Loop) or statement.target in wanted or not is_layered(tensors[statement.target]):
            return False
        place = [axis.kind for axis in tensors[statement.target].axes].index("layer")
        reads = [(indices_of(r)[place], {loop.index.symbol: loop.index.last for loop in loops})
                 for e, loops in walk(others) for r in e.reads() if tensor_of(r) == statement.target]
        return all(sp.expand(statement.at[place] - at.xreplace(last)).is_positive for at, last in reads)

    def _prepared(self, statements: Sequence[Statement], arrays: Mapping[str, set[sp.Expr]], scope: Scope) -> list[str]:
        """Values of several layers are kept in a dict; those filled bit by bit need an array first."""
        tensors, names = self.naming.tensors, self.naming.names
        dicts = [names[name] for name in dict.fromkeys(e.target for e in equations_of(statements))
                 if is_layered(tensors[name]) and "[" not in names[name] and name not in scope.memory.passing]
        parts = [dicts[n:n + MOST] for n in range(0, len(dicts), MOST)]
        lines = [f"{', '.join(part)} = {', '.join('{}' for _ in part)}" for part in parts]
        loops: dict[str, list[str]] = {}
        for name, layers in arrays.items():
            head, inside = self._array(tensors[name], layers, scope)
            loops.setdefault(head, []).append(inside)
        for head, made in loops.items():
            lines += [head, *(INDENT + line for line in made)] if head else made
        return lines

    def _array(self, tensor: Tensor, layers: set[sp.Expr], scope: Scope) -> tuple[str, str]:
        """The line that makes it, and that of the loop around it where several layers have one each."""
        alone = next(iter(layers)) if len(layers) == 1 else None
        counters = {axis.symbol: counter_name(axis) for axis in tensor.axes if axis.kind == "layer" and alone is None}
        at = tuple(alone if alone is not None and axis.kind == "layer" else axis.symbol for axis in tensor.axes)
        inside = scope.counting(counters)
        shape = shape_text([axis.size for axis, _ in scope.memory.pairs(tensor, at)], inside)
        made = "empty" if tensor.name in scope.memory.whole else "zeros"
        line = f"{inside.array(tensor, at)} = np.{made}({shape}, dtype={scope.dtype})"
        return "".join(f"for {counter} in {_span(layers)}:" for counter in counters.values()), line

    def _sizes(self, scope: Scope) -> list[str]:
        """m = len(x) and the like, for the sizes that the lines use."""
        return [f"{symbol} = {self._size(symbol)}" for symbol in sorted(scope.sizes, key=str)]

    def _size(self, symbol: sp.Symbol) -> str:
        names = self.naming.names
        for tensor in (*self.naming.data, *self.naming.forward.of_role("parameter")):
            for place, axis in enumerate(tensor.axes):
                if axis.size == symbol and axis.kind == "layer":
                    return f'sum(name.startswith("{tensor.name}") for name in params)'
                if axis.size == symbol and not is_layered(tensor):
                    array = names[tensor.name] if tensor.role == "data" else f'params["{tensor.name}"]'
                    return f"len({array})" if place == 0 else f"{array}.shape[{place}]"
        raise DeriveError(f"the size {symbol} cannot be read from any array")


def added_to(statements: Sequence[Statement]) -> frozenset[str]:
    """What something is added to."""
    return frozenset(e.target for e in equations_of(statements) if e.op == "+=")


def filled(statements: Sequence[Statement], tensors: Mapping[str, Tensor]) -> dict[str, set[sp.Expr]]:
    """What is written entry by entry, or part by part; of values of several layers the layers."""
    bits, begun = dict[str, set[sp.Expr]](), dict[str, set[sp.Expr]]()
    for e, loops in walk(statements):
        tensor = tensors[e.target]
        own = layers_written(tensor, e, loops) if is_layered(tensor) else {sp.S.Zero}
        at = tuple(expr for axis, expr in zip(tensor.axes, e.at, strict=True) if axis.kind != "layer")
        inside = any(loop.index.kind != "layer" or not is_layered(tensor) for loop in loops)
        whole = at == tuple(i.symbol for i in e.free)
        bits.setdefault(e.target, set())
        if inside or e.op == "=" and not whole and not is_rows(e, tensor):
            bits[e.target] |= own
        if not inside and whole and e.op == "=" and (any(t.summed for t in e.terms) or not any(e.reads())):
            begun.setdefault(e.target, set()).update(own)
    return {name: left for name, layers in bits.items() if (left := layers - begun.get(name, set()))}


def _span(layers: Collection[sp.Expr]) -> str:
    """What a loop over these layers goes through."""
    numbers = sorted(map(int, layers))
    steps = {after - before for before, after in zip(numbers, numbers[1:], strict=False)} or {1}
    if len(steps) > 1:
        return f"({', '.join(map(str, numbers))})"
    return counted_range(numbers[0], numbers[-1], steps.pop())


def _returned(lines: list[str], value: str) -> list[str]:
    """`return expression` rather than a name for it that is used once."""
    start = f"{value} = "
    if lines and lines[-1].startswith(start):
        return [*lines[:-1], f"return {lines[-1].removeprefix(start)}"]
    return [*lines, f"return {value}"]


def described(statements: Sequence[Statement]) -> Iterator[str]:
    """The equations, those of equal layers under their counter."""
    for statement in statements:
        if isinstance(statement, Equation):
            yield from textwrap.wrap(equation_text(statement), WIDTH - 4, subsequent_indent="    ", **WHOLE)
            continue
        index, inside = statement.index, described(statement.body)
        begin = f"{index.start}, {index.start + statement.step}" if statement.step > 1 else f"{index.start}"
        shown = f"{index.last}, ..., {index.start}" if statement.descending else f"{begin}, ..., {index.last}"
        yield from [f"for {index.name} = {shown}:",
                    *(f"    {line}" for line in inside)] if index.size.is_Integer else inside
