"""What a step calls its arrays, and the views of them that are made once.

    w1 of Contract(z1[s,j], (x[s,k], w1[j,k]))    is    w1.T, or w1_T where w1 is a buffer that stays where it is

In: a plan. Out: names, and what stands behind each of them before the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import sympy as sp

from derive.codegen.repeats import Numbered
from derive.plan.buffers import Buffers
from derive.plan.functions import Functions
from derive.plan.record import Plan, Ref, Value
from derive.plan.rounds import lies
from derive.plan.seen import seen_name
from derive.plan.words import Line, Text, called, is_name, named, text

LETTERS = {sp.Integer(0): "zero", sp.Integer(1): "one", sp.Integer(2): "two", sp.Rational(1, 2): "half"}
HELPED = {"np.where": "_where"}
"""What NumPy cannot write into an array is a function of the template."""


@dataclass
class Arrays:
    """`amount` writes a number in terms of m and share."""

    plan: Plan
    amount: Callable[[sp.Expr], str]
    constants: dict[str, str] = field(default_factory=dict)
    views: dict[Text, Text] = field(default_factory=dict)
    asked: dict[Text, Text] = field(default_factory=dict)
    """The views that were of use since this was empty."""
    filled: dict[str, Value] = field(default_factory=dict)
    """The arrays that no call changes."""
    comments: bool = True
    moving: frozenset[Numbered] = frozenset()
    """The names that are counted by the loop over layers that is being written."""
    helpers: set[str] = field(default_factory=set)
    """The functions of the template that the lines call."""
    unmade: frozenset[str] = frozenset()
    """Arrays of which no view can be taken yet."""

    @cached_property
    def functions(self) -> Functions:
        return Functions.of(self.plan)

    def function(self, full: str) -> str:
        """np.tanh as the step calls it."""
        return self.helper(HELPED[full]) if full in HELPED else self.functions.short(full)

    def helper(self, name: str) -> str:
        """A function of the template, which is written where a step calls it."""
        self.helpers.add(name)
        return name

    def name(self, name: str) -> Text:
        value = self.plan.values[name]
        if value.role == "constant":
            return (self.number(value),)
        if (at := self.plan.place(name)) in self.plan.seen:
            seen = seen_name(self, at)
            if at == self.plan.called(name):
                return seen
        shown = named(self.plan, self.plan.called(name))
        if place := lies(self.plan, name):
            self.view(shown, place)
        return shown

    def number(self, value: Value) -> str:
        """A number beside arrays is an array of no axes: NumPy converts a Python number at every call."""
        assert value.amount is not None
        if value.name not in self.constants.values():
            name = LETTERS.get(value.amount) or next(c for n in range(len(self.constants) + 1, 9999)
                                                    if (c := f"c{n}") not in self.plan.values.keys() | self.constants)
            if value.sizes:
                name = f"from_{value.amount[0]}_to_{value.amount[-1]}" if isinstance(value.amount, sp.Range) \
                    else f"{name}_{'x'.join(map(str, value.sizes))}"
            self.constants[name] = value.name
            self.filled |= {name: value} if value.sizes else {}
        return next(name for name, of in self.constants.items() if of == value.name)

    def letters(self, ref: Ref) -> tuple[str, ...]:
        """The letters of a value in the order in which its array has them."""
        return ref.axes[::-1] if ref.name in self.plan.flipped else ref.axes

    def view(self, name: Text, made: Text) -> Text:
        """A view of a buffer is made once."""
        self.views[name] = self.asked[name] = made
        return name

    def array(self, value: Value, made: str) -> Text:
        """An array of its own, filled once."""
        self.filled[value.name] = value
        return self.view((value.name,), (made,))

    def is_buffer(self, name: str) -> bool:
        at = self.plan.root(self.plan.place(name))
        return self.plan.values[at].role in ("value", "gradient", "fixed") and not {name, at} & self.unmade

    def laid(self, ref: Ref, wanted: tuple[str, ...]) -> Text:
        """The array with its axes as `wanted`, of which it may lack some."""
        own, shown = self.letters(ref), self.name(ref.name)
        order = tuple(a for a in wanted if a in own)
        if own != order:
            shown, own = self.turned(ref, order), order
        missing = [a not in own for a in wanted]
        while missing and missing[0]:
            missing.pop(0)
        if not any(missing) or not own:
            return shown
        while not missing[-1]:
            missing.pop()
        made = text("{}[{}]", shown, ", ".join("None" if m else ":" for m in missing))
        return self.kept(ref, shown, "_column", made) if is_name(shown) else made

    def seen(self, ref: Ref, behind: str, form: str) -> Text:
        """The array as a view, which has a name if the array stays where it is."""
        shown = self.name(ref.name)
        return self.kept(ref, shown, behind, text(form, shown))

    def turned(self, ref: Ref, order: Sequence[str]) -> Text:
        """The array with its axes in another order."""
        own = self.letters(ref)
        form = "{}.T" if len(own) == 2 else f"{{}}.transpose({', '.join(str(own.index(a)) for a in order)})"
        return self.seen(ref, "_T", form)

    def flat(self, ref: Ref) -> Text:
        return self.name(ref.name) if len(ref.axes) <= 1 else self.seen(ref, "_flat", "{}.reshape(-1)")

    def kept(self, ref: Ref, whole: Text, behind: str, made: Text) -> Text:
        """A view of a buffer has a name, one for each."""
        if not self.is_buffer(ref.name) or is_name(made):
            return made
        known = next((name for name, other in self.views.items() if other == made), None)
        names = (called(whole, f"{behind}{n or ''}") for n in count())
        return self.view(known or next(name for name in names if name not in self.views), made)

    def constant_lines(self) -> list[Line]:
        made = Buffers(self.plan).constant
        return [Line((made(self.plan.values[of], self.amount),), (name,)) for name, of in self.constants.items()]
