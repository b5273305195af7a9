"""What a backward function returned, compared with the true gradients of what the forward function was given.

    dx, dw, db      of x, w, b of C = sum(dout*a); of x, w, b of C = sum(dout*a)/m for w and b, where dout is m dJ/da

In: a run, the arrays that came back. Out: the findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.arrays.check import Finding, Findings, check_arrays
from derive.check.arrays.layout import Layout
from derive.check.arrays.names import Meant
from derive.check.called import Joined, bare, without_mark
from derive.check.incoming.run import Run
from derive.check.incoming.source import Pair
from derive.check.verdict import RIGHT, WRONG
from derive.errors import DeriveError

Named = Mapping[str, tuple[Joined, Array]]
"""By the name of a gradient: what it is of, and the array."""


def named_gradients(returned: Mapping[str, Array], run: Run, found: Pair, place: str) -> Named:
    """By their names; by their places where one is an argument that has no other, as dA_prev in the place of A."""
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
    if named and len(returned) == len(arguments):
        taken = [joined for joined, _ in named.values()]
        named |= {f"d{argument}": (tensors[bare(argument)], array)
                  for argument, (name, array) in zip(arguments, returned.items(), strict=True)
                  if tensors[bare(argument)] not in taken and said.get(name, name) not in named}
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


def compared(run: Run, named: Named, error_scale: str) -> Findings:
    """Against the truth, where what comes in is an error of this scale; a word where it would be right in Ng's."""
    found = _in_scale(run, named, error_scale)
    small = any(one.mistake == "mean_for_sum" for one in found)
    if error_scale == "m" or not small or _in_scale(run, named, "m").verdict != RIGHT:
        return found
    said = ("all of it is right where what comes in is m times the gradient of the mean over m examples, as in "
            "Ng's course (--notation ng)")
    return replace(found, notes=(*found.notes, said))


def _in_scale(run: Run, named: Named, error_scale: str) -> Findings:
    """An array of another shape than what it is the gradient of is wrong as it stands."""
    misshapen, fitting, meant = list[Finding](), dict[str, Array](), dict[str, Meant]()
    for name, (joined, array) in named.items():
        due = run.given(joined).shape
        if _slim(array.shape) != _slim(due) or array.ndim != len(due) and len(_slim(due)) > 1:
            misshapen.append(Finding(name, joined.names[0], WRONG,
                                     f"your {name} has shape {array.shape}; {due} is due", "shape"))
            continue
        for tensor, part in run.back(joined, array.reshape(due)).items():
            said = name if len(joined.names) == 1 else f"{name} ({tensor})"
            scale = run.examples if error_scale == "m" and run.model.tensor(tensor).role == "parameter" else 1
            fitting[said], meant[said] = scale * part, Meant(tensor, gradient=True)
    if not fitting:
        return Findings(tuple(misshapen), run.way.lying.said(run.model))
    given = {name: np.asarray(array) for name, array in run.numbers.items()}
    meant |= {name: Meant(name) for name in given}
    found = check_arrays(run.model, {**given, **fitting}, Layout(), meant)
    return replace(found, findings=(*found.findings, *misshapen), layout=run.way.lying.said(run.model))


def _slim(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)
