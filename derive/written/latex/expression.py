r"""The ladder of precedence: relations < + and - < explicit products < juxtaposition and / < factors.

    a = b + c \odot d e    is    Relations(a, Add(b, Product(c odot Product(d e))))
"""

from __future__ import annotations

from derive.written.latex import derivatives
from derive.written.latex.cursor import Cursor
from derive.written.latex.lexer import Token
from derive.written.tree import (
    Add,
    Call,
    Cases,
    Group,
    Listing,
    Matrix,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Span,
    Text,
)

STARTS = frozenset(("letter", "word", "number", "command", "{", "open", "text", "operator", "begin", "dots"))
STACKED = ("stackrel", "overset", "underset")
FARTHEST_BAR = 300


class Expression(Cursor):
    """Everything above a single factor; `factor` is the next floor's."""

    def factor(self) -> Node:
        raise NotImplementedError

    def starts(self) -> bool:
        """Whether a factor begins here."""
        token = self.token
        if self.pending is not None:
            return True
        if token.kind == "bar":
            return self.opens(token)
        return token.kind in STARTS and not (token.kind == "command" and self._stacked(token))

    def opens(self, token: Token) -> bool:
        """A bar opens unless it closes one, or parts `y | x`."""
        inner = self.open[-1] if self.open else ""
        if inner == token.text or inner == "|" and self.source[token.start:token.stop] == "||":
            return False
        return token.text != "|" or self._closed_later()

    def _closed_later(self) -> bool:
        level = 0
        for token in self.tokens[self.at + 1:self.at + FARTHEST_BAR]:
            if token.kind == "bar" and not level:
                return True
            level += (token.kind in ("open", "{", "begin")) - (token.kind in ("close", "}", "finish"))
            if level < 0:
                return False
        return False

    def _stacked(self, token: Token) -> bool:
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
        if token.kind != "command" or not self._stacked(token):
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

    def content(self) -> Node:
        """What stands between brackets: relations, parted by commas or a bar; below a sum `t: x_t = v` as well."""
        start, single, self.single = self.at, self.single, False
        items, signs = [self.relations()], list[str]()
        while self._parts():
            self.take()
            if self.token.kind in ("&", "row", "finish") and self.pending is None:
                break
            signs.append(",")
            items.append(self.relations())
        self.single = single
        found = items[0] if not signs else Listing(self.span(start), tuple(items))
        if not (self.in_script and self.token.kind == "colon"):
            return found
        self.take()
        condition = self.content()
        return Relations(self.span(start), (found, condition), (":",))

    def _parts(self) -> bool:
        token = self.token
        if token.kind == "bar":
            return token.text == "|" and bool(self.open) and self.open[-1] not in ("|", "\\|")
        return token.kind == "comma"

    def relations(self) -> Node:
        start, parts, signs = self.at, [self.sum()], list[str]()
        while (sign := self.relation()) is not None:
            signs.append(sign)
            parts.append(self.sum())
        return Relations(self.span(start), tuple(parts), tuple(signs)) if signs else parts[0]

    def sum(self) -> Node:
        start, terms = self.at, list[Node]()
        while True:
            sign_at = self.at
            negative = self._minus() if self.pending is None else False
            term = self.product()
            if negative:
                term = Negative(self.span(sign_at), term)
            terms.append(term)
            if self.token.kind != "sign":
                break
        return terms[0] if len(terms) == 1 else Add(self.span(start), tuple(terms))

    def _minus(self) -> bool:
        negative = False
        while self.token.kind == "sign":
            negative ^= self.take().text == "-"
        return negative

    def product(self) -> Node:
        start, factors, signs = self.at, [self.juxtaposed()], list[str]()
        while self.token.kind == "times":
            if self.token.text == "mod":
                self.take()
                factors[-1] = Call(self.span(start), "mod", (factors[-1], self.juxtaposed()))
                continue
            signs.append(self.take().text)
            sign_at = self.at
            negative, factor = self._minus(), self.juxtaposed()
            factors.append(Negative(self.span(sign_at), factor) if negative else factor)
        return Product(self.span(start), tuple(factors), tuple(signs)) if signs else factors[0]

    def juxtaposed(self, first: Node | None = None, start: int | None = None) -> Node:
        start = self.at if start is None else start
        factors, signs = [first if first is not None else self.factor()], list[str]()
        while True:
            if self.token.kind == "slash" and self.pending is None:
                self.take()
                signs.append("/")
            elif self.starts():
                signs.append("")
            else:
                break
            factors.append(self.factor())
        if not signs:
            return factors[0]
        begin = min(self.tokens[start].start, factors[0].span.start)
        whole = Product(Span(begin, self.span(start).stop), tuple(factors), tuple(signs))
        return derivatives.inline(whole) if "/" in signs else whole

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

    def atom(self) -> Node:
        raise NotImplementedError
