"""What no other statement can say, as lines of the plain style.

    Plain(f, ("f = x[:, 1:] - x[:, :-1]",), (x,))

In: an equation, or a loop over time. Out: statements of its lines, and the names that they read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import sympy as sp

from derive.codegen.statements import statement_lines
from derive.ir import Equation, Index, Loop, equations_of, indices_of, reads_of, tensor_of
from derive.plan.record import ROWS, Plain, Ref, Value

if TYPE_CHECKING:
    from derive.plan.lower import Lowering


def plain_loop(host: Lowering, loop: Loop) -> None:
    """A loop over time, as the plain style writes it; every array that it fills is written by it."""
    inside = [*equations_of([loop])]
    lines = [*statement_lines(loop, host.scope(), lambda e: [f"# {note}" for note in host.note(e)])]
    reads = dict.fromkeys(host.key(tensor_of(r)) for e in inside for r in e.reads())
    for name in dict.fromkeys(e.target for e in inside):
        key, shown = host.key(name), host.names[name]
        lines = [_into(line, shown, key) for line in lines] if shown.startswith("grads[") else lines
        host.values.setdefault(key, Value(key, (), "bound"))
    of = tuple(Ref(r) for r in reads if r in host.values)
    for name in dict.fromkeys(e.target for e in inside):
        host.statements.append(Plain(Ref(host.key(name)), tuple(lines), of))
        lines = []


def plain_equation(host: Lowering, equation: Equation, called: Mapping[str, str]) -> None:
    """One equation; an array that is there already is filled. Some tensors are `called` otherwise here."""
    name = called.get(equation.target, host.key(equation.target))
    tensor, scope = host.tensors[equation.target], host.scope()
    lines = tuple(statement_lines(equation, replace(scope, names=scope.names | dict(called)), lambda _: []))
    gradient = host.names[equation.target].startswith("grads[")
    sizes = tuple(host.size(a.size) for a in tensor.axes) if gradient else ()
    if gradient:
        lines = tuple(_into(line, host.names[equation.target], name) for line in lines)
    filled = name in host.values or gradient or not tensor.axes
    if name in host.values and not gradient:
        lines = tuple(_into(line, name, name) for line in lines)
    else:
        host.values[name] = Value(name, sizes, "gradient" if gradient else "bound")
    reads = dict.fromkeys(called.get(tensor_of(r), host.key(tensor_of(r))) for r in equation.reads())
    of = tuple(Ref(r) for r in reads if r in host.values)
    host.statements.append(Plain(Ref(name), lines, of, filled and _is_by_example(host, equation)))


def _is_by_example(host: Lowering, equation: Equation) -> bool:
    """Whether each term has an index over the examples, and reads and writes nothing of any other example."""
    def over(indices: Iterable[Index]) -> list[sp.Expr]:
        return [i.symbol for i in indices if host.size(i.size) == ROWS]

    def examples(access: sp.Expr) -> list[sp.Expr]:
        axes = host.tensors[tensor_of(access)].axes
        return [expr for axis, expr in zip(axes, indices_of(access), strict=True) if host.size(axis.size) == ROWS]

    return all(len(own := over((*equation.free, *term.summed))) == 1 and {*own} >= {
        e for access in (equation.lhs, *reads_of(term.body)) for e in examples(access)} for term in equation.terms)


def _into(line: str, shown: str, name: str) -> str:
    """grads["w"] = value as an assignment to the entries of the buffer of that gradient."""
    return re.sub(rf"^(\s*){re.escape(shown)} (\+?=) ", rf"\1{name}[...] \2 ", line).replace(shown, name)
