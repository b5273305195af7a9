r"""Brackets and braces: what opens is closed by its own kind, and an error says which one is not.

    \left. \begin{matrix} a & x > 0 \\ b \end{matrix} \right\}    is cases;    \frac12    takes the next sign alone
"""

from __future__ import annotations

from derive.written.latex import derivatives
from derive.written.latex.expression import Expression
from derive.written.latex.lexer import Token
from derive.written.tree import Cases, Group, Matrix, Node, Number, Span, Text


class Brackets(Expression):
    """What stands between brackets is an expression; `atom` is the next floor's."""

    def atom(self) -> Node:
        raise NotImplementedError

    def group(self) -> Node:
        """Brackets and what is between them."""
        start, opening = self.at, self.take()
        if self.token.kind == "colon":
            return self._slice(start, opening)
        if self._closes(opening):
            raise self.refuse(opening, f"there is nothing between {self.shown(opening)} and {self.shown(self.token)}",
                              "Write what belongs there, or take the brackets out.")
        self.open.append(opening.text)
        inner = self.content()
        self.open.pop()
        closing = self.token
        if not self._closes(opening):
            raise self.unclosed(opening)
        if closing.kind == "bar" and closing.text != opening.text:
            self.tokens[self.at] = Token("bar", "|", closing.start + 1, closing.stop)
            return Group(Span(self.tokens[start].start, closing.start + 1), opening.text, inner)
        self.take()
        if closing.text == "." and isinstance(inner, Matrix) and all(len(row) <= 2 for row in inner.rows):
            rows = ((row[0], None if len(row) < 2 or isinstance(row[1], Text) else row[1]) for row in inner.rows)
            return Cases(self.span(start), tuple(rows))
        if "." in (opening.text, closing.text):
            raise self.refuse(opening, "a bracket that is open on one side is read only around cases",
                              "Write the value it is taken at as an argument, or use \\begin{cases}.")
        return Group(self.span(start), opening.text, inner)

    def _slice(self, start: int, opening: Token) -> Node:
        """[:in_len]: words to us."""
        while not self._closes(opening):
            if self.token.kind in ("end", "open"):
                raise self.unclosed(opening)
            self.take()
        inner = Span(opening.stop, self.token.start)
        self.take()
        return Group(self.span(start), opening.text, Text(inner, self.source[inner.start:inner.stop]))

    def _closes(self, opening: Token) -> bool:
        token = self.token
        if token.kind == "close":
            return token.text == opening.text or "." in (token.text, opening.text)
        if token.kind == "bar" and opening.text in ("|", "\\|", "."):
            return opening.text in (token.text, ".") or self.source[token.start:token.stop] == "||"
        return False

    def unclosed(self, opening: Token) -> Exception:
        """Why the brackets that `opening` began do not end here."""
        token, shown = self.token, self.shown(opening)
        if token.kind == "end":
            return self.refuse(opening, f"this {shown} is never closed", "Add the bracket that closes it.")
        if token.kind in ("close", "}"):
            return self.refuse(token, f"this {self.shown(token)} does not close the {shown} at {self.place(opening)}",
                               "Close the inner bracket first, with its own kind.")
        return self.unexpected(opening)

    def unexpected(self, opening: Token | None = None) -> Exception:
        """A token that continues nothing."""
        token, shown = self.token, self.shown(self.token)
        where = f" inside the {self.shown(opening)} at {self.place(opening)}" if opening else ""
        if token.kind in ("close", "}"):
            return self.refuse(token, f"this {shown} closes nothing", "Take it out, or add the bracket that opens it.")
        if token.kind in ("^", "_", "'"):
            return self.refuse(token, f"this {shown} stands on nothing{where}", "Put the letter that carries it first.")
        return self.refuse(token, f"cannot read on at '{shown}'{where}",
                           "One formula at a time; put words into \\text{...}.")

    def brace(self) -> Node:
        """{...}: what is in it, without the braces."""
        opening, font = self.take(), self.font
        if self.token.kind == "}":
            raise self.refuse(opening, "there is nothing between these braces", "Write what belongs there.")
        self.open.append("{")
        inner = self.content()
        if self.token.kind == "over":
            start = self.take()
            bottom = self.content()
            inner = derivatives.fraction(Span(opening.start, self.token.stop), inner, bottom)
            if self.token.kind == "over":
                raise self.refuse(start, "two \\over in one group", "Put braces round each fraction.")
        if self.token.kind != "}" or self.pending is not None:
            raise self.unclosed(opening)
        self.open.pop()
        self.take()
        self.font = font
        return inner

    def argument(self, of: Token) -> Node:
        """What a command takes: {...}, or the next sign alone (\\frac12)."""
        token = self.token
        if token.kind == "{":
            return self.brace()
        if token.kind == "number" and len(token.text) > 1 and token.text[1] != "." and token.text[0] != ".":
            self.tokens[self.at] = Token("number", token.text[1:].lstrip("."), token.start + 1, token.stop)
            return Number(Span(token.start, token.start + 1), token.text[0])
        if not self.starts():
            shown = self.shown(of)
            raise self.refuse(of, f"{shown} lacks an argument", f"Write it in braces: {shown}{{...}}.")
        self.deeper(token)
        single, self.single = self.single, True
        node = self.atom()
        self.single = single
        self.depth -= 1
        return node
