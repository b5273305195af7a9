"""Which faults make the gradients that were given: the fewest that explain the most, one after the other.

In: the model's backward pass, the arrays, which of them are wrong. Out: `Explained`, each with all that inherits it.

A fault is found by its numbers: the mutated backward pass gives the wrong array to within its rounding, and leaves
the right ones right. It then stays in the backward pass while the next fault is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from derive.check.arrays.alone import One, guesses
from derive.check.arrays.backward import Array, Backward
from derive.check.arrays.constants import exact_factor, named_factor
from derive.check.arrays.fault import Fault, Kind
from derive.check.arrays.layout import layers_of
from derive.errors import DeriveError
from derive.ir import Derivation, tensor_of, walk
from derive.registry import discover

ROUNDS = 5
"""So many faults are looked for in one backward pass."""
WORK = 400_000_000
"""Numbers that all mutants together may compute; a large network gets fewer mutants."""
FEWEST = 12
UNSURE = 7
"""The rank from which on an explanation is taken only where there is no other."""
SMALL = 1e-9
"""What is this small a part of the gradient is nothing but rounding."""
MUTANTS = "derive.check.arrays.mutants"


@dataclass(frozen=True)
class Explained:
    """One fault, and the tensors whose gradients come out as they were given."""

    mistake: str
    sentence: str
    tensors: tuple[str, ...]
    alone: bool = False
    """Whether the sentence is about the gradients themselves ("is m times too large")."""
    touched: tuple[str, ...] = ()
    """All that the fault changes: more than `tensors` where another fault comes on top."""


@dataclass
class Case:
    """The arrays by tensor, in the model's layout, and when two of one tensor are the same to within rounding."""

    backward: Backward
    arrays: Mapping[str, Array]
    near: Callable[[str, Array, Array], bool]

    def wrong(self, base: Backward) -> list[str]:
        flat = flattened(base, base.truth)
        return [name for name, array in self.arrays.items() if not self.near(name, array, flat[name])]


def flattened(backward: Backward, adjoints: Mapping[str, Any]) -> dict[str, Array]:
    """Gradients by tensor; a layered tensor has one for each layer, w1, w2, ..."""
    return split(backward, {name: adjoints[bar] for name, bar in backward.bars.items() if bar in adjoints})


def split(backward: Backward, arrays: Mapping[str, Any]) -> dict[str, Array]:
    return split_of(backward.model, arrays)


def split_of(model: Derivation, arrays: Mapping[str, Any]) -> dict[str, Array]:
    """Arrays by tensor as arrays by name; that of a layered tensor is one for each layer."""
    found: dict[str, Array] = {}
    for name, value in arrays.items():
        layers = layers_of(model.tensor(name))
        if layers is not None:
            start = int(layers.start) if layers.start.is_Integer else 0
            found |= {f"{name}{n}": np.asarray(part) for n, part in enumerate(value, start)}
        else:
            found[name] = np.asarray(value)
    return found


def diagnose(case: Case) -> list[Explained]:
    """The faults, each named once."""
    base, found = case.backward, list[Explained]()
    left = case.wrong(base)
    for _ in range(ROUNDS):
        if not left:
            break
        candidates = list(_candidates(case, base, left))
        if not candidates:
            break
        _, _, explained, after = min(candidates, key=lambda c: (-len(c[2].tensors), c[0], c[1]))
        found.append(replace(explained, tensors=_from_the_output(base, explained.tensors)))
        left = [name for name in left if name not in explained.tensors]
        if after is not None:
            base = after()
    return found


def _from_the_output(base: Backward, tensors: tuple[str, ...]) -> tuple[str, ...]:
    """In the order in which the backward pass comes to them: the last layer first, weights before biases."""
    model = [t.name for t in base.model.tensors]

    def place(name: str) -> tuple[int, int]:
        letters = name.rstrip("0123456789")
        known = model.index(name) if name in model else model.index(letters)
        return -int("0" + name[len(letters):]), known

    return tuple(sorted(tensors, key=place))


Candidate = tuple[int, int, Explained, Callable[[], Backward] | None]
"""(rank of the kind, place in it, what it explains, the backward pass with it); the lowest rank is the surest."""


def _candidates(case: Case, base: Backward, left: list[str]) -> Iterator[Candidate]:
    """Up to the first that explains all: they come in the order of their ranks, so that none is better."""
    for candidate in chain(_alone(case, base, left), _faults(case, base, left)):
        yield candidate
        if candidate[0] < UNSURE and len(candidate[2].tensors) == len(left):
            return


def _alone(case: Case, base: Backward, left: list[str]) -> Iterator[Candidate]:
    flat = flattened(base, base.truth)
    values = split(base, {**base.values, **base.given})
    groups: dict[tuple[str, str], list[str]] = {}
    for name in left:
        others = {f"dC/d{n}".replace("dC/", f"d{base.model.cost}/"): a for n, a in flat.items() if n != name} | values
        def near(given: Array, other: Array, name: str = name) -> bool:
            return case.near(name, given, other)

        for guess in guesses(One(base, name, case.arrays[name], flat[name], others, near)):
            groups.setdefault(guess, []).append(name)
    for number, ((mistake, sentence), names) in enumerate(groups.items()):
        rank = 9 if mistake == "factor" and "times what" in sentence else 0
        yield rank, number, Explained(mistake, sentence, tuple(names), alone=True), None


def _faults(case: Case, base: Backward, left: list[str]) -> Iterator[Candidate]:
    """Every fault that explains more of what is left than those before it. What cannot is not evaluated: it touches
    too little, or a gradient that is right."""
    kinds: tuple[Kind, ...] = discover(MUTANTS)
    budget = max(FEWEST, WORK // base.work)
    true = flattened(base, base.truth)
    sound = {base.bars[name] for name in case.arrays if name in base.bars and name not in left and true[name].any()}
    wrong = {base.bars[name] for name in left if name in base.bars}
    number = best = 0
    for kind in sorted(kinds, key=lambda k: k.order):
        for place, fault in enumerate(kind.faults(base)):
            number += 1
            if number > budget:
                return
            whole = kind.name == "factor" and place == 0
            touched = base.touched(fault.edit(fault.probe))
            if sound & touched or wrong and len(wrong & touched) <= best and not whole:
                continue
            try:
                mutant = flattened(base, base.mutated(fault.edit(fault.probe)))
            except DeriveError:  # it reads what is not yet computed: nobody can have made this one
                continue
            for candidate in _matched(case, base, left, true, mutant, fault, (kind.order, 0 if whole else number)):
                best = max(best, len(candidate[2].tensors) if candidate[0] < UNSURE else 0)
                yield candidate


def _matched(case: Case, base: Backward, left: list[str], true: Mapping[str, Array], mutant: Mapping[str, Array],
             fault: Fault, order: tuple[int, int]) -> Iterator[Candidate]:
    """The fault, where it makes some of the wrong arrays and unmakes no right one."""
    touched = [n for n in case.arrays if not case.near(n, mutant[n], true[n])]
    if any(name not in left for name in touched):
        return
    for t in _numbers(case, base, touched, true, mutant, fault):
        share = (t - fault.identity) / (fault.probe - fault.identity)
        made = tuple(n for n in touched if case.arrays[n].shape == true[n].shape
                     and case.near(n, case.arrays[n], _between(true[n], mutant[n], share)))
        mistake, sentence = fault.says(t)
        if made and not fault.fitted and _adds_nothing(base, fault):
            return
        if made:
            unnamed = fault.fitted and "times what" in sentence
            rank = 8 if unnamed else -1 if order[1] == 0 and len(made) < len(touched) else order[0]
            yield rank, order[1], Explained(mistake, sentence, made, touched=tuple(touched)), \
                lambda t=t: base.edited(fault.edit(t))  # type: ignore[misc]
            return
    if not fault.fitted:
        yield from _times_constant(case, base, touched, mutant, fault, order)


def _between(true: Array, mutant: Array, share: float) -> Array:
    """Where there is nothing to add up nothing is rounded."""
    return mutant if share == 1.0 else true + share * (mutant - true)


def _adds_nothing(base: Backward, fault: Fault) -> bool:
    """Whether what stands instead is zero (a sum of deviations from a mean): then it is better called missing."""
    known = {**base.values, **base.given, **base.truth}
    written = [equation for several in fault.edit(fault.probe).values() for equation in several]
    looped = [bool(loops) for _, loops in walk(base.statements)]
    flat = not any(looped[place] for place in fault.edit(fault.probe)) and \
        all(tensor_of(r) in known for equation in written for r in equation.reads())
    return bool(written) and flat and \
        all(_greatest(base.alone(e, known)) <= SMALL * _greatest(known[e.target]) for e in written)


def _greatest(value: Any) -> float:
    return max((float(np.max(np.abs(part), initial=0.0)) for part in (value if isinstance(value, list) else [value])),
               default=0.0)


def _numbers(case: Case, base: Backward, touched: list[str], true: Mapping[str, Array], mutant: Mapping[str, Array],
             fault: Fault) -> list[float]:
    """The values of the fault's number that the single arrays speak for."""
    if not fault.fitted:
        return [fault.probe]
    found: dict[float, None] = {}
    for name in touched:
        step, given = mutant[name] - true[name], case.arrays[name]
        if given.shape == step.shape and step.any():
            share = float(np.sum((given - true[name]) * step) / np.sum(step ** 2))
            found[exact_factor(base, fault.identity + share * (fault.probe - fault.identity))] = None
    return [t for t in found if np.isfinite(t)]


def _times_constant(case: Case, base: Backward, touched: list[str], mutant: Mapping[str, Array], fault: Fault,
                    order: tuple[int, int]) -> Iterator[Candidate]:
    """The fault together with a named factor."""
    factors: dict[float, list[str]] = {}
    for name in touched:
        given, made = case.arrays[name], mutant[name]
        if given.shape == made.shape and made.any():
            t = exact_factor(base, float(np.sum(given * made) / np.sum(made ** 2)))
            if t not in (0.0, 1.0) and case.near(name, given, t * made):
                factors.setdefault(t, []).append(name)
    for t, names in factors.items():
        kind, words = named_factor(base, t)
        if "times what" not in words:
            mistake, sentence = fault.says(fault.probe)
            yield 7, order[1], Explained(f"{mistake}+{kind}", f"{sentence}; besides, it is {words}", tuple(names)), None
