r"""Adjoints that need each other from one time step to the next, as backpropagation through time adds them up.

    dC/dc[t] = dC/dh[t]*...,   dC/dh[t] = sum dC/dz[t+1]*...,   dC/dz[t] = dC/dc[t]*...      (a cell with a memory)

No order of whole equations computes them; the push form does, in one loop that runs backwards:

    for t backwards:    dC/dc[t] += dC/dh[t]*...;    dC/dz[t] = dC/dc[t]*...;    dC/dh[t-1] += dC/dz[t]*...

In: an explanation and the names of such adjoints. Out: the statements that add them up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Explanation
from derive.calculus.rewrite import RULES, Known, known
from derive.ir import Equation, Loop, Statement, Term, mapped, read, tensor_of, walk, writing


def in_order(results: list[Equation]) -> list[list[Equation]]:
    """The results, each after all that it reads; those that need each other together, as one group."""
    reads = {r.target: {tensor_of(a) for a in r.reads()} for r in results}
    left, done, groups = list(results), set[str](), []
    while left:
        ready = next(([r] for r in left if reads[r.target] & reads.keys() <= done | {r.target}), None)
        group = ready or _smallest_cycle(left, reads, done)
        groups.append(group)
        done |= {r.target for r in group}
        left = [r for r in left if r.target not in done]
    return groups


def _smallest_cycle(left: list[Equation], reads: dict[str, set[str]], done: set[str]) -> list[Equation]:
    """Those that lead to each other, among them none that waits for something else."""
    reach = {r.target: _reached(r.target, reads, done) for r in left}
    first = min(left, key=lambda r: len(reach[r.target]))  # whoever reaches least waits for its own group alone
    return [r for r in left if r.target in reach[first.target]]


def _reached(name: str, reads: dict[str, set[str]], done: set[str]) -> set[str]:
    found, border = {name}, [name]
    while border:
        following = (reads[border.pop()] & reads.keys()) - done - found
        found |= following
        border.extend(following)
    return found


def pushed(explanation: Explanation, names: Iterable[str], done: set[str]) -> list[Statement]:
    """What is added to these adjoints, with what those additions need and no chain computes; they are `done` then."""
    full, forward = explanation.derivation, explanation.forward
    backward = full.statements[len(forward.statements) + 1:]  # less the seed dC/dC = 1
    pushes: dict[str, list[tuple[Equation, tuple[Loop, ...]]]] = {}
    for equation, loops in walk(backward):
        pushes.setdefault(equation.target, []).append((equation, loops))
    chains = {chain.tensor.name for chain in explanation.chains}
    wanted, border = set(names), sorted(names)
    while border:
        following = {tensor_of(r) for e, _ in pushes[border.pop()] for r in e.reads()} & pushes.keys()
        border += sorted(following - wanted - chains - done)
        wanted |= following - chains - done
    done |= wanted
    once = {name for name in wanted if len(pushes[name]) == 1 and _writes_all(full.tensor(name).axes, pushes[name][0])}
    zeros = [Equation(t.name, tuple(a.symbol for a in t.axes), t.axes, (Term(sp.Integer(0)),))
             for t in full.tensors if t.name in wanted - once and not (t.axes and any(ls for _, ls in pushes[t.name]))]
    context = known(forward)
    seed = {read(str(full.statements[len(forward.statements)].target)): sp.Integer(1)}  # type: ignore[union-attr]
    return [*zeros, *_restricted(backward, wanted, once, context, seed)]


def _writes_all(axes: tuple[object, ...], push: tuple[Equation, tuple[Loop, ...]]) -> bool:
    """Whether this one push is all of the tensor, entry for entry."""
    equation, loops = push
    running = {index.symbol: index for index in (*(loop.index for loop in loops), *equation.free)}
    return all(not t.where for t in equation.terms) and len(running) == len(axes) == len(equation.at) and all(
        e in running and (running[e].size, running[e].start) == (axis.size, axis.start)  # type: ignore[attr-defined]
        for e, axis in zip(equation.at, axes, strict=True))


def _restricted(statements: tuple[Statement, ...], wanted: set[str], once: set[str], context: Known,
                seed: dict[sp.Basic, sp.Basic]) -> tuple[Statement, ...]:
    """The pushes to the wanted adjoints where they stand, in their loops, written in terms of the outputs."""
    def restricted(equation: Equation) -> Equation:
        equation = equation.map(lambda body: body.xreplace(seed))
        for rule in RULES:
            found = rule.apply(context, equation)
            equation = equation if found is None else found[0]
        return replace(equation, op="=" if equation.target in once else equation.op)

    return mapped(writing(statements, wanted), restricted)
