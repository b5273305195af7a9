"""What a loop over time takes from a layer again and again has a name of its own before the loop.

    for t: h[layer][t] = tanh(h[layer][t - 1] @ params[f"w{layer}"].T)      becomes

    w_l = params[f"w{layer}"];  h_l = h[layer];  for t: h_l[t] = tanh(h_l[t - 1] @ w_l.T)

To look it up in each round took 4 to 8 % of the time of six recurrent layers of 32.

In: a loop over time, and the scope around it. Out: the scope of its rounds, and the lines before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.codegen.lines import WIDTH, in_lines
from derive.codegen.scope import TAKEN, Entry, Scope
from derive.ir import Loop, equations_of, indices_of, tensor_of

BESIDE = {0: "", 1: "above", -1: "below"}
"""What a layer beside that of the round is called."""


def at_hand(loop: Loop, scope: Scope) -> tuple[Scope, list[str]]:
    """The names, and the lines that give them."""
    names: dict[Entry, str] = {}
    taken = {*TAKEN, *scope.names.values(), *scope.counters.values(), *scope.local.values()}
    for entry in _entries(loop, scope):
        wanted = _called(entry, scope)
        while wanted in taken and wanted != scope.own.get(entry):
            wanted += "_"
        taken.add(wanted)
        names[entry] = wanted
    looked_up = [(name, scope.in_layer(*entry)) for entry, name in names.items()]
    lines = [line for quoted in (True, False)
             for line in in_lines([pair for pair in looked_up if ('"' in pair[1]) == quoted], _letters, WIDTH - 8)]
    return replace(scope, local={**scope.local, **names}), [
        f"{', '.join(name for name, _ in line)} = {', '.join(entry for _, entry in line)}" for line in lines]


def _letters(pair: tuple[str, str]) -> int:
    name, entry = pair
    return len(name) + len(entry) + 4


def _entries(loop: Loop, scope: Scope) -> Iterator[Entry]:
    """The layers of arrays that the rounds read, or write at their time, each once."""
    found: dict[Entry, bool] = {}
    for equation in equations_of((loop,)):
        for access in (equation.lhs, *equation.reads()):
            entry = scope.entry(tensor_of(access), indices_of(access))
            if entry is not None and entry not in scope.local:
                in_parts = access != equation.lhs or loop.index.symbol in access.free_symbols
                found[entry] = found.get(entry, True) and in_parts
    return (entry for entry, in_parts in found.items() if in_parts and _called(entry, scope))


def _called(entry: Entry, scope: Scope) -> str:
    """h1 for h[1]; h_l for h[layer], h_above for h[layer + 1]; none for what is further away."""
    name, layer = entry
    if layer.is_Integer:
        return scope.own.get(entry, "")
    letter = name if '"' in scope.names[name] else scope.names[name]
    for counter in scope.counters:
        distance = sp.expand(layer - counter)
        if distance in BESIDE:
            return f"{letter}_{BESIDE[distance] or counter}"
    return ""
