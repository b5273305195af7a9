"""What several lines compute alike gets a name of its own and is computed once.

    f = x**k @ w;  ...;  grads["w"] = d @ x**k     becomes     powers_x = x**k;  f = powers_x @ w;  ...

Only what costs more than the operations around it: exponentials, tanh, powers whose exponent is no number. A softmax
beside its logarithm is the exponential of that: of many short rows, their maxima take as long as all else. In a loop
over time it is a value of the round; two loops, there and back, share nothing: an array over all times costs as much
as a tanh.

In: the statements of a function. Out: the statements, the tensors that are new, and the equations as they were.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from derive.codegen.stabilized import Vector
from derive.formulas.stable import VECTOR_IDENTITIES
from derive.functions.record import Application
from derive.ir import Equation, Index, Loop, Statement, Tensor, Term, indices_of, read, reads_of, shown, tensor_of

DEAR = {sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.atan: "arctan",
        sp.tanh: "tanh", sp.sinh: "sinh", sp.cosh: "cosh", sp.erf: "erf"}
"""Functions that take longer than a product, and what their values are called."""


@dataclass(frozen=True)
class Common:
    """The statements that share; `was` has each changed equation as it stood."""

    statements: tuple[Statement, ...]
    tensors: dict[str, Tensor]
    was: dict[Equation, Equation]


def common(statements: Sequence[Statement], tensors: Mapping[str, Tensor], taken: Container[str]) -> Common:
    """The same values, what is dear computed once in the lines that stand side by side."""
    found = Common((), {}, {})
    return replace(found, statements=_block(tuple(statements), (), _Sharing(tensors, taken, found)))


@dataclass(frozen=True)
class _Sharing:
    tensors: Mapping[str, Tensor]
    taken: Container[str]
    found: Common

    def tensor(self, expr: sp.Expr, axes: tuple[Index, ...]) -> Tensor:
        """A new one for the values of an expression: tanh_c1; tanh_c for those of c[layer]."""
        kind = _kind(expr)
        name = "_".join([kind, *dict.fromkeys(self.said(r) for r in sorted(reads_of(expr), key=shown))])
        while name in self.taken or name in self.tensors or name in self.found.tensors:
            name += "_"
        return self.found.tensors.setdefault(name, Tensor(name, axes))

    def said(self, access: sp.Expr) -> str:
        """What is read, with the number of its layer: c1 for c[1]."""
        name = tensor_of(access)
        pairs = zip(self.tensors[name].axes, indices_of(access), strict=True)
        return name + "".join(str(expr) for axis, expr in pairs if axis.kind == "layer" and expr.is_Integer)


def _block(statements: tuple[Statement, ...], around: tuple[Loop, ...], sharing: _Sharing) -> tuple[Statement, ...]:
    made = _by_logarithms([_inside(s, around, sharing) for s in statements], sharing.found.was)
    counters = tuple(loop.index for loop in around)
    uses: dict[tuple[sp.Expr, tuple[Index, ...]], list[int]] = {}
    for n, statement in enumerate(made):
        for key in dict.fromkeys(_dear(statement, counters)) if isinstance(statement, Equation) else ():
            uses.setdefault(key, []).append(n)
    before: dict[int, list[Statement]] = {}
    for (expr, axes), places in uses.items():
        if len(places) < 2:
            continue
        tensor = sharing.tensor(expr, axes)
        value = read(tensor.name, *(i.symbol for i in axes))
        free = tuple(i for i in axes if i not in counters)
        before.setdefault(places[0], []).append(Equation(tensor.name, indices_of(value), free, (Term(expr),)))
        for n in places:
            made[n] = _changed(made[n], {expr: value}, sharing.found.was)  # type: ignore
    return tuple(s for n, statement in enumerate(made) for s in (*before.get(n, ()), statement))


def _by_logarithms(made: list[Statement], was: dict[Equation, Equation]) -> list[Statement]:
    """exp(log_softmax(z)) for softmax(z), where a line beside it has the logarithm."""
    bodies = [t.body for s in made if isinstance(s, Equation) for t in s.terms if not t.where]
    calls = {(node.record.name, node.args): node for body in bodies for node in body.atoms(Vector)}
    known = {calls[name, args]: sp.exp(node) for (logarithm, args), node in calls.items()
             for (_, name), both in VECTOR_IDENTITIES.items() if both == logarithm and (name, args) in calls}
    return [_changed(s, known, was) if isinstance(s, Equation) else s for s in made]


def _changed(equation: Equation, known: Mapping[sp.Expr, sp.Expr], was: dict[Equation, Equation]) -> Equation:
    changed = equation.map(lambda body: body.xreplace(known))
    if changed != equation:
        was[changed] = was.pop(equation, equation)
    return changed


def _inside(statement: Statement, around: tuple[Loop, ...], sharing: _Sharing) -> Statement:
    """What the lines of a loop over time share; of a loop over layers, what those of a loop over time in it do."""
    if not isinstance(statement, Loop):
        return statement
    within = (*around, statement)
    if statement.index.kind == "time":
        return replace(statement, body=_block(statement.body, within, sharing))
    return replace(statement, body=tuple(_inside(s, within, sharing) for s in statement.body))


def _dear(equation: Equation, counters: tuple[Index, ...]) -> Iterator[tuple[sp.Expr, tuple[Index, ...]]]:
    """The dear expressions in it that hold without a condition, and the indices over which each has values."""
    for term in equation.terms:
        ranges = {i.symbol: i for i in (*counters, *equation.free, *term.summed)}
        for node in _outermost(term.body) if not term.where else ():
            yield node, tuple(ranges[s] for s in _order(node) if s in ranges)


def _outermost(expr: sp.Expr) -> Iterator[sp.Expr]:
    walked = sp.preorder_traversal(expr)
    for node in walked:
        if _kind(node) and reads_of(node):
            walked.skip()
            yield node


def _order(expr: sp.Expr) -> dict[sp.Expr, None]:
    """Its indices: those of what it reads, in their order, then those that stand in it as numbers."""
    inside = [i for r in sorted(reads_of(expr), key=shown) for i in indices_of(r)]
    every = [*inside, *sorted(expr.free_symbols, key=shown)]
    return dict.fromkeys(s for e in every for s in sorted(e.free_symbols, key=shown))


def _kind(expr: sp.Basic) -> str:
    if isinstance(expr, sp.Pow):
        return "" if expr.exp.is_number else "powers"
    if isinstance(expr, Vector):
        return str(expr.record.name)
    if isinstance(expr, sp.exp) and isinstance(expr.args[0], Vector):
        return ""  # what is dear is the logarithm
    if isinstance(expr, Application):
        return f"{expr.record.name}{'_slope' * expr.order}"
    return DEAR.get(type(expr), "")
