"""Equations over time as statements: arrays have time in front, and a loop holds whole statements.

    for t: h[s,t,j] = tanh(x[s,t,j] + sum(w[j,q]*h[s,t-1,q], q))        becomes

    within a loop over t:   p = h_before @ w.T;   v = x + p;   h = tanh(v)          each of them over t, s, j

where `h_before` is a part of the same array, one entry earlier. What a condition says of t (t = T, t <= T - 1) cuts a
loop into loops, each of which has no condition. In: equations, and loops over time. Out: statements `within` loops,
which are right for all times at once wherever nothing waits for a round before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import sympy as sp

from derive.codegen.ranged import settled_within
from derive.codegen.repeats import Numbered
from derive.codegen.statements import covers
from derive.ir import Equation, Index, Loop, Tensor, equations_of, index_symbol, indices_of, reads_of, tensor_of
from derive.plan.elementwise import Elementwise
from derive.plan.lifted import Lifted
from derive.plan.lower import Lowering
from derive.plan.note import Note
from derive.plan.parts import Parts
from derive.plan.plainly import plain_equation
from derive.plan.record import Along, Apply, Part, Plain, Plan, Ref, Role, Size, Statement, Steps, Value, View
from derive.plan.spans import NotInSteps, at_only_time, spans
from derive.plan.views import Unlowered, Views

Item = TypeVar("Item")


@dataclass
class TimedLowering(Lowering):
    """Tensors with an axis of time have it first; each entry is written once."""

    outputs: frozenset[str] = frozenset()
    """Tensors that get an array of their own, whatever they are copied from."""
    parts: dict[str, Part] = field(default_factory=dict)
    natural: dict[str, str] = field(default_factory=dict)
    """Arrays, and what sees them with their time where the equations have it."""
    lifted: dict[str, str] = field(default_factory=dict)
    """Arrays that hold for all times what a loop reads, and what it is read of."""
    loops: int = 0

    def __post_init__(self) -> None:
        self.tensors, self.names = dict(self.tensors), dict(self.names)

    # -- tensors -----------------------------------------------------------------------------------

    def place(self, tensor: Tensor) -> int | None:
        """Which axis is its time, if it has one; what has two of them is no array of what there is at each time."""
        places = [n for n, axis in enumerate(tensor.axes) if axis.kind == "time"]
        return places[0] if len(places) == 1 else None

    def given(self, tensor: Tensor, role: Role) -> None:
        """What has a time is copied: its time first."""
        super().given(tensor, role)
        if (place := self.place(tensor)) is not None:
            value = self.values[self.names[tensor.name]]
            letters = tuple(str(a.symbol) for a in tensor.axes)
            name = self.stored(tensor)
            self.values[name] = Value(name, tuple(_first(value.sizes, place)))
            self.statements.append(Apply(Ref(name, tuple(_first(letters, place))), "np.positive",
                                         (Ref(value.name, letters),)))

    def stored(self, tensor: Tensor) -> str:
        """The value that holds a tensor."""
        return self.key(tensor.name) + "_by_time" * (tensor.role in ("data", "parameter"))

    def array(self, name: str, full: bool = False) -> None:
        tensor = self.tensors[name]
        if self.place(tensor) is None:
            super().array(name, full)
        elif name not in self.looped:
            self.room(tensor)
            letters = self.lying(name, tuple(f"{name}.{n}" for n in range(len(tensor.axes))))
            self.statements += [] if full else [Apply(Ref(self.key(name), letters), "np.positive", (self.zero(),))]

    def part(self, name: str, first: int, size: int | None, time: int) -> str:
        """These entries of a value, `first` being at `time`."""
        if len(self.values[self.parts[name].of if name in self.parts else name].sizes) == 1:
            raise NotInSteps(f"{name} has one number at each time: no array to write into")
        return Parts(self.values, self.parts).part(name, first, size, time)

    # -- reads and writes --------------------------------------------------------------------------

    def is_timed(self, tensor: str) -> bool:
        return self.place(self.tensors[tensor]) is not None

    def at_time(self, tensor: Tensor, at: tuple[sp.Expr, ...], work: Elementwise) -> Ref | None:
        place = self.place(tensor)
        if place is None:
            return None
        if not self._is_whole(tensor, at, work.sizes):
            return work.views.seen(tensor.at(*at), work)
        letters = [str(e) for n, e in enumerate(at) if n != place]
        name, time = self.entries(tensor, place, at[place], work)
        found = (*time, *letters)
        if len(set(found)) < len(found):
            raise Unlowered("a diagonal")
        return Ref(name, found)

    def _is_whole(self, tensor: Tensor, at: tuple[sp.Expr, ...], sizes: Mapping[str, Size]) -> bool:
        """Whether each axis but that of time has an index of its own that runs through it."""
        return all(axis.kind == "time" or e.is_Symbol and sizes.get(str(e)) == self.size(axis.size)
                   for axis, e in zip(tensor.axes, at, strict=True))

    def lying(self, tensor: str, of_axes: tuple[Item, ...]) -> tuple[Item, ...]:
        place = self.place(self.tensors[tensor])
        given = self.tensors[tensor].role in ("data", "parameter")
        return of_axes if place is None or given else tuple(_first(of_axes, place))

    def entries(self, tensor: Tensor, place: int, at: sp.Expr, work: Elementwise) -> tuple[str, tuple[str, ...]]:
        """The part of a tensor at one time, or at all times of an index; and the letter of that."""
        axis, name = tensor.axes[place], self.stored(tensor)
        if name not in self.values or self.values[name].role == "bound":
            raise Unlowered("a name of plain text")
        if at.is_Integer:
            return self.part(name, int(at - axis.start), None, int(at)), ()
        letter = next((str(s) for s in at.free_symbols if str(s) in work.sizes), "")
        first = at - index_symbol(letter) + self.starts.get(letter, 0) if letter else at
        size = work.sizes.get(letter)
        if not first.is_Integer or not isinstance(size, int):
            raise Unlowered(f"the time {at}")
        return self.part(name, int(first - axis.start), size, int(first)), (letter,)

    def free(self, equation: Equation) -> tuple[Index, ...]:
        place, free = self.place(self.tensors[equation.target]), {i.symbol: i for i in equation.free}
        if place is None:
            return super().free(equation)
        at = [e for n, e in enumerate(equation.at) if n != place or not e.is_Integer]
        if any(e not in free for e in at) or len(at) != len(free):
            raise Unlowered("a part of a tensor")
        return tuple(sorted((free[e] for e in at), key=lambda i: i.kind != "time"))

    def is_at_times(self, equation: Equation) -> bool:
        sizes = {i.name: self.size(i.size) for i in equation.free}
        return self.is_timed(equation.target) and self._is_whole(self.tensors[equation.target], equation.at, sizes)

    def made(self, equation: Equation, axes: tuple[str, ...], work: Elementwise) -> str:
        tensor = self.tensors[equation.target]
        place = self.place(tensor)
        if place is None or self.names[tensor.name].startswith("grads["):
            if place is not None:
                raise NotInSteps(f"the gradient {tensor.name} has a time")
            return super().made(equation, axes, work)
        self.room(tensor)
        return self.entries(tensor, place, equation.at[place], work)[0]

    def room(self, tensor: Tensor) -> None:
        """An array for a tensor with a time."""
        sizes, name = tuple(self.size(a.size) for a in tensor.axes), self.key(tensor.name)
        self.values.setdefault(name, Value(name, self.lying(tensor.name, sizes), family=self.family(tensor.name)))

    # -- equations ---------------------------------------------------------------------------------

    def _stated(self, equation: Equation) -> None:
        if not self._same_array(equation):
            super()._stated(equation)

    def _same_array(self, equation: Equation) -> bool:
        """Whether all that it says is that its left side lies in an array with a time: a[j] = h[T,j]."""
        (term, *others), tensor = equation.terms, self.tensors[equation.target]
        if others or term.summed or term.where or term.body not in reads_of(term.body) or equation.op != "=" \
                or self.place(self.tensors[tensor_of(term.body)]) is None or equation.target in self.outputs \
                or equation.target == self.cost or tensor.role != "value" \
                or equation.at != tuple(a.symbol for a in tensor.axes) or not covers(equation, tensor):
            return False
        free = self.free(equation)
        axes = tuple(str(i.symbol) for i in free)
        self.starts = {str(i.symbol): i.start for i in free}
        work = Elementwise(self, {str(i.symbol): self.size(i.size) for i in free}, Views.of(self, equation),
                           self.key(equation.target))
        ref = work.read(term.body)
        if ref.axes != axes:
            return False
        name, value = self.key(equation.target), self.values[ref.name]
        found = self.parts.get(ref.name) or Part(ref.name, 0, int(value.sizes[0]), int(self.starts[axes[0]]))
        self.parts[name] = found
        self.values[name] = Value(name, value.sizes, family=self.family(equation.target))
        return True

    def _plain(self, equation: Equation) -> None:
        if self.is_timed(equation.target):
            self.room(self.tensors[equation.target])
        names = dict.fromkeys((equation.target, *(tensor_of(r) for r in equation.reads())))
        plain_equation(self, equation, {name: self.turned(self.tensors[name]) for name in names if self.is_timed(name)})

    def turned(self, tensor: Tensor) -> str:
        """The array with its axes as the equations have them, for a line of plain text."""
        name = self.key(tensor.name)
        if tensor.role in ("data", "parameter") or self.values[name].role == "bound" or self.place(tensor) == 0:
            return name
        if name not in self.natural:
            shown, axes = f"{name}_in_order", tuple(str(a.symbol) for a in tensor.axes)
            lying = self.lying(tensor.name, axes)
            self.values[shown] = Value(shown, tuple(self.size(a.size) for a in tensor.axes), nameless=True,
                                       family=self.values[name].after("_in_order"))
            self.statements.append(View(Ref(shown, axes), (Ref(name, lying),), tuple(Along(0, a) for a in lying)))
            self.natural[name] = shown
        return self.natural[name]

    # -- loops -------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        """The loop, cut where a condition of its equations begins or ends to hold."""
        if loop.index.kind != "time" or not all(isinstance(e, Equation) for e in loop.body):
            raise NotInSteps("a loop over something else than time, or in a loop")
        parts = [*spans(loop)]
        for span in reversed(parts) if loop.descending else parts:
            body = [settled_within(e, [span]) for e in equations_of(loop.body)]
            if span.size == 1:
                for e in body:
                    self.equation(at_only_time(e, span))
            else:
                self._round(body, span, loop.descending)

    def _round(self, body: list[Equation], span: Index, descending: bool) -> None:
        notes = {e.target: self.note(e) for e in body}
        lifted = Lifted(self.tensors, self._is_plain, self.size)
        body = lifted.body(body, span)
        for ahead in lifted.ahead:
            of = tensor_of(ahead.terms[0].body)
            self.lifted[ahead.target] = of
            self.names[ahead.target] = self.names[of] + ahead.target.removeprefix(of)
            self.noted(ahead, (Note(ahead, cost=self.cost, families=self._with_lifted()),))
        begun, inside = len(self.statements), {e.target for e in body}
        self.loops += 1
        steps = Steps(self.loops, str(span.symbol), int(span.start), int(span.size), descending)
        for e in body:
            terms = sorted(e.terms, key=lambda t: not inside.isdisjoint(tensor_of(r) for r in reads_of(t.body)))
            self.noted(replace(e, free=(span, *e.free), terms=tuple(terms)), notes[e.target])
        self.statements[begun:] = [replace(s, within=steps) for s in self.statements[begun:]]
        if not all(self._has_rounds(s, steps) for s in self.statements[begun:]):
            raise NotInSteps("a line of plain text in a loop over time, or what has its time not in front")

    def family(self, tensor: str) -> Numbered | None:
        """What holds for all times is of the layer of which it is."""
        of = self.lifted.get(tensor, tensor)
        own = super().family(of)
        return own and own.after(tensor.removeprefix(of))

    def _with_lifted(self) -> dict[str, Numbered]:
        own = {name: self.families[of].after(name.removeprefix(of)) for name, of in self.lifted.items()
               if of in self.families}
        return {**self.families, **own}

    def _has_rounds(self, s: Statement, steps: Steps) -> bool:
        """Whether each round sees arrays, as entries along the first axis of what has a time, or a known number."""
        return not isinstance(s, Plain | View) and all(
            steps.letter not in r.axes[1:] and (r.axes != (steps.letter,) or self.values[r.name].role == "constant")
            for r in (s.out, *s.of))

    def _is_plain(self, access: sp.Expr, time: sp.Symbol, sizes: Mapping[str, Size]) -> bool:
        """Whether a round can read it: at a time, and by an index along every other axis."""
        tensor, at = self.tensors[tensor_of(access)], indices_of(access)
        value = self.values.get(self.key(tensor.name))
        place = self.place(tensor)
        others = [e for n, e in enumerate(at) if n != place]
        return (tensor.among is None and (value is None or value.role != "bound") and time not in others
                and self._is_whole(tensor, at, sizes) and len({*others}) == len(others)
                and sum(axis.kind == "time" for axis in tensor.axes) < 2
                and (place is None or (at[place] - time).is_Integer or at[place].is_Integer))

    def plan(self) -> Plan:
        read = {r.name for s in self.statements for r in s.of}
        read |= {self.parts[name].of for name in read if name in self.parts}
        kept = tuple(s for s in self.statements if not s.out.name.endswith("_by_time") or s.out.name in read)
        return replace(super().plan(), statements=kept, parts=dict(self.parts))


def _first(items: Iterable[Item], place: int) -> Iterator[Item]:
    """The item at this place in front of the others."""
    every = [*items]
    return iter((every[place], *every[:place], *every[place + 1:]))
