"""A backward pass of a user, run on numbers of the model and compared with the true gradients.

In: the equations of a minibatch, "file.py::function". Out: the findings about what it returned.

The layout is the one asked for, or the first of `STYLES` in which the function runs and is right; where it is right
in none, the one in which most of it could be explained. One example as a column is another matter: what is right for
it, and for a minibatch in no gradient nor even in shape, takes one; else a sum or a mean over the examples is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from derive.check.arrays import Findings, Layout, check_arrays
from derive.check.arrays.backward import Array
from derive.check.arrays.diagnose import split_of
from derive.check.called import incoming, meanings
from derive.check.calling import Source, read_source, recipes
from derive.check.incoming import check_incoming
from derive.check.incoming.run import examples_of
from derive.check.point import drawn
from derive.check.returned import Nameless, in_matrices, left_over, understood
from derive.check.running import LIMITS, Failed, Limits, run_function, split_place, warn
from derive.check.single import one_or_many
from derive.check.verdict import RIGHT
from derive.errors import DeriveError, nearest
from derive.evaluate import evaluate
from derive.gradcheck.draw import with_constants
from derive.ir import Derivation, Tensor


@dataclass(frozen=True)
class Style:
    """How the arguments lie. `alone`: one example, as flat vectors or columns; `bare`: single entries as numbers."""

    layout: Layout
    alone: bool = False
    bare: bool = False

    @property
    def said(self) -> str:
        """What the layout alone does not say."""
        if self.bare:
            return ", one example as numbers"
        return f", one example as {'flat vectors' if self.layout.rows else 'a column'}" if self.alone else ""

    def given(self, tensor: Tensor, array: Array) -> Array:
        """The array as the function gets it."""
        laid = self.laid(tensor, array)
        return np.asarray(laid).reshape(()) if self.bare and np.size(laid) == 1 else laid

    def laid(self, tensor: Tensor, array: Array) -> Array:
        """The array with its axes."""
        axes = [axis for axis in tensor.axes if axis.kind != "layer"]
        if axes and axes[0].kind == "sample":
            one = np.asarray(array[0])
            if self.alone:
                flat = self.layout.rows or one.ndim != 1 or tensor.among is not None
                return one if flat else one[:, None]
            return array if self.layout.rows else np.moveaxis(array, 0, -1)
        if len(axes) == 2:
            return array if self.layout.to_from else array.T
        return array[:, None] if len(axes) == 1 and not self.layout.rows else array


COLUMN = Style(Layout(True, False), True)
"""As in Nielsen's network.py. What is right so may be a minibatch's without its sums: it is tried last."""
NUMBERS = Style(Layout(True, True), True, True)
"""Where every layer has one neuron, as in the chain w1, b1, w2, b2 of plain numbers."""
STYLES: dict[str, tuple[Style, ...]] = {
    "rows": (Style(Layout(True, True)), Style(Layout(False, True))),
    "columns": (Style(Layout(True, False)), Style(Layout(False, False))),
    "alone": (Style(Layout(True, True), True), COLUMN),
}
"""By the word of `--layout`."""
OF_SHAPES = ("ValueError", "IndexError", "TypeError", "AssertionError", "RuntimeError", "ZeroDivisionError")
"""Errors that another layout may mend."""


def check_function(model: Derivation, place: str, layout: str | None = None, seed: int = 0,
                   limits: Limits = LIMITS, settings: Mapping[str, Any] | None = None,
                   error_scale: str = "1") -> Findings:
    """What `file.py::function` returns against the gradients of `model` (the equations of a minibatch), at numbers
    drawn from `seed`. The function is executed, in a process of its own. `layout`: rows, columns, alone, or all.
    `settings` are the numbers of the layers, by the names under which a forward function may ask for them, and
    `error_scale` what a gradient that comes in is multiplied by."""
    if layout is not None and layout not in STYLES:
        raise DeriveError(f"there is no layout '{layout}'", do=nearest(layout, list(STYLES)))
    path, function = split_place(place)
    source = read_source(path, function)
    model = with_constants(model)
    if incoming(source.arguments, list(model.by_name)):
        return check_incoming(model, place, settings or {}, lambda one: drawn(one, seed), limits, error_scale)
    warn(place, limits)
    run = partial(_in_style, model, place, source, seed=seed, limits=limits)
    styles = [s for group in ([STYLES[layout]] if layout else STYLES.values()) for s in group if layout or s != COLUMN]
    if layout in (None, "alone") and all(axis.size == 1 for t in model.of_role("parameter") for axis in t.axes):
        styles.append(NUMBERS)
    try:
        best = _best(run, styles, place)
    except DeriveError:
        if layout:
            raise
        with suppress(DeriveError):
            return run(COLUMN)
        raise
    return best if layout else one_or_many(best, lambda: run(COLUMN), ", as a column (--layout alone)")


def _best(run: Callable[[Style], Findings], styles: Sequence[Style], place: str) -> Findings:
    """In the first style in which it is right, or else the one in which most of it could be explained."""
    best: Findings | None = None
    refused: list[DeriveError] = []
    for style in styles:
        try:
            found = run(style)
        except DeriveError as error:
            refused.append(error)
            if not (isinstance(error, Nameless) or isinstance(error, Failed) and error.kind in OF_SHAPES):
                raise
            continue
        if best is None or found.understood > best.understood:
            best = found
        if found.verdict == RIGHT:
            break
    if best is None:
        raise max(refused, key=lambda error: error.line if isinstance(error, Failed) else 0)  # the furthest line
    return best


def _in_style(model: Derivation, place: str, source: Source, style: Style, *, seed: int, limits: Limits) -> Findings:
    numbers = drawn(model, seed, 1 if style.alone else None)
    known_numbers = split_of(model, numbers)
    flat = {**known_numbers, **split_of(model, evaluate(model, numbers)), **known_numbers}  # classes stay whole numbers
    tensors = {name: model.by_name.get(name) or model.tensor(re.sub(r"\d+$", "", name)) for name in flat}
    inputs = {name: style.given(tensors[name], array) for name, array in flat.items()}
    roles = {name: tensor.role for name, tensor in tensors.items()}
    known = meanings(model, [*source.arguments, *(key for keys in source.asked.values() for key in keys)])
    arguments = recipes(source, list(inputs), roles, examples_of(model, numbers), place, known)
    returned = run_function(place, inputs, arguments, source.returns, limits)
    parameters = [name for name in inputs if roles[name] == "parameter"]
    returned = in_matrices(returned, [inputs[name].shape for name in parameters])
    laid = {name: style.laid(tensors[name], array) for name, array in flat.items()}
    gradients = understood(returned, list(inputs), parameters, inputs, place, known)
    given = {name: laid[name] for name in inputs if roles[name] in ("parameter", "data", "constant")}
    found = check_arrays(model, {**given, **gradients}, style.layout)
    left = _unjudged(found, parameters, returned, gradients)
    return replace(found, layout=found.layout + style.said, notes=found.notes + left)


def _unjudged(found: Findings, parameters: Sequence[str], returned: Mapping[str, Array],
              gradients: Mapping[str, Array]) -> tuple[str, ...]:
    """A note where something that was returned may be the gradient of a parameter that has no verdict."""
    without = [f"d{name}" for name in parameters if name not in {finding.tensor for finding in found}]
    left = left_over(returned, gradients)
    said = f"not compared: {', '.join(left)}; if that is {', '.join(without)}, call it so"
    return (said,) if left and without else ()
