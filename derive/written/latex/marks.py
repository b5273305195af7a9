r"""Factors, and what hangs on them: superscripts, subscripts, primes, the transpose wherever it hides.

    W^{[2]T}  ->  marks ("[", 2), ("", T)      h^{(t)^\top}  ->  ("(", t), ("", top)     a_{i,j}'  ->  (i, j), one prime
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.errors import nearest
from derive.written.latex import typed
from derive.written.latex.brackets import Brackets
from derive.written.latex.signs import STACKED
from derive.written.latex.symbols import KNOWN, TRANSPOSES
from derive.written.tree import (
    ENTRYWISE,
    Add,
    Call,
    Derivative,
    Group,
    Listing,
    Mark,
    Name,
    Node,
    Number,
    Product,
    Scripted,
    Span,
)

DEFINE = "Define it with \\newcommand, or write out what it stands for."
ENTRY_BY_ENTRY = (("times", "odot"), ("times", "circ"))
CONTINUES = ("sign", "times", "slash", "relation", "comma")


@dataclass
class Scripts:
    """What was found hanging on one base."""

    below: list[Mark] = field(default_factory=list)
    above: list[Mark] = field(default_factory=list)
    primes: int = 0

    def __bool__(self) -> bool:
        return bool(self.below or self.above or self.primes)


def transposes(node: Node) -> bool:
    """Whether a bare mark says `transposed`: T, \\top, \\intercal."""
    return isinstance(node, Name) and not node.accents and node.letter in TRANSPOSES and (
        node.letter != "t" or node.font in ("rm", "sf"))


class Parser(Brackets):
    """The whole reader but for the single signs, which `readers` read by the kind of their first token."""

    def factor(self) -> Node:
        """An atom with all that hangs on it."""
        if self.pending is not None:
            node, self.pending = self.pending, None
            return node
        token, start = self.token, self.at
        self.deeper(token)
        node = self.atom()
        scripts = Scripts()
        if self._digit_index(start):
            digits = self.take()
            scripts.below.append(self._bare(Number(Span(digits.start, digits.stop), digits.text)))
        self.scripts(scripts, powers=isinstance(node, Number) or isinstance(node, Name) and node.letter == "e")
        if isinstance(node, Name) and self.plain:
            typed.subscripts(self, scripts)
        node = attached(self.span(start), node, scripts) if scripts else node
        waits = isinstance(node, Derivative) and node.of is None and node.sign != "nabla" and not self.single
        if waits and self.starts() and isinstance(node, Derivative):
            node = replace(node, of=self.product())
            node = replace(node, span=self.span(start))
        self.depth -= 1
        while self.token.kind == "!":
            self.take()
            node = Call(self.span(start), "factorial", (node,))
        return node

    def _digit_index(self, start: int) -> bool:
        """w1, delta2 as typed without a subscript; within a script `i1` stays a product."""
        token = self.token
        return (token.kind == "number" and not token.spaced and not self.in_script and not self.font
                and self.at == start + 1 and self.tokens[start].kind in ("letter", "word")
                and self.tokens[start].stop == token.start and token.text.isdecimal())

    def atom(self) -> Node:
        token = self.token
        if token.kind == "bar" and self.opens(token):
            return self.group()
        reader = self.readers.get(token.kind)
        if reader is None:
            asked = bool(self.open) and token.kind in ("close", "}")
            if token.kind in ("close", "}", "^", "_", "'", "dollar") and not asked:
                raise self.unexpected()
            raise self.missing("a number or a letter")
        return reader(self)

    def juxtaposed_pair(self, first: Node, start: int) -> Node:
        """`first` and the factor behind it: 2x, p(x)."""
        second = self.factor()
        return Product(self.span(start), (first, second), ("",))

    def command(self) -> Node:
        """A \\command that begins a factor."""
        token = self.token
        reader = self.readers.get("\\" + token.text)
        if reader is None and token.text in (*STACKED, "not"):
            raise self.refuse(token, f"\\{token.text} is read only at a relation such as =", "Write the sign alone.")
        if reader is None:
            shown, hint = token.text[:30], nearest(token.text[:30], KNOWN)
            raise self.refuse(token, f"\\{shown} is not known here", DEFINE if hint.startswith("Known") else hint)
        return reader(self)

    def scripts(self, found: Scripts, powers: bool = False) -> Scripts:
        """All scripts and primes that follow, in any order."""
        while True:
            token = self.token
            if token.kind == "'":
                self.take()
                found.primes += 1
            elif token.kind in ("^", "_"):
                self._script(found, found.above if token.kind == "^" else found.below, powers)
            elif token.kind == "dot" and self.after[:2] == ("letter", "T") and not self.after.spaced:
                self.take()
                found.above.append(self._bare(self.argument(token)))
            else:
                return found

    def _script(self, found: Scripts, marks: list[Mark], powers: bool) -> None:
        sign, token = self.take(), self.token
        if token.kind == "'":
            self.take()
            found.primes += 1
            return
        font, inside, self.font, self.in_script = self.font, self.in_script, "", True
        self.deeper(sign)
        if token.kind == "{":
            self._braced(found, marks, powers)
        elif token.kind in ("sign", "times"):
            marks.append(self._signed())
        elif token.kind == "open" and not powers:
            group = self.group()
            assert isinstance(group, Group)
            marks.append(Mark(group.span, group.bracket, group.content))
        else:
            marks.extend(self._bracketed_words(self._bare(self.argument(sign))))
        self.depth -= 1
        self.font, self.in_script = font, inside

    def _signed(self) -> Mark:
        """x^+, w^*: the sign alone."""
        token = self.take()
        span = Span(token.start, token.stop)
        return Mark(span, "", Name(span, token.text))

    def _braced(self, found: Scripts, marks: list[Mark], powers: bool) -> None:
        opening = self.take()
        self.open.append("{")
        while self.token.kind != "}" or self.pending is not None:
            kind = self.token.kind
            if kind == "'":
                self.take()
                found.primes += 1
            elif kind in ("sign", "times") and self.after.kind == "}":
                marks.append(self._signed())
            elif self.token[:2] in ENTRY_BY_ENTRY and self.after.kind == "number":
                self.take()
                marks.append(replace(self._bare(self.content()), bracket=ENTRYWISE))
            elif kind == "open" and self.token.text in ("(", "[", "<") and not powers:
                self._bracket(found, marks)
            elif self.token[:2] == ("relation", "<"):
                marks.append(self._angle())
            elif kind == "comma" and marks:
                self.take()
            else:
                content = self.content()
                for mark in [Mark(content.span, "", content)] if powers else self._parted(content, found, marks):
                    marks.extend(self._bracketed_words(mark))
                if self.token.kind not in ("}", "'"):
                    raise self.unclosed(opening)
        self.open.pop()
        self.take()

    def _bracket(self, found: Scripts, marks: list[Mark]) -> None:
        """[2], (t): a mark, unless the expression goes on behind the bracket: (n-1)/2."""
        start, group, own = self.at, self.group(), Scripts()
        if self.token.kind in ("^", "_", "'"):
            self.scripts(own)
        hanging = own.above and not all(transposes(mark.content) for mark in own.above) or own.below
        if hanging or self.token.kind in CONTINUES and self.token.text != "<":
            self.pending = attached(self.span(start), group, own) if own else group
            return
        assert isinstance(group, Group)
        marks.append(Mark(group.span, group.bracket, group.content))
        marks.extend(own.above)
        found.primes += own.primes

    def _angle(self) -> Mark:
        """a^{<t>}: a bracket made of two relations."""
        start, opening = self.at, self.take()
        content = self.sum()
        if self.token[:2] != ("relation", ">"):
            raise self.refuse(opening, "this < is never closed", "Add the > that closes it.")
        self.take()
        return Mark(self.span(start), "<", content)

    def _bare(self, content: Node) -> Mark:
        return Mark(content.span, "", content)

    def _bracketed_words(self, mark: Mark) -> list[Mark]:
        r"""^{\text{(out)}} is the mark ("(", out)."""
        node = mark.content
        if isinstance(node, Name) and node.letter[:1] in ("(", "[") and len(node.letter) > 2:
            return [Mark(mark.span, node.letter[0], Name(node.span, node.letter[1:-1], node.accents, node.font))]
        return [mark]

    def _parted(self, content: Node, found: Scripts, marks: list[Mark]) -> list[Mark]:
        r"""The marks in what stands without brackets: lT is l and T, l^T too, (2)T and T(2) each two."""
        if isinstance(content, Scripted) and content.above and not content.below \
                and all(transposes(mark.content) for mark in content.above):
            return [*self._parted(content.base, found, marks), *content.above]
        if isinstance(content, Scripted) and content.primes and not content.above and not content.below \
                and marks is found.above:
            found.primes += content.primes
            return self._parted(content.base, found, marks)
        if isinstance(content, Product) and not any(content.signs):
            first, last = content.factors[0], content.factors[-1]
            if transposes(last):
                return [*self._parted(_shorter(content, 0, -1), found, marks), self._bare(last)]
            if transposes(first) and isinstance(content.factors[1], Group):
                return [self._bare(first), *self._parted(_shorter(content, 1, None), found, marks)]
        if isinstance(content, Add) and isinstance(last := content.terms[-1], Product) \
                and transposes(last.factors[-1]) and getattr(last.factors[-1], "letter", "") != "T":
            kept = Add(content.span, (*content.terms[:-1], _shorter(last, 0, -1)))
            return [self._bare(kept), self._bare(last.factors[-1])]
        if isinstance(content, Listing) and isinstance(content.items[0], Group):
            return [mark for item in content.items for mark in self._parted(item, found, marks)]
        if isinstance(content, Group) and content.bracket in ("(", "["):
            return [Mark(content.span, content.bracket, content.content)]
        return [self._bare(content)]


def _shorter(product: Product, begin: int, stop: int | None) -> Node:
    factors = product.factors[begin:stop]
    if len(factors) == 1:
        return factors[0]
    return Product(Span(factors[0].span.start, factors[-1].span.stop), factors, ("",) * (len(factors) - 1))


def attached(span: Span, base: Node, scripts: Scripts) -> Node:
    """`base` with its scripts; {W^{(2)}}^T and W^{(2)T} become the same, {x^2}^3 keeps its braces."""
    below, above, primes = tuple(scripts.below), tuple(scripts.above), scripts.primes
    if isinstance(base, Group) and base.bracket == "{" and isinstance(base.content, Name | Scripted):
        base = base.content
    if isinstance(base, Scripted):
        marking = all(mark.bracket or transposes(mark.content) for mark in above)
        if not base.above or marking:
            return Scripted(span, base.base, base.below + below, base.above + above, base.primes + primes)
    return Scripted(span, base, below, above, primes)


def one_of_each(node: Node) -> tuple[Node, ...]:
    """The things that a mark lists: (i, j) of `i, j`."""
    return node.items if isinstance(node, Listing) else (node,)
