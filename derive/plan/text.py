"""A plan as Python: what is made once, and what every call runs.

    Contract(z1[s,j], (x[s,k], w1[j,k]))    is    x.dot(w1.T, z1)

In: a plan. Out: lines of the constructor and of the step. Which operand is transposed follows from the letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from derive.codegen.repeats import Numbered
from derive.plan.arrays import Arrays
from derive.plan.blas import blas_line
from derive.plan.fold import fold_lines
from derive.plan.passes.loops import is_large
from derive.plan.record import SHIFT, Apply, Contract, Plain, Reduce, Ref, Repeat, Statement, View
from derive.plan.rounds import views_of_round
from derive.plan.seen import each_line, each_reduced, seen_name
from derive.plan.stacked import blocked_line, form_of, inner_text, stacked_line, total_line
from derive.plan.stepped import stepped
from derive.plan.words import Line, Loop, Name, Text, Written, is_atom, listed, text

KEYWORD_OUT = ("np.maximum", "np.minimum")
"""NumPy wants their `out` by its name."""
REDUCED = {"np.max": "np.maximum", SHIFT: "np.maximum", "np.add": "np.add"}
"""What reduces: np.max and array.sum() are Python around it, 40 us of a step whose products have filled the cache."""
OPERATORS = {"np.add": "+", "np.subtract": "-", "np.multiply": "*", "np.divide": "/"}


@dataclass
class Writer(Arrays):
    """The lines; which operand is transposed follows from the letters."""

    def once(self) -> list[Line]:
        """The lines that run before the first call; to be written before the step."""
        self.unmade = frozenset(s.out.name for s in self.plan.once if isinstance(s, Plain))
        lines = self.written(self.plan.once)
        if self.plan.folded:
            lines += fold_lines(self.plan, self.helper("_folded"))
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
        before, self.asked, self.moving = dict(self.views), {}, repeat.moving
        lines = self.written(self.plan.statements[repeat.start:repeat.start + repeat.period])
        self.moving = frozenset()
        asked = self.asked
        for n in range(1, repeat.count):
            views = views_of_round(self.plan, asked, repeat, n, self.views)
            if any(self.views.get(name, made) != made for name, made in views.items()):
                self.views = before
                return self.written(self.plan.statements[repeat.start:repeat.stop])
            self.views |= views
        counted = {n.of for line in lines for n in line.names() if n.base in repeat.moving} | repeat.moving
        return [Loop(tuple(lines), repeat.first, repeat.count, repeat.step, frozenset(counted))]

    # -- statements --------------------------------------------------------------------------------

    def apply(self, statement: Apply) -> list[Line]:
        out = statement.out
        if not out.axes and not self.plan.values[out.name].sizes:
            return [self.assigned(out, self.scalar(statement))]
        if statement.each:
            return each_line(self, statement)
        args = [self.laid(ref, self.letters(out)) for ref in statement.of]
        if not statement.function.startswith("np."):
            return [Line(text("{}({})", self.helper("_in_pieces"),
                              listed([(statement.function,), self.name(out.name), *args])))]
        if statement.unbuffered:
            runner = self.view(("unbuffered",), text("{}()", self.helper("_unbuffered")))
            function, given = self.called(statement.function, args, self.name(out.name))
            return [Line(text("{}({}, {})", runner, function, given))]
        return [self.call(statement.function, args, self.name(out.name))]

    def call(self, function: str, args: list[Text], out: Text) -> Line:
        """A call that writes its result into an array."""
        if not function.startswith("np."):
            return Line(text("np.copyto({}, {}({}))", out, function, listed(args)))
        if function == "np.positive":
            return Line(args[0], text("{}[...]", out))
        return Line(text("{}({})", *self.called(function, args, out)))

    def called(self, function: str, args: list[Text], out: Text) -> tuple[str, Text]:
        """A function of NumPy, and what it is given."""
        word = "out=" if function in KEYWORD_OUT else ""
        return self.function(function), listed([*args, text("{}{}", word, out)])

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
        if statement.gemm is not None:
            return [blas_line(self, statement)]
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

    def reduce(self, statement: Reduce) -> list[Line]:
        (arg,) = statement.of
        if statement.each:
            return each_reduced(self, statement, REDUCED[statement.function])
        if statement.function not in REDUCED:
            helper = self.helper(statement.function)
            return [Line(text("{}({}, {})", helper, self.name(arg.name), self.name(statement.out.name)))]
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


WRITERS: dict[type[Statement], Callable[..., list[Line]]] = {
    Apply: Writer.apply, Contract: Writer.contract, Reduce: Writer.reduce, Plain: Writer.plain, View: Writer.see}
