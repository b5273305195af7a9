r"""What hangs on a base: marks above and below it, primes; and which marks stand in what was written without brackets.

    h^{lT}  ->  marks l and T        \delta^{\text{(out)}}  ->  the mark ("(", out)        {W^{(2)}}^T  is  W^{(2)T}

In: nodes that were read below or above a base. Out: marks, and the base with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.written.latex.symbols import TRANSPOSES
from derive.written.tree import Add, Group, Listing, Mark, Name, Node, Product, Scripted, Span


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


def bare(content: Node) -> Mark:
    return Mark(content.span, "", content)


def bracketed_words(mark: Mark) -> list[Mark]:
    r"""^{\text{(out)}} is the mark ("(", out)."""
    node = mark.content
    if isinstance(node, Name) and node.letter[:1] in ("(", "[") and len(node.letter) > 2:
        return [Mark(mark.span, node.letter[0], Name(node.span, node.letter[1:-1], node.accents, node.font))]
    return [mark]


def parted(content: Node, found: Scripts, marks: list[Mark]) -> list[Mark]:
    r"""The marks in what stands without brackets: lT is l and T, l^T too, (2)T and T(2) each two."""
    if isinstance(content, Scripted) and content.above and not content.below \
            and all(transposes(mark.content) for mark in content.above):
        return [*parted(content.base, found, marks), *content.above]
    if isinstance(content, Scripted) and content.primes and not content.above and not content.below \
            and marks is found.above:
        found.primes += content.primes
        return parted(content.base, found, marks)
    if isinstance(content, Product) and not any(content.signs):
        first, last = content.factors[0], content.factors[-1]
        if transposes(last):
            return [*parted(_shorter(content, 0, -1), found, marks), bare(last)]
        if transposes(first) and isinstance(content.factors[1], Group):
            return [bare(first), *parted(_shorter(content, 1, None), found, marks)]
    if isinstance(content, Add) and isinstance(last := content.terms[-1], Product) \
            and transposes(last.factors[-1]) and getattr(last.factors[-1], "letter", "") != "T":
        kept = Add(content.span, (*content.terms[:-1], _shorter(last, 0, -1)))
        return [bare(kept), bare(last.factors[-1])]
    if isinstance(content, Listing) and isinstance(content.items[0], Group):
        return [mark for item in content.items for mark in parted(item, found, marks)]
    if isinstance(content, Group) and content.bracket in ("(", "["):
        return [Mark(content.span, content.bracket, content.content)]
    return [bare(content)]


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
