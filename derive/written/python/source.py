"""A Python text that knows its places.

In: the text and a node of its syntax tree. Out: `line:column` as people count (both from 1, in characters),
and the span as offsets into the text. `ast` counts columns in UTF-8 bytes, and `δ` is two of them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from derive.errors import DeriveError
from derive.written.tree import Span


@dataclass(frozen=True)
class Source:
    """The text; `above`: lines put before it so that Python reads it; `name`: of the file, or of the claim."""

    text: str
    above: int = 0
    name: str = ""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of every line's first character."""
        starts, at = [0], 0
        while at < len(self.text):
            if self.text[at] == "\r" and self.text[at + 1:at + 2] == "\n":
                at += 1
            if self.text[at] in "\r\n":
                starts.append(at + 1)
            at += 1
        return tuple(starts)

    def _column(self, line: int, octets: int) -> int:
        if not 0 < line <= len(self.lines):
            return 0
        return len(self.lines[line - 1].encode("utf-8", "replace")[:octets].decode("utf-8", "replace"))

    def line(self, node: ast.AST) -> int:
        return max(1, int(getattr(node, "lineno", 1 + self.above)) - self.above)

    def column(self, node: ast.AST) -> int:
        return self._column(self.line(node), int(getattr(node, "col_offset", 0))) + 1

    def where(self, node: ast.AST) -> str:
        place = f"{self.line(node)}:{self.column(node)}"
        return f"{self.name}:{place}" if self.name else place

    def span(self, node: ast.expr | ast.stmt) -> Span:
        last = (node.end_lineno or node.lineno) - self.above
        start = self.starts[self.line(node) - 1] + self._column(self.line(node), node.col_offset)
        stop = self.starts[last - 1] + self._column(last, node.end_col_offset or 0)
        return Span(start, stop)

    def written(self, node: ast.expr | ast.stmt) -> str:
        """The node as its author wrote it."""
        span = self.span(node)
        return self.text[span.start:span.stop]

    def refuse(self, node: ast.AST, what: str, do: str = "") -> DeriveError:
        return DeriveError(what, where=self.where(node), do=do)
