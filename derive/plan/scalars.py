"""A plan for one example as scalar Python: no arrays, one number at a time, for networks of a handful of neurons.

    Contract(z1[j], (w1[j,k], x[k]))     is     z1_0 = w1_0_0 * x_0 + w1_0_1 * x_1

In: the plan of a single example. Out: the lines of a function of tuples. A call of NumPy takes as long as thirty
multiplications of Python, so up to some size this is the fastest there is.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod

from derive.codegen.lines import WIDTH
from derive.plan.note import Note
from derive.plan.record import Apply, Contract, Plain, Plan, Ref, Statement, Value

ANY, SUM, PRODUCT, ATOM = range(4)
"""How tightly an expression holds together."""
FORMS: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "np.add": ("{} + {}", SUM, (SUM, PRODUCT)), "np.subtract": ("{} - {}", SUM, (SUM, PRODUCT)),
    "np.multiply": ("{} * {}", PRODUCT, (PRODUCT, ATOM)), "np.square": ("{0} * {0}", PRODUCT, (ATOM,)),
    "np.tanh": ("tanh({})", ATOM, (ANY,)), "np.maximum": ("max({}, {})", ATOM, (ANY, ANY)),
    "np.where": ("({1} if {0} else {2})", ATOM, (ANY, ANY, ANY)),
    "np.greater": ("({} > {})", ATOM, (SUM, SUM)), "np.positive": ("{}", ANY, (ANY,))}
"""What raises nothing in scalars that it would not do in arrays (`math.exp` refuses to overflow, `1/x` to divide by 0);
how tightly it holds, and how tightly its operands must."""
LONGEST = 60
"""Characters of an expression that still has no name of its own."""
Place = dict[str, int]


@dataclass
class Scalars:
    """Writes entry by entry; `amount` writes a number."""

    plan: Plan
    amount: Callable[[object], str]
    texts: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Expressions that stand where they are read, by the names that they do without."""

    @property
    def statements(self) -> list[Statement]:
        """All but those that take the one example out of its array."""
        return [s for s in self.plan.statements if not self.is_example(s)]

    def is_example(self, s: Statement) -> bool:
        return isinstance(s, Plain) and self.plan.value(s.out).role == "data"

    def possible(self) -> bool:
        """Whether every statement has a form in scalars, every number a name, and there are few enough of them."""
        values = [self.plan.value(r) for s in self.statements for r in (s.out, *s.of)]
        if self.plan.parts or any("rows" in v.sizes for v in values):
            return False
        known = all(isinstance(s, Contract) or isinstance(s, Apply) and self.has_form(s) for s in self.statements)
        if not known or self.operations() > self.plan.measured.scalar_operations:
            return False
        own = [v for v in self.plan.values.values() if v.role != "constant" and "rows" not in v.sizes
               and v.name not in self.plan.views.values()]
        names = [entry for value in own for entry in self.entries(value)]
        return len(names) == len(set(names))

    def operations(self) -> int:
        """Counted by the sizes alone: a large network has more of them than one could list."""
        return sum(prod(self.sizes(s).values()) for s in self.statements)

    def sizes(self, s: Statement) -> dict[str, int]:
        """How far each letter of a statement runs."""
        return {a: int(n) for r in (*s.of, s.out) for a, n in zip(r.axes, self.plan.value(r).sizes, strict=True)}

    def has_form(self, s: Apply) -> bool:
        """Of max(a, b), Python gives a where one is not a number, NumPy that one: so b must be a constant."""
        constants = sum(self.plan.value(r).role == "constant" for r in s.of)
        return s.function in FORMS and (s.function != "np.maximum" or constants == 1)

    # -- names ---------------------------------------------------------------------------------------

    def stem(self, name: str) -> str:
        """A gradient that lies where a value lies goes by its name; an example by the name of the examples."""
        value = next((v for v, gradient in self.plan.views.items() if gradient == name), name)
        whole = value.removesuffix("_0")
        return whole if self.plan.values[value].role == "data" and whole in self.plan.values else value

    def entries(self, value: Value) -> list[str]:
        """The names of the numbers of a value, row by row."""
        spans = product(*(range(int(n)) for n in value.sizes if n != "rows"))
        return ["_".join([self.stem(value.name), *map(str, place)]) for place in spans]

    def entry(self, ref: Ref, at: Place) -> str:
        return "_".join([self.stem(ref.name), *(str(at[a]) for a in ref.axes)])

    def operand(self, ref: Ref, at: Place, least: int) -> str:
        """A name, a number, or the expression for it, in parentheses where it must hold together."""
        amount = self.plan.value(ref).amount
        if amount is None:
            name = self.entry(ref, at)
            text, level = self.texts.get(name, (name, ATOM))
        else:
            text = self.amount(amount[at[ref.axes[0]]] if ref.axes else amount)
            level = ATOM if " " not in text else ANY
        return text if level >= least else f"({text})"

    # -- lines ---------------------------------------------------------------------------------------

    def function(self, parameters: list[str], data: list[str]) -> list[str]:
        """The whole body: numbers by name, the equations, and the tuple of derivatives."""
        values = self.plan.values
        taken = [line for name in data
                 for line in self.listed([self.entries(values.get(f"{name}_0", values[name]))], f" = {name}")]
        given = self.listed([self.entries(values[name]) for name in parameters], " = params")
        made = self.listed([self.entries(values[f"grad_{name}"]) for name in parameters], "")
        return [*given, *taken, *self.lines(), f"return {self.plan.cost}, {made[0]}", *made[1:]]

    def listed(self, names: list[list[str]], behind: str) -> list[str]:
        """A tuple of names, a line for each array."""
        lines = [line for some in names for line in textwrap.wrap(", ".join(some) + ",", WIDTH - 8)]
        if len(lines) == 1:
            comma = "," if sum(map(len, names)) == 1 else ""
            return [f"({lines[0].removesuffix(',')}{comma}){behind}"]
        return ["(", *(f"    {line}" for line in lines), f"){behind}"]

    def lines(self) -> Iterator[str]:
        reads = Counter(self.entry(r, at) for s in self.statements for _, inside in self.places(s) for at in inside
                        for r in s.of * (1 + (getattr(s, "function", "") == "np.square"))
                        if self.plan.value(r).amount is None)
        notes: tuple[Note, ...] = ()
        for s in self.statements:
            notes += s.notes
            for at, inside in self.places(s):
                name, (text, level) = self.entry(s.out, at), self.right(s, inside)
                if self.plan.is_nameless(s.out.name) and reads[name] == 1 and len(text) <= LONGEST:
                    self.texts[name] = text, level
                    continue
                yield from (f"# {note}" for note in notes)
                notes = ()
                yield f"{name} = {text}"

    def places(self, s: Statement) -> Iterator[tuple[Place, list[Place]]]:
        """Each entry of what a statement writes, and the entries of its operands that it is made of."""
        sizes = self.sizes(s)
        inner = [a for a in sizes if a not in s.out.axes]
        for place in product(*(range(sizes[a]) for a in s.out.axes)):
            at = dict(zip(s.out.axes, place, strict=True))
            yield at, [at | dict(zip(inner, more, strict=True)) for more in product(*(range(sizes[a]) for a in inner))]

    def right(self, s: Statement, inside: list[Place]) -> tuple[str, int]:
        """The expression of one entry, and how tightly it holds."""
        if isinstance(s, Contract):
            terms = [" * ".join(self.operand(r, at, PRODUCT if r is s.of[0] else ATOM) for r in s.of) for at in inside]
            return " + ".join(terms), SUM if len(terms) > 1 else PRODUCT
        assert isinstance(s, Apply)
        of = sorted(s.of, key=lambda r: self.plan.value(r).role == "constant") if s.function == "np.maximum" else s.of
        form, level, least = FORMS[s.function]
        return form.format(*(self.operand(r, inside[0], n) for r, n in zip(of, least, strict=False))), level
