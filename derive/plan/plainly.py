"""What no other statement can say, as lines of the plain style.

    Plain(f, ("f = x[:, 1:] - x[:, :-1]",), (x,))

In: an equation, or a loop over time. Out: statements of its lines, and the names that they read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derive.codegen.statements import statement_lines, written
from derive.ir import Equation, Loop, tensor_of
from derive.plan.record import Plain, Ref, Value

if TYPE_CHECKING:
    from derive.plan.lower import Lowering


def plain_loop(host: Lowering, loop: Loop) -> None:
    """A loop over time, as the plain style writes it; every array that it fills is written by it."""
    inside = [*written([loop])]
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


def plain_equation(host: Lowering, equation: Equation) -> None:
    """One equation; an array that is there already is filled."""
    name = host.key(equation.target)
    tensor = host.tensors[equation.target]
    lines = tuple(statement_lines(equation, host.scope(), lambda _: []))
    gradient = host.names[equation.target].startswith("grads[")
    sizes = tuple(host.size(a.size) for a in tensor.axes) if gradient else ()
    if gradient:
        lines = tuple(_into(line, host.names[equation.target], name) for line in lines)
    if name in host.values and not gradient:
        lines = tuple(_into(line, name, name) for line in lines)
    else:
        host.values[name] = Value(name, sizes, "gradient" if gradient else "bound")
    reads = dict.fromkeys(host.key(tensor_of(r)) for r in equation.reads())
    host.statements.append(Plain(Ref(name), lines, tuple(Ref(r) for r in reads if r in host.values)))


def _into(line: str, shown: str, name: str) -> str:
    """grads["w"] = value as an assignment to the entries of the buffer of that gradient."""
    return re.sub(rf"^(\s*){re.escape(shown)} (\+?=) ", rf"\1{name}[...] \2 ", line).replace(shown, name)
