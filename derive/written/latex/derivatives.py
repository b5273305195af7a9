r"""Which fractions are derivatives, seen in the tree alone.

    \frac{\partial C}{\partial w}    dC/dw    \frac{\partial^2 C}{\partial w \partial b}    \frac{\partial}{\partial w}

A fraction with \partial in one half only is a derivative with a slip in it: sign "broken".
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.written.latex.symbols import TRANSPOSES
from derive.written.tree import Derivative, Fraction, Group, Mark, Name, Negative, Node, Number, Product, Scripted, Span


@dataclass(frozen=True)
class _Head:
    """\\partial or d, with its order."""

    sign: str
    order: int = 1
    plus: bool = False


@dataclass(frozen=True)
class _Half:
    """What stands before the first head, and after each: 2 \\partial w \\partial b has before 2, of w, b."""

    before: tuple[Node, ...]
    heads: tuple[_Head, ...]
    operands: tuple[tuple[Node, ...], ...]


REPEATS: tuple[Node, ...] = (Number(Span(0, 0), "2"), Number(Span(0, 0), "3"))


def fraction(span: Span, top: Node, bottom: Node) -> Node:
    """The derivative that the fraction writes, or the fraction."""
    if isinstance(top, Negative):
        inner = fraction(Span(top.content.span.start, span.stop), top.content, bottom)
        return Negative(span, inner) if isinstance(inner, Derivative) else Fraction(span, top, bottom)
    above, below = _half(top), _half(bottom)
    signs = {head.sign for half in (above, below) if half for head in half.heads}
    if above is None or below is None:
        return _broken(span, above, below, top, bottom) if "partial" in signs else Fraction(span, top, bottom)
    if below.before or not all(below.operands) or len(above.heads) != 1:
        return Fraction(span, top, bottom)
    by = _variables(below, above.heads[0].order)
    head, operand = above.heads[0], above.operands[0]
    of = _joined(operand) if operand else None
    sign = "partial" if "partial" in signs else "d"
    found = Derivative(span, sign, of, by, max(head.order, len(by)), head.plus)
    return Product(span, (*above.before, found), ("",) * len(above.before)) if above.before else found


def _broken(span: Span, above: _Half | None, below: _Half | None, top: Node, bottom: Node) -> Node:
    if above is not None and not above.before and len(above.heads) == 1 and above.operands[0]:
        return Derivative(span, "broken", _joined(above.operands[0]), (bottom,))
    if below is not None and not below.before and all(below.operands):
        return Derivative(span, "broken", top, _variables(below, 1))
    return Fraction(span, top, bottom)


def _variables(below: _Half, order: int) -> tuple[Node, ...]:
    r"""\partial w \partial b: (w, b); \partial w^2 under \partial^2: (w, w), under \partial: w^2, whatever that is.

    The transpose of \partial w \partial w^T only says how the Hessian lies.
    """
    if order == 1:
        return tuple(map(_joined, below.operands))
    found: list[Node] = []
    for operand in below.operands:
        node = _unturned(_joined(operand))
        power = node.above[-1] if isinstance(node, Scripted) and len(operand) == 1 and node.above else None
        if isinstance(node, Scripted) and power and not power.bracket and power.content in REPEATS:
            times, rest = 2 + REPEATS.index(power.content), node.above[:-1]
            bare = not (rest or node.below or node.primes)
            found.extend([node.base if bare else Scripted(node.span, node.base, node.below, rest, node.primes)] * times)
        else:
            found.append(node)
    return tuple(found)


def _unturned(node: Node) -> Node:
    if not (isinstance(node, Scripted) and node.above and _turns(node.above[-1])):
        return node
    kept = Scripted(node.span, node.base, node.below, node.above[:-1], node.primes)
    return kept if kept.below or kept.above or kept.primes else node.base


def _turns(mark: Mark) -> bool:
    return not mark.bracket and isinstance(mark.content, Name) and mark.content.letter in TRANSPOSES


def _half(node: Node) -> _Half | None:
    """The half of a derivative that `node` is, or None."""
    if isinstance(node, Group) and node.bracket == "{":
        node = node.content
    factors = _factors(node)
    at = [i for i, factor in enumerate(factors) if _head(factor)]
    at = [i for i in at if not (i - 1 in at and _is(factors[i], "d") and _is(factors[i - 1], "partial"))]
    if not at or any(i + 1 in at for i in at):
        return None
    heads = tuple(head for i in at if (head := _head(factors[i])))
    if heads[0].sign == "d" and at[0] != 0:
        return None
    stops = (*at[1:], len(factors))
    return _Half(tuple(factors[:at[0]]), heads, tuple(tuple(factors[i + 1:stop])
                                                      for i, stop in zip(at, stops, strict=True)))


def _is(node: Node, sign: str) -> bool:
    """Whether a factor is that sign alone: in \\partial d the d is a variable."""
    head = _head(node)
    return head is not None and head.sign == sign


def _factors(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, Product):
        return (node,)
    if not any(node.signs):
        return node.factors
    first = _factors(node.factors[0])
    if len(first) > 1 and _head(first[0]):
        rest = _joined(first[1:])
        whole = Product(Span(rest.span.start, node.span.stop), (rest, *node.factors[1:]), node.signs)
        return (first[0], whole)
    return (node,)


def _head(node: Node) -> _Head | None:
    if isinstance(node, Scripted) and not node.below and not node.primes and len(node.above) == 1:
        plain, mark = _head(node.base), node.above[0].content
        if plain is None:
            return None
        if isinstance(mark, Number) and mark.text in ("1", "2", "3"):
            return _Head(plain.sign, int(mark.text))
        return _Head(plain.sign, 1, True) if isinstance(mark, Name) and mark.letter == "+" else None
    if isinstance(node, Name) and not node.accents:
        if node.letter == "partial":
            return _Head("partial")
        if node.letter == "d" and node.font in ("", "rm"):
            return _Head("d")
    return None


def _joined(factors: tuple[Node, ...]) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product(Span(factors[0].span.start, factors[-1].span.stop), factors, ("",) * (len(factors) - 1))


def inline(whole: Product) -> Node:
    r"""\partial C / \partial w and dC/dw within a row of factors."""
    factors, signs = list(whole.factors), list(whole.signs)
    at = 0
    while at < len(signs):
        begin = _begin(factors, signs, at)
        if signs[at] != "/" or begin is None or at + 2 >= len(factors) or signs[at + 1]:
            at += 1
            continue
        head, by = _head(factors[at + 1]), factors[at + 2]
        top = _head(factors[begin])
        if head is None or top is None or head.sign != top.sign:
            at += 1
            continue
        operand = tuple(factors[begin + 1:at + 1])
        variables = _variables(_Half((), (head,), ((by,),)), top.order)
        found = Derivative(Span(factors[begin].span.start, by.span.stop), head.sign,
                           _joined(operand) if operand else None, variables, max(top.order, len(variables)), top.plus)
        factors[begin:at + 3], signs[begin:at + 2] = [found], []
        at = begin
    if len(factors) == 1:
        return factors[0]
    return Product(whole.span, tuple(factors), tuple(signs))


def _begin(factors: list[Node], signs: list[str], slash: int) -> int | None:
    """Where the head stands that this slash belongs to."""
    for i in range(slash, -1, -1):
        if _head(factors[i]) is not None:
            return i
        if i and signs[i - 1] == "/" or slash - i > 3:
            return None
    return None
