r"""The sign between two sides of a relation: = and <, := and \stackrel{def}{=}, \not=.

In: tokens. Out: the sign in one spelling, or none where no relation goes on.
"""

from __future__ import annotations

from derive.written.latex.cursor import Cursor
from derive.written.latex.lexer import Token

STACKED = ("stackrel", "overset", "underset")


class Signs(Cursor):
    """The signs of relations."""

    def is_stacked(self, token: Token) -> bool:
        """\\stackrel{def}{=}: a relation with words upon it."""
        return token.text == "not" or token.text in STACKED

    def relation(self) -> str | None:
        """The relation sign that stands here, taken; None where there is none."""
        token = self.token
        if token.kind == "relation":
            return self.take().text
        if token.kind == "colon" and self.after.kind == "relation":
            self.take()
            return ":=" if self.take().text == "=" else None
        if token.kind != "command" or not self.is_stacked(token):
            return None
        self.take()
        if token.text == "not":
            if self.token[:2] in (("relation", "="), ("relation", "in")) and self.take().text == "=":
                return "!="
            raise self.refuse(token, "\\not stands before no relation", "Write \\ne.")
        words, sign = self._stack(token)
        return ":=" if "d" in words or "triangle" in words else sign

    def _stack(self, token: Token) -> tuple[str, str]:
        """The words above or below a relation, which say nothing but `def`, and the relation itself."""
        halves: list[list[Token]] = []
        for _ in range(2):
            halves.append([])
            level = 0
            while True:
                one = self.take()
                level += (one.kind == "{") - (one.kind == "}")
                if one.kind == "end":
                    raise self.refuse(token, f"\\{token.text} lacks an argument", f"Write \\{token.text}{{...}}{{=}}.")
                halves[-1].append(one)
                if not level:
                    break
        sign = next((one.text for one in halves[1] if one.kind == "relation"), None)
        if sign is None:
            raise self.refuse(token, f"\\{token.text} is read only over a relation such as =", "Write the sign alone.")
        return "".join(one.text for one in halves[0]).removeprefix("{rm:"), sign
