r"""What the given equations offer as text: functions at their arguments, slopes, what is divided by.

    h_{tj} = \tanh(v_{tj})      (1 - h_{tj}^2), (1 - h_t^2);      v_{tj}, \tanh(v_{tj})

In: the vocabulary and the given lines. Out: texts that an edit may put into a claim.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.claims.references import find
from derive.claims.spelling import spelled
from derive.claims.vocabulary import Vocabulary
from derive.mistake.sites import names_in
from derive.written.tree import (
    Big,
    Call,
    Derivative,
    Fraction,
    Group,
    Listing,
    Name,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
)

Line = tuple[str, Relations]
"""A given equation: its text, and the tree read from it."""
BY_VALUE = {"sigmoid": "{0} (1 - {0})", "tanh": "(1 - {1}^2)", "relu": "({0} > 0)"}
"""By the value, and by the value in brackets where something hangs on it already."""


def applied(tree: Node, vocabulary: Vocabulary) -> Iterator[tuple[Node, Node, str]]:
    """Every function of the context at its argument; the canonical name of a known one."""
    for node in tree.walk():
        if isinstance(node, Product):
            for head, sign, group in zip(node.factors, node.signs, node.factors[1:], strict=False):
                one = spelled(head)
                if one is not None and not sign and isinstance(group, Group) and one.letter in vocabulary.functions:
                    function = vocabulary.functions[one.letter]
                    if not function.scalar:
                        yield head, group.content, function.known
        elif isinstance(node, Call) and len(node.arguments) == 1 and node.name in ("tanh", "sigmoid", "relu"):
            yield node, node.arguments[0], node.name
        elif isinstance(node, Call) and node.name == "max" and len(node.arguments) == 2:
            zero, *rest = sorted(node.arguments, key=lambda one: not isinstance(one, Number))
            if isinstance(zero, Number) and zero.text == "0":
                yield node, rest[0], "relu"


def values(vocabulary: Vocabulary, lines: tuple[Line, ...]) -> Iterator[tuple[str, str]]:
    r"""Every argument of a function in the given equations, with the function at it: c_t, \tanh(c_t)."""
    for source, tree in lines:
        for head, argument, _ in applied(tree, vocabulary):
            whole = max(head.span.stop, argument.span.stop)
            stop = source.find(")", argument.span.stop) + 1 if head.span.stop <= argument.span.start else whole
            yield (source[argument.span.start:argument.span.stop].strip(), source[head.span.start:max(stop, whole)])


def divided(lines: tuple[Line, ...], language: str) -> Iterator[str]:
    r"""What the context divides by, such as the \sqrt{d} of attention or a temperature, both ways up."""
    heads = {one.letter for _, tree in lines if (one := spelled(tree.parts[0])) is not None}
    for source, tree in lines:
        bottoms = [node.bottom for node in tree.walk() if isinstance(node, Fraction)]
        bottoms += [right for node in tree.walk() if isinstance(node, Product)
                    for sign, right in zip(node.signs, node.factors[1:], strict=True) if sign == "/"]
        for bottom in bottoms:
            plain = not any(isinstance(node, Big | Product) for node in bottom.walk())
            if plain and not any(name.letter in heads for name in names_in(bottom)):
                text = source[bottom.span.start:bottom.span.stop]
                yield rf"\frac{{1}}{{{text}}}" if language == "latex" else f"(1/{text})"
                yield text


def slopes(vocabulary: Vocabulary, lines: tuple[Line, ...]) -> Iterator[str]:
    """Every slope that the chain rule through the given equations needs, as text; for entries also of the array."""
    for source, tree in lines:
        for head, argument, known in applied(tree, vocabulary):
            value = tree.parts[0] if len(tree.parts) > 1 and tree.parts[1].span.stop >= argument.span.stop else None
            both = zip(_texts(source, argument, vocabulary), _texts(source, value, vocabulary), strict=False)
            for inside, text in both:
                if isinstance(head, Name | Scripted):
                    name = source[head.span.start:head.span.stop]
                    yield f"{name}'({inside})" if isinstance(head, Name) else f"{{{name}}}'({inside})"
                if known in BY_VALUE and text and not isinstance(value, Derivative | Fraction):
                    yield BY_VALUE[known].format(text, f"({text})" if "^" in text else text)


def _texts(source: str, node: Node | None, vocabulary: Vocabulary) -> tuple[str, ...]:
    """As it is written, and, of an entry, the array: z_t for z_{tj}."""
    if node is None:
        return "", ""
    text, start = source[node.span.start:node.span.stop].strip(), node.span.start
    one = spelled(node)
    found = find(one, one.letter, vocabulary) if one is not None else None
    if found is None or not found.entries or not isinstance(node, Scripted):
        return (text,)
    entries = {id(entry) for entry in found.entries}
    kept = source[start:node.span.stop]
    for mark in sorted(node.below, key=lambda mark: -mark.span.start):
        left = [source[item.span.start:item.span.stop] for item in _items(mark.content) if id(item) not in entries]
        inner = mark.content.span
        before = kept[:inner.start - start].rstrip("{").rstrip("_")
        kept = before + (f"_{{{','.join(left)}}}" if left else "") + kept[inner.stop - start:].lstrip("}")
    return text, kept.strip()


def _items(content: Node) -> Iterator[Node]:
    """f, t and j of f,tj."""
    inner = content.items if isinstance(content, Listing) else content.factors if isinstance(content, Product) else ()
    for one in inner:
        yield from _items(one)
    if not inner:
        yield content
