"""What a function returned, and which gradient each array is: by the names, by the places where there are none.

    dW1, d1, dW2, d2      are      dw1, db1, dw2, db2

In: arrays by the names under which they came back, the parameters. Out: the gradients by name; what is understood in no
way is a `Nameless`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.arrays.names import Spellings
from derive.check.called import without_mark
from derive.errors import DeriveError


class Nameless(DeriveError):
    """What is returned has neither names nor places that fit."""


def in_matrices(returned: Mapping[str, Array], shapes: Collection[tuple[int, ...]]) -> dict[str, Array]:
    """Lists of rows, as code without NumPy writes the gradient of a matrix: one array, if a parameter is such a one."""
    found: dict[str, Array] = {}
    for name, keys in groupby(returned, lambda key: re.sub(r"\.\d+$", "", key)):
        rows = {key: returned[key] for key in keys}
        lengths = {array.shape for array in rows.values()}
        whole = (len(rows), *min(lengths))
        alike = len(lengths) == 1 and len(whole) == 2 and {whole, whole[::-1]} & {*shapes}
        found |= {name: np.stack([*rows.values()])} if alike else rows
    return found


def understood(returned: Mapping[str, Array], tensors: Sequence[str], parameters: Sequence[str],
               inputs: Mapping[str, Array], place: str, known: Mapping[str, str]) -> dict[str, Array]:
    """The gradients by the names that were returned; by their places where there are no names."""
    spellings = Spellings(tensors, list(returned))
    found, numbers = dict[str, Array](), dict[str, Array]()
    judged: set[str] = set()
    for name, array in returned.items():
        last = name.rpartition(".")[2]
        if (tensor := next((known[one] for one in (last, *without_mark(last)) if one in known), "")) in parameters:
            found[f"d{tensor}"] = array
            judged.add(tensor)
            continue
        meant = spellings.meant(name) or Spellings(tensors, list(returned)).meant(last)
        judged |= {meant.tensor} if meant else set()
        if meant and meant.gradient:
            found[name] = array
        elif meant and meant.tensor in parameters:
            found[f"d{meant.tensor}"] = array
        elif meant and array.size == 1:
            numbers[name] = array
    if not found:
        return by_place(returned, parameters, inputs, place) | numbers
    found |= numbers
    left = [returned[name] for name in left_over(returned, found)]
    return found | (_in_order(left, [name for name in parameters if name not in judged], inputs) or {})


def left_over(returned: Mapping[str, Array], gradients: Mapping[str, Array]) -> list[str]:
    """The names of the arrays that are none of the gradients."""
    return [name for name, array in returned.items() if not any(array is one for one in gradients.values())]


def _in_order(arrays: Sequence[Array], parameters: Sequence[str],
              inputs: Mapping[str, Array]) -> dict[str, Array] | None:
    """The gradients of these parameters, if each array has as many numbers as its parameter."""
    if [array.size for array in arrays] != [inputs[name].size for name in parameters]:
        return None
    return {f"d{name}": array for name, array in zip(parameters, arrays, strict=True)}


def by_place(returned: Mapping[str, Array], parameters: Sequence[str], inputs: Mapping[str, Array],
             place: str) -> dict[str, Array]:
    """Arrays without names, in an order in which each has as many numbers as its parameter."""
    arrays = list(returned.values())
    if len(arrays) == len(parameters) + 1 and arrays[0].size == 1:
        arrays = arrays[1:]
    for order in _orders(parameters):
        if (placed := _in_order(arrays, order, inputs)) is not None:
            return placed
    if len(arrays) == len(parameters):
        return {f"d{parameter}": array for parameter, array in zip(parameters, arrays, strict=True)}
    shapes = ", ".join(f"{name}: {array.shape}" for name, array in list(returned.items())[:12]) or "nothing"
    raise Nameless(f"what the function returns is not understood: {shapes}", where=place,
                   do=f"Return one gradient for each of {', '.join(parameters)}, in this order or as a dict.")


def _orders(parameters: Sequence[str]) -> Iterator[list[str]]:
    """Layer by layer, all weights and then all biases, the other way round, and each from the last layer on."""
    letters = list(dict.fromkeys(name[:1] for name in parameters))
    grouped = [[p for p in parameters if p[:1] == letter] for letter in letters]
    for order in (list(parameters), sum(grouped, []), sum(reversed(grouped), [])):
        yield order
        yield order[::-1]
    yield sum((group[::-1] for group in grouped), [])
