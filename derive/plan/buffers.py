"""The arrays that a step works in, made once: one for each place of a plan, or a part of a flat one.

    all_a1 = np.empty((rows, 42), dtype);   a3 = all_a1.reshape(-1)[:10 * rows].reshape(rows, 10)

In: a plan. Out: each array and the expression that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy as sp

from derive.codegen.repeats import Numbered
from derive.plan.record import ROWS, Plan, Size, Value, View
from derive.plan.words import Line, Text, key, named, text

NEW = "np.empty"


def written_size(size: Size) -> str:
    return "rows" if size == ROWS else str(size)


@dataclass(frozen=True)
class Buffers:
    """Of one plan, after all its passes."""

    plan: Plan

    def shape(self, value: Value) -> str:
        sizes = [written_size(s) for s in (value.sizes[::-1] if value.name in self.plan.flipped else value.sizes)]
        return sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"

    def gradient(self, name: str) -> Text:
        """Where the gradient of a parameter lies."""
        own = self.plan.family(name)
        family = own and Numbered(own.template.removeprefix("grad_"), own.number)
        return text("grads[{}]", key(name.removeprefix("grad_"), family))

    def gradients(self) -> list[Line]:
        """The gradients that are computed where the caller gets them: no other array is a view of them."""
        viewed = set(self.plan.views.values())
        return [Line(self.gradient(name), named(self.plan, name)) for name, value in self.plan.values.items()
                if value.role == "gradient" and name not in viewed]

    def lines(self) -> tuple[list[Line], list[Line]]:
        """The lines that make the buffers: those that are filled before the first call, and all others."""
        once = {self.plan.place(s.out.name) for s in self.plan.once}
        lines = {name: Line(made, named(self.plan, name)) for name, made in self.made().items()}
        return ([line for name, line in lines.items() if name in once],
                [line for name, line in lines.items() if name not in once])

    def own(self) -> list[str]:
        """The buffers that are memory of their own, not parts of others."""
        return [name for name, text in self.made().items() if text[0] == NEW]

    def made(self) -> dict[str, Text]:
        """Each buffer and how it is made."""
        statements = (*self.plan.once, *self.plan.statements)
        written = dict.fromkeys(self.plan.place(n) for s in statements if not isinstance(s, View)  # data are there
                                for n in self.plan.names(s.out.name))
        made: dict[str, Text] = {}
        of_rounds = {self.plan.place(n) for n in self.plan.kept} - {s.out.name for s in self.plan.statements}
        for name in [*self.arenas(), *sorted(of_rounds), *written]:
            value = self.plan.values[name]
            if name in self.plan.views:
                made[name] = self.gradient(self.plan.views[name])
            elif value.role in ("value", "fixed") and value.sizes and name not in {*self.plan.members, *made}:
                made[name] = (NEW, f"({self.shape(value)}, {'bool' if value.truth else 'dtype'})")
                made |= self.parts(name)
        return made

    def arenas(self) -> list[str]:
        return list(dict.fromkeys(self.plan.place(name) for name in self.plan.arenas))

    def parts(self, arena: str) -> dict[str, Text]:
        """The values that lie in a flat buffer, each from where the one before it ends."""
        made: dict[str, Text] = {}
        for members in (m for name, m in self.plan.arenas.items() if self.plan.place(name) == arena):
            start = 0
            for name in members:
                value = self.plan.values[name]
                stop = start + int(value.sizes[-1])
                if self.plan.place(name) == name:
                    made[name] = self.part(named(self.plan, arena), value, start, stop)
                start = stop
        return made

    def part(self, arena: Text, value: Value, start: int, stop: int) -> Text:
        timed, *_ = value.sizes
        if ROWS not in value.sizes:
            return text("{}[{}{}:{}]", arena, ":, " * (len(value.sizes) > 1), start, stop)
        first = text("{} * rows", start) if start else ""
        if timed != ROWS:
            return text("{}.reshape({}, -1)[:, {}:{} * rows].reshape({}, rows, {})", arena, str(timed), first, stop,
                        str(timed), str(stop - start))
        return text("{}.reshape(-1)[{}:{} * rows].reshape(rows, {})", arena, first, stop, str(stop - start))

    def constant(self, value: Value, amount: Callable[[sp.Expr], str]) -> str:
        """An array of no axes, a row of one number, the values of an index, or numbers that come again and again."""
        if isinstance(value.amount, sp.Tuple):
            return repeated([amount(number) for number in value.amount])
        if isinstance(value.amount, sp.Range):
            return f"np.arange({value.amount.start}, {value.amount.stop}, dtype=dtype)"
        assert value.amount is not None
        if value.sizes:
            return f"np.full({self.shape(value)}, {amount(value.amount)}, dtype)"
        return f"np.array({amount(value.amount)}, dtype)"


def repeated(numbers: Sequence[str]) -> str:
    """An array of known numbers; where they come again and again, of those that do."""
    length = next(n for n in range(1, len(numbers) + 1) if [*numbers[n:]] == [*numbers[:-n]])
    array = f"np.array([{', '.join(numbers[:length])}], dtype)"
    return array if length == len(numbers) else f"np.resize({array}, {len(numbers)})"
