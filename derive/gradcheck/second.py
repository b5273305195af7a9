"""Emitted second derivatives and Jacobians against differences and the interpreter.

    H v  =  (dC/dw(w + h v) - dC/dw(w - h v)) / 2h,       extrapolated (Richardson)

In: a module with functions for second derivatives, and what it was emitted from. Out: one row a parameter (of a
Jacobian: a variable). The differences take gradients or values, and know nothing of how they are differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derive.calculus.higher import gauss_newton_product, jacobian
from derive.calculus.reverse import reverse, second_order
from derive.calculus.second import Second
from derive.evaluate import evaluate, held
from derive.gradcheck.draw import draw_data, draw_sizes
from derive.gradcheck.emitted import Array
from derive.gradcheck.proof import JITTER, arguments
from derive.gradcheck.rows import INTERPRETER_TOLERANCE, ROUNDING, SMALL, TOLERANCE, Row
from derive.ir import Derivation, Equation, Label, Loop, Tensor, Term, needed

STEP = 1e-4
Found = dict[str, tuple[Array, Array, Array]]
"""By name: as emitted, by differences, by the interpreter."""


def prove_second(module: Any, derivation: Derivation, kind: str, seed: int, wrt: Sequence[str] = ()) -> list[Row]:
    """The rows for one kind of second derivative, at random parameters, data and direction."""
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(derivation)
    params = {name: np.asarray(array + JITTER * rng.standard_normal(np.shape(array)))
              for name, array in module.init(rng, **arguments(module, sizes)).items()}
    point = Point(module, derivation, params, draw_data(derivation, sizes, rng), sizes)
    direction = {name: np.asarray(rng.standard_normal(array.shape)) for name, array in params.items()
                 if name in {t.name for t in derivation.learnt}}
    found = CHECKED[kind](point, direction, wrt)
    greatest = max((float(np.max(np.abs(exact), initial=0.0)) for _, _, exact in found.values()), default=0.0)
    return [_row(name, *values, greatest) for name, values in found.items()]


class Point:
    """Where the functions are compared."""

    def __init__(self, module: Any, derivation: Derivation, params: dict[str, Array], data: dict[str, Array],
                 sizes: Mapping[str, Any]) -> None:
        self.module, self.params, self.sizes, self.arrays = module, params, sizes, list(data.values())
        self.derivation, self.stopped = held(derivation, {**params, **data}, sizes)
        self.data = {**data, **self.stopped}

    def run(self, derivation: Derivation, **more: Any) -> dict[str, Any]:
        return evaluate(derivation, {**self.params, **self.data, **more}, self.sizes)

    def moved(self, direction: Mapping[str, Array], by: float) -> dict[str, Array]:
        return {name: array + by * direction.get(name, np.asarray(0.0)) for name, array in self.params.items()}

    def products(self, emitted: Callable[..., dict[str, Array]], direction: dict[str, Array]) -> Found:
        """H v three times."""
        def gradient(by: float) -> dict[str, Array]:
            moved = self.moved(direction, by)
            if self.stopped:  # the module does not know them
                values = evaluate(reverse(self.derivation), {**moved, **self.data}, self.sizes)
                return {name: values[f"d{self.derivation.cost}_d{name}"] for name in direction}
            found: dict[str, Array] = self.module.cost_and_gradients(moved, *self.arrays)[1]
            return found

        twice = second_order(self.derivation)
        values = self.run(twice, **{f"v_{name}": array for name, array in direction.items()})
        ours, near = emitted(self.params, direction, *self.arrays), slopes(gradient)
        return {name: (ours[name], near[name], values[f"d{twice.cost}_d{name}"]) for name in direction}


def _product(point: Point, direction: dict[str, Array], wrt: Sequence[str]) -> Found:
    return point.products(point.module.hessian_vector_product, direction)


def _hessian(point: Point, direction: dict[str, Array], wrt: Sequence[str]) -> Found:
    """The matrix times the direction; each of its columns is such a product by itself."""
    def emitted(params: dict[str, Array], v: dict[str, Array], *data: Array) -> dict[str, Array]:
        return _times(point.module.hessian(params, *data), v)

    return point.products(emitted, direction)


def _gauss_newton(point: Point, direction: dict[str, Array], wrt: Sequence[str]) -> Found:
    """J^T u with u = d/dr of the loss's gradient at f + r J v; and what the cost has of w beside f."""
    second, split = gauss_newton_product(point.derivation)
    head, tail = _parts(point.derivation, split)
    whole = needed(tail.equations(), [tail.cost])
    names = [name for name in direction if name in whole]
    loss = reverse(tail, [split, *names])
    start = point.run(head)[split]

    def value(by: float) -> dict[str, Array]:
        return {split: evaluate(head, {**point.moved(direction, by), **point.data}, point.sizes)[split]}

    moving = slopes(value)[split]

    def gradient(by: float) -> dict[str, Array]:
        given = {**point.moved(direction, by), **point.data, split: start + by * moving}
        found = evaluate(loss, given, point.sizes)
        return {of: found[f"d{loss.cost}_d{of}"] for of in (split, *names)}

    outer = slopes(gradient)
    passed = point.run(_weighed(head, split), u_=outer[split])
    values = point.run(_written(second), **{f"v_{n}": v for n, v in direction.items()})
    near = {n: passed[f"dS_d{n}"] + outer.get(n, 0.0) for n in direction}
    ours = point.module.gauss_newton_vector_product(point.params, direction, *point.arrays)
    whole_matrix = _times(point.module.gauss_newton(point.params, *point.arrays), direction)
    worst = {n: ours[n] if np.allclose(ours[n], whole_matrix[n]) else whole_matrix[n] for n in ours}
    bars = {second.derivation.tensor(bar).of or "": second.tangents.of[bar] for bar in second.wanted}
    return {n: (worst[n], near[n], values[bars[n]]) for n in direction}


def _jacobians(point: Point, direction: dict[str, Array], wrt: Sequence[str]) -> Found:
    emitted = point.module.jacobian(point.params, *(a for n, a in point.data.items() if n in _fed(point, wrt)))
    found: Found = {}
    for second in jacobian(point.derivation, wrt):
        variable, (value,) = second.tangents.variable or "", second.wanted
        exact = point.run(_written(second))[second.tangents.of[value]]
        found[variable] = (emitted[variable], _entries(point, variable, value, second), exact)
    return found


def _fed(point: Point, wrt: Sequence[str]) -> set[str]:
    """What the value is computed from."""
    return needed(point.derivation.equations(), [jacobian(point.derivation, wrt)[0].wanted[0]])


def _entries(point: Point, variable: str, value: str, second: Second) -> Array:
    """The Jacobian by moving one entry of the variable, of every example at once."""
    cut = _given(point.derivation, variable)
    start = np.asarray(point.run(point.derivation)[variable] if variable not in {**point.params, **point.data}
                       else {**point.params, **point.data}[variable])
    tensor = point.derivation.tensor(variable)
    examples = sum(axis.kind == "sample" for axis in tensor.axes)
    columns = []
    for place in np.ndindex(start.shape[examples:]):
        def moved(by: float, place: tuple[int, ...] = place) -> dict[str, Array]:
            array = start.copy()
            array[(slice(None),) * examples + place] += by
            return {value: evaluate(cut, {**point.params, **point.data, variable: array}, point.sizes)[value]}

        columns.append(slopes(moved)[value])
    return np.stack(columns, axis=-1).reshape(*columns[0].shape, *start.shape[examples:])


CHECKED: dict[str, Callable[[Point, dict[str, Array], Sequence[str]], Found]] = {
    "hvp": _product, "hessian": _hessian, "gauss-newton": _gauss_newton, "jacobian": _jacobians}


def slopes(function: Callable[[float], Mapping[str, Any]]) -> dict[str, Array]:
    """d/dr at r = 0 of every array."""
    def central(step: float) -> dict[str, Array]:
        above, below = function(step), function(-step)
        return {name: (np.asarray(above[name]) - below[name]) / (2 * step) for name in above}

    coarse, fine = central(STEP), central(STEP / 2)
    return {name: (4 * fine[name] - coarse[name]) / 3 for name in fine}


def _times(matrix: Array, v: dict[str, Array]) -> dict[str, Array]:
    """A matrix over all parameters times a direction, as arrays again."""
    flat = matrix @ np.concatenate([np.ravel(array) for array in v.values()])
    ends = np.cumsum([array.size for array in v.values()])
    return {name: part.reshape(array.shape) for (name, array), part in zip(v.items(), np.split(flat, ends[:-1]),
                                                                         strict=True)}


def _parts(derivation: Derivation, split: str) -> tuple[Derivation, Derivation]:
    """What computes a value, and the rest, to which it is given."""
    inner = needed(derivation.equations(), [split])
    head = [s for s in derivation.statements if isinstance(s, Loop) or s.target in inner]
    return replace(derivation, statements=tuple(head), facts=()), _given(derivation, split)


def _given(derivation: Derivation, name: str) -> Derivation:
    """The derivation with one of its values given, and without what only that needs."""
    if derivation.tensor(name).role != "value":
        return derivation
    tensors = tuple(replace(t, role="data") if t.name == name else t for t in derivation.tensors)
    return replace(derivation, tensors=tensors, statements=tuple(
        s for s in derivation.statements if isinstance(s, Loop) or s.target != name))


def _weighed(head: Derivation, name: str) -> Derivation:
    """S = sum u * f, and its gradient: J^T u."""
    value = head.tensor(name)
    weights = Tensor("u_", value.axes, "data", Label("u_"))
    total = Equation("S", (), (), (Term(weights.at() * value.at(), value.axes),), origin="weighed")
    return reverse(head.extended([weights, Tensor("S")], [total], cost="S"))


def _written(second: Second) -> Derivation:
    """All equations: forward, the gradient in push form, and the derivatives of both."""
    full = second.first.derivation
    return full.extended([*second.tangents.tensors], [*second.tangents.statements(full.statements)])


def _row(name: str, ours: Array, near: Array, exact: Array, greatest: float) -> Row:
    ours, near, exact = (np.asarray(array) for array in (ours, near, exact))
    if not ours.shape == near.shape == exact.shape:
        return Row(name, ours.shape, 0, ours.size, np.inf, np.inf, np.inf, False)
    scale = float(np.max(np.abs(exact), initial=0.0))
    apart, wrong = (float(np.max(np.abs(ours - other), initial=0.0)) for other in (exact, near))
    same = apart <= max(INTERPRETER_TOLERANCE * max(scale, SMALL), ROUNDING * greatest)
    right = wrong <= TOLERANCE * max(scale, SMALL) * 10 and same
    unit = scale or 1.0
    return Row(name, ours.shape, ours.size, ours.size, wrong, wrong / unit, apart / unit, right)
