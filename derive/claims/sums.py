r"""Sums, products and maxima over indices, and conditions on them.

    \sum_{j \ne y_i} \max(0, s_j)      j over the axis that it picks from, where the condition holds

In: terms of these kinds. Out: their values; how far an index runs follows from what it picks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.arrays import spread, times
from derive.claims.inference import Elsewhere, chosen, marks_with
from derive.claims.letters import free_letters
from derive.claims.refused import Conflict, Refused
from derive.claims.values import Env, Values
from derive.points.functions import apply

COMPARISONS = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
               "=": lambda a, b: a == b, "!=": lambda a, b: a != b}


class Sums(Values):
    """The rules for sums and conditions."""

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
            case "prod" if self.world.reversed:
                return times(other, one, "", term.span, self.world.entrywise)
            case "prod":
                return times(one, other, "", term.span, self.world.entrywise)
            case _:
                return apply(self.world.draw, term.kind + "imum", one, other, site=term.site)

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
        counted = 1 if isinstance(term.lower, T.Constant) else env.get("first", self.world.first)
        first = 1 if marking else 0 if lower == 0 else counted
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
        if not count and name in self.world.context.said.ranges:
            full = self.world.range_of(name)
            return full[0], full
        if not count:
            raise Refused(f"nothing says how far {name} runs", term.span, rf"Say it: {name} = 1, \dots, n", open=True)
        return first, range(first, count + first)

    def _bound(self, term: T.Term | None, env: Env) -> int | None:
        try:
            return self.world.whole(term, env) if term is not None else None
        except (Elsewhere, Conflict):
            return None

    def extent(self, term: T.Term, name: str, env: Env) -> int | None:
        """How many values an index has, by the axes that it picks from; they must all agree.

        An axis of a layer that does not exist has none: then there is nothing to compare. An array that is made of
        parts may be picked from in one of them alone.
        """
        found: dict[int, T.Term] = {}
        loose: dict[int, T.Term] = {}
        gone = False
        for node, axis in term.picks.get(name, ()):
            width = self._width(node, axis, env)
            gone |= width == 0
            if width:
                parted = isinstance(node, T.Ref) and node.variable in self.world.context.parted
                (loose if parted else found).setdefault(width, node)
        found = found or loose
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

    def _holds(self, term: T.Term, env: Env) -> bool:
        if isinstance(term, T.Both):
            return all(self._holds(part, env) for part in term.parts)
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
        return spread(left, right, term.span, lambda a, b: self._indicator(rule, a, b, term.site))

    def _both(self, term: T.Both, env: Env) -> Any:
        found = self.term(term.parts[0], env)
        for part in term.parts[1:]:
            found = spread(found, self.term(part, env), term.span, lambda a, b: a * b)
        return found

    def _indicator(self, rule: Any, a: Any, b: Any, site: Any) -> Any:
        holds = bool(rule(a, b))
        self.world.draw.sides.setdefault(site, set()).add(1 if holds else -1)
        return self.world.draw.rational(int(holds))

    def _indicated(self, term: T.Indicated, env: Env) -> Any:
        return self.term(term.condition, env)

    def _chosen(self, term: T.Chosen, env: Env) -> Any:
        sides = self.world.draw.sides
        for row, (value, condition) in enumerate(term.rows):
            sides.setdefault((term.site, row), set())
            if condition is None or self._holds(condition, env):
                sides[term.site, row] = {-1, 1}
                return self.term(value, env)
        raise Conflict("none of these cases holds", term.span)
