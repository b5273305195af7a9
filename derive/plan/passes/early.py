"""What takes the place of an operand does not wait: it is computed while the operand is in the cache, and fewer wait.

    e = exp(r);  p = Phi(z, e);  a = z*p;  ...  t = e*z      becomes      e = exp(r);  p = Phi(z, e);  t = e*z;  a = z*p

The way back reads t alone; a may overwrite p once the rest of the slope has been computed, too. Only arrays of many
numbers an example: small ones are in the cache anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.plan.passes.scratch import width
from derive.plan.record import Apply, Plan, Statement

GIVEN = ("parameter", "data", "constant", "fixed")
"""The roles of values that no statement of a step makes."""
Place = tuple[int, ...]
"""Where a statement stands, as it sorts: (7,) at first, and (3, 7) once it follows the one at (3,)."""


def early(plan: Plan) -> Plan:
    """The plan with each such statement after the last one that its operand has to wait for."""
    if any(s.within is not None for s in plan.statements):  # a loop over time has an order of its own
        return plan
    order = Order(plan)
    for number, statement in enumerate(plan.statements):
        order.add(number, statement)
    return plan.changed(statements=tuple(order.at[place] for place in sorted(order.at)))


@dataclass
class Order:
    """The statements so far by their places; where each value was written, and where it was read or written last."""

    plan: Plan
    at: dict[Place, Statement] = field(default_factory=dict)
    made: dict[str, Place] = field(default_factory=dict)
    used: dict[str, Place] = field(default_factory=dict)
    top: Place = ()
    """The last place of a large value: what would pass none of them stays where it is."""
    ahead: Statement | None = None
    """The statement before, if it went ahead: what it says of its equation is said by this one."""

    def __post_init__(self) -> None:
        self.last = {name: number for number, name in self.plan.reads()}

    def add(self, number: int, statement: Statement) -> None:
        place = self._place(number, statement)
        if self.ahead:
            statement = statement.changed(notes=self.ahead.notes + statement.notes)
        self.ahead = statement if len(place) > 1 else None
        self.at[place] = statement.changed(notes=()) if self.ahead else statement
        self.made[statement.out.name] = place
        if self._is_large(statement.out.name):
            self.top = max(place, self.top)
        for name in (statement.out.name, *(r.name for r in statement.of)):
            self.used[name] = max(place, self.used.get(name, place))

    def _place(self, number: int, statement: Statement) -> Place:
        of = [r for r in statement.of if self.plan.value(r).role not in GIVEN]
        if not isinstance(statement, Apply) or statement.each \
                or not all(self._is_own(r.name) for r in (statement.out, *of)):
            return (number,)
        ends = [self.used[r.name] for r in of if self.last[r.name] == number
                and self.plan.value(r).sizes == self.plan.value(statement.out).sizes]
        after = max(min(ends), *(self.made[r.name] for r in of)) if ends else self.top
        return (*after, number) if after < self.top else (number,)

    def _is_own(self, name: str) -> bool:
        """Whether it is a large value of its own."""
        return self.plan.is_own(name) and self._is_large(name)

    def _is_large(self, name: str) -> bool:
        return width(self.plan.values[name]) >= self.plan.measured.scratch
