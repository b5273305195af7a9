r"""Functions of values: those that the library knows, formulas of the context, and any differentiable one.

    \sigma'(z)      the slope of sigmoid, of the context's formula for it, or of a random polynomial

In: terms of these kinds. Out: their values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.arrays import OnesLike, Tensor
from derive.claims.definitions import Formula
from derive.claims.refused import Conflict, Refused
from derive.claims.values import Env, Values
from derive.points.dual import Dual, elementwise
from derive.points.functions import apply, slope


class Applications(Values):
    """The rules for functions and their slopes."""

    def _applied(self, term: T.Applied, env: Env) -> Any:
        bounds.primes(term.order, term.span)
        arguments = [self.term(one, env) for one in term.arguments]
        if any(isinstance(one, Tensor | OnesLike) for one in arguments):
            raise Conflict("a function of a derivative that no matrix holds", term.span, "tensor")
        formulas = self.world.context.formulas
        if arguments and (exact := formulas.get((term.function.name, term.order))) is not None:
            return self._formula(exact, arguments[0], 0)
        if arguments and (formula := formulas.get((term.function.name, 0))) is not None:
            return self._formula(formula, arguments[0], term.order)
        marks = tuple(self.world.whole(mark, env) for mark in term.marks)
        if known := self._called(term, marks):
            return self._known(term, known, arguments)
        return self._arbitrary(term, marks, arguments)

    @staticmethod
    def _called(term: T.Applied, marks: tuple[int, ...]) -> str:
        """The name of a known function; empty: any differentiable one."""
        if not term.function.by_mark:
            return term.function.known
        by_mark = dict(term.function.by_mark)
        if str(marks[0]) not in by_mark:
            raise Refused(f"which function '{term.function.name}' of layer {marks[0]} is, is not said", term.span,
                          f"It is known of {' and '.join(by_mark)}.", open=True)
        return by_mark[str(marks[0])]

    def _known(self, term: T.Applied, name: str, arguments: list[Any]) -> Any:
        draw = self.world.draw
        if name in ("softmax", "log_softmax"):
            return _softmax(draw, arguments[0], name, term.span)
        if name in ("max", "min"):
            found = arguments[0] if len(arguments) > 1 else _smallest(draw, arguments[0], name, term)
            for other in arguments[1:]:
                found = apply(draw, name + "imum", found, other, site=term.site)
            return found
        if term.order:
            return slope(draw, name, arguments[0], term.order, site=term.site)
        return apply(draw, name, *arguments, site=term.site)

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
        return elementwise(function, value) if isinstance(value, np.ndarray) else function(value)

    def _formula(self, formula: Formula, value: Any, order: int) -> Any:
        if isinstance(value, np.ndarray) and not formula.whole:
            return elementwise(lambda x: self._formula(formula, x, order), value)
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
        name = term.content.variable.name
        if name in self.world.context.primed:
            raise Refused(f"{name}' can be the transpose of {name}, or another array", term.span,
                          f"Write {name}^T, or {name}_2 for another one.", open=True)
        if term.order == 1 and not self.defining(term.content.variable, marks):
            return self.term(T.Transposed(term.span, term.content), env)  # what is given has no slope
        raise Refused(f"{name}' can be the transpose of {name}, or the slope of a function", term.span,
                      f"Write {name}^T, or f'(z).", open=True)


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


def _smallest(draw: Any, value: Any, name: str, term: T.Term) -> Any:
    flat = value.ravel() if isinstance(value, np.ndarray) else [value]
    found = flat[0]
    for one in flat[1:]:
        found = apply(draw, name + "imum", found, one, site=term.site)
    return found
