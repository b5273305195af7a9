r"""The value of a term at a point: a number, or an array of numbers.

    d L / d W      L again, with W replaced by dual numbers; its tangents

In: a term, a world, and the values of the letters in force. Out: a Number (or Dual), or a NumPy array of them: a
vector is a column or a row. Whatever does not go together raises `Conflict` at its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product as pairs
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.arrays import OnesLike, Tensor, equal_shapes, opposite, spread, times, turned
from derive.claims.context import Definition, Formula
from derive.claims.elaborate import COST
from derive.claims.inference import Elsewhere, chosen, marks_with
from derive.claims.letters import free_letters
from derive.claims.refused import Conflict, Refused
from derive.claims.world import Key, World
from derive.points import Number
from derive.points.dual import Dual, seed, tangents
from derive.points.functions import apply, slope

Env = dict[str, int]
COMPUTING = object()
"""Stands where a value is being computed: whoever finds it there asks for itself."""
RULES = {kind: "_" + kind.__name__.lower() for kind in vars(T).values() if isinstance(kind, type)}
COMPARISONS = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
               "=": lambda a, b: a == b, "!=": lambda a, b: a != b}


@dataclass(frozen=True)
class Evaluation:
    """A world, perhaps with variables replaced. `level`: how deep in derivatives; `direct`: along one path alone."""

    world: World
    replaced: dict[Key, Any] = field(default_factory=dict)
    values: dict[Key, Any] = field(default_factory=dict)
    level: int = 0
    parent: Evaluation | None = None
    direct: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    """The value of the parameter of a function that the context defines."""
    weight: int = 1
    """How many numbers stand for one: itself and its tangents."""

    # -- variables -------------------------------------------------------------------------

    def variable(self, variable: T.Variable, marks: tuple[int, ...], span: Any) -> Any:
        key = (variable.name, marks)
        if variable.name in self.arguments:
            return self.arguments[variable.name]
        if key in self.replaced:
            return self.replaced[key]
        if key not in self.values:
            self.values[key] = COMPUTING
            try:
                self.values[key] = self._computed(variable, marks, span)
            finally:
                if self.values[key] is COMPUTING:
                    del self.values[key]
        if self.values[key] is COMPUTING:
            raise Refused(f"{variable.name} is defined by itself", span, "Give it a mark for each step.", open=True)
        return self.values[key]

    def _computed(self, variable: T.Variable, marks: tuple[int, ...], span: Any) -> Any:
        if self.parent is not None and (self.direct or not self._reaches(variable)):
            return self.parent.variable(variable, marks, span)
        for one, env in self.defining(variable, marks):
            return self.defined(one, env)
        if variable.name == COST:
            return self.term(self._cost(span), {})
        if self.parent is not None:
            return self.parent.variable(variable, marks, span)
        return self.world.leaf(variable, marks)

    def _reaches(self, variable: T.Variable) -> bool:
        """Whether a variable can depend on what is replaced."""
        reached = self.world.reaches(variable.name)
        return any(name in reached for name, _ in self.replaced)

    def _cost(self, span: Any) -> T.Ref:
        if self.world.context.cost is None:
            raise Refused("the context does not say which number is the cost", span, "Define it: L = ...")
        return self.world.context.cost

    def defining(self, variable: T.Variable, marks: tuple[int, ...]) -> list[tuple[Definition, Env]]:
        """The definition that holds at these marks, with the values of its letters."""
        found = []
        for one in self.world.context.definitions:
            if one.variable == variable and (env := self.world.bound(one.marks, marks)) is not None \
                    and all(value in self.world.range_of(name) for name, value in env.items()):
                found.append((one, env))
        return sorted(found, key=lambda pair: len(pair[1]))[:1]

    def defined(self, one: Definition, env: Env) -> Any:
        """The value of a definition: of its body, or entry by entry."""
        if not one.entries:
            return self.term(one.body, env)
        marks = tuple(self.world.whole(mark, env) for mark in one.marks)
        shape = self.world.shape(one.variable, marks)
        bounds.entries(shape, one.body.span)
        array = np.empty(shape, dtype=object)
        axes = chosen(shape, len(one.entries))
        for at in np.ndindex(*shape):
            inner = {**env, **{name: at[axis] + self.world.first for name, axis in zip(one.entries, axes, strict=True)}}
            value = self.term(one.body, inner)
            if isinstance(value, np.ndarray):
                raise Conflict(f"an entry of {one.variable.name} is no number but {_shape(value)}", one.body.span)
            array[at] = value
        return array

    # -- terms -----------------------------------------------------------------------------

    def term(self, term: T.Term, env: Env) -> Any:
        value = getattr(self, RULES[type(term)])(term, env)
        self.world.meter.spend(self.weight * value.size if isinstance(value, np.ndarray) else self.weight, term.span)
        return value

    def _constant(self, term: T.Constant, env: Env) -> Any:
        return self.world.draw.rational(term.value)

    def _letter(self, term: T.Letter, env: Env) -> Any:
        return self.world.draw.rational(self.world.whole(term, env))

    def _size(self, term: T.Size, env: Env) -> Any:
        return self.world.draw.rational(self.world.whole(term, env))

    def _ref(self, term: T.Ref, env: Env) -> Any:
        marks = tuple(self.world.whole(mark, env) for mark in term.marks)
        value = self.variable(term.variable, marks, term.span)
        return self._picked(value, term.entries, env, term) if term.entries else value

    def _entry(self, term: T.Entry, env: Env) -> Any:
        return self._picked(self.term(term.content, env), term.entries, env, term)

    def _picked(self, value: Any, entries: tuple[T.Term | None, ...], env: Env, term: T.Term) -> Any:
        if not isinstance(value, np.ndarray):
            raise Conflict("a number has no entries", term.span)
        axes = chosen(value.shape, len(entries))
        if len(entries) > value.ndim or len(entries) == 2 and 1 in value.shape:
            raise Conflict(f"{len(entries)} indices on an array of {_shape(value)}", term.span, "index")
        at: list[Any] = [slice(None)] * value.ndim
        for axis, entry in zip(axes, entries, strict=True):
            if entry is not None:
                at[axis] = self._place(entry, env, value.shape[axis])
        found = value[tuple(at)]
        if isinstance(found, np.ndarray) and found.ndim == 1:
            if 1 in value.shape:
                return found[0] if found.shape == (1,) else found
            return found.reshape(-1, 1) if entries[0] is None else found.reshape(1, -1)
        return found

    def _place(self, entry: T.Term, env: Env, width: int) -> int:
        letters = [n.name for n in entry.walk() if isinstance(n, T.Letter)]
        first = min((env.get(f"first {name}", self.world.first) for name in letters), default=1)
        at = self.world.whole(entry, env) - first
        if not 0 <= at < width:
            raise Conflict(f"the index is {at + first}, out of its range {first} to {width - 1 + first}",
                           entry.span, "range")
        return at

    def _sum(self, term: T.Sum, env: Env) -> Any:
        values = [self.term(one, env) for one in term.terms]
        for one, value in zip(term.terms, values, strict=True):
            self._saw(one, value)
        found = values[0]
        for one, value in zip(term.terms[1:], values[1:], strict=True):
            found = spread(found, value, one.span, lambda a, b: a + b)
        return found

    def _saw(self, term: T.Term, value: Any) -> None:
        seen = self.world.nonzero
        if not seen.get(term):
            values = value.ravel() if isinstance(value, np.ndarray) else [value]
            seen[term] = any(one != 0 for one in values) if not isinstance(value, OnesLike | Tensor) else True

    def _opposite(self, term: T.Opposite, env: Env) -> Any:
        return opposite(self.term(term.content, env))

    def _times(self, term: T.Times, env: Env) -> Any:
        left, right = self.term(term.left, env), self.term(term.right, env)
        return times(left, right, term.sign, term.span, self.world.entrywise)

    def _over(self, term: T.Over, env: Env) -> Any:
        return spread(self.term(term.top, env), self.term(term.bottom, env), term.span, lambda a, b: a / b)

    def _power(self, term: T.Power, env: Env) -> Any:
        base = self.term(term.base, env)
        exponent = self._exponent(term.exponent, env)
        if isinstance(base, np.ndarray) and base.ndim == 2 and base.shape[0] == base.shape[1] and \
                isinstance(exponent, int) and isinstance(term.base, T.Ref | T.Transposed | T.Times):
            bounds.power(exponent, term.span)
            return _matrix_power(base, exponent, self.world.draw)
        if isinstance(base, np.ndarray):
            return _each(base, lambda x: self._raised(x, exponent))
        return self._raised(base, exponent)

    def _raised(self, base: Any, exponent: Any) -> Any:
        return base ** exponent if isinstance(exponent, int | Fraction) else apply(
            self.world.draw, "exp", exponent * apply(self.world.draw, "log", base))

    def _exponent(self, term: T.Term, env: Env) -> Any:
        match term:
            case T.Over(top=T.Constant(value=a), bottom=T.Constant(value=b)) if b:
                return a / b
            case T.Opposite():
                inner = self._exponent(term.content, env)
                return -inner
            case T.Constant():
                return int(term.value) if term.value.denominator == 1 else term.value
        try:
            return self.world.whole(term, env)
        except (Conflict, Elsewhere):
            return self.term(term, env)

    def _transposed(self, term: T.Transposed, env: Env) -> Any:
        return turned(self.term(term.content, env), term.span)

    def _applied(self, term: T.Applied, env: Env) -> Any:
        bounds.primes(term.order, term.span)
        arguments = [self.term(one, env) for one in term.arguments]
        formulas = self.world.context.formulas
        if arguments and (exact := formulas.get((term.function.name, term.order))) is not None:
            return self._formula(exact, arguments[0], 0)
        if arguments and (formula := formulas.get((term.function.name, 0))) is not None:
            return self._formula(formula, arguments[0], term.order)
        if term.function.known:
            return self._known(term, arguments)
        marks = tuple(self.world.whole(mark, env) for mark in term.marks)
        return self._arbitrary(term, marks, arguments)

    def _known(self, term: T.Applied, arguments: list[Any]) -> Any:
        draw, name = self.world.draw, term.function.known
        if name in ("softmax", "log_softmax"):
            return _softmax(draw, arguments[0], name, term.span)
        if name in ("max", "min"):
            found = arguments[0] if len(arguments) > 1 else _smallest(draw, arguments[0], name, term.span)
            for other in arguments[1:]:
                found = apply(draw, name + "imum", found, other, site=term.span)
            return found
        if term.order:
            return slope(draw, name, arguments[0], term.order, site=term.span)
        return apply(draw, name, *arguments, site=term.span)

    def _arbitrary(self, term: T.Applied, marks: tuple[int, ...], arguments: list[Any]) -> Any:
        flat = [one for value in arguments for one in (value.ravel() if isinstance(value, np.ndarray) else [value])]
        arity = len(flat) if term.function.scalar else 1
        key = (term.function.name, marks, arity)
        if key not in self.world.functions:
            self.world.functions[key] = self.world.arbitrary(arity)
        function = self.world.functions[key]
        if term.function.scalar:
            if term.order and arity == 1:
                return function.derivative(term.order)(flat[0])
            if term.order:
                raise Conflict("a prime on a function of several arguments", term.span, "slope")
            return function(*flat)
        function = function.derivative(term.order) if term.order else function
        value = arguments[0]
        return _each(value, function) if isinstance(value, np.ndarray) else function(value)

    def _formula(self, formula: Formula, value: Any, order: int) -> Any:
        if isinstance(value, np.ndarray) and not formula.whole:
            return _each(value, lambda x: self._formula(formula, x, order))
        if not order:
            inner = replace(self, arguments={**self.arguments, formula.parameter.name: value})
            return inner.term(formula.body, {})
        self.world.meter.spend(2 ** order)
        level = 1000 + order
        one = self.world.draw.rational(1)
        found = self._formula(formula, Dual(level, value, {0: one}), order - 1)
        return found.dots.get(0, one - one) if isinstance(found, Dual) and found.level == level else one - one

    def _primed(self, term: T.Primed, env: Env) -> Any:
        marks = tuple(self.world.whole(mark, env) for mark in term.content.marks)
        for one, letters in self.defining(term.content.variable, marks):
            if isinstance(one.body, T.Applied):
                inner = {**letters, **{n: self.world.whole(e, env) for n, e in
                                       zip(one.entries, term.content.entries, strict=False) if e is not None}}
                return self.term(replace(one.body, order=one.body.order + term.order), inner)
        raise Refused("a prime here means the slope of a function", term.span, "Write f'(z).")

    # -- derivatives -----------------------------------------------------------------------

    def _differential(self, term: T.Differential, env: Env) -> Any:
        by, rest = term.by[-1], term.by[:-1]
        of: T.Term = replace(term, by=rest) if rest else term.of
        root, entries = self.root(by, env)
        direct = term.direct or self.world.links and self._links(of, root)
        marks = tuple(self.world.whole(mark, env) for mark in root.marks)
        value = self.variable(root.variable, marks, by.span)
        array = value if isinstance(value, np.ndarray) else _boxed(value)
        raw = self._tangents(of, env, (root.variable.name, marks), array, direct)
        found = self._laid(raw, value, term)
        if entries:
            flat = Tensor(raw, raw.ndim - array.ndim)
            return self._entry_of_gradient(flat, entries, env, by)
        return found

    def root(self, by: T.Ref, env: Env) -> tuple[T.Ref, tuple[T.Term | None, ...]]:
        """The variable behind other names for it: \\hat y = a^L, x_{ij} = X_{ij}."""
        ref, entries = by, by.entries
        for _ in range(8):
            marks = tuple(self.world.whole(mark, env) for mark in ref.marks)
            found = self.defining(ref.variable, marks)
            if not found or (alias := found[0][0].alias) is None:
                return ref, entries
            values, names = found[0][1], found[0][0].entries
            own = dict(zip(names, entries, strict=False)) if entries else {}
            ref = replace(alias, marks=tuple(self._fixed(m, values) for m in alias.marks), entries=())
            entries = tuple(self._fixed(e, values) if isinstance(e, T.Letter) and e.name in values
                            else own.get(e.name) for e in alias.entries if isinstance(e, T.Letter))
            entries = entries if any(entries) else ()
        return ref, entries

    def _links(self, of: T.Term, by: T.Ref) -> bool:
        """Whether a derivative can be one link of a chain: by what the equation of a variable reads itself."""
        cost = self.world.context.cost
        if not isinstance(of, T.Ref) or cost is not None and of.variable == cost.variable:
            return False
        return any(node.variable == by.variable for one in self.world.context.definitions if one.variable == of.variable
                   for node in one.body.walk() if isinstance(node, T.Ref))

    def _fixed(self, term: T.Term, values: Env) -> T.Term:
        return T.Constant(term.span, Fraction(self.world.whole(term, values)))

    def _tangents(self, of: T.Term, env: Env, key: Key, array: Any, direct: bool) -> Any:
        level = self.level + 1
        names = {node.name for node in of.walk() if isinstance(node, T.Letter)}
        memo = (of, key, direct, level, tuple(sorted((n, v) for n, v in env.items() if n in names)))
        own = not self.replaced and not self.arguments
        if own and memo in self.world.tangents:
            return self.world.tangents[memo]
        seeded = seed(array, level)
        inner = Evaluation(self.world, {**self.replaced, key: seeded if seeded.shape else seeded[()]}, {}, level,
                           self, direct, self.arguments, self.weight * (1 + array.size))
        value = inner._once(of, env) if direct else inner.term(of, env)
        box = value if isinstance(value, np.ndarray) else _boxed(value)
        found = tangents(box, level, array.size).reshape((*box.shape, *array.shape))
        if own:
            self.world.tangents[memo] = found
        return found

    def _once(self, of: T.Term, env: Env) -> Any:
        """The one equation that defines it, everything else kept fixed."""
        if isinstance(of, T.Ref):
            marks = tuple(self.world.whole(mark, env) for mark in of.marks)
            for one, letters in self.defining(of.variable, marks):
                value = self.defined(one, letters)
                return self._picked(value, of.entries, env, of) if of.entries else value
        return self.term(of, env)

    def _laid(self, raw: Any, value: Any, term: T.Differential) -> Any:
        """The derivatives as a number, a vector or a matrix, as the layout has it."""
        by_rank = value.ndim if isinstance(value, np.ndarray) else 0
        of_shape = raw.shape[:raw.ndim - by_rank]
        if not of_shape and not by_rank:
            return raw[()]
        if not of_shape or not by_rank:
            flip = self.world.layout == "numerator" and not term.nabla and not of_shape and raw.ndim == 2
            return raw.T if flip else raw
        of_size, by_size = _long(of_shape), _long(value.shape)
        if of_size is None or by_size is None:
            return Tensor(raw, len(of_shape))
        matrix = raw.reshape(of_size, by_size)
        return matrix.T if self.world.layout == "denominator" or term.nabla else matrix

    def _entry_of_gradient(self, found: Tensor, entries: tuple[T.Term | None, ...], env: Env, by: T.Ref) -> Any:
        if found.rank == 0:
            return self._picked(found.array, entries, env, by)
        result = np.empty(found.array.shape[:found.rank], dtype=object)
        for at in np.ndindex(*result.shape):
            result[at] = self._picked(found.array[at], entries, env, by)
        return result

    # -- sums ------------------------------------------------------------------------------

    def _reduced(self, term: T.Reduced, env: Env) -> Any:
        if not term.letters:
            raise Refused("this sum does not say over what", term.span, r"Write the index: \sum_j.")
        found: Any = None
        for inner in self._bindings(term, env):
            if term.condition is not None and not self._holds(term.condition, inner):
                continue
            value = self.term(term.body, inner)
            found = value if found is None else self._folded(term, found, value)
        if found is None:
            return self.world.draw.rational(1 if term.kind == "prod" else 0)
        return found

    def _folded(self, term: T.Reduced, one: Any, other: Any) -> Any:
        match term.kind:
            case "sum":
                return spread(one, other, term.span, lambda a, b: a + b)
            case "prod":
                return times(one, other, "", term.span, self.world.entrywise)
            case _:
                return apply(self.world.draw, term.kind + "imum", one, other, site=term.span)

    def _bindings(self, term: T.Reduced, env: Env) -> list[Env]:
        found = [env]
        for name in term.letters:
            runs = [(one, *self._values(term, name, one)) for one in found]
            bounds.values(sum(max(0, values.stop - values.start) for _, _, values in runs), term.span)
            found = [{**one, name: value, f"first {name}": first} for one, first, values in runs for value in values]
        return found

    def _values(self, term: T.Reduced, name: str, env: Env) -> tuple[int, range]:
        """The first value that an index counts from, and its values: the bounds, or as many as there are."""
        lower = self.world.whole(term.lower, env) if term.lower is not None else None
        upper = self._bound(term.upper, env)
        marking = marks_with(term.body, name)
        first = (0 if lower == 0 else 1 if isinstance(term.lower, T.Constant) else self.world.first) if not marking else 1
        if lower is not None and upper is not None:
            if isinstance(term.upper, T.Constant) and not isinstance(term.lower, T.Constant):
                return first, range(lower, upper - 1, -1)
            if upper < lower - 1 and marking:
                raise Elsewhere(name)
            return first, range(lower, upper + 1)
        count = self.extent(term.body, name, env) or term.condition and self.extent(term.condition, name, env)
        if not count and marking:
            full = self.world.range_of(name)
            return 1, range(lower if lower is not None else full[0], (upper if upper is not None else full[-1]) + 1)
        if not count:
            raise Refused(f"nothing says how far {name} runs", term.span, "Say it: " + name + " = 1, \\dots, n", open=True)
        return first, range(first, count + first)

    def _bound(self, term: T.Term | None, env: Env) -> int | None:
        try:
            return self.world.whole(term, env) if term is not None else None
        except (Elsewhere, Conflict):
            return None

    def extent(self, term: T.Term, name: str, env: Env) -> int | None:
        """How many values an index has, by the axes that it picks from; they must all agree.

        An axis of a layer that does not exist has none: then there is nothing to compare.
        """
        found: dict[int, T.Term] = {}
        gone = False
        for node in term.walk():
            if isinstance(node, T.Ref | T.Entry):
                for axis, entry in enumerate(node.entries):
                    if isinstance(entry, T.Letter) and entry.name == name:
                        width = self._width(node, axis, env)
                        gone |= width == 0
                        if width:
                            found.setdefault(width, node)
        if gone:
            raise Elsewhere(name)
        if len(found) > 1:
            wide = " and ".join(map(str, found))
            raise Conflict(f"the index {name} runs over axes of different lengths ({wide})",
                           list(found.values())[-1].span, "index")
        return next(iter(found), None)

    def _width(self, node: T.Ref | T.Entry, axis: int, env: Env) -> int | None:
        try:
            if isinstance(node, T.Ref):
                marks = tuple(self.world.whole(mark, env) for mark in node.marks)
                shape = self.world.shape(node.variable, marks)
            else:
                value = self.term(node.content, env)
                shape = value.shape if isinstance(value, np.ndarray) else ()
        except Elsewhere:
            return 0
        except Conflict:
            return None
        axes = chosen(shape, len(node.entries))
        return shape[axes[axis]] if axis < len(axes) and axes[axis] < len(shape) else None

    def allowed(self, env: Env) -> bool:
        """Whether the indices satisfy what the context says of them: j \\ne y_i."""
        try:
            return all(self._holds(condition, env) for condition in self.world.context.conditions
                       if all(name in env for name in free_letters(condition)))
        except Elsewhere:
            return False

    # -- conditions and arrays -------------------------------------------------------------

    def _holds(self, term: T.Term, env: Env) -> bool:
        assert isinstance(term, T.Compared)
        left, right = (self._compared_value(one, env) for one in (term.left, term.right))
        rule = COMPARISONS.get(term.sign)
        if rule is None:
            raise Refused(f"cannot decide a condition with '{term.sign}'", term.span)
        return bool(rule(left, right))

    def _compared_value(self, term: T.Term, env: Env) -> Any:
        try:
            return self.world.draw.rational(self.world.whole(term, env))
        except (Conflict, Elsewhere, ValueError):
            return self.term(term, env)

    def _compared(self, term: T.Compared, env: Env) -> Any:
        left, right = (self._compared_value(one, env) for one in (term.left, term.right))
        rule = COMPARISONS[term.sign]
        return spread(left, right, term.span, lambda a, b: self._indicator(rule, a, b, term.span))

    def _indicator(self, rule: Any, a: Any, b: Any, site: Any) -> Any:
        holds = bool(rule(a, b))
        self.world.draw.sides.setdefault(site, set()).add(1 if holds else -1)
        return self.world.draw.rational(int(holds))

    def _indicated(self, term: T.Indicated, env: Env) -> Any:
        return self.term(term.condition, env)

    def _chosen(self, term: T.Chosen, env: Env) -> Any:
        sides = self.world.draw.sides
        for row, (value, condition) in enumerate(term.rows):
            sides.setdefault((term.span, row), set())
            if condition is None or self._holds(condition, env):
                sides[term.span, row] = {-1, 1}
                return self.term(value, env)
        raise Conflict("none of these cases holds", term.span)

    def _array(self, term: T.Array, env: Env) -> Any:
        found = np.empty((len(term.rows), len(term.rows[0])), dtype=object)
        for i, row in enumerate(term.rows):
            for j, one in enumerate(row):
                found[i, j] = self.term(one, env)
        return found

    def _unit(self, term: T.Unit, env: Env) -> Any:
        if term.size is None:
            return OnesLike(self.world.draw.rational(1))
        shape = (self.world.whole(term.size, env), 1)
        bounds.entries(shape, term.span)
        found = np.empty(shape, dtype=object)
        found.fill(self.world.draw.rational(1))
        return found

    def _whole(self, term: T.Whole, env: Env) -> Any:
        value = self.term(term.content, env)
        if not isinstance(value, np.ndarray):
            return value if term.kind != "norm2" else value * value
        return self._wholes(term.kind, value)

    def _wholes(self, kind: str, value: Any) -> Any:
        if " over axis " in kind:
            total = value.sum(axis=int(kind[-1]), keepdims=True)
            return total / value.shape[int(kind[-1])] if kind.startswith("mean") else total
        flat = list(value.ravel())
        total = flat[0]
        match kind:
            case "diag":
                return _diagonal(value, self.world.draw)
            case "trace":
                flat = [value[i, i] for i in range(min(value.shape))]
                return sum(flat[1:], flat[0])
            case "norm2" | "norm":
                squares = [one * one for one in flat]
                total = sum(squares[1:], squares[0])
                return total if kind == "norm2" else apply(self.world.draw, "sqrt", total)
            case "mean":
                return sum(flat[1:], total) / len(flat)
            case _:
                return sum(flat[1:], total)


def _boxed(value: Any) -> Any:
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def _each(value: Any, function: Any) -> Any:
    found = np.empty(value.shape, dtype=object)
    found.ravel()[:] = [function(one) for one in value.ravel()]
    return found


def _long(shape: tuple[int, ...]) -> int | None:
    """The length of a row or column."""
    return max(shape) if len(shape) == 2 and 1 in shape else None


def _shape(value: Any) -> str:
    return " x ".join(map(str, value.shape))


def _matrix_power(base: Any, exponent: int, draw: Any) -> Any:
    found = np.empty(base.shape, dtype=object)
    for i, j in pairs(range(len(base)), repeat=2):
        found[i, j] = draw.rational(int(i == j))
    while exponent > 0:
        exponent, odd = divmod(exponent, 2)
        found, base = found @ base if odd else found, base @ base if exponent else base
    return found


def _softmax(draw: Any, value: Any, name: str, span: Any) -> Any:
    """Over each column; over each row of a row or of a matrix of rows."""
    if not isinstance(value, np.ndarray):
        raise Conflict("softmax of a single number", span)
    rows = value.shape[1] != 1
    lines = value if rows else value.T
    found = np.empty(lines.shape, dtype=object)
    for i, line in enumerate(lines):
        powers = [apply(draw, "exp", one) for one in line]
        total = sum(powers[1:], powers[0])
        found[i] = [one / total for one in powers] if name == "softmax" else [
            one - apply(draw, "log", total) for one in line]
    return found if rows else found.T


def _smallest(draw: Any, value: Any, name: str, span: Any) -> Any:
    flat = value.ravel() if isinstance(value, np.ndarray) else [value]
    found = flat[0]
    for one in flat[1:]:
        found = apply(draw, name + "imum", found, one, site=span)
    return found


def _diagonal(value: Any, draw: Any) -> Any:
    if 1 not in value.shape:
        return np.array([[value[i, i]] for i in range(min(value.shape))], dtype=object)
    flat = value.ravel()
    found = np.empty((len(flat), len(flat)), dtype=object)
    for i, j in pairs(range(len(flat)), repeat=2):
        found[i, j] = flat[i] if i == j else draw.rational(0)
    return found


__all__ = ["Evaluation", "Number", "equal_shapes"]
