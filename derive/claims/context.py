r"""The context of a claim: its given equations, read and elaborated once.

    z = W x + b,  L = \frac12 \|z - y\|^2     Definition(z, W x + b), Definition(L, ...)

In: lines of LaTeX and declarations. Out: definitions of variables and functions, in the order given, and the
vocabulary with which a claim is read. The same context serves any number of claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

from derive.claims import terms as T
from derive.claims.customs import Customs, customs
from derive.claims.definitions import Definition, Formula, definition_of, formula_of, in_parts, renewed
from derive.claims.einstein import repeated
from derive.claims.elaborate import Elaboration
from derive.claims.learning import learn
from derive.claims.letters import free_letters
from derive.claims.lines import head_of, updates
from derive.claims.prefixes import UNDERIVED, merged, prefix_of
from derive.claims.roles import Roles
from derive.claims.spelling import names_in
from derive.claims.usual import RATES
from derive.claims.vocabulary import Vocabulary
from derive.claims.where import Said, said
from derive.errors import DeriveError, clip
from derive.written import tree as W
from derive.written.latex import read
from derive.written.latex.macros import Macro
from derive.written.python.formula import formula
from derive.written.python.read import is_program

Layout = Literal["", "denominator", "numerator", "mixed", "shaped"]
"""shaped: a gradient has the shape of what it is by, a Jacobian may lie either way."""


@dataclass(frozen=True)
class Context(Roles):
    """What the letters of claims mean."""

    given: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    layout: Layout = ""
    elementwise: tuple[str, ...] = ()
    einstein: bool = False
    macros: Mapping[str, Macro] = field(default_factory=dict)
    title: str = ""
    uphill: bool = False
    """Whether a step w := w + ... is meant to make the cost large, as one does with a likelihood."""
    free: W.Relations | None = None
    """A claim that stands alone, without given lines: its letters are whatever they may be."""

    @cached_property
    def said(self) -> Said:
        return said((*self.where, *(line for line in self.given if self._is_fact(line))))

    def _is_fact(self, line: str) -> bool:
        r"""Whether a line says of data what they are: \sum_i y_i = 1."""
        parts = _read(line, self.macros).parts
        return len(parts) == 2 and isinstance(parts[0], W.Big) and parts[0].kind == "sum" \
            and isinstance(parts[0].body, W.Scripted) and isinstance(parts[1], W.Number) and parts[1].text == "1"

    @cached_property
    def trees(self) -> tuple[tuple[str, W.Relations], ...]:
        """The given lines as trees; a chain a = b = c is two lines."""
        found = []
        for line in (line for line in self.given if not self._is_fact(line)):
            tree = self._uniform(_read(line, self.macros), self._prefixes)
            for left, right, sign in zip(tree.parts, tree.parts[1:], tree.signs, strict=False):
                if left is tree.parts[0] or head_of(left) is not None:
                    found.append((line, W.Relations(tree.span, (left, right), (sign if sign == "+=" else "=",))))
            if len(tree.parts) == 1:
                raise DeriveError(f"'{clip(line)}' has no equals sign", where="given",
                                  do="A given line defines one letter: z = W x + b.")
        return tuple(found)

    @cached_property
    def _prefixes(self) -> frozenset[str]:
        alone = {one.letter for line in self.given if (one := head_of(_read(line, self.macros).parts[0]))}
        alone |= {shape.name.letter for shape in self.said.shapes}
        alone |= set(self.said.functions)
        alone |= {name for shape in self.said.shapes for size in shape.sizes for name in names_in(size)}
        alone |= set(self.said.ranges) | {n for _, last in self.said.ranges.values() for n in names_in(last)}
        heads = {name for line in self.given if (name := prefix_of(_read(line, self.macros).parts[0]))}
        return frozenset(UNDERIVED) - alone | frozenset(heads)

    @cached_property
    def counted(self) -> frozenset[str]:
        """The numbers that the lines calculate with."""
        return frozenset(node.text for _, tree in self.trees for node in tree.walk() if isinstance(node, W.Number))

    @cached_property
    def _learnt(self) -> Vocabulary:
        lines = tuple(tree for _, tree in self.trees)
        summed = frozenset[str]().union(*map(repeated, lines)) if self.einstein else None
        return learn(lines, self.said, self.free, summed)

    def alone(self, claim: str) -> Context:
        """The context of a claim for which no line is given: an unreadable one has no letters."""
        try:
            return replace(self, free=self.read(claim))
        except DeriveError:
            return replace(self, free=W.Relations(W.Span(0, 0), ()))

    def assuming_sigmoid(self) -> Context | None:
        """The context in which sigma is the sigmoid, where nothing says what it is."""
        sigma = self.vocabulary.functions.get("sigma")
        if sigma is None or sigma.known or "sigma" in self.said.functions or ("sigma", 0) in self.formulas:
            return None
        return replace(self, where=(*self.where, r"\sigma: sigmoid"))

    @cached_property
    def freed(self) -> tuple[T.Term, ...]:
        """The sides of a claim that stands alone: what they say of shapes holds."""
        return tuple(self.term(part) for part in self.free.parts) if self.free is not None else ()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary, with the indices that lines leave out on their left sides."""
        vocabulary = self._learnt
        for _ in range(8):
            hidden = dict(vocabulary.hidden)
            for line, tree in self.trees:
                if formula_of(tree, vocabulary) is None and (one := definition_of(line, tree, vocabulary)):
                    shown = free_letters(T.Ref(one.body.span, one.variable, one.marks)) + one.letters
                    left_out = tuple(name for name in free_letters(one.body) if name not in shown)
                    hidden[one.variable.name] = tuple(dict.fromkeys((*hidden.get(one.variable.name, ()), *left_out)))
            hidden = {name: letters for name, letters in hidden.items() if letters}
            if hidden == vocabulary.hidden:
                break
            vocabulary = replace(vocabulary, hidden=hidden)
        return vocabulary

    @cached_property
    def conditions(self) -> tuple[T.Term, ...]:
        """What the indices of every claim satisfy."""
        return tuple(Elaboration(self.vocabulary).condition(tree) for tree in self.said.conditions)

    @cached_property
    def first(self) -> int:
        """Where indices count from: what is declared, else 0 where a sum of the context does."""
        if self.said.first is not None:
            return self.said.first
        return 0 if any(isinstance(node, W.Big) and isinstance(node.lower, W.Number) and node.lower.text == "0"
                        and not any(self.vocabulary.kind(n) != "index" for i in node.indices for n in names_in(i))
                        for _, tree in self.trees for node in tree.walk()) else 1

    @cached_property
    def primed(self) -> frozenset[str]:
        """The variables that stand with a prime in given lines: W' of W' h, which may be any array."""
        return frozenset(node.content.variable.name for one in self.definitions for node in one.body.walk()
                         if isinstance(node, T.Primed) and isinstance(node.content, T.Ref))

    @cached_property
    def formulas(self) -> dict[tuple[str, int], Formula]:
        """Functions defined by a formula: \\sigma(z) = ..."""
        found = {}
        for _, tree in self.trees:
            if (one := formula_of(tree, self.vocabulary)) is not None:
                found[one.name, one.primes] = one
        return found

    def whole_formula(self, term: T.Applied) -> tuple[T.Variable, T.Term] | None:
        """The parameter and the body of a function that acts on all entries of its argument at once."""
        found = self.formulas.get((term.function.name, 0))
        return (found.parameter, found.body) if found is not None and found.whole and not term.order else None

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions of variables, in order."""
        return in_parts(tuple(one for line, tree in self.trees
                              if (one := definition_of(line, tree, self.vocabulary)) is not None))

    @cached_property
    def defining(self) -> dict[T.Variable, tuple[Definition, ...]]:
        """The definitions of each variable."""
        found: dict[T.Variable, tuple[Definition, ...]] = {}
        for one in self.definitions:
            found[one.variable] = (*found.get(one.variable, ()), one)
        return found

    @cached_property
    def parted(self) -> frozenset[T.Variable]:
        """The arrays that lines make of parts."""
        return frozenset(one.variable for one in self.definitions if one.places)

    def term(self, node: W.Node, letters: frozenset[str] = frozenset()) -> T.Term:
        """A part of a claim, elaborated."""
        return Elaboration(self.vocabulary, letters, self.reads, self.applications, self.parameters).term(node)

    def updated(self, tree: W.Relations, left: T.Term, right: T.Term) -> T.Term:
        """The left side of w := w - eta g: the new w, by the context's rule or by that of gradient descent."""
        head = head_of(tree.parts[0])
        if head is None or not isinstance(left, T.Ref) or not updates(tree, head) \
                or any(one.variable == left.variable for one in self.definitions):
            return left
        if (new := renewed(left, self.vocabulary)) is not None:
            return new
        if self.cost is None:
            return left
        rates = [node for node in right.walk() if isinstance(node, T.Ref) and node.variable.name in RATES]
        step: T.Term = T.Differential(left.span, self.cost, (left,))
        step = T.Times(left.span, rates[0], step, "") if rates else step
        return T.Sum(left.span, (left, step if self.uphill else T.Opposite(left.span, step)))

    def read(self, claim: str, prefix: str = "") -> W.Relations:
        """A claim, or a side of one that begins with this prefix, as a tree, d and its letter merged."""
        tree = formula(claim) if is_program(claim) else _read(claim, self.macros)
        own = prefix or prefix_of(tree.parts[0])
        return self._uniform(tree, self._prefixes | {own} if own else self._prefixes)

    def _uniform(self, tree: W.Relations, prefixes: frozenset[str]) -> W.Relations:
        return merged(self._customs.without(tree), prefixes)

    @cached_property
    def _customs(self) -> Customs:
        return customs(_read(line, self.macros) for line in self.given)


def _read(line: str, macros: Mapping[str, Macro]) -> W.Relations:
    return read(line, macros) if macros else _plainly(line)


_plainly = lru_cache(maxsize=4096)(read)
"""A given line is read once, however often it is asked for."""
