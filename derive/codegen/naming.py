"""What Python calls the tensors of a function, and what is said of their equations.

    z1, dC_dz1      are      z1, delta1;      z1, z2, z3 in a loop      are      z[layer]

In: a derivation. Out: a name for every tensor; comments; the lines that unpack the parameters.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from derive.codegen.comments import equation_text, said
from derive.codegen.common import Common
from derive.codegen.lines import WIDTH, in_lines
from derive.codegen.repeats import moved_number
from derive.codegen.rolling import Rolled
from derive.codegen.scope import TAKEN, Entry, Scope, counter_name
from derive.codegen.subscripts import offsets
from derive.ir import Derivation, Equation, Statement, Tensor, walk

WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


def code_names(derivation: Derivation, derived: Iterable[Tensor], helpers: Iterable[str]) -> dict[str, str]:
    """A Python name for every tensor: its own; delta for dC/dz; never one that the module needs."""
    taken = {*TAKEN, *helpers}
    names: dict[str, str] = {}
    for tensor in (*derivation.tensors, *derived):
        wanted = _wanted(derivation, tensor)
        while wanted in taken or keyword.iskeyword(wanted):
            wanted += "_"
        taken.add(wanted)
        names[tensor.name] = wanted
    return names


def _wanted(derivation: Derivation, tensor: Tensor) -> str:
    if tensor.role == "constant":
        return "LAMBDA" if tensor.name == "lam" else tensor.name.upper()
    of = tensor.of if tensor.role == "adjoint" else None
    return "delta" + of[1:] if of is not None and of.rstrip("0123456789") == "z" else tensor.name


@dataclass
class Naming:
    """The tensors by name, what Python calls them, and the tags of the equations that compute them."""

    forward: Derivation
    tensors: dict[str, Tensor]
    names: dict[str, str]
    tags: dict[str, list[str]]
    helpers: list[str]
    data: tuple[Tensor, ...]
    """What the function is given beside the parameters."""
    was: dict[sp.Expr, str] = field(default_factory=dict)
    """The tensor that stood on the left of an equation before it got a layer index."""
    own: Mapping[Entry, str] = field(default_factory=dict)
    """The name of an array that got a layer index: h2 is h[2]."""
    said: dict[Equation, Equation] = field(default_factory=dict)
    """The equation as it stood before parts of it got names of their own."""
    added: frozenset[str] = frozenset()
    """Tensors to which something is added after they are written, there and back."""

    def scope(self) -> Scope:
        learnt = [t for t in self.forward.of_role("parameter") if not is_layered(t)]
        scope = Scope(self.tensors, self.names, helpers=self.helpers, added=self.added, own=self.own)
        real = [t for t in self.data[:1] if t.among is None]
        scope.dtype = f"{self.names[real[0].name]}.dtype" if real else \
            f'params["{learnt[0].name}"].dtype' if learnt else "np.float64"
        return scope

    def rolled(self, found: Rolled) -> Naming:
        """The same, with names for the tensors that have got a layer index."""
        names = dict(self.names)
        counters = {*counted(found.statements)}
        for family, tensor in found.tensors.items():
            names[family] = self._family(tensor, found, {*TAKEN, *names.values(), *counters})
        own = {(family, sp.Integer(number)): names[name] for name, (family, number) in found.members.items()}
        return replace(self, tensors=self.tensors | found.tensors, names=names, was=found.was, own=own)

    def sharing(self, found: Common) -> Naming:
        """The same, with the names of what several lines have in common."""
        return replace(self, tensors=self.tensors | found.tensors, names=self.names | {n: n for n in found.tensors},
                       said=found.was)

    def _family(self, tensor: Tensor, found: Rolled, taken: Collection[str]) -> str:
        """z for z1, z2, ...; parameters and gradients of parameters are found in their dicts."""
        one, other = [n for n, (family, _) in found.members.items() if family == tensor.name][:2]
        if tensor.role == "parameter" or self.names[one].startswith("grads["):
            pair = moved_number(*((one, other) if tensor.role == "parameter" else
                                  (self.tensors[one].of or "", self.tensors[other].of or "")))
            assert pair is not None
            return f'{"params" if tensor.role == "parameter" else "grads"}[f"{pair[0].template}"]'
        pair = moved_number(self.names[one], self.names[other])
        wanted = pair[0].family if pair is not None else tensor.name
        while wanted in taken:
            wanted += "_"
        return wanted

    def comment(self, equation: Equation) -> list[str]:
        """The equation that the line of a derivative computes."""
        if self.tensors[equation.target].role not in ("adjoint", "tangent"):
            return []
        cost = self.forward.cost
        tags = self.tags.get(self.was.get(equation.lhs, equation.target), [])
        label = f"({', '.join(tags)}) " if tags else ""
        stated = said(self.said.get(equation, equation), self.tensors)
        shown = label + equation_text(stated).replace(f"d{cost}_d", f"d{cost}/d")
        return [f"# {line}" for line in textwrap.wrap(shown, WIDTH - 12, subsequent_indent="    ", **WHOLE)]


def counted(statements: Sequence[Statement]) -> Iterator[str]:
    """The names of what Python's loops count: layers, times, offsets of windows."""
    for e, loops in walk(statements):
        around = {loop.index.symbol: loop.index.name for loop in loops}
        within = offsets(e, {i.symbol: i for i in e.free}, around) if e.op == "+=" else ()
        yield from (counter_name(i) for i in (*(loop.index for loop in loops), *within))


def is_layered(tensor: Tensor) -> bool:
    return any(axis.kind == "layer" for axis in tensor.axes)


def unpacked(naming: Naming, live: set[str]) -> list[str]:
    """w1, b1 = params["w1"], params["b1"]: one line a layer."""
    return [", ".join(naming.names[t.name] for t in part) + " = " + ", ".join(f'params["{t.name}"]' for t in part)
            for part in by_layer(naming, live)]


def by_layer(naming: Naming, live: set[str]) -> list[list[Tensor]]:
    """The parameters that are read, those of each layer together, as many as a line holds."""
    groups: dict[str, list[Tensor]] = {}
    for tensor in naming.forward.of_role("parameter"):
        if tensor.name in live and not is_layered(tensor):
            groups.setdefault(str(tensor.written.layer), []).append(tensor)
    return [line for group in groups.values() for line in in_lines(group, lambda t: 2*len(t.name) + 14)]
