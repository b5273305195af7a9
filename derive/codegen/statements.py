"""Statements of a derivation as lines of Python: assignments, loops, conditions.

    z[l,j] = sum_k w[l,j,k]*a[l-1,k]      for l in 1..L        becomes

    for l in range(1, L + 1):
        z[l] = a[l - 1] @ params[f"w{l}"].T
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import sympy as sp

from derive.codegen.gathered import gathered
from derive.codegen.layers import at_hand
from derive.codegen.picked import by_rows
from derive.codegen.piece import ATOM, SUM, Axes, Piece, spread
from derive.codegen.products import lower_terms
from derive.codegen.scope import Scope, counter_name
from derive.codegen.subscripts import offsets, rows, running
from derive.errors import DeriveError
from derive.ir import Equation, Index, Loop, Statement, Tensor, Term, indices_of, reads_of

Comment = Callable[[Equation], list[str]]
INDENT = "    "
RELATIONS: dict[type, str] = {sp.Equality: "==", sp.LessThan: "<=", sp.GreaterThan: ">=", sp.Unequality: "!=",
                              sp.StrictLessThan: "<", sp.StrictGreaterThan: ">"}


def statement_lines(statement: Statement, scope: Scope, comment: Comment) -> Iterator[str]:
    """One statement as lines, without indentation of its own."""
    if isinstance(statement, Loop):
        yield from _loop(statement, scope, comment)
    else:
        yield from comment(statement)
        yield from _equation(statement, scope)


def _loop(loop: Loop, scope: Scope, comment: Comment) -> Iterator[str]:
    index = loop.index
    counter = counter_name(index)
    first, stop = scope.whole(index.start), scope.whole(index.start + index.size)
    by = f", {loop.step}" if loop.step > 1 else ""
    span = f"range({stop.text})" if index.start == 0 and not by else f"range({first.text}, {stop.text}{by})"
    if index.kind == "time":
        scope, before = at_hand(loop, scope)
        yield from before
    yield f"for {counter} in {f'reversed({span})' if loop.descending else span}:"
    inner = scope.counting({index.symbol: counter})
    for statement in loop.body:
        for line in statement_lines(statement, inner, comment):
            yield INDENT + line if line else ""


def _equation(equation: Equation, scope: Scope) -> Iterator[str]:
    scope = scope.within(equation.free)
    plain = [t for t in equation.terms if not t.where]
    limited = [t for t in equation.terms if t.where]
    if not limited:
        yield from assignment(equation, plain, scope, equation.op)
        return
    for term in limited:
        _check_counted(term, scope)
    yield from _alternatives(equation, plain, limited, scope)


def _check_counted(term: Term, scope: Scope) -> None:
    loose = {s for c in term.where for s in c.free_symbols if not s.is_positive and s not in scope.counters}
    if loose:
        raise DeriveError(f"a condition on the index {min(map(str, loose))} cannot be emitted here",
                          do="A Jacobian by what windows read is printed (derive latex) and not emitted; take it by "
                             "parameters, or by a later value: --wrt.")


def _alternatives(equation: Equation, plain: list[Term], limited: list[Term], scope: Scope) -> Iterator[str]:
    """if l == L: ... else: ...; or, where the cases overlap, one addition after another."""
    cases: dict[tuple[sp.Basic, ...], list[Term]] = {}
    for term in limited:
        cases.setdefault(term.where, []).append(term)
    if len(cases) == 2 and not plain and _complementary(*cases):
        for head, terms in zip((f"if {condition(next(iter(cases)), scope)}:", "else:"), cases.values(), strict=True):
            yield head
            yield from _under(equation, terms, scope, equation.op)
        return
    start = plain or ([Term(sp.Integer(0))] if equation.op == "=" else [])
    if start:
        yield from assignment(equation, start, scope, equation.op)
    for where, terms in cases.items():
        yield f"if {condition(where, scope)}:"
        yield from _under(equation, terms, scope, "+=")


def _under(equation: Equation, terms: list[Term], scope: Scope, op: str) -> Iterator[str]:
    """The terms of one case."""
    equal: dict[sp.Basic, sp.Basic] = {c.lhs: c.rhs for c in terms[0].where if isinstance(c, sp.Equality)}
    fixed = replace(scope, equal=scope.equal | equal)
    yield from (INDENT + line for line in assignment(equation, [replace(t, where=()) for t in terms], fixed, op))


def _complementary(one: tuple[sp.Basic, ...], other: tuple[sp.Basic, ...]) -> bool:
    """l = L and l <= L - 1, where l never exceeds L."""
    if len(one) != 1 or len(other) != 1:
        return False
    first, second = one[0], other[0]
    if not isinstance(first, sp.Equality) or first.lhs != second.lhs:
        return False
    distance = sp.expand(first.rhs - second.rhs)
    return isinstance(second, sp.LessThan) and distance == 1 or isinstance(second, sp.GreaterThan) and distance == -1


def condition(where: tuple[sp.Basic, ...], scope: Scope) -> str:
    return " and ".join(f"{scope.whole(c.lhs).text} {RELATIONS[type(c)]} {scope.whole(c.rhs).text}" for c in where)


# -- assignments -------------------------------------------------------------------------------


def assignment(equation: Equation, terms: Sequence[Term], scope: Scope, op: str) -> Iterator[str]:
    """`target = expression`; an expression with fewer axes than its target is broadcast."""
    tensor = scope.tensors[equation.target]
    if is_rows(equation, tensor):
        yield _in_rows(equation, terms, scope, op)
        return
    counted = offsets(equation, scope.ranges, scope.counters) if op == "+=" else ()
    if counted:
        yield from _by_offsets(equation, terms, scope, counted)
        return
    left = _scattered(equation, tensor, scope)
    if left is not None:
        right = spread(lower_terms(terms, scope, left.axes), left.axes)
        yield _added_at(equation, left, right, scope)
        return
    target = scope.read(equation.lhs)
    piece = lower_terms(terms, scope, target.axes)
    if set(piece.axes) != set(target.axes) and op == "=" and not _is_part(equation, target, scope):
        yield f"{target.text} {op} {_widened(piece, target.axes, scope).text}"
        return
    yield f"{target.text} {op} {spread(piece, target.axes).text}{_apart(equation, terms, scope, op)}"


def _is_part(equation: Equation, target: Piece, scope: Scope) -> bool:
    """Whether entries of an array are assigned, so that whatever has fewer axes is repeated by itself."""
    rows_of = equation.target in scope.memory.first and not covers_layer(equation, scope.tensors[equation.target])
    return "[:" in target.text or rows_of


def _apart(equation: Equation, terms: Sequence[Term], scope: Scope, op: str) -> str:
    """A copy, where something is added later to what is only another array by a new name: z = x.copy(); z += w"""
    renamed = len(terms) == 1 and not terms[0].summed and terms[0].body in reads_of(terms[0].body)
    return ".copy()" if op == "=" and equation.target in scope.added and renamed else ""


def _added_at(equation: Equation, left: Piece, right: Piece, scope: Scope) -> str:
    """np.add.at, which adds up what comes to the same place; whole rows by a helper that is four times as fast."""
    base = scope.array(scope.tensors[equation.target], equation.at)
    places = left.text.removeprefix(base)[1:-1]
    if by_rows(equation.at, left) and set(right.axes) == set(left.axes):
        return f"{scope.call('add_rows')}({base}, {places}, {right.text})"
    return f"np.add.at({base}, np.s_[{places}], {right.text})"


def _scattered(equation: Equation, tensor: Tensor, scope: Scope) -> Piece | None:
    """The target of a push to subscripts such as 2*i + k, which may meet the same entry twice."""
    if equation.op == "=":
        return None
    if any(map(reads_of, equation.at)):
        return scope.read(equation.lhs)
    inside = [running(e, scope.ranges, scope.counters) for e in equation.at]
    every = [i.name for indices in inside for i in indices]
    if all(len(indices) < 2 for indices in inside) and len(set(every)) == len(every):
        return None
    return gathered(scope, scope.array(tensor, equation.at), tensor, indices_of(equation.lhs))


def _by_offsets(equation: Equation, terms: Sequence[Term], scope: Scope, counted: tuple[Index, ...]) -> Iterator[str]:
    """A push to x[2*i + u]: for every offset u, one slice over i."""
    inner, indent = scope, ""
    for index in counted:
        name = counter_name(index)
        yield f"{indent}for {name} in range({index.start}, {index.last + 1}):".replace("range(0, ", "range(")
        inner, indent = inner.counting({index.symbol: name}), indent + INDENT
    for line in assignment(equation, terms, inner, "+="):
        yield indent + line


def is_rows(equation: Equation, tensor: Tensor) -> bool:
    """Whether it writes all of an array, one axis being several indices one after the other: z[width*p + q]."""
    ranges = {i.symbol: i for i in equation.free}
    several = False
    for axis, expr in _entries(equation, tensor):
        inside = running(expr, ranges, {})
        if not inside:
            return False
        if rows(expr, axis, inside) is None and not (expr == inside[0].symbol and _along(inside[0], axis)):
            return False
        several |= len(inside) > 1
    return several


def covers(equation: Equation, tensor: Tensor) -> bool:
    """Whether it writes every entry once: plain subscripts along whole axes, or rows."""
    return all(axis.kind != "layer" for axis in tensor.axes) and covers_layer(equation, tensor)


def covers_layer(equation: Equation, tensor: Tensor) -> bool:
    """Whether it does so in its layer."""
    ranges = {i.symbol: i for i in equation.free}
    plain = all(e in ranges and _along(ranges[e], axis) for axis, e in _entries(equation, tensor))
    return plain or is_rows(equation, tensor)


def _entries(equation: Equation, tensor: Tensor) -> list[tuple[Index, sp.Expr]]:
    """The axes of the array of one layer, and the subscripts on the left."""
    pairs = zip(tensor.axes_at(equation.at), equation.at, strict=True)
    return [(axis, expr) for axis, expr in pairs if axis.kind != "layer"]


def _along(index: Index, axis: Index) -> bool:
    return sp.expand(index.size - axis.size) == 0 and sp.expand(index.start - axis.start) == 0


def _in_rows(equation: Equation, terms: Sequence[Term], scope: Scope, op: str) -> str:
    """z = x.reshape(m, 72)"""
    tensor = scope.tensors[equation.target]
    order: list[Index] = []
    pairs = _entries(equation, tensor)
    for axis, expr in pairs:
        inside = running(expr, scope.ranges, scope.counters)
        order += rows(expr, axis, inside) or inside
    piece = lower_terms(terms, scope, tuple(i.symbol for i in order))
    if len(piece.axes) != len(order):
        piece = _widened(piece, tuple(i.symbol for i in order), scope)
    shape = ", ".join(scope.whole(axis.size).text for axis, _ in pairs)
    copied = _apart(equation, terms, scope, op)
    return f"{scope.array(tensor, equation.at)} {op} {piece.at_least(ATOM)}.reshape({shape}){copied}"


def _widened(piece: Piece, axes: Axes, scope: Scope) -> Piece:
    shape = shape_text([scope.ranges[a].size for a in axes], scope)
    zeros = f"np.zeros({shape}, dtype={scope.dtype})"
    if piece.text == "0":
        return Piece(zeros, axes=axes)
    if piece.number:
        return Piece(f"np.full({shape}, {piece.text}, dtype={scope.dtype})", axes=axes)
    if axes[0] in piece.axes and all(scope.ranges[a].size == 1 for a in axes if a not in piece.axes):
        return spread(piece, axes)
    return Piece(f"{spread(piece, axes).at_least(SUM)} + {zeros}", SUM, axes)


def shape_text(sizes: Sequence[sp.Expr], scope: Scope) -> str:
    """(4, 3), (m,) or m as Python writes a shape."""
    shown = [scope.whole(size).text for size in sizes]
    return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"
