"""A plan as Python: what is made once, and what every call runs.

    Contract(z1[s,j], (x[s,k], w1[j,k]))    is    x.dot(w1.T, z1)

In: a plan. Out: lines of the constructor and of the step. Which operand is transposed follows from the letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, groupby

import sympy as sp

from derive.codegen.repeats import Numbered
from derive.plan.buffers import Buffers
from derive.plan.fold import fold_lines
from derive.plan.functions import Functions
from derive.plan.passes.loops import is_large
from derive.plan.record import Apply, Contract, Plain, Plan, Reduce, Ref, Repeat, Statement, Value, View
from derive.plan.rounds import lies, views_of_round
from derive.plan.seen import each_line, each_reduced, seen_name
from derive.plan.stacked import blocked_line, form_of, inner_text, stacked_line, total_line
from derive.plan.stepped import stepped
from derive.plan.words import Line, Loop, Name, Text, Written, called, is_atom, is_name, listed, named, text

LETTERS = {sp.Integer(0): "zero", sp.Integer(1): "one", sp.Integer(2): "two", sp.Rational(1, 2): "half"}
KEYWORD_OUT = ("np.maximum", "np.minimum")
"""NumPy wants their `out` by its name."""
HELPED = {"np.where": "_where"}
"""What NumPy cannot write into an array is a function of the template."""
REDUCED = {"np.max": "np.maximum", "np.add": "np.add"}
"""What reduces: np.max and array.sum() are Python around it, 40 us of a step whose products have filled the cache."""
OPERATORS = {"np.add": "+", "np.subtract": "-", "np.multiply": "*", "np.divide": "/"}


@dataclass
class Writer:
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
    unmade: frozenset[str] = frozenset()
    """Arrays of which no view can be taken yet."""

    def once(self) -> list[Line]:
        """The lines that run before the first call; to be written before the step."""
        self.unmade = frozenset(s.out.name for s in self.plan.once if isinstance(s, Plain))
        lines = self.written(self.plan.once) + fold_lines(self.plan)
        self.unmade = frozenset()
        return lines

    def step(self) -> list[Written]:
        """The lines that every call runs."""
        lines: list[Written] = []
        at = 0
        for repeat in self.plan.repeats:
            lines += self.written(self.plan.statements[at:repeat.start])
            lines += self.repeated(repeat)
            at = repeat.stop
        return lines + self.written(self.plan.statements[at:])

    def written(self, statements: Sequence[Statement]) -> list[Line]:
        runs = [[*run] for _, run in groupby(statements, lambda s: s.within)]
        return [line for run in runs for line in (stepped(self, run) if run[0].within else self.lines(run))]

    def lines(self, statements: Sequence[Statement]) -> list[Line]:
        """Those of statements in no loop over time."""
        lines: list[Line] = []
        for statement in statements:
            if self.comments:
                lines += [Line((note,)) for note in statement.notes]
            lines += WRITERS[type(statement)](self, statement)
        return lines

    def repeated(self, repeat: Repeat) -> Sequence[Written]:
        """The first round as a loop, and its views for every round; all rounds, where a view is another one already."""
        before, self.asked = dict(self.views), {}
        lines = self.written(self.plan.statements[repeat.start:repeat.start + repeat.period])
        asked = self.asked
        for n in range(1, repeat.count):
            views = views_of_round(self.plan, asked, repeat, n, self.views)
            if any(self.views.get(name, made) != made for name, made in views.items()):
                self.views = before
                return self.written(self.plan.statements[repeat.start:repeat.stop])
            self.views |= views
        counted = {n.of for line in lines for n in line.names() if n.base in repeat.moving} | repeat.moving
        return [Loop(tuple(lines), repeat.first, repeat.count, repeat.step, frozenset(counted))]

    # -- names -------------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> Functions:
        return Functions.of(self.plan)

    def function(self, full: str) -> str:
        """np.tanh as the step calls it."""
        return HELPED.get(full) or self.functions.short(full)

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

    # -- statements --------------------------------------------------------------------------------

    def apply(self, statement: Apply) -> list[Line]:
        out = statement.out
        if not out.axes and not self.plan.values[out.name].sizes:
            return [self.assigned(out, self.scalar(statement))]
        if statement.each:
            return each_line(self, statement)
        args = [self.laid(ref, self.letters(out)) for ref in statement.of]
        if not statement.function.startswith("np."):
            return [Line(text("_in_pieces({}, {}, {})", statement.function, *args, self.name(out.name)))]
        return [self.call(statement.function, args, self.name(out.name))]

    def call(self, function: str, args: list[Text], out: Text) -> Line:
        """A call that writes its result into an array."""
        if not function.startswith("np."):
            return Line(text("np.copyto({}, {}({}))", out, function, listed(args)))
        if function == "np.positive":
            return Line(args[0], text("{}[...]", out))
        word = "out=" if function in KEYWORD_OUT else ""
        return Line(text("{}({})", self.function(function), listed([*args, text("{}{}", word, out)])))

    def assigned(self, out: Ref, shown: Text) -> Line:
        """A number is bound to its name; a gradient of no axes is filled."""
        filled = self.plan.value(out).role == "gradient" or out.name in self.plan.seen
        return Line(shown, text("{}[...]", self.name(out.name)) if filled else self.name(out.name))

    def scalar(self, statement: Apply) -> Text:
        args = [self.scalar_text(ref) for ref in statement.of]
        sign = OPERATORS.get(statement.function)
        if sign is not None:
            one, other = (a if is_atom(a) else text("({})", a) for a in args)
            return text("{} {} {}", one, sign, other)
        return args[0] if statement.function == "np.positive" else text("{}({})", statement.function, listed(args))

    def scalar_text(self, ref: Ref) -> Text:
        value = self.plan.value(ref)
        if value.amount is None:
            return self.name(ref.name)
        shown = (self.amount(value.amount),)
        of = Numbered("scale{}", len(self.views))
        return self.view((Name(of, of),), shown) if value.amount.free_symbols else shown

    def contract(self, statement: Contract) -> list[Line]:
        out, wanted = statement.out, self.letters(statement.out)
        if len(statement.of) == 1:
            return [total_line(self, out, statement.of[0])]
        one, other = statement.of
        if not wanted:
            return [self.assigned(out, inner_text(self, one, other))]
        if statement.blocks:
            return [blocked_line(self, statement)]
        if (form := form_of(self.plan, statement)) is not None:
            return [stacked_line(self, statement, form)]
        if len(wanted) == 1:
            matrix, vector = (one, other) if len(one.axes) > len(other.axes) else (other, one)
            shown = self.name(matrix.name)
            if self.letters(matrix)[0] == wanted[0]:
                return [self.dot(shown, self.name(vector.name), out)]
            return [self.dot(self.name(vector.name), shown, out)]
        first, second = (one, other) if wanted[0] in one.axes else (other, one)
        if not set(first.axes) & set(second.axes):
            return [self.dot(self.seen(first, "_column", "{}[:, None]"), self.seen(second, "_row", "{}[None]"), out)]
        (inner,) = set(first.axes) & set(second.axes)
        left, right = self.laid(first, (wanted[0], inner)), self.laid(second, (inner, wanted[1]))
        if is_large(self.plan, self.plan.value(out)):
            return [Line(text("{}({}, {}, {})", self.function("np.matmul"), left, right, self.name(out.name)))]
        return [self.dot(left, right, out)]

    def dot(self, left: Text, right: Text, out: Ref) -> Line:
        return Line(text("{}.dot({}, {})", left, right, self.name(out.name)))

    def kept(self, ref: Ref, whole: Text, behind: str, made: Text) -> Text:
        """A view of a buffer has a name, one for each."""
        if not self.is_buffer(ref.name) or is_name(made):
            return made
        known = next((name for name, other in self.views.items() if other == made), None)
        names = (called(whole, f"{behind}{n or ''}") for n in count())
        return self.view(known or next(name for name in names if name not in self.views), made)

    def reduce(self, statement: Reduce) -> list[Line]:
        (arg,) = statement.of
        if statement.each:
            return each_reduced(self, statement, REDUCED[statement.function])
        axis = [n for n, a in enumerate(self.letters(arg)) if a not in statement.out.axes]
        along = str(axis[0]) if len(axis) == 1 else str(tuple(axis))
        called = text("{}.reduce({}", self.function(REDUCED[statement.function]), self.name(arg.name))
        if not statement.out.axes:
            return [Line(text("{})", called), self.name(statement.out.name))]
        return [Line(text("{}, {}, None, {})", called, along, self.name(statement.out.name)))]

    def plain(self, statement: Plain) -> list[Line]:
        views = [r for r in (statement.out, *statement.of) if r.name in self.plan.seen]
        made = {r.name: seen_name(self, r.name) for r in views}
        given = [Line(made[r.name], (r.name,)) for r in views if not self.is_buffer(r.name)]
        return [*given, *(Line((line,)) for line in statement.lines)]

    def see(self, statement: View) -> list[Line]:
        """A view needs no line of its own in a step."""
        return []

    # -- what is made once -------------------------------------------------------------------------

    def constant_lines(self) -> list[Line]:
        made = Buffers(self.plan).constant
        return [Line((made(self.plan.values[of], self.amount),), (name,)) for name, of in self.constants.items()]


WRITERS: dict[type[Statement], Callable[..., list[Line]]] = {
    Apply: Writer.apply, Contract: Writer.contract, Reduce: Writer.reduce, Plain: Writer.plain, View: Writer.see}
