r"""A term of a sum that does not belong: a path that is not there.

    \delta h_{t-1} = W_i^T \delta i + W_f^T \delta f + y      for      W_i^T \delta i + W_f^T \delta f
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import in_marks, quoted
from derive.written.tree import Add, Span

NAME, WEIGHT = "spurious_path", 17


def edits(written: Written) -> Iterator[Edit]:
    for place in written.places():
        node = place.node
        if not isinstance(node, Add) or in_marks(place):
            continue
        for i, term in enumerate(node.terms):
            start = node.terms[i - 1].span.stop if i else term.span.start
            stop = term.span.stop
            if not i:
                stop = node.terms[1].span.start
                plus = written.source.find("+", term.span.stop, stop)
                stop = plus + 1 if plus >= 0 else stop
            said = (f"The term {quoted(written, written.text(term))} does not belong: through this path the variable "
                    "does not act.")
            yield Edit(Span(start, stop), "", said, NAME, WEIGHT + (1 if place.above else 0), place.part)


ENTRY = Mistake(NAME, "a term too many", edits)
