"""What a claim may call by a bare name: range, len, zip, and functions that numpy or everybody knows.

    len(weights)    enumerate(zip(biases, weights))    sigmoid(z)    exp(x)

`sigmoid`, `relu` and the like are used only where neither the claim nor the context defines them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.claims.python.arithmetic import Arithmetic, bounded_length
from derive.claims.python.evaluator import iterated
from derive.claims.python.numpy_names import NAMES
from derive.claims.python.values import Fault, Misfit, Value, named, stacked


def _range(*ends: Value) -> Value:
    if not ends or not all(isinstance(n, int) for n in ends):
        raise Fault("range takes whole numbers", do="Use // where a whole number is meant.")
    return range(*ends)


def _len(value: Value) -> Value:
    if isinstance(value, (list, tuple, dict, str, range)):
        return len(value)
    array = stacked(value)
    if not array.ndim:
        raise Misfit("len of a single number")
    return array.shape[0]


def _short(value: Value) -> list[Value]:
    return bounded_length(list(iterated(value)))


def _reversed(value: Value) -> Value:
    return value[::-1] if isinstance(value, range) else _short(value)[::-1]


def _whole(value: Value = 0) -> Value:
    if isinstance(value, (int, Fraction)):
        return int(value)
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    raise Fault(f"int of {named(value)} is not read", do="Declare the name as integer.")


def _text(value: Value) -> Value:
    if isinstance(value, (int, str)):
        return str(value)
    raise Fault(f"str of {named(value)} is not read")


def _extreme(sign: str) -> Callable[..., Value]:
    def act(do: Arithmetic, *values: Value) -> Value:
        listed = values if len(values) > 1 else tuple(iterated(values[0]))
        best = listed[0]
        for other in listed[1:]:
            best = other if do.compare(sign, other, best) else best
        return best

    return act


def _added(do: Arithmetic, values: Value, start: Value = 0) -> Value:
    result = start
    for one in iterated(values):
        result = do.binary("+", result, one)
    return result


def _relu(do: Arithmetic, x: Value) -> Value:
    return NAMES["maximum"](do, x, 0)


PLAIN: dict[str, Callable[..., Value]] = {
    "range": _range, "xrange": _range, "len": _len, "reversed": _reversed, "int": _whole, "str": _text,
    "list": _short, "tuple": lambda value=(): tuple(_short(value)), "float": lambda value: value,
    "zip": lambda *parts: [tuple(row) for row in zip(*(_short(p) for p in parts), strict=False)],
    "enumerate": lambda value, start=0: [(start + at, one) for at, one in enumerate(_short(value))],
    "dict": lambda: {}, "print": lambda *parts: None, "bool": bool}
WITH_NUMBERS: dict[str, Callable[..., Value]] = {
    "sum": _added, "max": _extreme(">"), "min": _extreme("<"), "relu": _relu, "pow": NAMES["power"],
    "exp": NAMES["exp"], "log": NAMES["log"], "ln": NAMES["log"], "sqrt": NAMES["sqrt"], "tanh": NAMES["tanh"],
    "sin": NAMES["sin"], "cos": NAMES["cos"], "sigmoid": NAMES["sigmoid"], "logistic": NAMES["sigmoid"],
    "abs": NAMES["abs"], "dot": NAMES["dot"], "outer": NAMES["outer"], "matmul": NAMES["matmul"],
    "maximum": NAMES["maximum"], "zeros": NAMES["zeros"], "ones": NAMES["ones"], "zeros_like": NAMES["zeros_like"],
    "diag": NAMES["diag"], "mean": NAMES["mean"], "einsum": NAMES["einsum"], "transpose": NAMES["transpose"]}


def builtin(do: Arithmetic, name: str) -> Value:
    """The function under a bare name, or None."""
    if name in PLAIN:
        return PLAIN[name]
    if name in WITH_NUMBERS:
        act = WITH_NUMBERS[name]
        return lambda *given, **named_values: act(do, *given, **named_values)
    return None
