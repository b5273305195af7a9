"""A backward pass of one layer, run behind its forward pass on numbers of the model, and compared with the true one.

    out, cache = forward(x, w, b)      out is one of the model's values a
    dx, dw, db = backward(dout, cache)      against dC/dx, dC/dw, dC/db of C = sum(dout*a)

In: the equations of a minibatch, "file.py::function". Out: the findings about what it returned. Which array is which,
and how it lies, is settled by the forward pass: in the right reading it gives the model's values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.arrays.check import Finding, Findings, check_arrays
from derive.check.arrays.layout import Layout
from derive.check.arrays.names import Meant
from derive.check.called import Joined, bare, incoming, whole_tensor, without_mark
from derive.check.calling import Recipe
from derive.check.incoming.call import Way, ways
from derive.check.incoming.cut import cut, one_step, opened
from derive.check.incoming.source import Pair, pair
from derive.check.running import Failed, Limits, run_function, warn
from derive.check.verdict import WRONG
from derive.errors import DeriveError, clip
from derive.evaluate import evaluate
from derive.ir import Derivation

SAME = 1e-9
"""Two computations of the same values differ by less than this part of the largest, in float64."""
ACTIVATION = "a"
MOST_INNER = 6
Drawn = Callable[[Derivation], dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """A model at numbers, and one way to call the forward function that gives its values."""

    model: Derivation
    numbers: Mapping[str, Any]
    values: Mapping[str, Any]
    way: Way
    ends: Mapping[str, str]
    """By the name of what the forward function returns: the model's value that it is."""

    def given(self, joined: Joined) -> Array:
        """The array as the functions get it."""
        known = {**self.values, **self.numbers}
        parts = [np.asarray(known[name]) for name in joined.names]
        whole = np.concatenate(parts, axis=joined.axis) if len(parts) > 1 else parts[0]
        return self.way.lying.given(whole_tensor(self.model, joined), whole)

    def back(self, joined: Joined, array: Array) -> dict[str, Array]:
        """By tensor, what lies as `given` lays it."""
        whole = self.way.lying.back(whole_tensor(self.model, joined), array)
        sizes = [np.shape(self.numbers[name])[joined.axis] for name in joined.names] if len(joined.names) > 1 else []
        parts = np.split(whole, np.cumsum(sizes)[:-1], axis=joined.axis) if sizes else [whole]
        return dict(zip(joined.names, parts, strict=True))


def check_incoming(model: Derivation, place: str, settings: Mapping[str, Any], drawn: Drawn,
                   limits: Limits) -> Findings:
    """What the function makes of a random gradient that comes in, against what the model's equations make of it."""
    file, _, function = place.rpartition("::")
    found = pair(Path(file), function)
    warn(place, limits)
    near, refused = list[tuple[float, str]](), list[DeriveError]()
    for variant in _variants(model):
        try:
            run = _forward(variant, file, found, settings, drawn, limits, near)
        except DeriveError as error:
            refused.append(error)
            continue
        if run:
            return _backward(run, place, found, limits)
    if near:
        raise _another(found, near, place)
    raise refused[0]


def _variants(model: Derivation) -> Iterator[Derivation]:
    """The model, one step of it, and what stands behind the first layers of it."""
    step = one_step(model)
    inner = [t.name for t in model.of_role("value") if t.written.letter == ACTIVATION][:-1]
    yield from (model, *([step] if step else []), *(opened(model, name) for name in inner[:MOST_INNER]))


def _forward(model: Derivation, file: str, found: Pair, settings: Mapping[str, Any], drawn: Drawn, limits: Limits,
             near: list[tuple[float, str]]) -> Run | None:
    """The first way in which the forward function gives values of the model; `near` learns how far it was otherwise."""
    numbers = drawn(model)
    values = evaluate(model, numbers)
    examples = next((len(numbers[t.name]) for t in model.of_role("data") if t.axes and t.axes[0].kind == "sample"), 1)
    place = f"{file}::{found.name}"
    every = ways(model, found, settings, examples, place)
    inputs, tries = dict[str, Array](), list[dict[str, Recipe]]()
    for number, way in enumerate(every):
        run = Run(model, _shortened(model, numbers, way), {}, way, {})
        inputs |= {f"{number}.{name}": run.given(tensor) for name, tensor in way.tensors.items()}
        tries.append({name: ("array", f"{number}.{name}") for name in way.tensors} | dict(way.others))
    returned = run_function(place, inputs, {}, found.forward.returns, limits, tries=tries)
    if not returned:
        run_function(place, inputs, tries[0], found.forward.returns, limits)
        raise DeriveError(f"{clip(found.name)} returns no array", where=place, do="Return the output and the cache.")
    best: Run | None = None
    for number, way in enumerate(every):
        mine = {name.partition(":")[2]: array for name, array in returned.items() if name.startswith(f"{number}:")}
        short = _shortened(model, numbers, way)
        known = values if short is numbers else evaluate(model, short)
        ends = _ends(model, known, way, {n: a for n, a in mine.items() if "." not in n}, near)
        if ends and (best is None or len(ends) > len(best.ends)):
            best = Run(model, short, known, way, ends)
    return best


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


def _backward(run: Run, place: str, found: Pair, limits: Limits) -> Findings:
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
    named = _named(returned, after, found, place)
    compared = {id(array) for _, array in named.values()}  # by another name than where it stands in a tuple
    unread = [f"'{clip(name)}' is the gradient of no argument of {found.name}; it was not compared"
              for name, array in returned.items() if id(array) not in compared]
    result = _compared(after, named)
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


def _named(returned: Mapping[str, Array], run: Run, found: Pair, place: str) -> dict[str, tuple[Joined, Array]]:
    """By the name of a gradient: what it is of, and the array."""
    tensors = {bare(name): joined for name, joined in run.way.tensors.items() if _smooth(run, joined)}
    arguments = [name for name in found.forward.arguments if bare(name) in tensors]
    said = dict(zip(["0"], found.backward.single, strict=False)) if len(returned) == 1 else {}
    if len(returned) == len(arguments):
        said |= {place: f"d{name}" for place, name in zip(returned, arguments, strict=True) if place.isdigit()}
    named: dict[str, tuple[Joined, Array]] = {}
    for name, array in returned.items():
        last = said.get(name, name).rpartition(".")[2]
        inner = next((tensors[bare(one)] for one in (*without_mark(last), last) if bare(one) in tensors), None)
        if inner and inner not in [joined for joined, _ in named.values()]:
            named[said.get(name, name)] = inner, array
    if named:
        return named
    if len(returned) == 1:
        return {f"d{arguments[0]}": (tensors[bare(arguments[0])], next(iter(returned.values())))}
    shapes = ", ".join(f"{name}: {array.shape}" for name, array in list(returned.items())[:12]) or "nothing"
    raise DeriveError(f"what the function returns is not understood: {shapes}", where=place,
                      do=f"Return one gradient for each of {', '.join(arguments)}, in this order or called "
                         f"d{arguments[0]} and so on.")


def _smooth(run: Run, joined: Joined) -> bool:
    """Whether anything is differentiated by it: it is read, and no word."""
    return all(name in run.model.by_name and run.model.tensor(name).among is None for name in joined.names)


def _compared(run: Run, named: Mapping[str, tuple[Joined, Array]]) -> Findings:
    """Against the truth; an array of another shape than what it is the gradient of is wrong as it stands."""
    misshapen, fitting, meant = list[Finding](), dict[str, Array](), dict[str, Meant]()
    for name, (joined, array) in named.items():
        due = run.given(joined).shape
        if _slim(array.shape) != _slim(due) or array.ndim != len(due) and len(_slim(due)) > 1:
            misshapen.append(Finding(name, joined.names[0], WRONG,
                                     f"your {name} has shape {array.shape}; {due} is due", "shape"))
            continue
        for tensor, part in run.back(joined, array.reshape(due)).items():
            said = name if len(joined.names) == 1 else f"{name} ({tensor})"
            fitting[said], meant[said] = part, Meant(tensor, gradient=True)
    if not fitting:
        return Findings(tuple(misshapen), run.way.lying.said(run.model))
    given = {name: np.asarray(array) for name, array in run.numbers.items()}
    meant |= {name: Meant(name) for name in given}
    found = check_arrays(run.model, {**given, **fitting}, Layout(), meant)
    return replace(found, findings=(*found.findings, *misshapen), layout=run.way.lying.said(run.model))


def _slim(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)
