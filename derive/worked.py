r"""A worked example: numbers for everything a network is given, all that follows from them, and one step.

In: the equations of one example; numbers, or a seed to draw them. Out: the value of every tensor and
adjoint, computed unrounded by the reference interpreter, and the same after one step of gradient descent

    w  <-  w - eta dC/dw
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from derive.calculus.explain import Explanation
from derive.errors import DeriveError, clip, nearest
from derive.evaluate import evaluate
from derive.ir import Derivation, Fact, Loop, Tensor, reads_of, tensor_of

MAX_PARAMETERS, MAX_ENTRIES = 30, 12
RATES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4, 1e-5, 1e-6)
"""Learning rates that are tried, the largest first, until the cost falls."""
CONSTANT = 0.1
"""For a constant that has no number, such as the lambda of a regularizer."""
DRAWS = 20
"""As many times numbers are drawn until no gradient is zero throughout."""
LARGEST_DRAWN = 9
"""Weights are drawn between -0.9 and 0.9."""
DIGITS = 4
"""Significant digits on paper."""
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Numbers:
    """What a reader asks of a worked example."""

    values: Values | None = None
    seed: int = 0
    digits: int = DIGITS


DRAWN = Numbers()
"""Nothing given, nothing asked."""


@dataclass(frozen=True)
class Example:
    """`before` and `after` the step: the value of every tensor by name."""

    given: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    rate: float
    drawn: tuple[str, ...]
    """What was drawn rather than given."""


def example(explanation: Explanation, values: Values | None = None, seed: int = 0) -> Example:
    """All numbers of one pass forward, one back, and one step of every parameter whose gradient is known."""
    forward = explanation.forward
    _check(forward)
    rate, stated = _rate(dict(values or {}))
    known = [tensor.name for tensor in forward.of_role("data", "parameter", "constant")]
    for name in stated:
        if name not in known:
            raise DeriveError(f"the network takes no '{clip(name)}'", do=nearest(name, sorted(known)))
    own = {name: _fitting(forward.tensor(name), value) for name, value in stated.items()}
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        given = _drawn(forward, rng) | own
        before = evaluate(explanation.derivation, given)
        if all(np.any(before[chain.tensor.name]) for chain in explanation.chains):
            break  # no layer is dead: every gradient has something to show
    _check_finite(forward, before)
    for eta in [rate] if rate else RATES:
        after = evaluate(forward, _stepped(explanation, given, before, eta))
        if float(after[forward.cost]) < float(before[forward.cost]):
            break
    return Example(given, before, after | _stepped(explanation, given, before, eta), eta,
                   tuple(name for name in known if name not in stated))


def _stepped(explanation: Explanation, given: Values, before: Values, eta: float) -> dict[str, Any]:
    """What is given, every parameter one step down its gradient."""
    forward = explanation.forward
    bars = {tensor.of: tensor.name for tensor in explanation.derivation.of_role("adjoint")}
    wanted = {chain.tensor.of for chain in explanation.chains}
    return {name: value - eta * before[bars[name]] if forward.tensor(name).role == "parameter" and name in wanted
            else value for name, value in given.items()}


def numbers_in(path: str) -> dict[str, Any]:
    """Numbers from a .toml file (x = [0.05, 0.1]; eta = 0.5) or the arrays of an .npz file."""
    where = clip(path, 200)
    try:
        if Path(path).suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DeriveError(f"cannot read the file: {error.strerror or 'no such file'}", where=where) from None
    except (ValueError, EOFError) as error:
        raise DeriveError(f"this is no file of numbers: {clip(str(error), 100)}", where=where,
                          do="Write a .toml file such as: x = [0.05, 0.1]  or save arrays with numpy.savez.") from None


# -- what is drawn -------------------------------------------------------------------------


def _drawn(forward: Derivation, rng: np.random.Generator) -> dict[str, Any]:
    """Numbers of one decimal, short enough to multiply by hand."""
    found: dict[str, Any] = {}
    for tensor in forward.of_role("data", "parameter", "constant"):
        shape = tuple(int(axis.size) for axis in tensor.axes)
        if tensor.role == "parameter":
            tenths = rng.integers(1, LARGEST_DRAWN + 1, shape) * rng.choice([-1, 1], shape)
            found[tensor.name] = np.asarray(tenths / 10)
        elif tensor.among is not None:
            first = int(tensor.among.start)
            found[tensor.name] = rng.integers(first, first + int(tensor.among.size), shape)
        elif tensor.role == "data" and tensor.written.letter.partition("_")[0] == "y":
            found[tensor.name] = np.asarray(rng.integers(0, 2, shape).astype(float))
        elif tensor.role == "data":
            found[tensor.name] = np.asarray(rng.integers(1, 10, shape) / 10)
        else:
            found[tensor.name] = np.asarray(float(tensor.value) if tensor.value is not None else CONSTANT)
    for name in _distributions(forward.facts, found):
        found[name] = np.eye(1, found[name].size).reshape(found[name].shape)
    return found


def _distributions(facts: tuple[Fact, ...], known: Values) -> Iterator[str]:
    """Data that a fact such as sum_j y[j] = 1 speaks of: one class is the right one."""
    for fact in facts:
        names = [tensor_of(read) for read in sorted(reads_of(fact.left.body), key=str)]
        if fact.left.summed and len(names) == 1 and names[0] in known:
            yield names[0]


# -- refusals ------------------------------------------------------------------------------


def _check(forward: Derivation) -> None:
    sizes = [axis.size for tensor in forward.tensors for axis in tensor.axes]
    if not all(size.is_Integer for size in sizes):
        raise DeriveError("a worked example needs a network whose sizes are numbers", do="For example 2-2-1.")
    if any(isinstance(statement, Loop) for statement in forward.statements):
        raise DeriveError("a worked example has no numbers for a loop over steps yet",
                          do="Take the form index or matrix.")
    longest = max(map(int, sizes), default=1)
    if longest > MAX_ENTRIES:
        raise DeriveError(f"a worked example over {longest:,} values could not be followed by hand",
                          do=f"Take a model of the same kind whose indices run over at most {MAX_ENTRIES} values.")
    count = sum(int(np.prod([int(a.size) for a in t.axes])) for t in forward.of_role("parameter"))
    if count > MAX_PARAMETERS:
        raise DeriveError(f"a worked example with {count:,} parameters could not be followed by hand",
                          do=f"Take a smaller network of the same kind, of at most {MAX_PARAMETERS} parameters, "
                             "such as 2-2-1 or 2-3-2; the formulas are the same.")


def _rate(values: dict[str, Any]) -> tuple[float | None, dict[str, Any]]:
    """The learning rate, if the numbers state one, and the rest."""
    eta = values.pop("eta", None)
    if eta is None:
        return None, values
    if isinstance(eta, bool) or np.ndim(eta) or not np.isreal(eta) or not float(eta) > 0:
        raise DeriveError("eta, the learning rate, must be a positive number", do="For example: eta = 0.5")
    return float(eta), values


def _fitting(tensor: Tensor, value: Any) -> Any:
    """The given numbers as an array of the tensor's shape."""
    shape = tuple(int(axis.size) for axis in tensor.axes)
    try:
        array = np.asarray(value, dtype=float)
        array = array.reshape(shape) if array.size == np.prod(shape, dtype=int) == 1 else array
    except (TypeError, ValueError):
        raise DeriveError(f"'{tensor.name}' needs numbers", do=_wanted(tensor.name, shape)) from None
    if array.shape != shape or not np.all(np.isfinite(array)):
        found = " x ".join(map(str, array.shape)) or "one number"
        raise DeriveError(f"'{tensor.name}' was given as {found}, which does not fit, or holds what is not finite",
                          do=_wanted(tensor.name, shape))
    return array


def _wanted(name: str, shape: tuple[int, ...]) -> str:
    return f"Give {name} as " + (" x ".join(map(str, shape)) + " numbers." if shape else "one number.")


def _check_finite(forward: Derivation, values: Values) -> None:
    for equation in forward.equations():
        if not np.all(np.isfinite(np.asarray(values[equation.target], dtype=float))):
            raise DeriveError(f"'{equation.target}' is not finite for these numbers", do="Give smaller ones.")
