"""Gradients through time in the pull form: each adjoint of a loop written once, from what the round before it left.

    for t backwards:    dC/dh[t] = sum dC/dz[t+1]*...;    dC/dc[t] = dC/dh[t]*... + dC/dc[t+1]*...;    dC/dz[t] = ...

It is what `coupled` says by adding up, as the last lines of the chains have it: nothing is written twice, so that a
plan may move what no round waits for out of the loop.

In: an explanation. Out: equations, and loops over time; None where an adjoint can only be added up.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Explanation
from derive.codegen.coupled import in_order
from derive.codegen.gradients import is_limited, pushed_alone
from derive.codegen.ranged import settled_within
from derive.ir import Equation, Index, Loop, Statement, indices_of, tensor_of


def pulled_statements(explanation: Explanation) -> list[Statement] | None:
    """The gradients' equations in an order in which they can be computed."""
    made, done = list[Statement](), set[str]()
    for group in in_order([_settled(chain.result) for chain in explanation.chains]):
        time = next((i for i in group[0].free if i.kind == "time"), None)
        if time is None or len(group) == 1 and not _needs_loop(group[0], time):
            if len(group) > 1:
                return None
            limited = any(t.where for t in group[0].terms)
            alone = pushed_alone(explanation, group[0].target, done) if limited else group
            if any(isinstance(s, Loop) for s in alone):
                return None
            made += alone
            continue
        loop = _loop(group, time)
        if loop is None:
            return None
        made.append(loop)
    return made


def _settled(result: Equation) -> Equation:
    return settled_within(result, [i for i in result.free if i.kind == "time"])


def _needs_loop(result: Equation, time: Index) -> bool:
    limited = any(time.symbol in c.free_symbols for t in result.terms for c in t.where)
    return limited or any(tensor_of(r) == result.target for r in result.reads())


def _loop(group: list[Equation], time: Index) -> Loop | None:
    """These equations as one loop: each after those that it reads at the same time."""
    if not all(time in e.free and time.symbol in e.at and not is_limited(e, time) for e in group):
        return None
    found = {e.target: _reads(e, {o.target for o in group}, time) for e in group}
    away = {distance for reads in found.values() for _, distance in reads if distance != 0}
    if not (all(d.is_positive for d in away) or all(d.is_negative for d in away)):
        return None
    body: list[Equation] = []
    while len(body) < len(group):
        done = {e.target for e in body}
        ready = next((e for e in group if e.target not in done
                      and all(name in done for name, distance in found[e.target] if distance == 0)), None)
        if ready is None:
            return None
        body.append(replace(ready, free=tuple(i for i in ready.free if i != time)))
    return Loop(time, tuple(body), descending=any(d.is_positive for d in away) or not away)


def _reads(equation: Equation, inside: set[str], time: Index) -> list[tuple[str, sp.Expr]]:
    """What it reads of these tensors, and how much later."""
    place = equation.at.index(time.symbol)
    return [(tensor_of(r), sp.expand(indices_of(r)[place] - time.symbol)) for r in equation.reads()
            if tensor_of(r) in inside]
