"""Syntax tree to value: index form (`sum(w[j,k]*x[k], k)`) and matrix form (`w @ x`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sympy as sp
from lark import Tree

from derive.errors import DeriveError, nearest
from derive.functions.record import function_names, grad, lookup, vector_activations
from derive.ir import Index, Term, reads_of, size_at, size_symbol
from derive.text import values
from derive.text.ranges import check_accesses
from derive.text.scope import EXAMPLES, Scope, kind_of, position, read_subscript
from derive.text.values import Value, plain

MAX_DIGITS = 40


def read_expression(node: Any, scope: Scope) -> Value:
    """The value of a syntax tree; errors carry its line and column."""
    try:
        return _READERS[kind_of(node)](node, scope)
    except DeriveError as error:
        if error.where:
            raise
        raise DeriveError(error.what, where=position(node, scope.place), do=error.do) from None


def _scalar(node: Any, scope: Scope) -> Value:
    """A value without sums in it: a sum gets a name of its own."""
    value = read_expression(node, scope)
    return value if value.body is not None else scope.lift(value)


def _number(node: Tree[Any], scope: Scope) -> Value:
    text = str(node.children[0])
    if sum(c.isdigit() for c in text) > MAX_DIGITS:
        raise DeriveError(f"a number of more than {MAX_DIGITS} digits")
    if not text.isdigit():
        scope.decimals = True
    return plain(sp.Rational(text))


def _name(node: Tree[Any], scope: Scope) -> Value:
    name = str(node.children[0])
    if name == scope.argument:
        return plain(sp.Symbol(name))
    if name in scope.indices:
        return plain(scope.indices[name].symbol)
    if name in scope.given:
        return plain(scope.given[name])
    tensor = scope.tensors.get(name)
    if tensor is None:
        if name == "pi":
            return plain(sp.pi)
        if name == EXAMPLES or scope.is_size(name):
            return plain(size_symbol(name))
        known = sorted({*scope.tensors, *scope.indices}) + ([scope.argument] if scope.argument else [])
        raise DeriveError(f"'{name}' is not declared or computed above",
                          do=nearest(name, known) if known else "Declare it first.")
    axes: list[Index] = []
    for axis in tensor.axes:
        moved: dict[sp.Basic, sp.Basic] = {old.symbol: new.symbol for old, new in zip(tensor.axes, axes, strict=False)}
        axes.append(axis.where(moved).named(scope.fresh(axis.name)))
    return plain(tensor.at(*(a.symbol for a in axes)), tuple(axes))


def _access(node: Tree[Any], scope: Scope) -> Value:
    name = str(node.children[0])
    tensor = scope.tensors.get(name)
    if tensor is None:
        if len(node.children) == 2 and scope.is_size(name):
            return plain(size_at(name, read_subscript(node.children[1], scope)))
        raise DeriveError(f"'{name}' is not declared or computed above", do=nearest(name, sorted(scope.tensors)))
    at = tuple(read_subscript(child, scope) for child in node.children[1:])
    if len(at) != len(tensor.axes):
        raise DeriveError(f"'{name}' has {len(tensor.axes)} indices, but {len(at)} are written",
                          do=f"Write it as {tensor.at()}.")
    return plain(tensor.at(*at))


def _call(node: Tree[Any], scope: Scope) -> Value:
    name, arguments = str(node.children[0]), node.children[1:]
    if name == "sum":
        return _sum(node, scope)
    if name == "size":
        return _extent(arguments, scope)
    if name == "grad":
        return _gradient(arguments, scope)
    if is_greatest(node, scope):
        return scope.lift(greatest(node, scope))
    found = lookup(name)
    if found is None and name in vector_activations():
        raise DeriveError(f"'{name}' acts on a whole vector: write it out",
                          do="Write e[j] = exp(z[j]) and then a[j] = e[j]/sum(e[j], j).")
    if found is None:
        raise DeriveError(f"there is no function '{name}'", do=nearest(name, ["sum", *function_names()]))
    function, arity = found
    if len(arguments) != arity:
        raise DeriveError(f"'{name}' takes {arity} argument{'s' * (arity > 1)}, not {len(arguments)}")
    read = [_scalar(argument, scope) for argument in arguments]
    for n in range(1, len(read)):
        read[0], read[n], _ = values.aligned(read[0], read[n])
    axes = max((v.axes for v in read), key=len)
    return plain(function(*(v.body for v in read)), axes)


def _gradient(arguments: list[Any], scope: Scope) -> Value:
    """grad(D, x[k]): a single number by an entry, both named."""
    if len(arguments) != 2 or any(kind_of(argument) not in ("name", "access") for argument in arguments):
        raise DeriveError("grad takes a value and what to differentiate it by", do="For example: g[k] = grad(C0, x[k])")
    value, by = (read_expression(argument, scope) for argument in arguments)
    assert value.body is not None and by.body is not None
    name = str(arguments[0].children[0])
    if value.axes or not value.body.is_Symbol or name not in scope.tensors:
        raise DeriveError(f"'{name}' is no single number", do="Add its entries up: D = sum(a[j], j)")
    if not reads_of(by.body) & {by.body}:
        raise DeriveError(f"'{arguments[1].children[0]}' is no value of the model")
    return plain(grad(value.body, by.body), by.axes)


def is_greatest(node: Any, scope: Scope) -> bool:
    """max(x[i+u], u): the greatest over the values of an index, where max(a, b) is the greater of two values."""
    if kind_of(node) != "call" or str(node.children[0]) != "max" or len(node.children) < 3:
        return False
    names = [str(n.children[0]) if kind_of(n) == "name" else "" for n in node.children[2:]]
    return all(name and name not in {*scope.tensors, *scope.given, *scope.indices, scope.argument} for name in names)


def greatest(node: Tree[Any], scope: Scope) -> Value:
    """The value of max(x[i+u], u), which stands alone on the right of an equation."""
    found = _sum(node, scope)
    if len(found.terms) != 1 or len(found.terms[0].summed) != len(node.children) - 2:
        raise DeriveError("the greatest of several sums", do="Give the sum a name in an equation of its own.")
    return Value((replace(found.terms[0], by="max"),))


def _sum(node: Tree[Any], scope: Scope) -> Value:
    inside, *names = node.children[1:]
    if not names:
        value = read_expression(inside, scope)
        if not value.axes:
            raise DeriveError("sum needs the index to sum over", do="Write sum(a[j], j).")
        return Value(values.sum_over(value, value.axes).terms)
    hidden, bound = dict(scope.indices), []
    for name_node in names:
        if kind_of(name_node) != "name":
            raise DeriveError("after the comma, sum takes index names", where=position(name_node, scope.place))
        name = str(name_node.children[0])
        index = scope.infer(name, inside)
        if index is None:
            check_accesses(name, inside, scope.tensors, scope.place)
            raise DeriveError(f"the range of index '{name}' is not known", where=position(name_node, scope.place),
                              do=f"Declare it: index {name} = 10")
        bound.append(index.named(scope.fresh(name)))
        scope.indices[name] = bound[-1]
    value = read_expression(inside, scope)
    scope.indices = hidden
    scope.taken -= {index.name for index in bound}
    return values.sum_over(value, bound)


def _extent(arguments: list[Any], scope: Scope) -> Value:
    """size(j): the number of values of index j."""
    name = str(arguments[0].children[0]) if len(arguments) == 1 and kind_of(arguments[0]) == "name" else ""
    named = (axis for axis in scope.axes() if axis.name == name)
    index = scope.indices.get(name) or scope.infer(name, None) or next(named, None)
    if index is None:
        raise DeriveError("size takes one index in use here", do="Write size(j).")
    return plain(index.size)


def _add(node: Tree[Any], scope: Scope) -> Value:
    one, other = (read_expression(c, scope) for c in node.children)
    return values.add(one, other)


def _sub(node: Tree[Any], scope: Scope) -> Value:
    one, other = (read_expression(c, scope) for c in node.children)
    return values.add(one, other.map(lambda b: -b))


def _neg(node: Tree[Any], scope: Scope) -> Value:
    return read_expression(node.children[0], scope).map(lambda b: -b)


def _mul(node: Tree[Any], scope: Scope) -> Value:
    one, other = (read_expression(c, scope) for c in node.children)
    if one.body is None and other.body is None:
        other = scope.lift(other)
    one, other, axes = values.aligned(one, other)
    scale, summed = (one, other) if one.body is not None else (other, one)
    return Value(tuple(Term(scale.body * t.body, t.summed, t.where) for t in summed.terms), axes)


def _div(node: Tree[Any], scope: Scope) -> Value:
    above, below = read_expression(node.children[0], scope), _scalar(node.children[1], scope)
    if below.body == 0:
        raise DeriveError("division by zero")
    above, below, axes = values.aligned(above, below)
    return Value(tuple(Term(t.body / below.body, t.summed, t.where) for t in above.terms), axes)


def _pow(node: Tree[Any], scope: Scope) -> Value:
    base, exponent = (_scalar(c, scope) for c in node.children)
    if exponent.axes:
        raise DeriveError("an exponent is a scalar")
    assert base.body is not None and exponent.body is not None
    return plain(values.power(base.body, exponent.body), base.axes)


def _matmul(node: Tree[Any], scope: Scope) -> Value:
    one, other = (_scalar(c, scope) for c in node.children)
    if not one.axes or not other.axes:
        raise DeriveError("@ needs a vector or matrix on both sides", do="Use * for a product with a scalar.")
    inner, place = one.axes[-1], max(len(other.axes) - 2, 0)
    if sp.expand(inner.size - other.axes[place].size) != 0:
        raise DeriveError(f"shapes do not fit: {values.shape(one)} @ {values.shape(other)}",
                          do="The last size on the left must equal the first on the right; .T transposes.")
    moved = values.renamed(other, (*other.axes[:place], inner, *other.axes[place + 1:]))
    assert one.body is not None and moved.body is not None
    axes = (*one.axes[:-1], *other.axes[:place], *other.axes[place + 1:])
    return values.sum_over(plain(one.body * moved.body, axes), [inner])


def _transpose(node: Tree[Any], scope: Scope) -> Value:
    value = read_expression(node.children[0], scope)
    return Value(value.terms, value.axes[::-1])


_READERS: dict[str, Callable[[Any, Scope], Value]] = {
    "number": _number, "name": _name, "access": _access, "call": _call, "add": _add, "sub": _sub, "neg": _neg,
    "mul": _mul, "div": _div, "pow": _pow, "matmul": _matmul, "transpose": _transpose,
}
