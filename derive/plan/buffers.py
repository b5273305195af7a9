"""The arrays that a step works in, made once: one for each place of a plan, or a part of a flat one.

    all_a1 = np.empty((rows, 42), dtype);   a3 = all_a1.reshape(-1)[:10 * rows].reshape(rows, 10)

In: a plan. Out: each array and the expression that makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.plan.record import ROWS, Plain, Plan, Size, Value


def written_size(size: Size) -> str:
    return "rows" if size == ROWS else str(size)


@dataclass(frozen=True)
class Buffers:
    """Of one plan, after all its passes."""

    plan: Plan

    def shape(self, value: Value) -> str:
        sizes = [written_size(s) for s in (value.sizes[::-1] if value.name in self.plan.flipped else value.sizes)]
        return sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"

    def made(self) -> dict[str, str]:
        """Each buffer and how it is made."""
        written = dict.fromkeys(self.plan.place(n) for s in (*self.plan.once, *self.plan.statements)
                                if not isinstance(s, Plain) for n in self.plan.names(s.out.name))
        made = {}
        for name in [*self.arenas(), *written]:
            value = self.plan.values[name]
            if name in self.plan.views:
                made[name] = f"grads[\"{self.plan.views[name].removeprefix('grad_')}\"]"
            elif value.role in ("value", "fixed") and value.sizes and name not in {*self.plan.members, *made}:
                made[name] = f"np.empty({self.shape(value)}, {'bool' if value.truth else 'dtype'})"
                made |= self.parts(name)
        return made

    def arenas(self) -> list[str]:
        return list(dict.fromkeys(self.plan.place(name) for name in self.plan.arenas))

    def parts(self, arena: str) -> dict[str, str]:
        """The values that lie in a flat buffer, each from where the one before it ends."""
        made, start = {}, 0
        for members in (m for name, m in self.plan.arenas.items() if self.plan.place(name) == arena):
            start = 0
            for name in members:
                width = int(self.plan.values[name].sizes[-1])
                text = f"{arena}[{start}:{start + width}]"
                if self.plan.values[name].sizes[0] == ROWS:
                    first = f"{start} * rows" if start else ""
                    text = f"{arena}.reshape(-1)[{first}:{start + width} * rows].reshape(rows, {width})"
                start += width
                if self.plan.place(name) == name:
                    made[name] = text
        return made
