r"""A slip of the pen: a \partial forgotten, a bracket, a function that is multiplied with its argument.

    \frac{\partial C}{w_{jk}}      for      \frac{\partial C}{\partial w_{jk}}
    \sigma' * (z)      for      \sigma'(z)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import is_function, quoted
from derive.written.tree import Derivative, Fraction, Group, Product, Span

NAME, WEIGHT = "notation_slip", 6
BRACKETS = {"(": ")", "[": "]"}
MOST_PLACES = 60


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places(left=True):
        node, part = place.node, place.part
        if isinstance(node, Derivative) and node.sign == "broken":
            yield from _partial(written, node, part)
        if isinstance(node, Fraction):
            yield from _partial(written, node, part)
        if isinstance(node, Product):
            for i, sign in enumerate(node.signs):
                one, two = node.factors[i], node.factors[i + 1]
                if sign and sign != "/" and isinstance(two, Group) and is_function(written, one):
                    said = (f"{quoted(written, written.text(one))} is a function: it is taken at "
                            f"{quoted(written, written.text(two))}, not multiplied with it.")
                    gap = written.writing.gap(one, two) or Span(one.span.stop, two.span.start)
                    yield Edit(gap, "", said, NAME, WEIGHT, part)
    yield from _brackets(written.source)


def _partial(written: Written, node: Derivative | Fraction, part: int) -> Iterator[Edit]:
    r"""\partial put where it is missing: above, below."""
    source, start, stop = written.source, node.span.start, node.span.stop
    sign = r"\partial " if r"\partial" in source[start:stop] or isinstance(node, Fraction) else "d"
    said = f"A {quoted(written, sign.strip())} is missing in {quoted(written, source[start:stop])}."
    for found in re.finditer(r"\{\s*|\\over\s+", source[start:stop]):
        at = start + found.end()
        if not source.startswith((r"\partial", r"\mathrm{d}", "{"), at):
            more = 0 if isinstance(node, Derivative) else 12
            yield Edit(Span(at, at), sign, said, NAME, WEIGHT + more, part)


def _brackets(source: str) -> Iterator[Edit]:
    """One bracket put in, or taken out, where they do not pair."""
    for opening, closing in BRACKETS.items():
        lone = _lone(source, opening, closing)
        if lone is None:
            continue
        at, missing = lone
        whole = source[at]
        said = f"The bracket {whole} has no partner."
        yield Edit(Span(at, at + 1), "", said, NAME, WEIGHT + 4, -1)
        spots = [i for i in _spots(source) if i <= at] if missing == opening else [i for i in _spots(source) if i > at]
        for i, spot in enumerate(spots[:MOST_PLACES]):
            yield Edit(Span(spot, spot), missing, said, NAME, WEIGHT + min(i // 4, 3), -1)


def _lone(source: str, opening: str, closing: str) -> tuple[int, str] | None:
    """Where the one bracket without a partner stands, and what is missing; None where all pair or more are lone."""
    open_at: list[int] = []
    lone: list[tuple[int, str]] = []
    for i, sign in enumerate(source):
        if sign == opening:
            open_at.append(i)
        elif sign == closing:
            if open_at:
                open_at.pop()
            else:
                lone.append((i, opening))
    lone += [(i, closing) for i in open_at]
    return lone[0] if len(lone) == 1 else None


def _spots(source: str) -> list[int]:
    """Where a bracket may be put in: before or after a token at the outer level of braces; behind a relation first."""
    spots, depth, i = [], 0, 0
    while i < len(source):
        found = re.compile(r"\\[A-Za-z]+|\\.|[^\s]", re.S).match(source, i)
        if found is None:
            i += 1
            continue
        if depth == 0 and found.group() not in "^_'}":
            spots.append(i)
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth == 0 and source[i - 1:i] not in ("^", "_"):
            spots.append(found.end())
        i = found.end()
    behind = source.find("=") + 1
    return sorted(dict.fromkeys(spots), key=lambda s: (s < behind, s))


ENTRY = Mistake(NAME, "a slip of notation", edits)
