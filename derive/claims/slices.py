r"""One index on an array of two axes: what it picks, as a column.

    \sum_s \frac{\partial C}{\partial a_s}  where a_{ks}       \sum_s \frac{\partial C}{\partial a_{:,s}}
    \gamma \odot y_n  where y_{nk}                             \gamma \odot (y_{n,:})^T

In: the terms of a claim, which arrays have two axes, at which of them an index stands in the given lines. Out: the
terms with both axes written; for an index of which no line tells, once for each axis.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from derive.claims import terms as T
from derive.written.tree import field_names

Axes = Mapping[tuple[str, str], int]
"""(array, index): at which axis of the array the index stands."""


def sliced(terms: tuple[T.Term, ...], planes: Collection[str], axes: Axes) -> Iterator[tuple[T.Term, ...]]:
    """The terms with all such places written out; nothing where there is none."""
    found = [terms]
    for default in (0, 1):
        axis = partial(_axis, planes, axes, default)
        if (one := tuple(_sliced(term, axis) for term in terms)) not in found:
            found.append(one)
            yield one


def _axis(planes: Collection[str], axes: Axes, default: int, ref: T.Ref) -> int | None:
    if ref.variable.name not in planes or len(ref.entries) != 1:
        return None
    (entry,) = ref.entries
    return axes.get((ref.variable.name, entry.name), default) if isinstance(entry, T.Letter) else default


def _sliced(term: T.Term, axis: Callable[[T.Ref], int | None]) -> T.Term:
    if isinstance(term, T.Primed):
        return term
    if isinstance(term, T.Ref):
        at = axis(term)
        return term if at is None else _turned(_both(term, at), at)
    if isinstance(term, T.Differential):
        at, of = axis(term.by[-1]), _sliced(term.of, axis)
        by = term.by if at is None else (*term.by[:-1], _both(term.by[-1], at))
        return _turned(replace(term, of=of, by=by), at)
    found = {name: _each(getattr(term, name), axis) for name in field_names(type(term))}
    return replace(term, **found)


def _each(value: Any, axis: Callable[[T.Ref], int | None]) -> Any:
    if isinstance(value, T.Term):
        return _sliced(value, axis)
    return tuple(_each(one, axis) for one in value) if type(value) is tuple else value


def _both(ref: T.Ref, axis: int) -> T.Ref:
    """The index at its axis, the other axis whole."""
    (entry,) = ref.entries
    return replace(ref, entries=(entry, None) if axis == 0 else (None, entry))


def _turned(term: T.Term, axis: int | None) -> T.Term:
    """What lies as a row of the array becomes a column."""
    return T.Transposed(term.span, term) if axis == 0 else term
