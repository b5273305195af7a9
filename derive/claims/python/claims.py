"""All that a Python text claims at one random point: `outcomes(source, context, draw)`.

    dW2 = np.outer(delta2, a1)     ->  Outcome("dW2", 1, 1, "dloss/dW2", equal=True, ...)

A name is compared with the derivative that it stands for; a function `sigmoid_prime` with the slope of `sigmoid`;
without a cost, a name with the same name of the forward equations. Of several wrong names those that are wrong
only because of an earlier one say so.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from derive.claims.python.backward import Backward, Pass, loaded
from derive.claims.python.declarations import declared
from derive.claims.python.evaluator import Function
from derive.claims.python.forward import Forward
from derive.claims.python.free_index import free_index, values
from derive.claims.python.names import Asserted
from derive.claims.python.outcome import Outcome, as_array, close, factor, fits, same
from derive.claims.python.values import Array, Broken, Budget, Fault, Misfit, Unread, Value
from derive.errors import DeriveError
from derive.points import Draw, Unlucky
from derive.written.python.read import Program, read
from derive.written.python.source import Source
from derive.written.tree import Span

POINTS = 64
"""So many forward passes are remembered: each reading of a network, at two points."""
TRIES = 60
"""A root exists at half of all points."""
GATHERED = ("grads", "gradients", "grad", "nabla", "derivatives")


@dataclass(frozen=True)
class PythonContext:
    """Forward equations in Python, the name of the cost, and the shapes of what is given."""

    forward: str = ""
    cost: str = ""
    where: tuple[str, ...] = ()

    def __call__(self, source: str, draw: Draw, reading: str = "") -> list[Outcome]:
        """What each name of a text comes to; there is one reading alone."""
        return outcomes(source, self, draw)


def outcomes(source: str, context: PythonContext, draw: Draw) -> list[Outcome]:
    """One outcome for every name that claims something, in the order of the text."""
    program, spent = read(source), 0
    for attempt in range(TRIES):
        forward = _forward(context, f"{draw.seed} again {attempt}" if attempt else draw.seed)
        forward.budget.spent = spent
        try:
            with np.errstate(all="ignore"):
                return _at_point(program, forward)
        except Unlucky:
            spent = forward.budget.spent
        except RecursionError:
            raise DeriveError("the formula is nested too deeply", where="1:1", do="Give parts of it names.") from None
    raise Unlucky(f"no point among {TRIES} at which all roots and logarithms exist")


@lru_cache(maxsize=POINTS)
def _forward(context: PythonContext, seed: int | str) -> Forward:
    """The forward pass at a point; what its values are serves every text that is tried there."""
    return Forward(read(context.forward, "forward"), context.cost, declared(context.where), Draw(seed), Budget())


def _at_point(program: Program, forward: Forward) -> list[Outcome]:
    index = free_index(program, forward) if forward.cost else ""
    if index:
        return _over(program, forward, index)
    found = _compared(program, forward, {})
    if not found:
        raise DeriveError("nothing here claims a derivative", where="1:1",
                          do="Name it dW for the variable W of the forward equations: "
                             + ", ".join(f"d{n}" for n in list(forward.variables)[:8]) + ".")
    return _traced(program, forward, _conventional(found, loaded(program)))


def _over(program: Program, forward: Forward, index: str) -> list[Outcome]:
    """A line with a free index, for every value for which it has a meaning."""
    found: dict[str, Outcome] = {}
    failed: list[Outcome] = []
    for at in values(program, forward, index):
        made = _compared(program, forward, {}, {index: at})
        outside = [o for o in made if o.claimed is None and "list" in o.fault]
        failed.extend(outside)
        if not outside:
            held = {o.name: o for o in made}
            found |= {n: o for n, o in held.items() if n not in found or not o.equal}
    return list(found.values()) or failed[:1]


def _compared(program: Program, forward: Forward, truths: dict[str, tuple[int, Value]],
              fixed: dict[str, Value] | None = None) -> list[Outcome]:
    backward = Backward(program, forward, fixed)
    found: list[Outcome] = []
    for one in backward.passes(truths):
        found.extend(_of_pass(backward, one))
    found.extend(_slopes(backward))
    if not found and backward.unread:
        raise backward.unread[0]
    return sorted(found, key=lambda outcome: outcome.span.start)


def _of_pass(backward: Backward, one: Pass) -> list[Outcome]:
    found: list[Outcome] = []
    for path in [p for p in one.places.last if len(p) == 1]:
        name, value = str(path[0]), one.frame.get(str(path[0]))
        if isinstance(value, Function) or name not in one.frame:
            continue
        if isinstance(value, dict) and (name in GATHERED or not backward.asserted(name)):
            inner = {k: v for k, v in value.items() if isinstance(k, str)}
            for key, entry in inner.items():
                place = one.places.last.get((name, key), one.places.last[path])
                found.extend(_of_name(backward, _key(backward, name, key), entry, place, one))
            continue
        found.extend(_of_name(backward, name, value, one.places.last[path], one))
    return found


def _key(backward: Backward, owner: str, key: str) -> str:
    """grads["W1"] says dW1."""
    return f"d{key}" if owner in GATHERED and not backward.asserted(key) else key


def _of_name(backward: Backward, name: str, value: Value, place: tuple[ast.AST, Source], one: Pass) -> list[Outcome]:
    if not isinstance(place[0], (ast.expr, ast.stmt)) or not hasattr(place[0], "lineno"):
        return []
    forward = backward.forward
    if not forward.cost:
        if name not in forward.frame:
            return []
        return [_outcome(backward, name, value, as_array(forward.frame[name]), place, name, "definition")]
    claim = backward.asserted(name)
    if claim is None:
        return []
    try:
        truth = backward.truth(name, claim)
    except Unread:
        return []
    kind = "parameter" if claim.by in forward.leaves else "value"
    above = claim.of or forward.cost
    if isinstance(truth, (list, dict)):
        return _of_list(backward, name, value, truth, place, f"d{above}/d{claim.by}", kind, one)
    outcome = _outcome(backward, name, value, as_array(truth), place, f"d{above}/d{claim.by}", kind)
    before = one.places.earlier.get(name, ()) if kind == "value" and not outcome.equal else ()
    if any(_is(backward, value, outcome.true) for value in before):
        return [replace(outcome, equal=True, near=True, note="before it is written to again")]
    return [] if not outcome.equal and _lenient(backward, name, claim, outcome) else [outcome]


def _is(backward: Backward, value: Value, true: Array | None) -> bool:
    return true is not None and np.shape(value) == true.shape and same(backward.entries.array(value), true)


def _lenient(backward: Backward, name: str, claim: Asserted, outcome: Outcome) -> bool:
    """Whether a name that is no derivative of its variable need not be one: a name used again, or of a loop."""
    if name in backward.truths_read:
        return True
    writes = backward.forward.writes.bounds.get((claim.by,), 0)
    if claim.by not in backward.forward.leaves and writes > 1:
        return True
    return name.startswith(("delta", "error", "err")) and outcome.claimed is not None and any(
        _matches(backward, outcome.claimed, other) for other in backward.forward.variables if other != claim.by)


def _matches(backward: Backward, claimed: Array, variable: str) -> bool:
    """Whether it is the error of another layer: delta2 numbered from another end."""
    if variable[:1] not in "zZ" or len(backward.forward.parts(variable)) != 1:
        return False
    truth = backward.forward.derivative((variable,))
    return truth.shape == claimed.shape and (
        same(claimed, truth) or bool(factor(claimed, truth, backward.forward.sizes)))


def _of_list(backward: Backward, name: str, value: Value, truth: Value, place: tuple[ast.AST, Source], said: str,
             kind: str, one: Pass) -> list[Outcome]:
    """A list or dictionary of derivatives, entry by entry."""
    keys: list[Any] = list(range(len(truth))) if isinstance(truth, list) else list(truth)
    if isinstance(value, (list, dict)):
        held = dict(enumerate(value)) if isinstance(value, list) else value
        missing = [k for k in keys if k not in held]
        if isinstance(value, list) and len(value) != len(keys):
            misfit = Misfit(f"{len(value)} entries, but there are {len(keys)}")
            return [_outcome(backward, name, Broken(misfit), as_array(truth[keys[0]]), place, said, kind)]
        return [_outcome(backward, f"{name}[{k}]", held[k], as_array(truth[k]), one.places.last.get((name, k), place),
                         f"{said}[{k}]", kind) for k in keys if k not in missing]
    if isinstance(value, Broken):
        return [_outcome(backward, name, value, as_array(truth[keys[0]]), place, said, kind)]
    if isinstance(value, np.ndarray) and isinstance(truth, list) and value.shape[:1] == (len(keys),) \
            and all(as_array(one).shape == value.shape[1:] for one in truth):
        return [_outcome(backward, f"{name}[{k}]", value[k], as_array(truth[k]), place, f"{said}[{k}]", kind)
                for k in keys]
    return []


def _outcome(backward: Backward, name: str, value: Value, true: Array, place: tuple[ast.AST, Source], said: str,
             kind: str) -> Outcome:
    node, source = place
    assert isinstance(node, (ast.expr, ast.stmt))
    span: Span = source.span(node)
    made = Outcome(name, source.line(node), source.column(node), span, said, False, true=true, true_shape=true.shape,
                   kind=kind)
    if isinstance(value, Broken):
        return replace(made, fault=value.fault.what, covered=isinstance(value.fault, Misfit))
    try:
        claimed = backward.entries.array(value)
    except Fault as fault:
        return replace(made, fault=fault.what, covered=isinstance(fault, Misfit))
    true = backward.entries.array(true)
    made = replace(made, claimed=claimed, claimed_shape=claimed.shape, true=true)
    if not fits(claimed.shape, true.shape):
        return replace(made, fault=f"its shape is {claimed.shape}, but that of {said} is {true.shape}")
    return replace(made, equal=same(claimed, true), near=close(claimed, true),
                   factor=factor(claimed, true, backward.forward.sizes))


def _slopes(backward: Backward) -> list[Outcome]:
    """Functions whose names claim to be the derivative of another."""
    found: list[Outcome] = []
    for name, function in backward.frames[0].items():
        of = backward.forward.slope_name(name) if isinstance(function, Function) else ""
        if not of and isinstance(function, Function):
            of = backward.own_slope(name)
        if not of or not isinstance(function.body, tuple) or _arity(function) != 1:
            continue
        at = np.array([backward.forward.draw.number() for _ in range(5)], dtype=object)
        truth = as_array(backward.forward.slope(of, backward.lookup(of))(at))
        node: ast.AST = next(n for n in ast.walk(ast.Module(list(backward.text.body), []))
                             if isinstance(n, ast.FunctionDef) and n.name == name)
        place = (node, function.source)
        outcome = _outcome(backward, name, backward.call(function, [at], {}), truth, place, f"{of}'", "function")
        if not outcome.equal:
            outside = backward.call(function, [backward.call(backward.lookup(of), [at], {})], {})
            if same(backward.entries.array(outside), truth):
                outcome = replace(outcome, note=f"it is {of}' in terms of the value {of}(x), not of x")
                if name in backward.used:
                    continue  # how it is called decides
        found.append(outcome)
    return found


def _arity(function: Function) -> int:
    return len(function.parameters.args) - len(function.parameters.defaults) - (
        function.parameters.args[:1] != [] and function.parameters.args[0].arg == "self")


def _conventional(found: list[Outcome], used: set[str]) -> list[Outcome]:
    """An inner name that is used, and whose parameters all come out right, is another convention: m dJ/dZ."""
    parameters = [o for o in found if o.kind == "parameter"]
    if not parameters or not all(o.equal for o in parameters):
        return found
    return [_excused(o) if o.kind == "value" and not o.equal and not o.fault and o.name.split("[")[0] in used else o
            for o in found]


def _excused(outcome: Outcome) -> Outcome:
    said = f"{outcome.factor} {outcome.asserted}" if outcome.factor else f"something else than {outcome.asserted}"
    return replace(outcome, equal=True, note=f"here it is {said}; the parameters come out right")


def _traced(program: Program, forward: Forward, found: list[Outcome]) -> list[Outcome]:
    """Correct the wrong names one after the other, and see which later ones that makes right."""
    truths: dict[str, tuple[int, Value]] = {}
    because: dict[str, str] = {}
    wrong = [o for o in found if not o.equal and o.kind in ("parameter", "value") and o.true is not None]
    while len(wrong) > 1 and len(truths) < 8:
        first = wrong[0]
        count = _count(program, forward, first.name)
        truths[first.name] = (count, first.true)
        again = {o.name: o for o in _compared(program, forward, truths)}
        healed = [o.name for o in wrong[1:] if o.name in again and again[o.name].equal]
        because |= {name: first.name for name in healed}
        wrong = [o for o in wrong[1:] if o.name not in healed]
    return [replace(o, because=because.get(o.name, "")) for o in found]


def _count(program: Program, forward: Forward, name: str) -> int:
    """After how many assignments the name has its last value."""
    passes = Backward(program, forward).passes({})
    return next((one.places.count[name] for one in passes if name in one.places.count), 0)
