"""A backward pass of one layer, run behind its forward pass on numbers of the model, and compared with the true one.

    out, cache = forward(x, w, b)      out is one of the model's values a
    dx, dw, db = backward(dout, cache)      against dC/dx, dC/dw, dC/db of C = sum(dout*a)

In: the equations of a minibatch, "file.py::function". Out: the findings about what it returned. Which array is which,
and how it lies, is settled by the forward pass: in the right reading it gives the model's values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.arrays.check import Findings
from derive.check.called import Joined, bare, incoming, without_mark
from derive.check.calling import Recipe
from derive.check.incoming.call import Way, ways
from derive.check.incoming.compared import compared, named_gradients
from derive.check.incoming.cut import cut, one_step, opened
from derive.check.incoming.run import Run, examples_of
from derive.check.incoming.source import Pair, pair
from derive.check.running import Failed, Limits, run_function, warn
from derive.check.single import one_or_many
from derive.check.verdict import RIGHT
from derive.errors import DeriveError, clip
from derive.evaluate import evaluate
from derive.ir import Derivation

SAME = 1e-9
"""Two computations of the same values differ by less than this part of the largest, in float64."""
INNER = ("z", "a")
"""Letters of values that may be what comes in: a layer behind others, an activation behind its weighted input."""
MOST_INNER = 6
Drawn = Callable[[Derivation], dict[str, Any]]


def check_incoming(model: Derivation, place: str, settings: Mapping[str, Any], drawn: Drawn, limits: Limits,
                   error_scale: str = "1") -> Findings:
    """What the function makes of a random gradient that comes in, against what the model's equations make of it.
    `error_scale`: "m" where that is m times the gradient of the mean."""
    file, _, function = place.rpartition("::")
    found = pair(Path(file), function)
    warn(place, limits)
    near, refused = list[tuple[float, str]](), list[DeriveError]()
    for variant in _variants(model):
        try:
            runs = _forward(variant, file, found, settings, drawn, limits, near)
        except DeriveError as error:
            refused.append(error)
            continue
        if runs:
            return _judged(runs, partial(_backward, place=place, found=found, limits=limits, error_scale=error_scale),
                           found.name, near)
    if near:
        raise _another(found, near, place)
    raise refused[0]


def _judged(runs: Sequence[Run], backward: Callable[[Run], Findings], forward: str,
            near: Sequence[tuple[float, str]]) -> Findings:
    """For a minibatch, if the forward function takes one; where that is not right, also for one example."""
    try:
        first = backward(runs[0])
    except Failed:
        if len(runs) == 1:
            raise
        return backward(runs[1])
    if len(runs) > 1:
        first = one_or_many(first, lambda: backward(runs[1]), "")
    if first.verdict == RIGHT or runs[0].way.lying.examples == "first" or not near:
        return first
    return replace(first, notes=(*first.notes, f"with the examples first {clip(forward)} computes something else than "
                                               f"this model: {min(near)[1]}"))


def _variants(model: Derivation) -> Iterator[Derivation]:
    """The model, one step of it, and what stands behind the first layers of it."""
    step = one_step(model)
    inner = [t.name for t in model.of_role("value") if t.written.letter in INNER][:-1]
    yield from (model, *([step] if step else []), *(opened(model, name) for name in inner[:MOST_INNER]))


def _forward(model: Derivation, file: str, found: Pair, settings: Mapping[str, Any], drawn: Drawn, limits: Limits,
             near: list[tuple[float, str]]) -> list[Run]:
    """The first way in which the forward function gives most values of the model, for a minibatch and for one example;
    `near` learns how far it was otherwise."""
    numbers = drawn(model)
    values = evaluate(model, numbers)
    place = f"{file}::{found.name}"
    every = ways(model, found, settings, examples_of(model, numbers), place)
    inputs, tries = dict[str, Array](), list[dict[str, Recipe]]()
    for number, way in enumerate(every):
        run = Run(model, _shortened(model, numbers, way), {}, way, {})
        inputs |= {f"{number}.{name}": run.given(tensor) for name, tensor in way.tensors.items()}
        tries.append({name: ("array", f"{number}.{name}") for name in way.tensors} | dict(way.others))
    returned = run_function(place, inputs, {}, found.forward.returns, limits, tries=tries)
    if not returned:
        run_function(place, inputs, tries[0], found.forward.returns, limits)
        raise DeriveError(f"{clip(found.name)} returns no array", where=place, do="Return the output and the cache.")
    best: dict[bool, Run] = {}
    for number, way in enumerate(every):
        mine = {name.partition(":")[2]: array for name, array in returned.items() if name.startswith(f"{number}:")}
        short = _shortened(model, numbers, way)
        known = values if short is numbers else evaluate(model, short)
        ends = _ends(model, known, way, {n: a for n, a in mine.items() if "." not in n}, near)
        single = way.lying.examples == "none"
        if ends and (single not in best or len(ends) > len(best[single].ends)):
            best[single] = Run(model, short, known, way, ends)
    return [best[single] for single in (False, True) if single in best]


def _shortened(model: Derivation, numbers: Mapping[str, Any], way: Way) -> Mapping[str, Any]:
    """Where a function takes one example without an axis for it, the first of them."""
    if way.lying.examples != "none":
        return numbers
    return {name: array[:1] if (t := model.tensor(name)).axes and t.axes[0].kind == "sample" else array
            for name, array in numbers.items()}


def _ends(model: Derivation, values: Mapping[str, Any], way: Way, returned: Mapping[str, Array],
          near: list[tuple[float, str]]) -> dict[str, str]:
    """The values of the model that were returned, the last ones computed first."""
    order = list(dict.fromkeys(e.target for e in model.equations()))
    ends: dict[str, str] = {}
    for name, array in returned.items():
        for tensor in reversed(order):
            mine = way.lying.given(model.tensor(tensor), np.asarray(values[tensor])) if tensor in values else None
            if mine is None or tensor == model.cost or mine.shape != array.shape or tensor in ends.values():
                continue
            far = float(np.max(np.abs(mine - array), initial=0.0) / (np.max(np.abs(mine), initial=0.0) or 1.0))
            if far <= max(SAME, 1e3 * _rounding(array)):
                ends[name] = tensor
                break
            near.append((far, f"'{name}' is nearest to {tensor}, but {far:.1e} of its largest entry off"))
    return ends


def _rounding(array: Array) -> float:
    return float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else 0.0


def _another(found: Pair, near: Sequence[tuple[float, str]], place: str) -> DeriveError:
    """The forward pass is not that of the model."""
    return DeriveError(f"{clip(found.name)} computes something else than this model: {min(near)[1]}", where=place,
                       do="Compare it with ARCH: sizes, stride, padding, eps, activation, which steps it gives. derive "
                          "summary ARCH shows the shapes.")


def _backward(run: Run, place: str, found: Pair, limits: Limits, error_scale: str) -> Findings:
    """The backward function behind the forward one that was understood."""
    handed = _handed(found, run)
    names = {argument: f"{argument}_" if _taken(run.model, argument) else argument for argument in handed}
    model = cut(run.model, {run.ends[out]: names[argument] for argument, out in handed.items()})
    rng = np.random.default_rng(1)
    numbers = {t.name: run.numbers[t.name] for t in model.tensors if t.name in run.numbers}
    numbers |= {names[argument]: rng.standard_normal(np.shape(run.values[run.ends[out]]))
                for argument, out in handed.items()}
    after = replace(run, model=model, numbers=numbers)
    inputs = {name: run.given(tensor) for name, tensor in run.way.tensors.items()}
    inputs |= {f"{argument}.": after.given(Joined((names[argument],))) for argument in handed}
    recipes: dict[str, Recipe] = {name: ("array", name) for name in run.way.tensors} | dict(run.way.others)
    arguments: dict[str, Recipe] = {argument: ("array", f"{argument}.") for argument in handed}
    for name in found.backward.arguments:
        recipe = arguments.get(name) or recipes.get(name) or _returned(name, found)
        if recipe:
            arguments[name] = recipe
    try:
        returned = run_function(place, inputs, arguments, found.backward.returns, limits,
                                before=(found.name, recipes))
    except Failed as error:
        raise Failed(error.what, where=error.where or place, kind=error.kind,
                     do=f"It was called behind {found.name}, whose values are right.") from None
    named = named_gradients(returned, after, found, place)
    known = {id(array) for _, array in named.values()}  # by another name than where it stands in a tuple
    unread = [f"'{clip(name)}' is the gradient of no argument of {found.name}; it was not compared"
              for name, array in returned.items() if id(array) not in known]
    result = compared(after, named, error_scale)
    return replace(result, notes=(*result.notes, *unread))


def _taken(model: Derivation, name: str) -> bool:
    """Whether a tensor or an adjoint may be called so."""
    return name in model.by_name or name.startswith(f"d{model.cost}_")


def _handed(found: Pair, run: Run) -> dict[str, str]:
    """By the argument of the backward function, the output whose gradient it is: dnext_h of next_h; else in order."""
    arguments = incoming(found.backward.arguments, [])
    left, chosen = list(run.ends), dict[str, str]()
    for argument in arguments:
        same = [out for out in left if bare(out) in map(bare, without_mark(argument))]
        if left and argument not in run.way.tensors:
            chosen[argument] = same[0] if same else left[0]
            left.remove(chosen[argument])
    return chosen


def _returned(name: str, found: Pair) -> Recipe | None:
    """What the forward function returns under this name; else, where the argument must be given, its last thing."""
    places = [n for n, returned in enumerate(found.forward.returns) if bare(returned) == bare(name)]
    if not places and name in found.backward.optional:
        return None
    return "returned", (places[0] if places else -1) if found.forward.returns else None
