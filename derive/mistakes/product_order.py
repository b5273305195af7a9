r"""The factors of a matrix product in the wrong order.

    dL/dW = X^T dL/dY      for      dL/dY X^T      where Y = W X
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import MATRIX_SIGNS, Unit, factor_text, products, quoted
from derive.mistakes.transpose import both_ways
from derive.written.tree import Product, Span

NAME, WEIGHT = "product_order", 16
MOST_FACTORS = 4
SAID = ("The factors stand in the wrong order: {}. A product of matrices may not be turned round; neighbouring sizes "
        "must agree, and the result must have the shape of the left side.")


def edits(written: Written) -> Iterator[Edit]:
    for place, listed in products(written):
        node = place.node
        assert isinstance(node, Product)
        if not all(sign in MATRIX_SIGNS for sign in node.signs):
            continue
        for i in range(len(listed) - 1):
            swapped = [*listed[:i], listed[i + 1], listed[i], *listed[i + 2:]]
            yield _ordered(written, listed, swapped, place.part, WEIGHT)
        if 2 < len(listed) <= MOST_FACTORS:
            for order in permutations(listed):
                if list(order) != listed:
                    yield _ordered(written, listed, list(order), place.part, WEIGHT + 8)
        if len(listed) <= MOST_FACTORS - 1:
            yield from _transposed(written, listed, place.part)
        yield from _jumbled(written, listed, place.part)


def _ordered(written: Written, listed: list[Unit], order: list[Unit], part: int, weight: int) -> Edit:
    texts = [factor_text(written, unit) for unit in order]
    return _edit(written, listed, texts, part, weight)


def _edit(written: Written, listed: list[Unit], texts: list[str], part: int, weight: int) -> Edit:
    whole = Span(listed[0].span.start, listed[-1].span.stop)
    text = joined(written, listed, texts)
    said = SAID.format(quoted(written, text))
    return Edit(whole, text, said, NAME, weight, part)


def joined(written: Written, listed: list[Unit], texts: list[str]) -> str:
    """The texts with the gaps that the author left between the factors."""
    result = texts[0]
    for i, text in enumerate(texts[1:]):
        gap = written.source[listed[i].span.stop:listed[i + 1].span.start]
        if gap.strip() == ",":  # np.dot(A, B)
            result += gap + text
            continue
        if written.language == "python" and "@" not in gap:
            gap = " @ "
        result = written.writing.side_by_side(result, gap, text)
    return result


def _jumbled(written: Written, listed: list[Unit], part: int) -> Iterator[Edit]:
    """Factors found one by one and set side by side: a slope that belongs to its neuron, order and transposes open."""
    slopes = [unit for unit in listed if unit.applied]
    if len(slopes) != 1 or not 2 < len(listed) <= MOST_FACTORS or written.language == "python":
        return
    slope = slopes[0]
    for partner in (unit for unit in listed if unit is not slope):
        rest = [unit for unit in listed if unit is not slope and unit is not partner]
        for paired in both_ways(written, partner):
            pair = written.writing.bracketed(written.writing.entrywise(paired, factor_text(written, slope)))
            for texts in product(*(both_ways(written, unit) for unit in rest)):
                for order in permutations((pair, *texts)):
                    whole = Span(listed[0].span.start, listed[-1].span.stop)
                    said = SAID.format(quoted(written, written.writing.side_by_side(*order)))
                    text = written.writing.side_by_side(*order)
                    yield Edit(whole, text, said, NAME, WEIGHT + 18, part)


def _transposed(written: Written, listed: list[Unit], part: int) -> Iterator[Edit]:
    """Turned round, and some factors transposed too."""
    plain = tuple(factor_text(written, unit) for unit in listed)
    for order in permutations(range(len(listed))):
        if list(order) == sorted(order):
            continue
        for texts in product(*(both_ways(written, listed[i]) for i in order)):
            changed = sum(text != plain[i] for text, i in zip(texts, order, strict=True))
            if changed:
                yield _edit(written, listed, list(texts), part, WEIGHT + 6 + 4 * changed + 2 * len(listed))


ENTRY = Mistake(NAME, "the factors of a matrix product in the wrong order", edits)
