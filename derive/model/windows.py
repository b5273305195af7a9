"""Truncated backpropagation through time: the steps in windows, and no gradient from one window to the one before.

    h[t,j] = f(h[t-1,j])     becomes     h_p[t,j] = choose(mod(t - 1, K), h[t-1,j], stop(h[t-1,j]))
                                         h[t,j] = f(h_p[t,j])

The usual definition: steps 1 to K are a window, K + 1 to 2K the next one, and so on. Where a window begins, the last
state of the window before is taken as it is, which is what PyTorch's `h.detach()` does between two calls. No value
changes, and a gradient goes back to the beginning of its own window and no further.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.functions.primitives import choose, mod, stop
from derive.ir import (
    Derivation,
    Equation,
    Loop,
    Statement,
    Tensor,
    Term,
    equations_of,
    indices_of,
    mapped,
    read,
    reads_of,
    tensor_of,
)

BEFORE = "_p"
"""At the end of the name of a state: the state before (the previous one)."""
Renaming = dict[sp.Basic, sp.Basic]


def in_windows(block: Derivation, steps: sp.Expr) -> Derivation:
    """The equations with every state that a loop over time reads from the round before cut off between windows."""
    made: list[Tensor] = []
    statements = tuple(_cut(block, s, steps, made) if isinstance(s, Loop) and s.index.kind == "time" else s
                       for s in block.statements)
    return replace(block, tensors=(*block.tensors, *made), statements=statements)


def _cut(block: Derivation, loop: Loop, steps: sp.Expr, made: list[Tensor]) -> Loop:
    before: list[Statement] = []
    put: Renaming = {}
    for name, reads in _from_before(loop).items():
        equation = _state_before(block, loop, name, steps)
        before.append(equation)
        made.append(Tensor(equation.target, (loop.index, *equation.free)))
        put |= {r: read(equation.target, loop.index.symbol, *indices_of(r)[1:]) for r in reads}
    return replace(loop, body=(*before, *mapped(loop.body, lambda e: e.map(lambda body: _replaced(body, put)))))


def _from_before(loop: Loop) -> dict[str, list[sp.Expr]]:
    """By name of a state, its reads one round back: h[t-1,q], or h[t+1,q] where time runs backwards."""
    at = loop.index.symbol + (1 if loop.descending else -1)
    written = {e.target for e in equations_of(loop.body)}
    found: dict[str, list[sp.Expr]] = {}
    for equation in equations_of(loop.body):
        for access in equation.reads():
            if tensor_of(access) in written and indices_of(access)[:1] == (at,):
                found.setdefault(tensor_of(access), []).append(access)
    return found


def _state_before(block: Derivation, loop: Loop, name: str, steps: sp.Expr) -> Equation:
    time, axes = loop.index, block.tensor(name).axes[1:]
    own = tuple(axis.symbol for axis in axes)
    state = read(name, time.symbol + (1 if loop.descending else -1), *own)
    gone = time.last - time.symbol if loop.descending else time.symbol - time.start
    return Equation(name + BEFORE, (time.symbol, *own), axes, (Term(choose(mod(gone, steps), state, stop(state))),))


def _replaced(body: sp.Expr, put: Renaming) -> sp.Expr:
    return body.xreplace({r: new for r, new in put.items() if r in reads_of(body)})
