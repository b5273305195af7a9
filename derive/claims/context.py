r"""The context of a claim: its given equations, read and elaborated once.

    z = W x + b,  L = \frac12 \|z - y\|^2     Definition(z, W x + b), Definition(L, ...)

In: lines of LaTeX and declarations. Out: definitions of variables and functions, in the order given, and the
vocabulary with which a claim is read. The same context serves any number of claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from derive.claims import terms as T
from derive.claims.elaborate import Elaboration
from derive.claims.letters import free_letters
from derive.claims.prefixes import UNDERIVED, merged, prefix_of, substituted
from derive.claims.references import find
from derive.claims.refused import Refused
from derive.claims.spelling import spelled
from derive.claims.vocabulary import NEW, RATES, Vocabulary, bound_letters, head_of, learn, names_in, updates
from derive.claims.where import Said, said
from derive.errors import DeriveError, clip
from derive.written import tree as W
from derive.written.latex import read
from derive.written.latex.macros import Macro

SCALARS = frozenset("alpha beta gamma epsilon varepsilon eta lambda mu nu rho tau kappa".split())
"""Greek letters that nobody uses for a matrix."""
Layout = Literal["", "denominator", "numerator", "mixed"]


@dataclass(frozen=True)
class Definition:
    """`variable` at `marks`, entry `entries`, is `body`. Marks that are letters hold for every value of theirs."""

    variable: T.Variable
    marks: tuple[T.Term, ...]
    entries: tuple[str, ...]
    body: T.Term
    line: str

    @property
    def alias(self) -> T.Ref | None:
        """What it is another name of, if it is one: a = z, x_{ij} = X_{ij}, a^{(i)}_j = A_{ji}."""
        body = self.body
        known = {*self.entries, *(mark.name for mark in self.marks if isinstance(mark, T.Letter))}
        plain = isinstance(body, T.Ref) and all(isinstance(e, T.Letter) and e.name in known for e in body.entries)
        return body if isinstance(body, T.Ref) and plain else None


@dataclass(frozen=True)
class Formula:
    """A function that the context defines by a formula in its parameter."""

    name: str
    primes: int
    parameter: T.Variable
    body: T.Term

    @property
    def whole(self) -> bool:
        """Whether it acts on all entries at once rather than on each."""
        return any(isinstance(node, T.Whole | T.Transposed) or isinstance(node, T.Applied)
                   and node.function.known == "softmax" for node in self.body.walk())


@dataclass(frozen=True)
class Context:
    """What the letters of claims mean."""

    given: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    layout: Layout = ""
    elementwise: tuple[str, ...] = ()
    einstein: bool = False
    macros: Mapping[str, Macro] = field(default_factory=dict)
    title: str = ""

    @cached_property
    def said(self) -> Said:
        return said(self.where)

    @cached_property
    def trees(self) -> tuple[tuple[str, W.Relations], ...]:
        """The given lines as trees; a chain a = b = c is two lines."""
        found = []
        for line in self.given:
            tree = merged(_read(line, self.macros), self._prefixes)
            for left, right in zip(tree.parts, tree.parts[1:], strict=False):
                if left is tree.parts[0] or head_of(left) is not None:
                    found.append((line, W.Relations(tree.span, (left, right), ("=",))))
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
        return learn(tuple(tree for _, tree in self.trees), self.said)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary, with the indices that lines leave out on their left sides."""
        vocabulary = self._learnt
        for _ in range(8):
            hidden = dict(vocabulary.hidden)
            for line, tree in self.trees:
                if self._formula(tree, vocabulary) is None and (one := self._definition(line, tree, vocabulary)):
                    shown = free_letters(T.Ref(one.body.span, one.variable, one.marks)) + one.entries
                    left_out = tuple(name for name in free_letters(one.body) if name not in shown)
                    hidden[one.variable.name] = tuple(dict.fromkeys((*hidden.get(one.variable.name, ()), *left_out)))
            hidden = {name: letters for name, letters in hidden.items() if letters}
            if hidden == vocabulary.hidden:
                break
            vocabulary = replace(vocabulary, hidden=hidden)
        return vocabulary

    @cached_property
    def reads(self) -> dict[tuple[str, str], T.Ref]:
        """(cost, letter): the one way in which the cost's own equation reads that letter."""
        found: dict[tuple[str, str], T.Ref] = {}
        for one in self.definitions:
            refs = {replace(node, entries=()) for node in one.body.walk() if isinstance(node, T.Ref)}
            for ref in refs:
                if ref.marks and not any(other != ref and other.variable == ref.variable for other in refs):
                    found[one.variable.name, ref.variable.name] = ref
        return found

    @cached_property
    def conditions(self) -> tuple[T.Term, ...]:
        """What the indices of every claim satisfy."""
        return tuple(Elaboration(self.vocabulary).condition(tree) for tree in self.said.conditions)

    @cached_property
    def first(self) -> int:
        """Where indices count from: 0 where a sum of the context does."""
        return 0 if any(isinstance(node, W.Big) and isinstance(node.lower, W.Number) and node.lower.text == "0"
                        and not any(self.vocabulary.kind(n) != "index" for i in node.indices for n in names_in(i))
                        for _, tree in self.trees for node in tree.walk()) else 1

    @cached_property
    def formulas(self) -> dict[tuple[str, int], Formula]:
        """Functions defined by a formula: \\sigma(z) = ..."""
        found = {}
        for _, tree in self.trees:
            if (one := self._formula(tree, self.vocabulary)) is not None:
                found[one.name, one.primes] = one
        return found

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions of variables, in order."""
        return tuple(one for line, tree in self.trees
                     if (one := self._definition(line, tree, self.vocabulary)) is not None)

    @staticmethod
    def _formula(tree: W.Relations, vocabulary: Vocabulary) -> Formula | None:
        left = tree.parts[0]
        if not isinstance(left, W.Product) or (head := spelled(left.factors[0])) is None or head.hangings:
            return None
        written = left.factors[1].content if isinstance(left.factors[1], W.Group) else None
        parameter = spelled(written) if written is not None else None
        if head.letter not in vocabulary.functions or parameter is None or written is None \
                or parameter.hangings and not head.primes:
            return None
        name = f"argument of {head.letter}"
        variable = T.Variable(name)
        body = substituted(tree.parts[1], written, W.Name(written.span, name))
        inner = replace(vocabulary, variables={**vocabulary.variables, name: variable})
        return Formula(head.letter, head.primes, variable, Elaboration(inner, bound_letters(tree)).term(body))

    @staticmethod
    def _definition(line: str, tree: W.Relations, vocabulary: Vocabulary) -> Definition | None:
        head = head_of(tree.parts[0])
        if head is None:
            raise DeriveError(f"'{clip(line)}' defines no single letter", where="given",
                              do="Write the letter that the line defines on the left: z = W x + b.")
        found = find(head, head.letter, vocabulary)
        if found is None or head.primes:
            return None
        try:
            left: T.Term | None = Elaboration(vocabulary).letter(head)
            if updates(tree, head) and isinstance(left, T.Ref):
                left = renewed(left, vocabulary)
            if not isinstance(left, T.Ref):
                return None
            letters = {node.name for node in left.walk() if isinstance(node, T.Letter)}
            body = Elaboration(vocabulary, frozenset(letters)).term(tree.parts[1])
        except Refused as refused:
            raise DeriveError(f"{refused.what} in '{clip(line)}'", where="given", do=refused.do) from refused
        entries = tuple(e.name for e in left.entries if isinstance(e, T.Letter))
        return Definition(left.variable, left.marks, entries, body, line)

    @cached_property
    def cost(self) -> T.Ref | None:
        """The last number that the lines define and that no other line reads."""
        read_by = {ref.variable.name for one in self.definitions for ref in one.body.walk() if isinstance(ref, T.Ref)
                   if ref.variable != one.variable}
        of = [node.of for one in self.definitions for node in one.body.walk() if isinstance(node, T.Differential)]
        named = [ref for ref in of if isinstance(ref, T.Ref)]
        last = [T.Ref(one.body.span, one.variable) for one in self.definitions
                if one.variable.name not in read_by and not one.marks and not one.entries
                and not any(isinstance(node, T.Differential) for node in one.body.walk())]
        return named[-1] if named else last[-1] if last else None

    @cached_property
    def left_factors(self) -> frozenset[str]:
        """Variables that no line defines, on the left of a product side by side."""
        defined = {one.variable.name for one in self.definitions}
        return frozenset(node.left.variable.name for one in self.definitions for node in one.body.walk()
                         if isinstance(node, T.Times) and node.sign == "" and isinstance(node.left, T.Ref)
                         and isinstance(node.right, T.Ref) and not node.left.entries
                         and node.left.variable.name not in defined
                         and node.left.variable.name.split("_")[0].split("^")[0] not in SCALARS)

    @cached_property
    def about_arrays(self) -> bool:
        """Whether the lines themselves speak of arrays: a function of all entries, a norm, a softmax, a shape."""
        functions = any(isinstance(node, T.Applied) and (node.function.scalar or node.function.known == "softmax")
                        or isinstance(node, T.Whole) for one in self.definitions for node in one.body.walk())
        return functions or any(shape.sizes for shape in self.said.shapes)

    @cached_property
    def tells_arrays(self) -> bool:
        """Whether the lines themselves tell numbers from arrays."""
        return any(tells_arrays(node) for one in self.definitions for node in one.body.walk())

    @cached_property
    def derives(self) -> bool:
        """Whether a line has a derivative in it: then the layout matters to every claim."""
        return any(isinstance(node, T.Differential) for one in self.definitions for node in one.body.walk())

    @cached_property
    def vectors(self) -> frozenset[str]:
        """Variables that stand where an array must: in a softmax, a norm, before a transpose."""
        return frozenset(inner.variable.name for one in self.definitions for node in one.body.walk()
                         if isinstance(node, T.Transposed | T.Whole) or isinstance(node, T.Applied)
                         and (node.function.known == "softmax" or node.function.scalar)
                         for inner in node.children() if isinstance(inner, T.Ref) and not inner.entries)

    def declared(self, node: W.Node) -> T.Ref | None:
        """The variable that a declaration is about."""
        try:
            term = Elaboration(self.vocabulary).term(node)
        except Refused:
            return None
        return term if isinstance(term, T.Ref) else None

    @cached_property
    def settled(self) -> frozenset[str]:
        """Variables whose shape the context declares, or whose entries it writes."""
        declared = {term.variable.name for shape in self.said.shapes
                    if (term := self.declared(shape.name.node)) is not None}
        return frozenset(declared | {one.variable.name for one in self.definitions if one.entries})

    def term(self, node: W.Node, letters: frozenset[str] = frozenset()) -> T.Term:
        """A part of a claim, elaborated."""
        return Elaboration(self.vocabulary, letters, self.reads, self.applications, self.parameters).term(node)

    @cached_property
    def applications(self) -> dict[str, T.Applied]:
        """The functions that the lines apply in one way only, inside others."""
        found: dict[str, set[T.Applied]] = {}
        for one in self.definitions:
            for node in one.body.walk():
                if isinstance(node, T.Applied) and not node.order and not node.function.known:
                    found.setdefault(node.function.name, set()).add(node)
        return {name: next(iter(every)) for name, every in found.items()
                if len(every) == 1 and name not in self.vocabulary.variables}

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The variables that no line defines and whose letter nothing marks."""
        defined = {one.variable.name for one in self.definitions}
        return tuple(name for name, variable in self.vocabulary.variables.items()
                     if name not in defined and not variable.slots and name in self.settled)

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
        return T.Sum(left.span, (left, T.Opposite(left.span, step)))

    def read(self, claim: str, prefix: str = "") -> W.Relations:
        """A claim, or a side of one that begins with this prefix, as a tree, d and its letter merged."""
        tree = _read(claim, self.macros)
        own = prefix or prefix_of(tree.parts[0])
        return merged(tree, self._prefixes | {own} if own else self._prefixes)


def renewed(left: T.Ref, vocabulary: Vocabulary) -> T.Ref | None:
    """The variable after an update, where the context says how it is updated."""
    variable = vocabulary.variables.get(NEW + left.variable.name)
    return replace(left, variable=variable) if variable is not None else None


def tells_arrays(node: T.Term) -> bool:
    """Whether arrays are meant here: a transpose, a product entry by entry, an entry."""
    return isinstance(node, T.Transposed) or isinstance(node, T.Times) and node.sign in ("odot", "circ") \
        or isinstance(node, T.Ref) and bool(node.entries)


def _read(line: str, macros: Mapping[str, Macro]) -> W.Relations:
    return read(line, macros) if macros else read(line)
