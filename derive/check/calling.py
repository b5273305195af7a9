"""How a function is called: each of its arguments matched by name with arrays of the model.

In: the source of a function, read and not run; the tensors of the model. Out: a recipe for each argument, and the
names of what it returns.

    def backprop(x, y, params)        x, y, {"W1": w1, "b1": b1, ...} with the keys that the source uses
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.check.arrays.names import Spellings
from derive.errors import DeriveError, clip, nearest

LONGEST_SOURCE = 2_000_000
ALL_PARAMETERS = ("params", "parameters", "param", "p", "theta", "weights_and_biases", "net", "network", "model",
                  "state", "state_dict")
ALL_VALUES = ("cache", "caches", "forward", "activations", "memory", "values", "outputs", "zs_and_as")
LISTS = {"w": ("w", "ws", "weights", "weight"), "b": ("b", "bs", "biases", "bias"),
         "z": ("zs", "z", "pre_activations"), "a": ("as_", "a", "acts")}
COUNTS = ("m", "n_examples", "batch_size", "batch", "num_examples", "n_samples")

Recipe = tuple[str, Any]


@dataclass(frozen=True)
class Source:
    """A function as it is written."""

    arguments: tuple[str, ...]
    optional: tuple[str, ...]
    returns: tuple[str, ...]
    keys: tuple[str, ...]
    """Every text in the file: the keys of its dicts are among them."""
    unpacked: tuple[str, ...]
    """The arguments that are taken apart by place."""
    single: tuple[str, ...]
    """The name of the one thing that is returned."""
    asked: Mapping[str, tuple[str, ...]]
    """By argument the keys that it is asked for: params["W1"], param.get("eps", 1e-5)."""


def read_source(path: Path, function: str) -> Source:
    """The function's arguments and returns, by looking at its text."""
    if path.stat().st_size > LONGEST_SOURCE:
        raise DeriveError("the file is too long", where=str(path))
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise DeriveError("this is no Python that can be read", where=f"{path}{line}") from None
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function not in found:
        raise DeriveError(f"there is no function '{clip(function)}'", where=str(path),
                          do=nearest(function, list(found)) if found else "Define it at the top level of the file.")
    return _source(found[function], tree)


def _source(node: ast.FunctionDef, tree: ast.Module) -> Source:
    spec = node.args
    plain = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    optional = plain[len(plain) - len(spec.defaults):] if spec.defaults else []
    named = [(a.arg, default) for a, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
    returns = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None]
    strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    taken = [n.value.id for n in ast.walk(node) if isinstance(n, ast.Assign) and isinstance(n.value, ast.Name)
             and isinstance(n.targets[0], ast.Tuple | ast.List)]
    taken += [n.value.id for n in ast.walk(node) if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name)
              and isinstance(n.slice, ast.Constant) and isinstance(n.slice.value, int)]
    return Source(tuple(plain + [name for name, _ in named]),
                  tuple(optional + [name for name, default in named if default is not None]),
                  _places(returns[-1]) if returns else (), tuple(dict.fromkeys(strings)), tuple(dict.fromkeys(taken)),
                  tuple(value.id for value in returns[-1:] if isinstance(value, ast.Name)), _asked(node))


def _asked(node: ast.FunctionDef) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for inner in ast.walk(node):
        value: ast.expr | None = None
        key: ast.expr | None = None
        if isinstance(inner, ast.Subscript):
            value, key = inner.value, inner.slice
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.args \
                and inner.func.attr in ("get", "pop", "setdefault"):
            value, key = inner.func.value, inner.args[0]
        if isinstance(value, ast.Name) and isinstance(key, ast.Constant) and isinstance(key.value, str):
            found.setdefault(value.id, []).append(key.value)
    return {name: tuple(dict.fromkeys(keys)) for name, keys in found.items()}


def _places(value: ast.expr) -> tuple[str, ...]:
    """The names of a returned tuple's places; a place without a name has its number."""
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    return tuple(part.id if isinstance(part, ast.Name) else str(n) for n, part in enumerate(parts))


def recipes(source: Source, tensors: Sequence[str], roles: Mapping[str, str], examples: int,
            where: str, known: Mapping[str, str]) -> dict[str, Recipe]:
    """How each argument is made of the arrays named `tensors`; `roles` says which are parameters or values, `known`
    what names are called that people have for a layer."""
    parameters = [t for t in tensors if roles[t] == "parameter"]
    values = [t for t in tensors if roles[t] in ("value", "data")]
    spellings = Spellings(tensors, source.arguments)
    found: dict[str, Recipe] = {}
    for name in source.arguments:
        low = name.lower()
        if (tensor := known.get(name) or spellings.tensor(name)):
            found[name] = ("array", tensor)
        elif low in ALL_PARAMETERS:
            found[name] = _together(name, parameters, source, known)
        elif low in ALL_VALUES:
            found[name] = _together(name, [*values, *parameters], source, known)
        elif (letter := next((k for k, words in LISTS.items() if low in words), "")) and \
                (several := [t for t in tensors if t[:1] == letter and t[1:].isdigit() and t != "a0"]):
            found[name] = ("list", [("array", t) for t in several])
        elif low in COUNTS:
            found[name] = ("number", examples)
        elif name not in source.optional:
            raise DeriveError(f"the argument '{clip(name)}' means nothing in this model", where=where,
                              do=f"{nearest(name, [*tensors, 'params'])} What needs something else is called by a "
                                 "function of these alone, def backprop(x, y, params): check that one.")
    return found


def _together(name: str, tensors: Sequence[str], source: Source, known: Mapping[str, str]) -> Recipe:
    if name in source.unpacked:
        return "list", [("array", t) for t in tensors]
    keys = Spellings(tensors, source.keys)
    called = {keys.tensor(key): key for key in reversed(source.keys) if keys.tensor(key) in tensors}
    called |= {known[key]: key for key in source.asked.get(name, ()) if key in known}
    upper = any(key[:1] == "W" for key in source.keys)
    return "dict", {called.get(t, t.upper() if upper and t[:1] in "wza" else t): ("array", t) for t in tensors}
