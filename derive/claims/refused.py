"""A formula that the context cannot make sense of: what, and the place in the formula."""

from __future__ import annotations

from derive.written.tree import Span


class Refused(Exception):
    """`what` is wrong at `span`; `do` mends it. `open`: it may well be right, only nobody can say here."""

    def __init__(self, what: str, span: Span, do: str = "", *, open: bool = False) -> None:
        self.what, self.span, self.do, self.open = what, span, do, open
        super().__init__(what)


class Conflict(Exception):
    """A formula that can be read but cannot hold: shapes that do not go together, an index out of its range."""

    def __init__(self, what: str, span: Span, kind: str = "shape") -> None:
        self.what, self.span, self.kind = what, span, kind
        super().__init__(what)
