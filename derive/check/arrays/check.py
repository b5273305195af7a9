"""Gradients that someone computed, compared with the true ones, and told what is wrong with them.

In: the equations of a minibatch, and named arrays: parameters, data, gradients. Out: one `Finding` a gradient.

    |given - true|  <=  what the rounding of these numbers can change        (derive.check.arrays.precision)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from derive.check.arrays import precision
from derive.check.arrays.backward import Array, Backward
from derive.check.arrays.diagnose import Case, Explained, diagnose, flattened, split
from derive.check.arrays.layout import Layout, layers_of, layouts, one_hot
from derive.check.arrays.names import Meant, read_names
from derive.check.arrays.told import explained, unexplained
from derive.check.verdict import RIGHT, UNDECIDED, WRONG, Verdict
from derive.errors import DeriveError
from derive.ir import Derivation, Tensor

MOST_NUMBERS = 50_000_000
UNEXPLAINED = (None, "shape", "not_finite")
DEEPEST = 64
"""Layers that are looked for where the model leaves their number open."""


@dataclass(frozen=True)
class Finding:
    """What became of one array. `error` and `tolerance` are relative to the largest entry of the true one."""

    name: str
    tensor: str
    verdict: str
    explanation: str
    mistake: str | None = None
    error: float = 0.0
    tolerance: float = 0.0
    wrong: int = 0
    size: int = 0
    first: tuple[int, ...] = ()
    worst: tuple[int, ...] = ()
    same_fault: tuple[str, ...] = ()
    """The other arrays that inherit the same fault; it is told in full with the first of them."""

    def verdict_record(self) -> Verdict:
        """The finding as the verdict that a report shows."""
        proof = f"worst relative error {self.error:.1e}, allowed {self.tolerance:.1e}"
        if self.verdict == WRONG and self.wrong:
            proof = f"{self.wrong:,} of {self.size:,} entries differ, the worst at {list(self.worst)}; {proof}"
        return Verdict(self.name, self.verdict, proof=proof, mistake=self.mistake, explanation=self.explanation)


@dataclass(frozen=True)
class Findings:
    """One finding an array; how the arrays were understood, and which were not."""

    findings: tuple[Finding, ...]
    layout: str
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def understood(self) -> int:
        """How well the arrays fit: what chooses between layouts. A wrong shape explains nothing."""
        return sum(3 if f.verdict == RIGHT else 1 if f.mistake not in UNEXPLAINED else 0 for f in self)

    @property
    def verdict(self) -> str:
        """The worst of all verdicts."""
        return next((v for v in (WRONG, UNDECIDED) if any(f.verdict == v for f in self)), RIGHT)


@dataclass
class Sorted:
    """The arrays by what they mean."""

    given: dict[str, str] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def check_arrays(model: Derivation, arrays: Mapping[str, Any], layout: Layout | None = None,
                 meant: Mapping[str, Meant] | None = None) -> Findings:
    """The gradients among `arrays` against those of `model`, the equations of a minibatch (`Model.many`), at the
    parameters and data among them. Names and layouts are understood as people write them: `findings.layout` and
    `findings.notes` say how; with `meant` it is known. Raises DeriveError where there is nothing to compare."""
    arrays = _numbers(arrays)
    sorted_names = _sort(model, arrays, meant)
    best: Findings | None = None
    refused: DeriveError | None = None
    for choice in [layout] if layout else layouts(*_laid(model, sorted_names, arrays)):
        try:
            with np.errstate(all="ignore"):
                found = _at(model, arrays, sorted_names, choice)
        except DeriveError as error:
            refused = refused or error
            continue
        if best is None or found.understood > best.understood:
            best = found
        if found.verdict == RIGHT:
            break
    if best is None:
        raise refused or DeriveError("no layout of the arrays fits the model")
    return best


def _numbers(arrays: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays as numbers, bounded."""
    found = {name: np.asarray(array) for name, array in arrays.items()}
    if not found:
        raise DeriveError("there is no array", do="Save parameters, data and gradients: np.savez('grads.npz', W1=W1, "
                                                  "b1=b1, x=x, y=y, dW1=dW1, db1=db1).")
    for name, array in found.items():
        if array.dtype.kind not in "fiub":
            raise DeriveError(f"'{name}' holds {array.dtype}, not numbers", do="Save float64 arrays.")
    if sum(a.size for a in found.values()) > MOST_NUMBERS:
        raise DeriveError(f"the arrays hold more than {MOST_NUMBERS:,} numbers", do="Check with a smaller batch.")
    return found


def _flat_names(model: Derivation) -> dict[str, Tensor]:
    """Every tensor by the name of its arrays: w, or w1, w2, ... where a tensor is that of all layers."""
    found: dict[str, Tensor] = {}
    for tensor in model.tensors:
        if layers_of(tensor) is not None:
            found |= {f"{tensor.name}{n}": tensor for n in range(DEEPEST + 1)}
        else:
            found[tensor.name] = tensor
    return found


def _sort(model: Derivation, arrays: Mapping[str, Array], meant: Mapping[str, Meant] | None) -> Sorted:
    tensors = _flat_names(model)
    known, unread = read_names(arrays, list(tensors)) if meant is None else (meant, [])
    result = Sorted(notes=unread)
    for name, one in known.items():
        _place(result, tensors[one.tensor], name, one)
    if not result.gradients:
        raise DeriveError("there is no gradient among the arrays: " + ", ".join(sorted(arrays)[:12]),
                          do="Name it after its parameter: dW1, grad_W1, W1_grad or 0.weight.grad.")
    return result


def _place(result: Sorted, tensor: Tensor, name: str, meant: Meant) -> None:
    if meant.gradient:
        result.gradients[meant.tensor] = name
    elif tensor.role in ("data", "parameter", "constant"):
        result.given[meant.tensor] = name
    else:
        result.values[meant.tensor] = name


def _laid(model: Derivation, names: Sorted, arrays: Mapping[str, Array]) -> tuple[dict[str, Tensor], dict[str, Array]]:
    tensors = _flat_names(model)
    return tensors, {tensor: arrays[name] for tensor, name in names.given.items()}


def _at(model: Derivation, arrays: Mapping[str, Array], names: Sorted, layout: Layout) -> Findings:
    """The findings where the arrays lie so."""
    tensors, notes = _flat_names(model), list(names.notes)
    given, labels = dict[str, Any](), list[str]()
    for tensor, name in names.given.items():
        hot = one_hot(tensors[tensor], arrays[name]) if tensors[tensor].role == "data" else None
        array = layout.arranged(tensors[tensor], arrays[name]) if hot is None else hot
        given[tensor] = array.astype(np.float64)
        labels += [f"'{name}' was read as labels: a 1 at each, else 0"] if hot is not None else []
    _missing(model, given, tensors)
    wrt = list(dict.fromkeys([t.name for t in model.of_role("parameter")] + [tensors[t].name for t in names.gradients]))
    backward = Backward(model, _gathered(given, tensors), wrt)
    return _compared(backward, arrays, names, layout, notes + labels)


def _missing(model: Derivation, given: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    has = {tensors[name].name for name in given}
    lacking = [t.name for t in model.of_role("data", "parameter", "constant") if t.name not in has and t.value is None]
    if lacking:
        raise DeriveError(f"no array for {', '.join(lacking)}",
                          do="Save the parameters and the data with the gradients that they gave.")


def _gathered(given: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Layers as one list."""
    found: dict[str, Any] = {}
    for name, tensor in tensors.items():
        if name in given:
            if tensor.name == name:
                found[name] = given[name]
            else:
                found.setdefault(tensor.name, []).append(given[name])
    return found


def _compared(backward: Backward, arrays: Mapping[str, Array], names: Sorted, layout: Layout,
              notes: list[str]) -> Findings:
    tensors, true = _flat_names(backward.model), flattened(backward, backward.truth)
    given = {t: layout.arranged(tensors[t], arrays[name]).astype(np.float64) for t, name in names.gradients.items()
             if t in true}
    eps, kind = precision.epsilon({n: arrays[n] for n in [*names.gradients.values(), *names.given.values()]})
    rooms = flattened(backward, precision.allowances(backward))
    allowed = {t: eps * precision.greatest(rooms[t]) for t in given}

    def near(tensor: str, one: Array, other: Array) -> bool:
        if one.shape != other.shape:
            return False
        largest, usual = precision.greatest(other), precision.greatest(true[tensor])
        room = allowed[tensor] * max(1.0, largest / usual if usual else 1.0)
        return bool(np.all(np.abs(one - other) <= room))

    off = {t: a for t, a in given.items() if a.shape == true[t].shape and not near(t, a, true[t])}
    loose = flattened(backward, precision.beside_kinks(backward, eps)) if off else {}
    kinks = {t for t, a in off.items() if np.all(np.abs(a - true[t]) <= precision.greatest(loose[t]))}
    finite = {t: a for t, a in given.items() if t not in kinks and np.isfinite(a).all() and np.isfinite(true[t]).all()}
    faults = diagnose(Case(backward, finite, near))
    found = [_at_kink(names.gradients[t], t, kind) if t in kinks
             else _finding(backward, t, names.gradients, given, true[t], allowed[t], faults, near) for t in given]
    notes += [f"the coarsest numbers are {kind}: what its rounding can change is allowed (see tolerance)"]
    return Findings(tuple(found), str(layout), tuple(notes + _cost_note(backward, arrays, names)))


def _at_kink(name: str, tensor: str, kind: str) -> Finding:
    return Finding(name, tensor, UNDECIDED, f"{name} is as near as {kind} numbers tell: a value lies so close to a "
                                            "kink that its rounding decides the slope. Save float64, or other data")


def _cost_note(backward: Backward, arrays: Mapping[str, Array], names: Sorted) -> list[str]:
    """A word where a value that was saved with the gradients is another than the model's."""
    values, notes = split(backward, backward.values), []
    for tensor, name in names.values.items():
        mine, yours = values.get(tensor), arrays[name].astype(np.float64)
        if mine is not None and mine.size == 1 == yours.size and not np.isclose(yours.ravel()[0], mine.ravel()[0]):
            ratio = f", {yours.ravel()[0] / mine.ravel()[0]:.6g} times" if mine.ravel()[0] else ""
            notes.append(f"your {name} is {yours.ravel()[0]:.6g}{ratio} the model's {tensor} = {mine.ravel()[0]:.6g}: "
                         "is it the same cost?")
    return notes


def _finding(backward: Backward, tensor: str, names: Mapping[str, str], given: Mapping[str, Array], true: Array,
             allowed: float, faults: list[Explained], near: Any) -> Finding:
    name, array = names[tensor], given[tensor]
    largest = precision.greatest(true)
    base = Finding(name, tensor, RIGHT, "", size=true.size, tolerance=allowed / largest if largest else allowed)
    if not np.isfinite(true).all():
        return replace(base, verdict=UNDECIDED, explanation=f"the true {name} is not finite at these numbers")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        return replace(base, verdict=WRONG, mistake="not_finite", first=place, worst=place,
                       wrong=int((~np.isfinite(array)).sum()),
                       explanation=f"your {name} is {array[place]} at {list(place)}")
    fault = next((f for f in faults if tensor in f.tensors), None)
    earlier = [f for f in faults if tensor in f.touched and f is not fault] if fault else []
    if array.shape == true.shape:
        base = _with_entries(base, np.abs(array - true), allowed, largest)
    if near(tensor, array, true):
        return replace(base, explanation=f"{name} is right: worst relative error {base.error:.1e}", wrong=0)
    told = explained(fault, name, names, backward.model) if fault else \
        unexplained(name, array, true, base.error, base.wrong, base.worst)
    for other in earlier:
        kinds = dict.fromkeys([*str(told["mistake"]).split("+"), other.mistake])
        told |= {"mistake": "+".join(kinds),
                 "explanation": f"{told['explanation']}; besides, {other.sentence}"}
    return replace(base, verdict=WRONG, **told)


def _with_entries(base: Finding, error: Array, allowed: float, largest: float) -> Finding:
    places = np.argwhere(error > allowed)
    worst = np.unravel_index(int(np.argmax(error)), error.shape) if error.size else ()
    return replace(base, wrong=len(places), first=tuple(map(int, places[0])) if len(places) else (),
                   worst=tuple(int(i) for i in worst),
                   error=float(np.max(error, initial=0.0)) / (largest or 1.0))
