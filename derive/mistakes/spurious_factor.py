r"""A factor that does not belong.

    f'(x) = f'(A) A'(B) B'(x)      for      A'(B) B'(x)      where f = A
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import products, quoted, remove
from derive.mistakes.factor import is_constant
from derive.written.tree import Span

NAME, WEIGHT = "spurious_factor", 20


def edits(written: Written) -> Iterator[Edit]:
    for place, listed in products(written):
        for unit in listed:
            if not unit.applied and is_constant(written, unit.nodes[0]):
                continue
            dropped = remove(written, unit, listed)
            if dropped:
                text = written.source[unit.span.start:unit.span.stop]
                said = f"The factor {quoted(written, text)} is one too many: this link of the chain is not there."
                yield Edit(dropped[0], dropped[1], said, NAME, WEIGHT, place.part)
        for i in range(len(listed) - 1):
            if len(listed) > 2:
                start = listed[i - 1].span.stop if i else listed[0].span.start
                whole = Span(start, listed[i + 1].span.stop if i else listed[2].span.start)
                text = written.source[listed[i].span.start:listed[i + 1].span.stop]
                said = f"The factors {quoted(written, text)} do not belong: this link of the chain is not there."
                yield Edit(whole, "", said, NAME, WEIGHT + 6, place.part)


ENTRY = Mistake(NAME, "a factor too many", edits)
