"""What names mean while one equation is read, and the subscripts that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from lark import Token

from derive.errors import DeriveError
from derive.ir import Index, Tensor, reads_of, size_symbol
from derive.text.values import Value

EXAMPLES = "m"
"""The number of examples: a size that may be used wherever it is not declared as something else."""


@dataclass
class Scope:
    """What names mean while one equation is read."""

    tensors: dict[str, Tensor]
    indices: dict[str, Index]
    """Every index with a range that is visible here, by the name in the text."""
    infer: Callable[[str, Any], Index | None]
    lift: Callable[[Value], Value]
    """Gives a value that contains sums a name of its own and returns the read of it."""
    place: str = "equations"
    taken: set[str] = field(default_factory=set)
    decimals: bool = False
    argument: str | None = None
    """In a typed formula: the one variable name that stands for itself."""
    given: Mapping[str, sp.Expr] = field(default_factory=dict)
    """Names that stand for numbers or sizes: the arguments of a layer."""

    def fresh(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self.taken:
            number += 1
            candidate = f"{name}{number}"
        self.taken.add(candidate)
        return candidate

    def axes(self) -> Iterator[Index]:
        return (axis for tensor in self.tensors.values() for axis in tensor.axes)

    def is_size(self, name: str) -> bool:
        """Whether some tensor has a size of this name, or one such as n[l]."""
        return any(size_symbol(name) in axis.size.free_symbols for axis in self.axes())


def position(node: Any, place: str) -> str:
    meta = node if isinstance(node, Token) else node.meta
    return f"{place}:{getattr(meta, 'line', 1)}:{getattr(meta, 'column', 1)}"


def kind_of(node: Any) -> str:
    return "name" if isinstance(node, Token) else str(node.data)


def read_subscript(node: Any, scope: Scope) -> sp.Expr:
    """An index expression: integers, indices and sizes, affine."""
    kind = kind_of(node)
    if kind == "number":
        text = str(node.children[0])
        if text.isdigit() and len(text) < 10:
            return sp.Integer(text)
    elif kind == "name":
        name = str(node.children[0])
        if name in scope.indices:
            return scope.indices[name].symbol
        return scope.given[name] if name in scope.given else _no_index(name, node, scope)
    elif kind == "access" and str(node.children[0]) in scope.tensors:
        at = tuple(read_subscript(child, scope) for child in node.children[1:])
        return _whole_number(str(node.children[0]), at, node, scope)
    elif kind in ("add", "sub", "mul", "neg"):
        parts = [read_subscript(child, scope) for child in node.children]
        result = {"add": sum(parts), "sub": parts[0] - parts[-1], "mul": sp.Mul(*parts), "neg": -parts[0]}[kind]
        plain = result.xreplace({r: sp.Dummy(integer=True) for r in reads_of(result)})
        if all(plain.diff(s).is_Integer for s in plain.free_symbols if not s.is_positive):
            return sp.expand(result)
    raise DeriveError("an index is built from indices and whole numbers, as in x[2*i+k-1]",
                      where=position(node, scope.place))


def _whole_number(name: str, at: tuple[sp.Expr, ...], node: Any, scope: Scope) -> sp.Expr:
    """x[t] in a subscript: a row of w for every word x[t]."""
    tensor = scope.tensors[name]
    if len(at) != len(tensor.axes):
        raise DeriveError(f"'{name}' has {len(tensor.axes)} indices, but {len(at)} are written",
                          where=position(node, scope.place), do=f"Write it as {tensor.at()}.")
    if tensor.among is None:
        raise DeriveError(f"'{name}' cannot stand in a subscript: it is not declared to hold whole numbers",
                          where=position(node, scope.place), do=f"Declare data {tensor.at()} in 1000, for instance.")
    return tensor.at(*at)


def _no_index(name: str, node: Any, scope: Scope) -> sp.Expr:
    if name in scope.tensors and (scope.tensors[name].among is not None or name[:1].islower()):
        return _whole_number(name, (), node, scope)
    if name[:1].isupper() or name == EXAMPLES:
        return size_symbol(name)
    raise DeriveError(f"index '{name}' is not on the left and not summed over", where=position(node, scope.place),
                      do=f"Sum over it, sum(..., {name}), or write it on the left.")
