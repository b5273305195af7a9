"""The reader's place among the tokens: look, step, refuse; and the bound on how deep a formula may nest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derive.errors import DeriveError, clip
from derive.written.latex.lexer import Token
from derive.written.place import place, refusal
from derive.written.tree import Node, Span

DEEPEST = 40
"""Each level costs the reader some ten calls, far from Python's limit of a thousand."""


class Cursor:
    """Tokens of one formula and where in them we are. `font` and `in_script` hold for what is read next.

    `plain`: no command of LaTeX stands in the text.
    """

    def __init__(self, source: str, tokens: list[Token], readers: Mapping[str, Reader]) -> None:
        stop = tokens[-1].stop if tokens else len(source)
        self.source, self.tokens, self.readers = source, [*tokens, Token("end", "", stop, stop)], readers
        self.plain = "\\" not in source
        self.at, self.depth, self.font, self.in_script, self.single = 0, 0, "", False, False
        self.open: list[str] = []
        self.pending: Node | None = None
        """A factor that was read while looking for an argument, and is none."""

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def after(self) -> Token:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def span(self, start: int) -> Span:
        """From the token number `start` to the one just taken."""
        return Span(self.tokens[start].start, self.tokens[max(start, self.at - 1)].stop)

    def refuse(self, token: Token, what: str, do: str = "") -> DeriveError:
        return refusal(self.source, token.start, what, do)

    def place(self, token: Token) -> str:
        return place(self.source, token.start)

    def shown(self, token: Token) -> str:
        """The token as its author wrote it."""
        return clip(self.source[token.start:token.stop], 30)

    def missing(self, what: str) -> DeriveError:
        """Something should stand here and does not."""
        token = self.token
        found = "the formula ends" if token.kind == "end" else f"'{self.shown(token)}' stands"
        return self.refuse(token, f"{found} where {what} should stand",
                           f"Write {what} here, or take out what asks for it.")

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refuse(token, f"brackets, braces and fractions nest more than {DEEPEST} deep",
                              "Give the inner parts names of their own.")


Reader = Callable[..., Node]
"""Reads what begins at the next token."""
