r"""What a line shows by itself: the letter that it defines, what it binds, what it applies.

    J(W, b) = \sum_i \ell(a_i)      head J, bound i, \ell applied to one argument

In: the tree of a line. Out: letters of it; what they mean is the vocabulary's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.claims.spelling import Hanging, Spelled, is_transpose, names_in, spelled
from derive.claims.usual import CAPITALS, COSTS
from derive.written.tree import Add, Big, Group, Listing, Name, Node, Number, Product, Relations


def bound_letters(tree: Node) -> frozenset[str]:
    """The letters that a sum, product or maximum of the formula binds."""
    return frozenset(name for one in tree.walk() if isinstance(one, Big) for index in one.indices
                     for name in names_in(index))


def head_of(node: Node) -> Spelled | None:
    """The letter that a line defines: z of `z_j = ...`, J of `J(W, b) = ...`."""
    if isinstance(node, Product) and len(node.factors) == 2 and node.signs == ("",) \
            and isinstance(node.factors[1], Group) and node.factors[1].bracket in "([":
        return spelled(node.factors[0])
    return spelled(node)


def size_name(node: Node) -> str:
    """A size with its labels, as one name: n_l."""
    one = spelled(node)
    return "".join((one.letter, *(label(h) for h in one.hangings))) if one is not None else ""


def is_cost(line: Relations, letter: str) -> bool:
    r"""L = \ell(a), L = \sum_t \ell(h_t): the cost is a number, so the function makes one of all entries."""
    head, body = head_of(line.parts[0]), line.parts[1]
    while isinstance(body, Big) or isinstance(body, Product) and isinstance(body.factors[-1], Big):
        body = body.body if isinstance(body, Big) else body.factors[-1]
    return head is not None and head.letter in COSTS and not head.hangings and isinstance(body, Product) \
        and len(body.factors) == 2 and (one := spelled(body.factors[0])) is not None and one.letter == letter


def parameter(head: Node) -> bool:
    """f(x): a bare letter in brackets after a bare letter; or f'(z^l)."""
    if not isinstance(head, Product) or not isinstance(head.factors[1], Group):
        return False
    content = head.factors[1].content
    return isinstance(head.factors[0], Name) and isinstance(content, Name) or \
        primed(head) and spelled(content) is not None


def primed(head: Node) -> bool:
    return isinstance(head, Product) and (one := spelled(head.factors[0])) is not None and one.primes > 0


def self_made(line: Relations, letter: str) -> bool:
    """C = C(a, y): the letter names the function too."""
    return any(name == letter for part in line.parts[1:] for name, _ in applied(part))


def applied(tree: Node) -> Iterator[tuple[str, int]]:
    """Every letter that stands directly before a bracket, with the number of its arguments."""
    for node in tree.walk():
        if isinstance(node, Product):
            for head, sign, group in zip(node.factors, node.signs, node.factors[1:], strict=False):
                if sign == "" and isinstance(group, Group) and group.bracket == "(" \
                        and (name := spelled(head)) is not None:
                    yield name.letter, len(group.content.items) if isinstance(group.content, Listing) else 1


def applied_otherwise(lines: tuple[Relations, ...], head: Node) -> bool:
    """Whether the letter of D(u) stands before other brackets, too: D(x), D(G(z)). So it is a function of any u."""
    assert isinstance(head, Product)
    return any(one == head.factors[0] and isinstance(group, Group) and group != head.factors[1]
               for line in lines for part in line.parts[1:] for node in part.walk() if isinstance(node, Product)
               for one, group in zip(node.factors, node.factors[1:], strict=False))


def updates(line: Relations, head: Spelled) -> bool:
    """w = w - eta g gives w a new value; it defines nothing."""
    return any(one.letter == head.letter and one.hangings == head.hangings and one.primes == head.primes
               for part in line.parts[1:] for one in spelled_names(part))


def shifted_letter(node: Node) -> str:
    """The letter of `i - 1` or `t + 1`."""
    if isinstance(node, Add) and len(node.terms) == 2 and isinstance(node.terms[0], Name) \
            and any(isinstance(part, Number) for part in node.terms[1].walk()):
        return node.terms[0].letter
    return ""


def spelled_names(node: Node) -> tuple[Spelled, ...]:
    one = spelled(node)
    if one is not None:
        return (one,)
    return tuple(name for child in node.children() for name in spelled_names(child))


def label(hanging: Hanging) -> str:
    """What a label adds to the name of a letter."""
    return ("^" if hanging.place == "above" else "_") + hanging.label


def counting(line: Relations) -> Iterator[str]:
    r"""Letters that count vectors, since what they stand on is multiplied by a row or a matrix: w^T x_n, W x_i."""
    for node in line.walk():
        if not isinstance(node, Product):
            continue
        for left, sign, right in zip(node.factors, node.signs, node.factors[1:], strict=False):
            factor, vector = spelled(left), spelled(right)
            if sign == "" and factor is not None and vector is not None and len(vector.hangings) == 1 \
                    and vector.hangings[0].place == "below" and isinstance(vector.hangings[0].node, Name) \
                    and vector.letter not in CAPITALS and _no_number(factor):
                yield vector.hangings[0].node.letter


def _no_number(factor: Spelled) -> bool:
    """A row w^T or a matrix W."""
    if not factor.hangings:
        return factor.letter in CAPITALS
    return len(factor.hangings) == 1 and factor.hangings[0].place == "above" and is_transpose(factor.hangings[0].node)


def totals(lines: tuple[Relations, ...]) -> tuple[str, ...]:
    r"""Letters that a line defines by the same letter with an index that it sums over: L = \sum_t L_t."""
    found = []
    for line in lines:
        head = head_of(line.parts[0])
        if head is not None and not head.hangings and not head.primes and any(
                one.letter == head.letter and any(name in bound_letters(line) for h in one.hangings
                                                  for name in names_in(h.node))
                for part in line.parts[1:] for one in spelled_names(part)):
            found.append(head.letter)
    return tuple(found)


def marked(lines: tuple[Relations, ...]) -> frozenset[str]:
    """The letters that mark what the lines define: the l of z^l = ..."""
    heads = [head for line in lines if (head := head_of(line.parts[0])) is not None]
    return frozenset(name for head in heads for hanging in head.hangings for name in names_in(hanging.node))
