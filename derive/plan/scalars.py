"""A plan for one example as scalar Python: no arrays, one number at a time, for networks of a handful of neurons.

    Contract(z1[j], (w1[j,k], x_0[k]))     is     z1_0 = w1_0_0*x_0 + w1_0_1*x_1

In: the plan of a single example. Out: the lines of a function of tuples. A call of NumPy takes as long as thirty
multiplications of Python, so up to some size this is the fastest there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from derive.plan.record import Apply, Contract, Plain, Plan, Ref, Statement, Value

FORMS = {"np.add": "{} + {}", "np.subtract": "{} - {}", "np.multiply": "{} * {}", "np.square": "{0} * {0}",
         "np.tanh": "tanh({})", "np.maximum": "max({}, {})", "np.greater": "({} > {})", "np.positive": "{}"}
"""Operations that raise nothing in scalars that they would not do in arrays: `math.exp` refuses to overflow."""
MOST = 64
"""Parameters up to which scalar code beats arrays (2-3-1, 13 parameters: half the time)."""


@dataclass
class Scalars:
    """Writes entry by entry; `amount` writes a number."""

    plan: Plan
    amount: Callable[[object], str]

    def possible(self) -> bool:
        """Whether every statement has a form in scalars, and there are few enough parameters."""
        known = all(isinstance(s, Apply) and self.has_form(s) or isinstance(s, Contract)
                    or isinstance(s, Plain) and self.plan.value(s.out).role == "data" for s in self.plan.statements)
        size = sum(len(self.entries(v)) for v in self.plan.values.values() if v.role == "parameter")
        return known and size <= MOST and "alone" in self.plan.applied

    def has_form(self, s: Apply) -> bool:
        """Of max(a, b), Python gives a where one is not a number, NumPy that one: so b must be a constant."""
        return s.function in FORMS and (s.function != "np.maximum" or sum(
            self.plan.value(r).role == "constant" for r in s.of) == 1)

    def entries(self, value: Value) -> list[str]:
        """The names of the numbers of a value, row by row."""
        name = self.plan.views.get(value.name, value.name)
        spans = product(*(range(int(n)) for n in value.sizes if n != "rows"))
        return ["_".join([name, *map(str, place)]) for place in spans]

    def entry(self, ref: Ref, at: dict[str, int]) -> str:
        value = self.plan.value(ref)
        if value.amount is not None:
            return self.amount(value.amount)
        name = self.plan.views.get(ref.name, ref.name)
        return "_".join([name, *(str(at[a]) for a in ref.axes)])

    def function(self, parameters: list[str], data: list[str]) -> list[str]:
        """The whole body: numbers by name, the equations, and the tuple of derivatives."""
        values = self.plan.values
        given = {"params": [e for name in parameters for e in self.entries(values[name])],
                 **{name: self.entries(values[f"{name}_0"]) for name in data}}
        taken = [f"{', '.join(names)}{',' * (len(names) == 1)} = {name}" for name, names in given.items()]
        made = [f"grad_{e}" for e in given["params"]]
        return [*taken, *self.lines(), f"return {self.plan.cost}, ({', '.join(made)}{',' * (len(made) == 1)})"]

    def lines(self) -> Iterator[str]:
        for statement in self.plan.statements:
            if isinstance(statement, Plain):
                continue
            yield from (f"# {note}" for note in statement.notes)
            yield from self.statement(statement)

    def statement(self, s: Statement) -> Iterator[str]:
        sizes = {a: int(n) for r in (*s.args, s.out) for a, n in zip(r.axes, self.plan.value(r).sizes, strict=True)}
        inner = [a for a in sizes if a not in s.out.axes]
        for place in product(*(range(sizes[a]) for a in s.out.axes)):
            at = dict(zip(s.out.axes, place, strict=True))
            inside = [at | dict(zip(inner, more, strict=True)) for more in product(*(range(sizes[a]) for a in inner))]
            yield f"{self.entry(s.out, at)} = {self.right(s, inside)}"

    def right(self, s: Statement, inside: list[dict[str, int]]) -> str:
        if isinstance(s, Contract):
            return " + ".join(" * ".join(self.entry(r, at) for r in s.of) for at in inside)
        assert isinstance(s, Apply)
        of = sorted(s.of, key=lambda r: self.plan.value(r).role == "constant") if s.function == "np.maximum" else s.of
        return FORMS[s.function].format(*(self.entry(r, inside[0]) for r in of))
