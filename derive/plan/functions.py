"""NumPy's functions by short names: looked up in the module once, not thirty times in each call of a step.

    add, tanh = np.add, np.tanh         is a twentieth of the time of one example (784-16-16-10: 13.9 and 12.5 us)

In: the names that a step gives to other things. Out: what it calls a function, and the line that says so.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass, field

from derive.plan.record import Apply, Plain, Plan
from derive.plan.words import Line


@dataclass
class Functions:
    """`taken` are names that the lines of a step may mean otherwise."""

    taken: frozenset[str]
    known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Functions:
        """The values of a plan, and what its lines and the functions of the module are called."""
        said = " ".join([line for s in plan.statements if isinstance(s, Plain) for line in s.lines]
                        + [s.function for s in plan.statements if isinstance(s, Apply)])
        return cls(frozenset([*plan.values, *re.findall(r"(?<!np\.)\b\w+", said)]))

    def short(self, full: str) -> str:
        """tanh for np.tanh."""
        name = full.removeprefix("np.")
        if name in self.taken or hasattr(builtins, name):
            return full
        self.known[name] = full
        return name

    def lines(self) -> list[Line]:
        """The line that binds them."""
        return [Line((", ".join(self.known.values()),), (", ".join(self.known),))] if self.known else []
