r"""The neighbouring time step.

    \frac{\partial L}{\partial W} = \sum_t \delta_t h_t^T      for      \sum_t \delta_t h_{t-1}^T
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Mistake, Written
from derive.mistake.sites import marks, quoted
from derive.mistake.writing import is_transpose
from derive.mistakes.layer_off_by_one import shifted, stepped
from derive.written.tree import Add, Big, Listing, Name, Negative, Span

NAME, WEIGHT = "time_off_by_one", 16


def edits(written: Written) -> Iterator[Edit]:
    yield from shifted(written, NAME, WEIGHT, times=True)
    bound = {name.letter for node in written.tree.walk() if isinstance(node, Big)
             for index in node.indices for name in index.walk() if isinstance(name, Name)}
    for place, mark, _ in marks(written):
        content = mark.content
        first = content.terms[0] if isinstance(content, Add) else content
        if is_transpose(mark) or isinstance(content, Listing | Negative) or not isinstance(first, Name):
            continue
        if first.letter in bound:
            yield from _steps(written, place.part, content.span, written.text(place.node))


def _steps(written: Written, part: int, span: Span, whole: str) -> Iterator[Edit]:
    now = written.source[span.start:span.stop]
    for step in (1, -1):
        text = stepped(now, step)
        said = (f"One step off: {quoted(written, whole)} must have {quoted(written, text)} for "
                f"{quoted(written, now)}.")
        yield Edit(span, written.writing.script(span, text), said, NAME, WEIGHT + 2, part)


ENTRY = Mistake(NAME, "the neighbouring time step", edits)
