"""Kinds of numbers: what a constant, a power and a function are in float64, complex128, exact or mpmath.

In: the name of a kind. Out: a `Number`, whose functions work entry by entry on arrays of that kind.
Comparisons look at the real part, so that the complex step f'(x) = Im f(x + ih)/h passes through them.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import sympy as sp

from derive.errors import DeriveError, nearest
from derive.functions.record import absolute, choose, equal, maximum, minimum, mod, sign, step, stop

DIGITS = 50
INNER_DIGITS = 60
"""For the complex erf: enough that an imaginary part of 1e-20 keeps its 16 digits."""


@dataclass(frozen=True, eq=False)
class Number:
    """`constant` makes a SymPy number, `convert` a given array, `power` and `functions` are elementwise."""

    name: str
    dtype: Any
    constant: Callable[[sp.Expr], Any]
    convert: Callable[[Any], Any]
    power: Callable[[Any, Any], Any]
    functions: dict[Any, Callable[..., Any]]
    unwritten: Any
    """What stands in an entry that no equation has written yet."""

    def zeros(self, shape: tuple[int, ...]) -> Any:
        return np.full(shape, self.constant(sp.Integer(0)), dtype=self.dtype)

    def array(self, value: Any) -> Any:
        return np.asarray(value, dtype=self.dtype)

    def apply(self, function: Any, *arguments: Any) -> Any:
        if function not in self.functions:
            known = "is not rational" if self.name == "exact" else "is not known to the interpreter"
            raise DeriveError(f"the function '{function.__name__}' {known}", where=f"{self.name} numbers",
                              do="Use float64 or mpmath numbers." if self.name == "exact" else "")
        return self.functions[function](*arguments)


def number_kind(name: str | Number) -> Number:
    """By its name, or one that somebody made himself."""
    if isinstance(name, Number):
        return name
    if name not in KINDS:
        raise DeriveError(f"there is no kind of number '{name}'", do=nearest(name, list(KINDS)))
    return KINDS[name]


# -- float64 and complex128: NumPy --------------------------------------------------------


def _repeated(base: Any, exponent: int) -> Any:
    """base^n by multiplication: exp(n log z) loses a tiny imaginary part beside a negative real one."""
    if exponent < 0:
        return 1 / _repeated(base, -exponent)
    result, square = base * 0 + 1, base
    while exponent:
        result = result * square if exponent & 1 else result
        square, exponent = square * square, exponent >> 1
    return result


def _complex_power(base: Any, exponent: Any) -> Any:
    whole = np.asarray(exponent)
    if whole.dtype.kind in "iu":
        result = np.asarray(base + np.zeros(whole.shape))
        for n in np.unique(whole):
            result = np.where(whole == n, _repeated(base, int(n)), result)
        return result
    return np.sqrt(base) if whole.ndim == 0 and whole == 0.5 else np.exp(exponent * np.log(base))


def _complex_erf(z: complex) -> complex:
    with mpmath.workdps(INNER_DIGITS):
        return complex(mpmath.erf(mpmath.mpmathify(complex(z))))


def _vectorised(function: Callable[[Any], Any], dtype: Any) -> Callable[[Any], Any]:
    elementwise = np.frompyfunc(function, 1, 1)
    return lambda value: np.asarray(elementwise(value), dtype=dtype)[()]


_NUMPY: dict[Any, Callable[..., Any]] = {
    sp.exp: np.exp, sp.log: np.log, sp.sin: np.sin, sp.cos: np.cos, sp.tan: np.tan, sp.atan: np.arctan,
    sp.sinh: np.sinh, sp.cosh: np.cosh, sp.tanh: np.tanh,
    step: lambda z: np.where(np.real(z) > 0, 1.0, 0.0),
    sign: lambda z: np.sign(np.real(z)),
    absolute: lambda z: np.where(np.real(z) < 0, -z, z),
    maximum: lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
    minimum: lambda a, b: np.where(np.real(a) <= np.real(b), a, b),
    choose: lambda c, a, b: np.where(np.real(c) > 0, a, b),
    equal: lambda a, b: np.where(np.real(a) == np.real(b), 1.0, 0.0),
    stop: np.real,
    mod: lambda a, b: a - b * np.floor(np.real(a) / np.real(b)),
}


# -- exact and mpmath: objects ------------------------------------------------------------


def _objects(table: dict[Any, tuple[Callable[..., Any], int]]) -> dict[Any, Callable[..., Any]]:
    return {function: np.frompyfunc(scalar, arity, 1) for function, (scalar, arity) in table.items()}


_RATIONAL: dict[Any, tuple[Callable[..., Any], int]] = {
    step: (lambda z: z * 0 + (z.real > 0), 1),
    sign: (lambda z: z * 0 + (z.real > 0) - (z.real < 0), 1),
    absolute: (lambda z: -z if z.real < 0 else z, 1),
    maximum: (lambda a, b: a if a.real >= b.real else b, 2),
    minimum: (lambda a, b: a if a.real <= b.real else b, 2),
    choose: (lambda c, a, b: a if c.real > 0 else b, 3),
    equal: (lambda a, b: a * 0 + (a.real == b.real), 2),
    stop: (lambda z: z, 1),
    mod: (lambda a, b: a - b * math.floor(a / b), 2),
}
_MPMATH: dict[Any, tuple[Callable[..., Any], int]] = {
    sp.exp: (mpmath.exp, 1), sp.log: (mpmath.log, 1), sp.sin: (mpmath.sin, 1), sp.cos: (mpmath.cos, 1),
    sp.tan: (mpmath.tan, 1), sp.atan: (mpmath.atan, 1), sp.sinh: (mpmath.sinh, 1), sp.cosh: (mpmath.cosh, 1),
    sp.tanh: (mpmath.tanh, 1), sp.erf: (mpmath.erf, 1),
}


def _fraction_of(expr: sp.Expr) -> Fraction:
    if not expr.is_Rational:
        raise DeriveError(f"{expr} is not rational", where="exact numbers", do="Use float64 or mpmath numbers.")
    return Fraction(int(expr.p), int(expr.q))


def _mpf_of(expr: sp.Expr) -> Any:
    return mpmath.mpf(int(expr.p)) / int(expr.q) if expr.is_Rational else mpmath.mpf(sp.N(expr, DIGITS + 10)._mpf_)


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value)) if isinstance(value, numbers.Integral) else Fraction(value)


def _mp(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpmathify(value)


def _fraction_power(base: Fraction, exponent: Any) -> Fraction:
    if exponent != int(exponent):
        raise DeriveError(f"a power of {exponent} is not rational", where="exact numbers",
                          do="Use float64 or mpmath numbers.")
    if base == 0 and exponent < 0:
        raise DeriveError("division by zero", where="exact numbers")
    return base ** int(exponent)


def _mp_power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent < 0:  # as NumPy does; mpmath would raise, also in the branch that is not chosen
        return mpmath.inf
    return base ** (int(exponent) if isinstance(exponent, numbers.Integral) else exponent)


def _converted(scalar: Callable[[Any], Any]) -> Callable[[Any], Any]:
    elementwise = np.frompyfunc(scalar, 1, 1)
    return lambda values: np.asarray(elementwise(np.asarray(values, dtype=object)), dtype=object)


KINDS: dict[str, Number] = {
    "float64": Number(
        "float64", np.float64, lambda e: np.float64(e), lambda v: np.asarray(v, dtype=np.float64),
        lambda b, e: b ** e, _NUMPY | {sp.erf: _vectorised(math.erf, np.float64)}, np.nan),
    "complex128": Number(
        "complex128", np.complex128, lambda e: np.complex128(float(e)), lambda v: np.asarray(v, dtype=np.complex128),
        _complex_power, _NUMPY | {sp.erf: _vectorised(_complex_erf, np.complex128)}, np.nan),
    "exact": Number(
        "exact", object, _fraction_of, _converted(_fraction), np.frompyfunc(_fraction_power, 2, 1),
        _objects(_RATIONAL), None),
    "mpmath": Number(
        "mpmath", object, _mpf_of, _converted(_mp), np.frompyfunc(_mp_power, 2, 1),
        _objects(_RATIONAL | _MPMATH), None),
}
