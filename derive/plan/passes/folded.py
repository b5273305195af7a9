"""Fixed data that enter only through sums over the examples: as many rows as columns say the same as all examples.

    r = V @ w - y;  C = r . r;  dC/dw = V.T @ r

holds for any orthogonal change of rows, Q.T V and Q.T y in place of V and y; with [V y] = Q R they are columns of R.
Unlike the normal equations (V.T V) w = V.T y this squares nothing, so that a small C keeps its digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import prod

from derive.plan.passes.hoisted import hoisted
from derive.plan.passes.shared import reading
from derive.plan.record import ONES, ROWS, Apply, Contract, Plain, Plan, Ref, Size, Statement, Value

Axis = tuple[str, int]
"""A value and which of its axes."""


MULTIPLES = (("np.positive", [True]), ("np.divide", [True, False]))
"""Functions of one argument along the axis, in which they are linear."""


class _NotLinear(Exception):
    """Along this axis something else than sums and multiples is computed."""


def folded(plan: Plan) -> Plan:
    """The plan on fewer rows, where one axis of the fixed data allows it."""
    if not plan.fixed or plan.parts or plan.arenas or plan.views or plan.seen or ONES in plan.values:
        return plan
    known = hoisted(plan)
    for axes in _classes(known):
        try:
            return _Fold(known, axes).plan()
        except _NotLinear:
            pass
    return plan


def _axes(s: Statement) -> Iterator[tuple[str, Axis]]:
    for ref in (s.out, *s.of):
        for n, letter in enumerate(ref.axes):
            yield letter, (ref.name, n)


def _classes(plan: Plan) -> list[frozenset[Axis]]:
    """Axes that run over the same thing, since one statement names them by one letter."""
    parent: dict[Axis, Axis] = {}

    def root(axis: Axis) -> Axis:
        while (above := parent.setdefault(axis, axis)) != axis:
            parent[axis] = axis = parent.setdefault(above, above)
        return axis

    for s in plan.statements:
        first: dict[str, Axis] = {}
        for letter, axis in _axes(s):
            parent[root(axis)] = root(first.setdefault(letter, axis))
    found: dict[Axis, set[Axis]] = {}
    for axis in list(parent):
        found.setdefault(root(axis), set()).add(axis)
    return [frozenset(axes) for axes in found.values()]


@dataclass
class _Fold:
    """The change of one axis."""

    old: Plan
    axes: frozenset[Axis]
    made: dict[str, Value] = field(default_factory=dict)
    """Values that the old plan did without."""

    def plan(self) -> Plan:
        names = [name for name, _ in self.axes]
        places = {name: n for name, n in self.axes}
        written = {s.out.name for s in self.old.statements}
        leaves = [v for name, v in self.old.values.items() if name in places and name not in written]
        if len(names) != len(places) or not leaves or any(v.role != "fixed" or places[v.name] for v in leaves) \
                or any(self.old.values[name].role not in ("fixed", "value") for name in names):
            raise _NotLinear
        (size,) = {self.old.values[name].sizes[n] for name, n in places.items()}
        statements = [new for s in self.old.statements for new in self.linear(s, size)]
        leaves += [self.made[ONES]] if ONES in self.made else []
        rows = self.rows(size, sum(prod(int(n) for n in v.sizes[1:]) for v in leaves), places)
        names_of = {v.name: f"{v.name}_folded" for v in leaves}
        values = self.old.values | self.made
        for name, n in [*places.items(), *((name, 0) for name in self.made)]:
            sizes = values[name].sizes
            new = names_of.get(name, name)
            family = values[name].family if new == name else None
            values[new] = replace(values[name], name=new, family=family, sizes=(*sizes[:n], rows, *sizes[n + 1:]))
        return self.old.changed(statements=tuple(reading(s, names_of) for s in statements), values=values,
                                folded=names_of)

    def rows(self, size: Size, columns: int, places: dict[str, int]) -> Size:
        """How many rows are left; `rows` is a name of the module, which cannot mean two things."""
        elsewhere = [name for s in self.old.statements for name in (s.out.name, *(r.name for r in s.of))
                     if name not in places]
        if size == ROWS:
            if any(ROWS in self.old.values[name].sizes for name in elsewhere):
                raise _NotLinear
            return ROWS
        if int(size) < 2 * columns:
            raise _NotLinear
        return columns

    def linear(self, s: Statement, size: Size) -> Iterator[Statement]:
        """The statement, if it is linear along the axis; a sum over it is a product with ones."""
        letters = {letter for letter, axis in _axes(s) if axis in self.axes}
        if isinstance(s, Plain) and {r.name for r in (s.out, *s.of)} & {name for name, _ in self.axes} \
                or len(letters) > 1:
            raise _NotLinear
        if not letters:
            yield s
            return
        (letter,) = letters
        within = [letter in ref.axes for ref in s.of]
        if isinstance(s, Apply):
            yield from self.applied(s, letter, within, size)
        elif isinstance(s, Contract) and (within.count(True) == 1) == (letter in s.out.axes):
            yield s
        elif isinstance(s, Contract) and len(s.of) == 1 and {letter, *s.out.axes} == {*s.of[0].axes}:
            yield replace(s, of=(self.ones(letter, size), s.of[0]))
        else:
            raise _NotLinear

    def applied(self, s: Apply, letter: str, within: list[bool], size: Size) -> Iterator[Statement]:
        if s.function in ("np.add", "np.subtract"):
            refs = list[Ref]()
            for ref, has in zip(s.of, within, strict=True):
                if not has:
                    new = self.every(ref, letter, size)
                    yield new
                    ref = new.out
                refs.append(ref)
            yield replace(s, of=tuple(refs))
        elif s.function == "np.multiply" and within.count(True) == 1 or (s.function, within) in MULTIPLES:
            yield s
        else:
            raise _NotLinear

    def ones(self, letter: str, size: Size) -> Ref:
        self.made[ONES] = Value(ONES, (size,), "fixed")
        return Ref(ONES, (letter,))

    def every(self, ref: Ref, letter: str, size: Size) -> Apply | Contract:
        """The same for every example: an outer product with ones."""
        if len(ref.axes) > 1:
            raise _NotLinear
        out = Ref(f"every_{len(self.made)}", (letter, *ref.axes))
        self.made[out.name] = Value(out.name, (size, *self.old.value(ref).sizes), nameless=True)
        pair = self.ones(letter, size), ref
        return Contract(out, pair) if ref.axes else Apply(out, "np.multiply", pair)
