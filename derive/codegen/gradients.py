"""The statements that compute the gradients: the last line of each chain, in order.

A chain over the layers, delta[l,j] from delta[l+1,q], becomes a loop that runs backwards; a chain
with conditions on an ordinary index (a convolution's input) is computed by its pushes instead.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Explanation
from derive.calculus.nested import PART
from derive.calculus.rewrite import Known, known, use_slopes
from derive.codegen.cases import joined_cases, put_in, simplified_cases
from derive.codegen.coupled import in_order, pushed
from derive.codegen.ranged import ranged, settled_within
from derive.codegen.statements import covers
from derive.errors import DeriveError
from derive.ir import Equation, Index, Loop, Statement, Term, equations_of, indices_of, tensor_of, walk


def gradient_statements(explanation: Explanation) -> list[Statement]:
    """The gradients' equations, those that share a loop put into one."""
    made: list[Statement] = []
    done: set[str] = set()
    for group in in_order(_by_layers(explanation)):
        if len(group) > 1 and not any(_layered(result) for result in group):
            made += pushed(explanation, [result.target for result in group], done)
            continue
        for result in group:
            _add(made, explanation, result, done)
    made = [*ranged(made)]
    for statement in made:
        if isinstance(statement, Loop):
            _check_order(statement)
    _check_complete(explanation, made)
    return made


def short_slopes(context: Known, equation: Equation) -> Equation:
    """A gradient inside of a cost with a*(1 - a) for f'(z): a is there already."""
    found = use_slopes(context, equation) if equation.part == PART else None
    return found[0] if found else equation


def _layered(result: Equation) -> bool:
    return any(index.kind == "layer" for index in result.free)


def _add(made: list[Statement], explanation: Explanation, result: Equation, done: set[str]) -> None:
    """One gradient: an equation, a part of a loop, or what is added to it bit by bit."""
    result = settled_within(result, [i for i in result.free if i.kind == "time"])
    counted = _counted(result)
    if counted is None and any(t.where for t in result.terms):
        made += pushed_alone(explanation, result.target, done)
    elif counted is None:
        made.append(result)
    elif counted.kind == "time" and is_limited(result, counted):
        made += pushed(explanation, [result.target], done)
    else:
        _into_loop(made, counted, result)
    done.add(result.target)


def _by_layers(explanation: Explanation) -> list[Equation]:
    """The results; those over the layers with what they share at the end and below it put together."""
    results = {chain.tensor.name: chain.result for chain in explanation.chains}
    layered = {name: index for name, result in results.items() for index in result.free if index.kind == "layer"}
    away = _inner(explanation, results, set(layered))
    context = known(explanation.forward)
    made = []
    for name, result in results.items():
        if name in layered and name not in away:
            joined = joined_cases(put_in(result, {n: results[n] for n in away}), layered[name])
            result = simplified_cases(context, joined)
        made += [result] if name not in away else []
    return made


def _inner(explanation: Explanation, results: dict[str, Equation], layered: set[str]) -> set[str]:
    """Adjoints over the layers that only others over the layers read, and that are not asked for: dC/da."""
    roles = {name: explanation.forward.tensor(explanation.derivation.tensor(name).of or "").role for name in results}
    readers: dict[str, set[str]] = {}
    for name, result in results.items():
        for access in result.reads():
            readers.setdefault(tensor_of(access), set()).add(name)
    ahead = {name for name in layered if any(name in readers.get(other, ()) for other in layered - {name})}
    return {name for name in ahead if roles[name] == "value" and readers.get(name) and readers[name] <= layered
            and name not in readers[name] and any(roles[r] == "value" for r in readers[name])
            and not any(roles[r] == "parameter" for r in readers[name])}


def _check_complete(explanation: Explanation, made: list[Statement]) -> None:
    """Refuse what would read a gradient before it is computed: no code rather than wrong code."""
    done: set[str] = {t.name for t in explanation.forward.tensors}
    for statement in made:
        equations = [*equations_of((statement,))]
        done |= {e.target for e in equations}
        early = sorted({tensor_of(r) for e in equations for r in e.reads()} - done)
        if early:
            raise DeriveError(f"'{equations[0].target}' needs {early[0]}, which comes later: not emitted yet",
                              do="Write the model with fewer loops, or without shifted indices.")


def _check_order(loop: Loop) -> None:
    """Refuse a loop in which something is read before it is computed."""
    done: set[str] = set()
    inside = {e.target for e in loop.body if isinstance(e, Equation)}
    if any(isinstance(e, Equation) and e.op == "+=" for e in loop.body):
        return  # the push form, which is in order as it stands
    for equation in loop.body:
        assert isinstance(equation, Equation)
        for access in equation.reads():
            name = tensor_of(access)
            step = -1 if loop.descending else 1
            ahead = any(sp.expand(step*(loop.index.symbol - i)).is_positive for i in indices_of(access))
            if name in inside - done and not ahead:
                raise DeriveError(f"'{equation.target}' needs {access} in the same round of a loop: not emitted yet",
                                  do="Write the model layer by layer, with numbers for its layers.")
        done.add(equation.target)


def _counted(result: Equation) -> Index | None:
    """The layer or time that a loop must count: a layer always, time where a condition or recursion needs it."""
    for index in result.free:
        if index.kind == "layer":
            return index
        if index.kind == "time" and _needs_order(result, index):
            return index
    return None


def _needs_order(result: Equation, index: Index) -> bool:
    limited = any(index.symbol in c.free_symbols for t in result.terms for c in t.where)
    return limited or any(tensor_of(r) == result.target for r in result.reads())


def is_limited(result: Equation, time: Index) -> bool:
    """Whether a condition says something else than at which times a term counts: how far windows along a row reach."""
    return any(time.symbol not in c.free_symbols for t in result.terms for c in t.where)


def _into_loop(made: list[Statement], index: Index, result: Equation) -> None:
    inside = replace(result, free=tuple(i for i in result.free if i != index))
    last, backwards = made[-1] if made else None, not _runs_forwards(result, index)
    if isinstance(last, Loop) and last.descending == backwards \
            and (last.index.size, last.index.start) == (index.size, index.start):
        inside = _renamed(inside, index, last.index)
        made[-1] = replace(last, body=(*last.body, inside))
    else:
        made.append(Loop(index, (inside,), descending=backwards))


def _runs_forwards(result: Equation, index: Index) -> bool:
    """Whether it reads itself at entries before its own, as what runs backwards through the data does."""
    place = result.at.index(index.symbol)
    return any(sp.expand(index.symbol - indices_of(r)[place]).is_positive
               for r in result.reads() if tensor_of(r) == result.target)


def _renamed(equation: Equation, old: Index, new: Index) -> Equation:
    if old.name == new.name:
        return equation
    put: dict[sp.Basic, sp.Basic] = {old.symbol: new.symbol}
    return replace(equation, at=tuple(e.xreplace(put) for e in equation.at),
                   free=tuple(i.where(put) for i in equation.free),
                   terms=tuple(t.renamed(put) for t in equation.terms))


def pushed_alone(explanation: Explanation, name: str, done: set[str]) -> list[Statement]:
    """An adjoint by what is added to it, after every adjoint that those additions read."""
    if name in done:
        return []
    tensor = explanation.derivation.tensor(name)
    pushes = [(e, loops) for e, loops in walk(explanation.derivation.statements) if e.target == name]
    if any(loops for _, loops in pushes):
        return pushed(explanation, [name], done)
    done.add(name)
    known = {c.tensor.name for c in explanation.chains}
    before: list[Statement] = []
    ones = _ones(explanation)
    first, *others = [e.map(lambda body: body.xreplace(ones)) for e, _ in pushes]
    for push in (first, *others):
        for access in push.reads():
            other = tensor_of(access)
            if explanation.derivation.tensor(other).role == "adjoint" and other not in known:
                before += pushed_alone(explanation, other, done)
    if covers(first, tensor) and not any(t.where for t in first.terms):
        return [*before, replace(first, op="="), *others]
    zero = Equation(name, tuple(a.symbol for a in tensor.axes), tensor.axes, (Term(sp.Integer(0)),))
    return [*before, zero, first, *others]


def _ones(explanation: Explanation) -> dict[sp.Basic, sp.Basic]:
    """The adjoints that are plainly 1, as those of C and R in C = C_0 + R."""
    pushes = [*explanation.derivation.equations()]
    ones: dict[sp.Basic, sp.Basic] = {}
    for push in pushes:
        if not push.at and explanation.derivation.tensor(push.target).role == "adjoint" \
                and [e.target for e in pushes].count(push.target) == 1 \
                and [(t.body.xreplace(ones), t.summed, t.where) for t in push.terms] == [(sp.Integer(1), (), ())]:
            ones[push.lhs] = sp.Integer(1)
    return ones
