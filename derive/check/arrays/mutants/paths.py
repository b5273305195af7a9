"""One of several ways back alone: the others of a value were taken for constants, or their parts not added.

    dx = d/r     for     d/r + the ways through the mean and through r
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.check.arrays.backward import Backward, Edits
from derive.check.arrays.fault import Fault, Kind, several, shown
from derive.ir import tensor_of

FEWEST = 3
"""Where there are two, one of them is missing, which is said by itself."""


def faults(backward: Backward) -> Iterator[Fault]:
    from_above: dict[str, list[int]] = {}
    into: dict[str, list[int]] = {}
    parameters = {backward.bars.get(t.name) for t in backward.model.of_role("parameter")}
    for place, equation in enumerate(backward.equations):
        if equation.via is not None:
            into.setdefault(equation.target, []).append(place)
            if equation.target not in parameters and tensor_of(equation.via[0]) != backward.model.cost:
                from_above.setdefault(tensor_of(equation.via[0]), []).append(place)
    for places in (*from_above.values(), *into.values()):
        for kept in places if len(places) >= FEWEST else ():
            yield _alone(backward, kept, [place for place in places if place != kept])


def _alone(backward: Backward, kept: int, others: Sequence[int]) -> Fault:
    edits: Edits = {place: () for place in others}
    said = (f"of several parts only {_part(backward, kept)} counts; "
            f"{', '.join(_part(backward, place) for place in others)} must be added")
    return several(edits, "missing_path", said)


def _part(backward: Backward, place: int) -> str:
    equation = backward.equations[place]
    assert equation.via is not None
    return f"that of {shown(backward, equation.target)} from {shown(backward, tensor_of(equation.via[0]))}"


ENTRY = Kind("paths", 3, faults)
