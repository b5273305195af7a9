"""What is computed alike for one time and for those next to it is computed for all of them at once.

    t_20 = h[20]^2;   t = h[1:20]^2      becomes      t = h[1:]^2, of which the last entry is t_20

A loop that a condition has cut in two, t = T and t <= T - 1, leaves such pairs where nothing waits for a round before.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.plan.parts import Parts
from derive.plan.passes.shared import reading
from derive.plan.record import Apply, Plan, Ref, Statement, Value


def joined(plan: Plan) -> Plan:
    """Every such pair as one statement, at the place of the first."""
    return _Join(plan, Parts(dict(plan.values), dict(plan.parts))).plan() if plan.parts else plan


@dataclass
class _Join:
    old: Plan
    parts: Parts
    names: dict[str, str] = field(default_factory=dict)
    """What the two results are called as parts of one."""
    waiting: dict[str, list[int]] = field(default_factory=dict)
    """Statements that were alone so far, by their function."""
    made: list[Statement | None] = field(default_factory=list)

    def plan(self) -> Plan:
        for old in self.old.statements:
            s = reading(old, self.names)
            self.made.append(s)
            if isinstance(s, Apply) and s.within is None and self._is_step(s):
                self._meet(s, len(self.made) - 1)
        statements = tuple(reading(s, self.names) for s in self.made if s is not None)
        said = {r.name for s in statements for r in (s.out, *s.of)} | {*self.old.parts}
        parts = {name: part for name, part in self.parts.parts.items() if name in said}
        values = {name: v for name, v in self.parts.values.items() if name in parts or name not in self.parts.parts}
        return self.old.changed(statements=statements, values=values, parts=parts)

    def _is_step(self, s: Apply) -> bool:
        """Whether its result is one on the way, which may lie anywhere."""
        value = self.old.value(s.out)
        return value.nameless and bool(value.sizes) and not self.old.is_parted(s.out.name)

    def _meet(self, s: Apply, at: int) -> None:
        for other in self.waiting.get(s.function, []):
            waiting = self.made[other]
            assert waiting is not None
            one = reading(waiting, self.names)
            assert isinstance(one, Apply)
            found = self._both(one, s, other)
            if found is not None:
                self.made[other], self.made[at] = found, None
                self.waiting[s.function].remove(other)
                return
        self.waiting.setdefault(s.function, []).append(at)

    def _both(self, one: Apply, other: Apply, at: int) -> Apply | None:
        """The two as one, if all operands are there by then."""
        short, long = sorted((one, other), key=lambda s: len(s.out.axes))
        if long.out.axes[1:] != short.out.axes or any(
                b.axes not in (a.axes, (long.out.axes[0], *a.axes)) for a, b in zip(short.of, long.of, strict=True)):
            return None
        spans = {self._span(a.name, b.name) for a, b in zip(short.of, long.of, strict=True) if a != b}
        late = any(self.old.last_write.get(self.parts.of(r.name), -1) >= at for r in other.of)
        if late or len(spans) != 1 or (span := spans.pop()) is None:
            return None
        return replace(self._joint(short, long, *span), notes=(*one.notes, *other.notes))

    def _span(self, single: str, others: str) -> tuple[int, bool] | None:
        """How many entries both have, and whether the single one is the last; None if they do not follow each other."""
        own, range_ = self.parts.parts.get(single), self.parts.parts.get(others)
        if own is None or range_ is None or own.of != range_.of or own.size is not None or range_.size is None:
            return None
        away = own.first - range_.first
        return (range_.size + 1, away > 0) if away in (-1, range_.size) else None

    def _joint(self, short: Apply, long: Apply, size: int, last: bool) -> Apply:
        """One statement; both results are parts of its own."""
        of = tuple(a if a == b else Ref(self._both_parts(a.name, b.name, size), b.axes)
                   for a, b in zip(short.of, long.of, strict=True))
        time = min(self.parts.parts[r.name].start for r, whole in zip(long.of, of, strict=True) if r != whole)
        time -= 0 if last else 1
        name, value = f"{short.out.name}_all", self.old.value(long.out)
        self.parts.values[name] = Value(name, (size, *value.sizes[1:]), truth=value.truth, nameless=True,
                                        family=self.old.value(short.out).after("_all"))
        self.names[short.out.name] = self.parts.part(name, (size - 1) * last, None, time + (size - 1) * last)
        self.names[long.out.name] = self.parts.part(name, int(not last), size - 1, time + (not last))
        del self.parts.values[long.out.name], self.parts.values[short.out.name]
        return replace(long, out=Ref(name, long.out.axes), of=of)

    def _both_parts(self, single: str, others: str, size: int) -> str:
        one, other = self.parts.parts[single], self.parts.parts[others]
        return self.parts.part(one.of, min(one.first, other.first), size, min(one.start, other.start))
