"""Mistakes that show in one gradient alone: a constant factor, a transpose, a forgotten sum, another's gradient.

In: an array that is wrong, the true one and the others. Out: the mistakes that make the one from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from derive.check.arrays.backward import Array, Backward
from derive.check.arrays.constants import CLOSE, exact_factor, named_factor
from derive.check.arrays.parts import overwritten, ways

MOST_EXAMPLES = 200
"""Gradients of single examples are made one by one; more than so many are not looked at."""


@dataclass(frozen=True)
class One:
    """The wrong array of `tensor`, what is true, and all that it could have been mixed up with, by name."""

    backward: Backward
    tensor: str
    array: Array
    truth: Array
    others: Mapping[str, Array]
    near: Callable[[Array, Array], bool]


Guess = tuple[str, str]
"""(the mistake's name, the sentence that follows "your dW2")."""


def guesses(one: One) -> Iterator[Guess]:
    """Every mistake that explains the array, the surest first."""
    for look in LOOKS:
        yield from look(one)


def _zero(one: One) -> Iterator[Guess]:
    if one.array.size and not one.array.any():
        yield "missing_path", "is zero everywhere: it was never computed, or its path is cut"


def _ratio(one: One) -> Iterator[Guess]:
    if one.array.shape != one.truth.shape or not one.truth.any():
        return
    t = exact_factor(one.backward, float(np.sum(one.array * one.truth) / np.sum(one.truth ** 2)))
    if t not in (0.0, 1.0) and one.near(one.array, t * one.truth):
        mistake, words = named_factor(one.backward, t)
        norm = float(np.sqrt(np.sum(one.array ** 2)))
        clipped = f"; its norm is {norm:.6g}: was it clipped?" if abs(norm - round(norm)) <= CLOSE * norm else ""
        yield mistake, f"is {words}" + (clipped if mistake == "factor" and words[0].isdigit() else "")


def _transposed(one: One) -> Iterator[Guess]:
    if one.truth.ndim == 2 and one.truth.shape != (1, 1) and one.near(one.array, one.truth.T):
        yield "transposed", "is transposed"


def _unsummed(one: One) -> Iterator[Guess]:
    """One gradient for each example, or all of its entries added."""
    if one.array.size == 1 and one.truth.size > 1 and one.near(one.array.reshape(()), np.asarray(one.truth.sum())):
        yield "sum_over_wrong_axis", "is one number: all entries were added, not only the examples"
    examples = _examples(one)
    if examples is None:
        return
    each = examples.reshape(examples.shape[0], -1)
    given = one.array
    if any(one.near(given, turned) for turned in (examples, np.moveaxis(examples, 0, -1), each, each.T)):
        yield "missing_sum", "misses the sum over the examples: it has one gradient for each of them"
    elif given.size == each.shape[0] and one.near(given.reshape(-1), each.sum(axis=1)):
        yield "sum_over_wrong_axis", "is summed over the wrong axis: over its own index, not over the examples"


def _examples(one: One) -> Array | None:
    """The gradient of each example, one after the other."""
    backward, bar = one.backward, one.backward.bars.get(one.tensor)
    places = [n for n, e in enumerate(backward.equations) if e.target == bar]
    samples = [k for n in places for t in backward.equations[n].terms for k in t.summed if k.kind == "sample"]
    m = next((np.shape(backward.given[t.name])[0] for t in backward.model.of_role("data")
              if t.axes and t.axes[0].kind == "sample"), 0)
    if not samples or bar is None or one.array.size % m or one.array.size not in (m, m * one.truth.size) \
            or m > MOST_EXAMPLES:
        return None
    found = []
    for example in range(m):
        condition = sp.Eq(samples[0].symbol, samples[0].start + example, evaluate=False)
        edits = {n: (replace(backward.equations[n], terms=tuple(
            replace(t, where=(*t.where, condition)) if samples[0] in t.summed else t
            for t in backward.equations[n].terms)),) for n in places}
        found.append(np.asarray(backward.mutated(edits)[bar]))
    return np.stack(found)


def _overwritten(one: One) -> Iterator[Guess]:
    """= where += belongs."""
    written = [e for e in one.backward.equations if e.target == one.backward.bars.get(one.tensor)]
    if one.array.shape == one.truth.shape and len(written) == 1 and written[0] in one.backward.statements:  # in no loop
        if any(one.near(one.array, overwritten(one.backward, written[0], lost)) for lost in ways(written[0])):
            yield "overwritten", ("keeps only the last part where several belong to one entry: they must be added, "
                                  "with += (and with np.add.at where a subscript comes twice, as dE[words] += d loses "
                                  "repeated words)")


def _other(one: One) -> Iterator[Guess]:
    for name, array in one.others.items():
        if array.shape == one.array.shape and array.any() and one.near(one.array, array):
            yield "wrong_variable", f"is {name}"
        elif array.ndim == 2 and array.T.shape == one.array.shape and array.any() and one.near(one.array, array.T):
            yield "wrong_variable", f"is {name}, transposed"


def _decayed(one: One) -> Iterator[Guess]:
    """c*dC/dW + d*W: a weight after its step, or a regularizer that the cost does not have."""
    weight: Any = one.others.get(one.tensor)
    if weight is None or weight.shape != one.truth.shape != one.array.shape or one.array.shape != one.truth.shape:
        return
    columns = np.stack([one.truth.ravel(), weight.ravel()], axis=1)
    if one.truth.size < 3:
        return
    (c, d), *_ = np.linalg.lstsq(columns, one.array.ravel(), rcond=None)
    c, d = exact_factor(one.backward, float(c)), exact_factor(one.backward, float(d))
    if d == 0.0 or not one.near(one.array, c * one.truth + d * weight):
        return
    if abs(d - 1) <= CLOSE and c != 1:
        yield "wrong_variable", f"is {one.tensor} after a step of {abs(c):.4g} times the gradient"
    elif abs(c - 1) <= CLOSE:
        yield "regularizer", f"has {d:.6g}*{one.tensor} too much: a regularizer that the cost does not have there"


def _moved(one: One) -> Iterator[Guess]:
    """Rows or columns in another order."""
    if one.array.shape != one.truth.shape or one.truth.ndim not in (1, 2):
        return
    for axis, word in zip(range(one.truth.ndim), ("entries",) if one.truth.ndim == 1 else ("rows", "columns"),
                          strict=True):
        given, true = np.moveaxis(one.array, axis, 0), np.moveaxis(one.truth, axis, 0)
        order = [next((k for k in range(len(true)) if one.near(row, true[k])), -1) for row in given[:MOST_EXAMPLES]]
        if len(order) == len(true) and sorted(order) == list(range(len(true))) and order != sorted(order):
            how = "in reverse order" if order == sorted(order)[::-1] else f"permuted, as {order}"
            yield "index", f"has its {word} {how}"


def _signless(one: One) -> Iterator[Guess]:
    if one.array.shape == one.truth.shape and one.near(one.array, np.abs(one.truth)):
        yield "sign", "has lost its signs: it is the absolute value"
    largest = float(np.max(np.abs(one.array), initial=0.0))
    if one.array.shape == one.truth.shape and one.near(one.array, np.clip(one.truth, -largest, largest)):
        yield "factor", f"is clipped at {largest:.6g}"


def _striped(one: One) -> Iterator[Guess]:
    """A factor for each row, or for each column."""
    if one.array.shape != one.truth.shape or one.truth.ndim != 2 or min(one.truth.shape) < 2:
        return
    for axis, word in ((1, "row"), (0, "column")):
        below = np.sum(one.truth ** 2, axis=axis, keepdims=True)
        if below.all():
            factor = np.sum(one.array * one.truth, axis=axis, keepdims=True) / below
            if np.ptp(factor) > CLOSE * np.max(np.abs(factor)) and one.near(one.array, factor * one.truth):
                shown = ", ".join(f"{f:.4g}" for f in factor.ravel()[:4]) + (", ..." if factor.size > 4 else "")
                yield "factor", f"has a factor of its own for each {word}: {shown}"


LOOKS: tuple[Callable[[One], Iterator[Guess]], ...] = (
    _zero, _ratio, _transposed, _unsummed, _overwritten, _other, _decayed, _moved, _signless, _striped)
