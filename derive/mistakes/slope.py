r"""The function where its slope belongs, or the slope where the function belongs.

    \delta = w^T \delta \odot \sigma(z)      for      \sigma'(z)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.mistake import Edit, Known, Mistake, Written
from derive.mistake.sites import HADAMARD_SIGNS, applications, letter, products, quoted
from derive.written.tree import Call, Name, Node, Product, Scripted, Span

DERIVED = ("relu", "leaky_relu", "sigmoid", "tanh", "softplus", "sin", "cos", "exp")
NAMED = re.compile(r"\\(?:operatorname|mathrm|text)\s*\{[A-Za-z]+\}|\\[A-Za-z]+")
BY_VALUE = {"sigmoid": "{0} * (1 - {0})", "tanh": "(1 - {0} ** 2)"}
NAME, WEIGHT = "slope", 16


def edits(written: Written) -> Iterator[Edit]:
    for place, function, argument in applications(written):
        shown = quoted(written, written.text(argument))
        for text, slope in _others(written, function):
            said = (f"Here the slope {quoted(written, text)} belongs, not the function itself: the chain rule "
                    f"multiplies by the derivative at {shown}." if slope else
                    f"Here the function {quoted(written, text)} itself belongs, not its slope.")
            yield Edit(function.span, text, said, NAME, WEIGHT, place.part)
    for place in written.places():
        if isinstance(place.node, Call) and place.node.name in DERIVED and written.language == "latex":
            yield from _named(written, place.node, place.part)
    yield from _by_value(written)


def _by_value(written: Written) -> Iterator[Edit]:
    """... * a for ... * a * (1 - a), where the slope is written by the value; sigmoid(z) in a program likewise."""
    for place, listed in products(written):
        assert isinstance(place.node, Product)
        for one in listed:
            entrywise = one.first and place.node.signs[one.first - 1] in HADAMARD_SIGNS
            if not entrywise or not isinstance(one.nodes[0], Name | Scripted):
                continue
            text = written.source[one.span.start:one.span.stop]
            known = BY_VALUE.get(letter(one.nodes[0]), "") if one.applied and written.language == "python" else ""
            for slope in (known.format(text),) if known else () if one.applied else written.slopes:
                said = f"Here the slope {quoted(written, slope)} belongs, not the value {quoted(written, text)}."
                yield Edit(one.span, slope, said, NAME, WEIGHT + 2, place.part)


def _named(written: Written, call: Call, part: int) -> Iterator[Edit]:
    r"""\operatorname{ReLU}(z), \tanh(z): a prime behind the name."""
    found = NAMED.match(written.text(call))
    if found is not None:
        at = Span(call.span.start + found.end(), call.span.start + found.end())
        name = quoted(written, found.group())
        said = f"Here the slope of {name} belongs, not the function: the chain rule multiplies by the derivative."
        yield Edit(at, "'", said, NAME, WEIGHT, part)


def _others(written: Written, function: Node) -> Iterator[tuple[str, bool]]:
    """The function for its slope, the slope for the function, as this author writes them; True for a slope."""
    text = written.text(function)
    if written.language == "python":
        now = letter(function)
        for known in functions(written):
            if known.base != now:
                yield known.base, known.meaning.role == "slope"
        return
    if isinstance(function, Scripted) and function.primes:
        yield _unprimed(text), False
    else:
        yield primed(text, function), True


def primed(text: str, function: Node) -> str:
    """The name of the slope: a prime right behind the letter."""
    if isinstance(function, Name):
        return text + "'"
    return f"{{{text}}}'"


def functions(written: Written) -> Iterator[Known]:
    return (known for known in written.names if known.meaning.kind == "function")


def _unprimed(text: str) -> str:
    for prime in ("^{\\prime}", "^{'}", "^\\prime", "\\prime", "'"):
        if prime in text:
            return text.replace(prime, "", 1)
    return text


ENTRY = Mistake(NAME, "a function for its slope, or a slope for the function", edits)
