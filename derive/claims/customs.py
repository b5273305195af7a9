r"""How an author writes names, as the given lines show it; every tree is read without these customs.

    h_\theta(x) = \sigma(\theta^T x)      h(x), everywhere: what stands below only says what h depends on
    KL = \sum_j ...                       one name of two letters, no product
    J = \sum_i a_i + b_i                  \sum_i (a_i + b_i): the i behind the sum belongs to it
    \mu = \frac1n \sum_i x_i              \frac1n \sum_{i=1}^n x_i

In: trees. Out: `Customs`, and trees without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from derive.claims.lines import spelled_names
from derive.claims.prefixes import UNDERIVED
from derive.claims.spelling import names_in, spelled
from derive.claims.usual import COUNTS
from derive.written.tree import (
    Add,
    Big,
    Fraction,
    Group,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
    Span,
    mapped,
)


@dataclass(frozen=True)
class Customs:
    """`words` are names of several letters; `dressed` are functions with the letters below that say nothing."""

    words: frozenset[str] = frozenset()
    dressed: frozenset[tuple[str, tuple[str, ...]]] = frozenset()

    def without(self, tree: Relations) -> Relations:
        """The tree in which nothing is left of them."""
        read = mapped(tree, self._read) if self.words or self.dressed else tree
        if not any(isinstance(node, Big) for node in read.walk()):
            return read  # both that follow are about sums
        read = mapped(read, _counted)
        left = frozenset(names_in(read.parts[0]))
        return replace(read, parts=(read.parts[0], *(mapped(part, lambda node: _reaching(node, left))
                                                     for part in read.parts[1:])))

    def _read(self, node: Node) -> Node:
        if isinstance(node, Product):
            return _in_words(node, self.words)
        if isinstance(node, Scripted) and node.below and (one := spelled(node)) is not None \
                and (one.letter, _below(node)) in self.dressed:
            bare = node.above or node.primes
            return replace(node, below=()) if bare else replace(node.base, span=node.span)
        return node


def customs(lines: Iterable[Relations]) -> Customs:
    """Those that the lines show on their left sides."""
    trees = tuple(lines)
    words = frozenset(word for tree in trees for word in _words(tree.parts[0]))
    return Customs(words, frozenset(one for tree in trees for one in _dressed(tree)))


def _words(left: Node) -> Iterator[str]:
    """KL: letters side by side, without a blank, where one name is defined."""
    factors = left.factors if isinstance(left, Product) and not any(left.signs) else ()
    run: list[Name] = []
    for factor in factors:
        one = spelled(factor)
        if one is None or len(one.letter) > 1 or run and run[-1].span.stop < one.name.span.start:
            break
        run.append(one.name)
        if one.hangings:
            break
    if len(run) > 1 and run[0].letter not in UNDERIVED and len(factors) - len(run) < 2:
        yield "".join(name.letter for name in run)


def _dressed(tree: Relations) -> Iterator[tuple[str, tuple[str, ...]]]:
    """h_\\theta(x) = ... \\theta ...: what stands below h is a letter of the formula, not an index."""
    left = tree.parts[0]
    if isinstance(left, Product) and len(left.factors) == 2 and isinstance(left.factors[1], Group) \
            and isinstance(head := left.factors[0], Scripted) and head.below and (one := spelled(head)) is not None:
        read = {name for part in tree.parts[1:] for name in _read_in(part)}
        if {*_below(head)} <= read:
            yield one.letter, _below(head)


def _read_in(node: Node) -> Iterator[str]:
    """The letters that a formula calculates with, in exponents too."""
    for one in spelled_names(node):
        yield one.letter
        if one.letter == "e":
            yield from (name for hanging in one.hangings for name in _read_in(hanging.node))


def _below(node: Scripted) -> tuple[str, ...]:
    return tuple(name for mark in node.below for name in names_in(mark.content))


def _in_words(node: Product, words: frozenset[str]) -> Node:
    factors, signs = list(node.factors), list(node.signs)
    at = 0
    while at < len(factors):
        for word in words:
            run = factors[at:at + len(word)]
            last = run[-1].base if isinstance(run[-1], Scripted) else run[-1]
            letters = [one.letter if isinstance(one, Name) and not one.accents else "" for one in (*run[:-1], last)]
            if "".join(letters) == word and not any(signs[at:at + len(word) - 1]):
                span = Span(run[0].span.start, last.span.stop)
                name = Name(span, word)
                whole = replace(run[-1], base=name, span=Span(span.start, run[-1].span.stop)) \
                    if isinstance(run[-1], Scripted) else name
                factors[at:at + len(word)], signs[at:at + len(word) - 1] = [whole], []
                break
        at += 1
    return factors[0] if len(factors) == 1 else replace(node, factors=tuple(factors), signs=tuple(signs))


def _counted(node: Node) -> Node:
    """A mean has as many terms as it is divided by."""
    if not isinstance(node, Product) or (big := _sum(node)) is None or big.upper or big.lower or big.condition \
            or len(big.indices) != 1 or big is not node.factors[-1]:
        return node
    counts = [one for factor in node.factors[:-1] if isinstance(factor, Fraction) for one in factor.bottom.walk()
              if isinstance(one, Name) and not isinstance(factor.bottom, Add)]
    if len(counts) != 1 or counts[0].letter not in COUNTS:
        return node
    return replace(node, factors=(*node.factors[:-1], replace(big, lower=Number(big.span, "1"), upper=counts[0])))


def _reaching(node: Node, left: frozenset[str]) -> Node:
    """A sum takes what follows it, where its index stands there and nothing else can be meant by it."""
    if not isinstance(node, Add):
        return node
    for at, term in enumerate(node.terms):
        letters = {name for index in big.indices for name in names_in(index)} - left if (big := _sum(term)) else set()
        rest = node.terms[at + 1:]
        stop = max((i for i, one in enumerate(rest, 1) if letters & _free(one)), default=0)
        taken = rest[:stop]
        if taken and not (isinstance(term, Negative) and any(isinstance(one, Negative) for one in taken)):
            whole = _extended(term, taken)
            kept = (*node.terms[:at], whole, *rest[stop:])
            return kept[0] if len(kept) == 1 else replace(node, terms=kept)
    return node


def _sum(term: Node) -> Big | None:
    """The sum that a term ends with."""
    if isinstance(term, Negative):
        return _sum(term.content)
    if isinstance(term, Product):
        return _sum(term.factors[-1])
    return term if isinstance(term, Big) and term.kind == "sum" else None


def _extended(term: Node, taken: tuple[Node, ...]) -> Node:
    span = Span(term.span.start, taken[-1].span.stop)
    if isinstance(term, Negative):
        return replace(term, span=span, content=_extended(term.content, taken))
    if isinstance(term, Product):
        return replace(term, span=span, factors=(*term.factors[:-1], _extended(term.factors[-1], taken)))
    assert isinstance(term, Big)
    body = term.body.terms if isinstance(term.body, Add) else (term.body,)
    whole = Add(Span(term.body.span.start, span.stop), (*body, *taken))
    return replace(term, span=span, body=whole)


def _free(node: Node) -> set[str]:
    """The letters that no sum inside binds."""
    if isinstance(node, Big):
        bound = {name for index in node.indices for name in names_in(index)}
        return {name for child in node.children() for name in _free(child)} - bound
    if isinstance(node, Name | Scripted):
        return set(names_in(node)) | {name for child in node.children() for name in _free(child)}
    return {name for child in node.children() for name in _free(child)}

