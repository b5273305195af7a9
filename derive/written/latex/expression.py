r"""The ladder of precedence: relations < + and - < explicit products < juxtaposition and / < factors.

    a = b + c \odot d e    is    Relations(a, Add(b, Product(c odot Product(d e))))
"""

from __future__ import annotations

from derive.written.latex import derivatives
from derive.written.latex.lexer import Token
from derive.written.latex.signs import Signs
from derive.written.tree import (
    Add,
    Call,
    Listing,
    Negative,
    Node,
    Product,
    Relations,
    Span,
)

STARTS = frozenset(("letter", "word", "number", "command", "{", "open", "text", "operator", "begin", "dots"))
FARTHEST_BAR = 300


class Expression(Signs):
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
        return token.kind in STARTS and not (token.kind == "command" and self.is_stacked(token))

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
