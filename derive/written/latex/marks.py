r"""Factors, and what hangs on them: superscripts, subscripts, primes, the transpose wherever it hides.

    W^{[2]T}  ->  marks ("[", 2), ("", T)      h^{(t)^\top}  ->  ("(", t), ("", top)     a_{i,j}'  ->  (i, j), one prime
"""

from __future__ import annotations

from dataclasses import replace

from derive.errors import nearest
from derive.written.latex import typed
from derive.written.latex.brackets import Brackets
from derive.written.latex.scripts import Scripts, attached, bare, bracketed_words, parted, transposes
from derive.written.latex.signs import STACKED
from derive.written.latex.symbols import KNOWN
from derive.written.tree import (
    ENTRYWISE,
    Call,
    Derivative,
    Group,
    Mark,
    Name,
    Node,
    Number,
    Product,
    Span,
)

DEFINE = "Define it with \\newcommand, or write out what it stands for."
ENTRY_BY_ENTRY = (("times", "odot"), ("times", "circ"))
CONTINUES = ("sign", "times", "slash", "relation", "comma")


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
            scripts.below.append(bare(Number(Span(digits.start, digits.stop), digits.text)))
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
                found.above.append(bare(self.argument(token)))
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
            marks.extend(bracketed_words(bare(self.argument(sign))))
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
                marks.append(replace(bare(self.content()), bracket=ENTRYWISE))
            elif kind == "open" and self.token.text in ("(", "[", "<") and not powers:
                self._bracket(found, marks)
            elif self.token[:2] == ("relation", "<"):
                marks.append(self._angle())
            elif kind == "comma" and marks:
                self.take()
            else:
                content = self.content()
                for mark in [Mark(content.span, "", content)] if powers else parted(content, found, marks):
                    marks.extend(bracketed_words(mark))
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
