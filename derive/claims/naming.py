r"""A letter and what hangs on it becomes a term: a variable at its marks, an index, a size, a number.

    W^{[2]T}_{jk}      Transposed(Ref(W, (2,))) at (j, k)

In: a letter taken apart (spelling.py) and a vocabulary. Out: a term, or `Refused` with the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Self

from derive.claims import terms as T
from derive.claims.lines import size_name
from derive.claims.prefixes import UNDERIVED
from derive.claims.references import Found, find, missing
from derive.claims.refused import Refused
from derive.claims.spelling import Hanging, Spelled, is_inverse_transpose, is_transpose, names_in, spelled
from derive.claims.vocabulary import Vocabulary
from derive.points.functions import known_functions
from derive.written import tree as W

COST = "the cost"
FUNCTIONS = frozenset({*known_functions(), "softmax", "ReLU", "sgn"})


@dataclass(frozen=True)
class Naming:
    """Elaborates the trees of one line. `letters`: the indices in force."""

    vocabulary: Vocabulary
    letters: frozenset[str] = frozenset()
    reads: Mapping[tuple[str, str], T.Ref] = field(default_factory=dict)
    """What a variable's own equation reads: the a^L that is meant by \\nabla_a C."""
    applications: Mapping[str, T.Applied] = field(default_factory=dict)
    """The one way in which the context applies a function: the B that is meant by B alone."""
    parameters: tuple[str, ...] = ()
    """The arrays that nothing defines: \\nabla f is by the one there is."""

    def inside(self, letters: tuple[str, ...]) -> Self:
        return replace(self, letters=self.letters | frozenset(letters))

    def term(self, node: W.Node) -> T.Term:
        """Any part of a formula."""
        raise NotImplementedError

    def letter(self, one: Spelled) -> T.Term:
        """A letter with what hangs on it, where no bracket follows."""
        name, span = one.letter, one.node.span
        if one.index in self.letters and (not one.hangings or one.numbered):
            return T.Letter(span, one.index)
        if (found := find(one, name, self.vocabulary)) is not None:
            return self._variable(one, found)
        if (whole := size_name(one.node)) in self.vocabulary.sizes:
            return T.Size(span, whole)
        if name in self.vocabulary.sizes or name in ("L", "T") and not one.hangings:
            return T.Size(span, name, tuple(self.index(h.node) for h in one.hangings))
        if name in ("e", "E") and (exponent := _exponent(one)) is not None:
            return T.Applied(span, T.Function("exp", "exp"), (self.term(exponent),))
        if name == "1" or one.name.font == "bb" and name == "I":
            return self._ones(one)
        if one.name.letter == "0":
            return T.Constant(span, Fraction(0))
        if name in self.applications and not one.primes:
            return self.after(replace(self.applications[name], span=span), one.hangings, span)
        if name == "pi":
            return T.Applied(span, T.Function("pi", "pi"), ())
        if name == "delta" and len([h for h in one.hangings if h.place == "below"]) == 2:
            left, right = (self.index(h.node) for h in one.hangings[:2])
            return T.Indicated(span, T.Compared(span, "=", left, right))
        if (gradient := self._gradient(one)) is not None:
            return gradient
        return self._other_letter(one)

    def _other_letter(self, one: Spelled) -> T.Term:
        name, span = one.letter, one.node.span
        powers = [h for h in one.hangings if h.place == "above" and not h.bracket]
        if name in self.letters and len(powers) == len(one.hangings):
            return self.after(T.Letter(span, name), tuple(powers), span)
        if name.startswith("cal ") and (other := self._renamed(one, name[4:])) is not None:
            return other
        if (other := self._renamed(one, "cal " + name)) is not None:
            return other
        if len(name) == 1 and name not in self.vocabulary.functions \
                and (other := self._renamed(one, name.swapcase())) is not None:
            return other
        if name == "I":
            return T.Eye(span)
        if name in self.vocabulary.functions:
            raise Refused(f"the function '{name}' has no argument here", span, f"Write {name}(...).")
        raise missing(one, name, self.vocabulary)

    def _renamed(self, one: Spelled, name: str) -> T.Term | None:
        found = find(one, name, self.vocabulary)
        return self._variable(one, found) if found else None

    def _variable(self, one: Spelled, found: Found) -> T.Term:
        hidden = self.vocabulary.hidden.get(found.variable.name, ())
        marks = (*(self.index(node) for node in found.marks), *(T.Letter(one.node.span, name) for name in hidden))
        entries = tuple(self.entry(node) for node in self._arity(found.entries))
        term: T.Term = T.Ref(one.node.span, found.variable, marks, entries)
        if one.primes and isinstance(term, T.Ref):
            term = T.Primed(one.node.span, term, one.primes)
        return self.after(term, found.after, one.node.span)

    def _arity(self, entries: tuple[W.Node, ...]) -> tuple[W.Node, ...]:
        """y_{t_l} has two entries, t and l, unless t is a variable such as the class y_i."""
        found: list[W.Node] = []
        for node in entries:
            inner = spelled(node)
            if inner is not None and inner.hangings and not inner.numbered \
                    and find(inner, inner.letter, self.vocabulary) is None:
                found += [inner.name, *(h.node for h in inner.hangings)]
            else:
                found.append(node)
        return tuple(found)

    def after(self, term: T.Term, hangings: tuple[Hanging, ...], span: W.Span) -> T.Term:
        for h in hangings:
            if is_transpose(h.node):
                term = T.Transposed(span, term)
            elif is_inverse_transpose(h.node):
                term = T.Transposed(span, T.Power(span, term, T.Constant(span, Fraction(-1))))
            elif h.place == "below":
                term = T.Entry(span, term, (self.entry(h.node),))
            else:
                term = T.Power(span, term, self.term(h.node), h.bracket == W.ENTRYWISE)
        return term

    def entry(self, node: W.Node) -> T.Term | None:
        return None if isinstance(node, W.Text) and node.text.strip() == ":" else self.index(node)

    def index(self, node: W.Node) -> T.Term:
        """A mark or index: letters that nobody defines are indices."""
        inner = spelled(node)
        if inner is not None and inner.numbered and (inner.index in self.letters
                                                     or find(inner, inner.letter, self.vocabulary) is None):
            return T.Letter(node.span, inner.index)
        if inner is not None and not inner.hangings:
            if inner.letter in self.vocabulary.said.ranges:
                return T.Letter(node.span, inner.letter)
            known = inner.letter in self.vocabulary.sizes and inner.letter not in self.letters
            if inner.primes or not known and (inner.letter not in self.vocabulary.variables
                                              or inner.letter in self.letters) and inner.letter not in ("L", "T"):
                return T.Letter(node.span, inner.index)
        letters = tuple(name for name in names_in(node) if name not in self.vocabulary.variables
                        and name not in self.vocabulary.sizes and name not in ("L", "T"))
        return self.inside(letters).term(node)

    def _ones(self, one: Spelled) -> T.Term:
        """A vector of ones, or with a condition below an indicator."""
        below = [h for h in one.hangings if h.place == "below"]
        if below and isinstance(below[0].node, W.Relations):
            return T.Indicated(one.node.span, self.condition(below[0].node))
        term: T.Term = T.Unit(one.node.span, self.index(below[0].node) if below else None)
        return self.after(term, tuple(h for h in one.hangings if h.place == "above"), one.node.span)

    def _gradient(self, one: Spelled) -> T.Term | None:
        """dW where the context defines no name dW: the derivative of the cost by W."""
        prefix, _, rest = one.letter.partition(" ")
        if prefix not in UNDERIVED or not rest:
            return None
        found = find(one, rest, self.vocabulary)
        if found is None:
            return None
        by = self._variable(one, replace(found, after=()))
        assert isinstance(by, T.Ref)
        return self.after(T.Differential(one.node.span, T.Ref(one.node.span, T.Variable(COST)), (by,)),
                           found.after, one.node.span)

    def condition(self, node: W.Node) -> T.Term:
        """What stands below an indicator, or in its brackets."""
        if isinstance(node, W.Relations) and len(node.parts) > 1:
            sides = tuple(self.index(part) for part in node.parts)
            found = tuple(T.Compared(node.span, sign, left, right)
                          for sign, left, right in zip(node.signs, sides, sides[1:], strict=False))
            return found[0] if len(found) == 1 else T.Both(node.span, found)
        if isinstance(node, W.Listing):
            inner = tuple(self.condition(item) for item in node.items)
            return T.Both(node.span, tuple(one for part in inner for one in compared(part)))
        if isinstance(node, W.Group):
            return self.condition(node.content)
        raise Refused("this is no condition", node.span, "Write something such as z > 0.")


def compared(condition: T.Term) -> tuple[T.Compared, ...]:
    """The comparisons of a condition."""
    if isinstance(condition, T.Both):
        return condition.parts
    assert isinstance(condition, T.Compared)
    return (condition,)


def _exponent(one: Spelled) -> W.Node | None:
    """What stands above, undivided: the product of e^{w^T x}."""
    node = one.node
    whole = isinstance(node, W.Scripted) and len(node.above) == 1 and not node.below and not node.above[0].bracket
    return node.above[0].content if isinstance(node, W.Scripted) and whole else None
