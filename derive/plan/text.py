"""A plan as Python: what is made once, and what every call runs.

    Contract(z1[s,j], (x[s,k], w1[j,k]))    is    x.dot(w1.T, z1)

In: a plan. Out: lines of the constructor and of the step. Which operand is transposed follows from the letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import sympy as sp

from derive.plan.buffers import Buffers, written_size
from derive.plan.fold import fold_lines
from derive.plan.functions import Functions
from derive.plan.grid import Grid
from derive.plan.record import ROWS, Apply, Contract, Plain, Plan, Reduce, Ref, Statement, Value

LETTERS = {sp.Integer(0): "zero", sp.Integer(1): "one", sp.Integer(2): "two", sp.Rational(1, 2): "half"}
KEYWORD_OUT = ("np.maximum", "np.minimum")
"""NumPy wants their `out` by its name."""
REDUCED = {"np.max": "np.maximum"}
"""What reduces: np.max and array.sum() are Python around it, 40 us of a step whose products have filled the cache."""
OPERATORS = {"np.add": "+", "np.subtract": "-", "np.multiply": "*", "np.divide": "/"}


@dataclass
class Writer:
    """`amount` writes a number in terms of m and share."""

    plan: Plan
    amount: Callable[[sp.Expr], str]
    constants: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    comments: bool = True
    unmade: frozenset[str] = frozenset()
    """Arrays of which no view can be taken yet."""

    def once(self) -> list[str]:
        """The lines that run before the first call; to be written before the step."""
        self.unmade = frozenset(s.out.name for s in self.plan.once if isinstance(s, Plain))
        lines = self.written(self.plan.once) + fold_lines(self.plan)
        self.unmade = frozenset()
        return lines

    def step(self) -> list[str]:
        """The lines that every call runs."""
        return self.written(self.plan.statements)

    def written(self, statements: Sequence[Statement]) -> list[str]:
        lines: list[str] = []
        for statement in statements:
            if self.comments:
                lines += [f"# {note}" for note in statement.notes]
            lines += WRITERS[type(statement)](self, statement)
        return lines

    # -- names -------------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> Functions:
        return Functions.of(self.plan)

    def function(self, full: str) -> str:
        """np.tanh as the step calls it."""
        return self.functions.short(full)

    def name(self, name: str) -> str:
        value = self.plan.values[name]
        if value.role == "constant":
            return self.number(value)
        place = self.plan.place(name)
        named = place != name and value.role == "value" and value.sizes and not value.nameless
        return self.view(name, f"{place}  # the same memory") if named else place

    def number(self, value: Value) -> str:
        """A number beside arrays is an array of no axes: NumPy converts a Python number at every call."""
        assert value.amount is not None
        if value.name not in self.constants.values():
            name = LETTERS.get(value.amount) or next(c for n in range(len(self.constants) + 1, 9999)
                                                    if (c := f"c{n}") not in self.plan.values.keys() | self.constants)
            if value.sizes:
                name = f"from_{value.amount[0]}_to_{value.amount[-1]}" if isinstance(value.amount, sp.Range) \
                    else f"{name}_{value.sizes[0]}"
            self.constants[name] = value.name
        return next(name for name, of in self.constants.items() if of == value.name)

    def letters(self, ref: Ref) -> tuple[str, ...]:
        """The letters of a value in the order in which its array has them."""
        return ref.axes[::-1] if ref.name in self.plan.flipped else ref.axes

    def view(self, name: str, text: str) -> str:
        """A view of a buffer is made once."""
        self.views[name] = text
        return name

    def is_buffer(self, name: str) -> bool:
        return self.plan.values[name].role in ("value", "gradient", "fixed") and name not in self.unmade

    def laid(self, ref: Ref, wanted: tuple[str, ...]) -> str:
        """The array with its axes as `wanted`, of which it may lack some."""
        own, text = self.letters(ref), self.name(ref.name)
        order = tuple(a for a in wanted if a in own)
        if own != order:
            text, own = self.turned(ref), order
        missing = [a not in own for a in wanted]
        while missing and missing[0]:
            missing.pop(0)
        if not any(missing) or not own:
            return text
        inside = ", ".join("None" if m else ":" for m in missing)
        if self.is_buffer(ref.name) and text.isidentifier():
            return self.view(f"{text}_column", f"{text}[{inside}]")
        return f"{text}[{inside}]"

    def turned(self, ref: Ref) -> str:
        text = self.name(ref.name)
        return self.view(f"{text}_T", f"{text}.T") if self.is_buffer(ref.name) else f"{text}.T"

    def flat(self, ref: Ref) -> str:
        text = self.name(ref.name)
        if len(ref.axes) <= 1:
            return text
        return self.view(f"{text}_flat", f"{text}.reshape(-1)") if self.is_buffer(ref.name) else f"{text}.reshape(-1)"

    # -- statements --------------------------------------------------------------------------------

    def apply(self, statement: Apply) -> list[str]:
        out = statement.out
        if not out.axes and not self.plan.values[out.name].sizes:
            return [self.assigned(out, self.scalar(statement))]
        wanted = self.letters(out)
        args = [self.laid(ref, wanted) for ref in statement.of]
        if not statement.function.startswith("np."):
            return [f"np.copyto({self.name(out.name)}, {statement.function}({', '.join(args)}))"]
        if statement.function == "np.positive":
            return [f"{self.name(out.name)}[...] = {args[0]}"]
        word = "out=" if statement.function in KEYWORD_OUT else ""
        return [f"{self.function(statement.function)}({', '.join([*args, word + self.name(out.name)])})"]

    def assigned(self, out: Ref, text: str) -> str:
        """A number is bound to its name; a gradient of no axes is filled."""
        filled = self.plan.value(out).role == "gradient"
        return f"{self.name(out.name)}{'[...]' if filled else ''} = {text}"

    def scalar(self, statement: Apply) -> str:
        args = [self.scalar_text(ref) for ref in statement.of]
        sign = OPERATORS.get(statement.function)
        if sign is not None:
            return f" {sign} ".join(f"({a})" if not a.replace(".", "").isidentifier() and " " in a else a for a in args)
        return args[0] if statement.function == "np.positive" else f"{statement.function}({', '.join(args)})"

    def scalar_text(self, ref: Ref) -> str:
        value = self.plan.value(ref)
        if value.amount is None:
            return self.name(ref.name)
        return self.view(f"scale{len(self.views)}", self.amount(value.amount)) if value.amount.free_symbols \
            else self.amount(value.amount)

    def contract(self, statement: Contract) -> list[str]:
        out, wanted = statement.out, self.letters(statement.out)
        if len(statement.of) == 1:
            return [self.total(out, statement.of[0])]
        one, other = statement.of
        if not wanted:
            return [self.assigned(out, self.inner(one, other))]
        if len(wanted) == 1:
            matrix, vector = (one, other) if len(one.axes) > len(other.axes) else (other, one)
            shown = self.name(matrix.name)
            if self.letters(matrix)[0] == wanted[0]:
                return [f"{shown}.dot({self.name(vector.name)}, {self.name(out.name)})"]
            return [f"{self.name(vector.name)}.dot({shown}, {self.name(out.name)})"]
        first, second = (one, other) if wanted[0] in one.axes else (other, one)
        if not set(first.axes) & set(second.axes):
            return [f"{self.column(first)}.dot({self.row(second)}, {self.name(out.name)})"]
        (inner,) = set(first.axes) & set(second.axes)
        if statement.blocks:
            return [self.blocked(statement, first, second, inner)]
        left, right = self.laid(first, (wanted[0], inner)), self.laid(second, (inner, wanted[1]))
        if self.is_large(self.plan.value(out)):
            return [f"{self.function('np.matmul')}({left}, {right}, {self.name(out.name)})"]
        return [f"{left}.dot({right}, {self.name(out.name)})"]

    def is_large(self, value: Value) -> bool:
        """Whether to fill it with zeros first, as `dot` does, is felt."""
        return ROWS not in value.sizes and prod(int(n) for n in value.sizes) >= self.plan.measured.cleared

    def column(self, ref: Ref) -> str:
        text = self.name(ref.name)
        return self.view(f"{text}_column", f"{text}[:, None]") if self.is_buffer(ref.name) else f"{text}[:, None]"

    def row(self, ref: Ref) -> str:
        text = self.name(ref.name)
        return self.view(f"{text}_row", f"{text}[None]") if self.is_buffer(ref.name) else f"{text}[None]"

    def blocked(self, statement: Contract, first: Ref, second: Ref, inner: str) -> str:
        """The product as a grid of products of blocks, on views of the same memory."""
        known = {a: s for r in (first, second) for a, s in zip(r.axes, self.plan.value(r).sizes, strict=True)}
        size = {a: written_size(s) for a, s in known.items()}
        above, beside = statement.out.axes
        grid = Grid(self.name(statement.out.name), statement.blocks, size[above], size[beside], size[inner],
                    second.axes[-1] == inner)
        self.view(*grid.counted())
        whole = self.laid(first, (above, inner)), self.laid(second, (inner, beside))
        left = self.kept(first, f"{whole[0]}_in_rows", grid.first(whole[0]))
        right = self.kept(second, f"{self.name(second.name)}_in_columns", grid.second(self.name(second.name), whole[1]))
        out = self.kept(statement.out, f"{self.name(statement.out.name)}_blocks", grid.result())
        return f"{self.function('np.matmul')}({left}, {right}, {out})"

    def kept(self, ref: Ref, name: str, text: str) -> str:
        """A view of a buffer has a name, one for each."""
        if not self.is_buffer(ref.name) or text.isidentifier():
            return text
        known = next((v for v, made in self.views.items() if made == text), None)
        return known or self.view(f"{name}{sum(v.startswith(name) for v in self.views) or ''}", text)

    def inner(self, one: Ref, other: Ref) -> str:
        """The sum of all products, as a product of two flat vectors."""
        if not one.axes:
            return f"{self.name(one.name)} * {self.name(other.name)}"
        if self.letters(one) != self.letters(other):
            return f"np.vdot({self.turned(one)}, {self.name(other.name)})"
        return f"{self.flat(one)}.dot({self.flat(other)})"

    def total(self, out: Ref, arg: Ref) -> str:
        """A sum along an axis, as a product with ones."""
        own, wanted, shown = self.letters(arg), self.letters(out), self.name(arg.name)
        gone = [a for a in own if a not in wanted]
        size = self.plan.value(arg).sizes[arg.axes.index(gone[0])]
        if len(own) == 2 and len(wanted) == 1:
            ones = self.view(f"ones_{size}", f"np.ones({written_size(size)}, dtype)")
            pair = (ones, shown) if own[0] == gone[0] else (shown, ones)
            return f"{pair[0]}.dot({pair[1]}, {self.name(out.name)})"
        if not wanted:
            return self.assigned(out, f"{self.function('np.add')}.reduce({shown}, None)")
        return f"np.sum({shown}, axis={tuple(own.index(a) for a in gone)}, out={self.name(out.name)})"

    def reduce(self, statement: Reduce) -> list[str]:
        (arg,) = statement.of
        axis = [n for n, a in enumerate(self.letters(arg)) if a not in statement.out.axes]
        called = f"{self.function(REDUCED[statement.function])}.reduce({self.name(arg.name)}"
        if not statement.out.axes:
            return [f"{self.name(statement.out.name)} = {called})"]
        return [f"{called}, {axis[0]}, None, {self.name(statement.out.name)})"]

    def plain(self, statement: Plain) -> list[str]:
        return list(statement.lines)

    # -- what is made once -------------------------------------------------------------------------

    def buffers(self) -> dict[str, str]:
        """Each buffer and how it is made."""
        return Buffers(self.plan).made()

    def constant_lines(self) -> list[str]:
        return [f"{name} = {self.constant_text(self.plan.values[of])}" for name, of in self.constants.items()]

    def constant_text(self, value: Value) -> str:
        """An array of no axes, a row of one number, or the values of an index."""
        assert value.amount is not None
        if value.sizes and not isinstance(value.amount, sp.Range):
            return f"np.full({Buffers(self.plan).shape(value)}, {self.amount(value.amount)}, dtype)"
        if value.sizes:
            return f"np.arange({value.amount.start}, {value.amount.stop}, dtype=dtype)"
        return f"np.array({self.amount(value.amount)}, dtype)"


WRITERS: dict[type[Statement], Callable[..., list[str]]] = {
    Apply: Writer.apply, Contract: Writer.contract, Reduce: Writer.reduce, Plain: Writer.plain}
