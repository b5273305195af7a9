"""Which values an index takes: read from a declaration, or from the tensors that it indexes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sympy as sp
from lark import Token, Tree

from derive.errors import DeriveError, nearest
from derive.ir import Equation, Index, Tensor, as_indices, index_symbol, indices_of, size_at, size_symbol, tensor_of

MAX_SIZE = 10_000_000
NO_SIZE = "a size is a whole number, a name such as n, or n[l]"
Named = dict[str, sp.Expr]
NOTHING: Mapping[str, sp.Expr] = MappingProxyType({})


def read_range(node: Any, place: str, scope: dict[str, Index],
               given: Mapping[str, sp.Expr] = NOTHING) -> tuple[sp.Expr, sp.Expr]:
    """(first value, number of values) of `10`, `n`, `1..L`, `n[l-1]`; `given` says what names stand for."""
    named: Named = {**given, **{name: index.symbol for name, index in scope.items()}}
    if isinstance(node, Tree) and node.data == "span":
        first, last = (_size(child, place, named) for child in node.children)
        return first, _checked(last - first + 1, node, place, {})
    return sp.Integer(0), _checked(_size(node, place, named), node, place, named)


def _checked(size: sp.Expr, node: Any, place: str, named: Named) -> sp.Expr:
    size = sp.expand(size)
    if not size.is_integer and not size.is_number:
        raise DeriveError(NO_SIZE, where=f"{place}:{node.meta.line}:{node.meta.column}")
    if size.is_number and not (size.is_Integer and 0 < size <= MAX_SIZE):
        meta = getattr(node, "meta", node)
        steps = dict.fromkeys([size_text(node, {}), size_text(node, named), str(size)]) if named else [str(size)]
        raise DeriveError(f"a size of {' = '.join(steps)}",
                          where=f"{place}:{getattr(meta, 'line', 1)}:{getattr(meta, 'column', 1)}",
                          do=f"Sizes are whole numbers from 1 to {MAX_SIZE:,}.")
    return size


SIGNS = {"add": " + ", "sub": " - ", "mul": "*", "div": "/"}


def size_text(node: Any, named: Named) -> str:
    """A size as it is written, with the numbers that names stand for: floor((4 - 5)/1) + 1."""
    kind, parts = str(node.data), [c if isinstance(c, Token) else size_text(c, named) for c in node.children]
    if kind in SIGNS:
        inner = [str(child.data) in ("add", "sub") and kind in ("mul", "div") for child in node.children]
        return SIGNS[kind].join(f"({part})" if inside else part for part, inside in zip(parts, inner, strict=True))
    if kind == "call":
        return f"{parts[0]}({', '.join(parts[1:])})"
    return f"-{parts[0]}" if kind == "neg" else str(named.get(str(parts[0]), parts[0]))


def _size(node: Any, place: str, scope: Named) -> sp.Expr:
    kind = str(node.data)
    if kind == "number" and str(node.children[0]).isdigit() and len(str(node.children[0])) < 16:
        return sp.Integer(str(node.children[0]))
    if kind == "name":
        name = str(node.children[0])
        return scope[name] if name in scope else size_symbol(name)
    if kind == "access" and len(node.children) == 2:
        inner = node.scan_values(lambda t: isinstance(t, Token) and t.type == "NAME")
        loose = [str(t) for t in [*inner][1:] if str(t) not in scope and not str(t)[:1].isupper()]
        if loose:
            raise DeriveError(f"the size depends on '{loose[0]}', which is no index here",
                              where=f"{place}:{node.meta.line}:{node.meta.column}",
                              do="A size may follow an index to the left of it: w[l, j: n[l]].")
        return size_at(str(node.children[0]), _size(node.children[1], place, scope))
    if kind in ("add", "sub", "mul", "neg"):
        parts = [_size(child, place, scope) for child in node.children]
        one, other = parts[0], parts[-1]
        return {"add": one + other, "sub": one - other, "mul": one * other, "neg": -one}[kind]
    if kind == "div":
        return _size(node.children[0], place, scope) / _size(node.children[1], place, scope)
    if kind == "call" and str(node.children[0]) == "floor" and len(node.children) == 2:
        return sp.floor(_size(node.children[1], place, scope))
    raise DeriveError(NO_SIZE, where=f"{place}:{node.meta.line}:{node.meta.column}")


def infer_index(name: str, node: Any, tensors: dict[str, Tensor], scope: dict[str, Index],
                declared: dict[str, Index]) -> Index | None:
    """The range of index `name` from where it stands alone as a subscript below `node`."""
    if name in declared:
        return declared[name]
    if not isinstance(node, Tree):
        return None
    accesses = sorted(node.find_data("access"), key=lambda a: _is_value(tensors.get(str(a.children[0]))))
    for access in accesses:  # what is declared first: a value in a loop may be known only in part so far
        tensor = tensors.get(str(access.children[0]))
        subscripts = access.children[1:]
        if tensor is None or len(subscripts) != len(tensor.axes):
            continue
        for place, subscript in enumerate(subscripts):
            if subscript.data == "name" and str(subscript.children[0]) == name:
                return _axis_at(tensor, place, subscripts, scope).named(name)
    return None


def check_accesses(name: str, node: Any, tensors: dict[str, Tensor], place: str) -> None:
    """Say so if the range of an index is not known because what it indexes is not, or has other axes."""
    for access in node.find_data("access") if isinstance(node, Tree) else ():
        target, *subscripts = access.children
        if not any(subscript.data == "name" and str(subscript.children[0]) == name for subscript in subscripts):
            continue
        tensor, where = tensors.get(str(target)), f"{place}:{access.meta.line}:{access.meta.column}"
        if tensor is None:
            raise DeriveError(f"'{target}' is not declared or computed above", where=where,
                              do=nearest(str(target), sorted(tensors)))
        if len(subscripts) != len(tensor.axes):
            raise DeriveError(f"'{target}' has {len(tensor.axes)} indices, but {len(subscripts)} are written",
                              where=where, do=f"Write it as {tensor.at()}.")


def _is_value(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.role == "value"


def _axis_at(tensor: Tensor, place: int, subscripts: list[Any], scope: dict[str, Index]) -> Index:
    """The axis, its size with the outer subscripts put in (n[l] read at l-1 is n[l-1])."""
    outer: list[sp.Expr] = []
    for subscript in subscripts[:place]:
        outer.append(_offset(subscript, scope))
    padded = (*outer, *(a.symbol for a in tensor.axes[place:]))
    return tensor.axes_at(padded)[place]


def _offset(node: Any, scope: dict[str, Index]) -> sp.Expr:
    if isinstance(node, Token):
        return index_symbol(str(node))
    if node.data == "number" and str(node.children[0]).isdigit():
        return sp.Integer(str(node.children[0]))
    if node.data == "name":
        name = str(node.children[0])
        if name in scope:
            return scope[name].symbol
        return size_symbol(name) if name[:1].isupper() else index_symbol(name)
    if node.data in ("add", "sub"):
        one, other = (_offset(child, scope) for child in node.children)
        return one + other if node.data == "add" else one - other
    return sp.Symbol("unknown", integer=True)


def covering(equation: Equation, loops: list[Index], tensors: Mapping[str, Tensor]) -> tuple[Index, ...]:
    """The axes that a tensor needs so that this equation can write it."""
    return tuple(_lettered(axis, at, equation, tensors) if at.free_symbols - {axis.symbol} else axis
                 for axis, at in zip(_covering(equation, loops, tensors), equation.at, strict=True))


def _lettered(axis: Index, at: sp.Expr, equation: Equation, tensors: Mapping[str, Tensor]) -> Index:
    """The axis that each*n + i runs along by the letter of one that is read so, or of one that is as long: c, no i0."""
    alike = [own for r in equation.reads() for own, e in zip(tensors[tensor_of(r)].axes, indices_of(r), strict=True)
             if e == at]
    given = [own for t in tensors.values() if t.role in ("data", "parameter") for own in t.axes]
    taken = {s.name for e in equation.at for s in e.free_symbols}
    return next((axis.named(own.name) for own in (*alike, *given) if own.name not in taken and own.kind == axis.kind
                 and own.start == axis.start and sp.expand(own.size - axis.size) == 0), axis)


def _covering(equation: Equation, loops: list[Index], tensors: Mapping[str, Tensor]) -> tuple[Index, ...]:
    ranges = {i.symbol: i for i in (*loops, *equation.free)}
    axes = []
    for number, at in enumerate(equation.at):
        expr, whole = as_indices(at, tensors)
        ranges |= whole
        if expr in whole:
            axes.append(whole[expr].named(f"i{number}"))
        elif expr in ranges:
            axes.append(ranges[expr])
        elif expr.is_Integer:
            axes.append(Index(f"i{number}", sp.Integer(1), expr))
        else:
            axes.append(_reached(expr, [ranges[s] for s in sorted(expr.free_symbols, key=str) if s in ranges], number))
    return tuple(axes)


def _reached(expr: sp.Expr, indices: list[Index], number: int) -> Index:
    """From the least to the greatest value of a subscript such as l+1, 2*i or width*p + q."""
    falling = {i.symbol for i in indices if expr.coeff(i.symbol).is_negative}
    first, last = (sp.expand(expr.xreplace({i.symbol: i.last if (i.symbol in falling) == low else i.start
                                            for i in indices})) for low in (True, False))
    one = indices[0] if len(indices) == 1 else Index(f"i{number}", sp.Integer(1))
    return Index(one.name, sp.expand(last - first + 1), first, one.kind)


def sizes_in(one: Index, other: Index) -> Index:
    """The axis that holds both ranges: 0 and 1..L make 0..L."""
    general = other if one.size == 1 and one.kind == "axis" else one
    if general.kind not in ("layer", "time") and (one.start == other.start or _follows(one) or _follows(other)):
        return max(one, other, key=_generality)
    first = one.start if _below(one.start, other.start) else other.start
    last = other.last if _below(one.last, other.last) else one.last
    return Index(general.name, sp.expand(last - first + 1), first, general.kind)


def _generality(axis: Index) -> tuple[int, int]:
    """A size that follows the layer (n[l]) covers one that is a number or n[0]."""
    return int(_follows(axis)), int(axis.last) if axis.last.is_Integer else 0


def _follows(axis: Index) -> bool:
    """Whether the size depends on another index."""
    return any(s.is_integer and not s.is_positive for s in axis.size.free_symbols if s.is_Symbol)


def _below(one: sp.Expr, other: sp.Expr) -> bool:
    """one <= other, with every size symbol taken as large."""
    difference = sp.expand(other - one)
    return bool(difference.is_nonnegative or (not difference.is_number and difference.coeff(sorted(
        difference.free_symbols, key=str)[0]) > 0))
