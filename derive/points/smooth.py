"""Smooth functions of one number: the primitive ones with value and slope, the others composed of them.

    exp' = exp      log' = 1/z      erf' = 2/sqrt(pi) * exp(-z^2)      tanh z = (exp(2z) - 1)/(exp(2z) + 1)

So every identity between the composed ones is one between values of exp and log, and holds by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derive.points.draw import Draw
from derive.points.dual import Dual
from derive.points.number import Rational

HALF = Fraction(1, 2)
Smooth = Callable[[Draw, Any], Any]


def _erf_slope(draw: Draw, z: Any, a: Any) -> Any:
    return primitive(draw, "exp", -(z * z)) * (2 / draw.pi ** HALF)


PRIMITIVE: dict[str, tuple[Callable[[Draw, Any], Any], Callable[[Draw, Any, Any], Any]]] = {
    "exp": (lambda draw, z: draw.exp(z), lambda draw, z, a: a),
    "log": (lambda draw, z: draw.log(z), lambda draw, z, a: 1 / z),
    "sin": (lambda draw, z: draw.sin(z), lambda draw, z, a: primitive(draw, "cos", z)),
    "cos": (lambda draw, z: draw.cos(z), lambda draw, z, a: -primitive(draw, "sin", z)),
    "erf": (lambda draw, z: draw.odd("erf", z), _erf_slope),
    "atan": (lambda draw, z: draw.odd("atan", z), lambda draw, z, a: 1 / (1 + z * z)),
}


def primitive(draw: Draw, name: str, z: Any) -> Any:
    value, slope = PRIMITIVE[name]
    if isinstance(z, Dual):
        a = primitive(draw, name, z.value)
        return z.chain(a, slope(draw, z.value, a))
    return value(draw, z)


def power(draw: Draw, base: Any, exponent: Any) -> Any:
    """base^exponent: by multiplication and roots for a rational exponent, else exp(exponent * log base)."""
    if isinstance(exponent, Rational):
        return base ** exponent
    whole = exponent if isinstance(exponent, Dual) else draw.as_rational(exponent)
    if isinstance(whole, Rational):
        return base ** whole
    return primitive(draw, "exp", exponent * primitive(draw, "log", base))


def _tanh(draw: Draw, z: Any) -> Any:
    squared = primitive(draw, "exp", z * 2)
    return (squared - 1) / (squared + 1)


def _half_sum(sign: int) -> Smooth:
    def function(draw: Draw, z: Any) -> Any:
        up = primitive(draw, "exp", z)
        return (up + sign / up) * HALF
    return function


def _logarithm(base: int) -> Smooth:
    return lambda draw, z: primitive(draw, "log", z) / draw.log(draw.rational(base))


def _normal(draw: Draw, z: Any) -> Any:
    """The normal distribution function Phi."""
    return (1 + primitive(draw, "erf", z / draw.rational(2) ** HALF)) * HALF


def _density(draw: Draw, z: Any) -> Any:
    return primitive(draw, "exp", z * z * -HALF) / (2 * draw.pi) ** HALF


COMPOSED: dict[str, Smooth] = {
    "ln": lambda draw, z: primitive(draw, "log", z),
    "sqrt": lambda draw, z: z ** HALF,
    "tan": lambda draw, z: primitive(draw, "sin", z) / primitive(draw, "cos", z),
    "cot": lambda draw, z: primitive(draw, "cos", z) / primitive(draw, "sin", z),
    "tanh": _tanh,
    "coth": lambda draw, z: 1 / _tanh(draw, z),
    "sinh": _half_sum(-1), "cosh": _half_sum(1),
    "sech": lambda draw, z: 1 / COMPOSED["cosh"](draw, z),
    "arctan": lambda draw, z: primitive(draw, "atan", z),
    "artanh": lambda draw, z: primitive(draw, "log", (1 + z) / (1 - z)) * HALF,
    "log2": _logarithm(2), "log10": _logarithm(10),
    "log1p": lambda draw, z: primitive(draw, "log", 1 + z),
    "expm1": lambda draw, z: primitive(draw, "exp", z) - 1,
    "erfc": lambda draw, z: 1 - primitive(draw, "erf", z),
    "normal_cdf": _normal, "normal_pdf": _density,
    "square": lambda draw, z: z * z,
    "reciprocal": lambda draw, z: 1 / z,
}
COMPOSED |= {"arctanh": COMPOSED["artanh"], "atanh": COMPOSED["artanh"]}


def smooth(draw: Draw, name: str, z: Any) -> Any:
    if name in PRIMITIVE:
        return primitive(draw, name, z)
    return COMPOSED[name](draw, z)


