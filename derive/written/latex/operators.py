r"""Operators with a reach: sums over indices, \nabla_W, \partial_w.

    \sum_{j \ne y} a_j + b   ->  Add(Big("sum", (j,), a_j, condition j != y), b)
    \nabla_W J(W, b) h^T     ->  (\nabla_W J(W, b)) h^T
"""

from __future__ import annotations

from derive.written.latex import calls, symbols
from derive.written.latex.cursor import Reader
from derive.written.latex.lexer import Token
from derive.written.latex.marks import Parser
from derive.written.latex.scripts import Scripts, attached, one_of_each, transposes
from derive.written.tree import (
    Add,
    Big,
    Call,
    Derivative,
    Fraction,
    Group,
    Listing,
    Mark,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
    Span,
)

COSTS = ("C", "J", "L", "E", "ell", "l", "loss", "cost", "R", "S")


def big(parser: Parser) -> Node:
    """\\sum, \\prod, \\max, \\min with their indices and body."""
    start, token = parser.at, parser.take()
    kind = symbols.BIGS.get(token.text, token.text)
    if token.text == "arg" or token.kind == "operator":
        kind = _extreme(parser, token)
    if kind in ("max", "min") and parser.token.kind not in ("_", "^"):
        return calls.function(parser, kind, parser.span(start))
    if parser.single:
        return Name(parser.span(start), kind)
    limits = {"_": list[Node](), "^": list[Node]()}
    while parser.token.kind in limits:
        limits[parser.token.kind].append(_limit(parser))
    if max(map(len, limits.values())) > 1:
        raise parser.refuse(token, f"\\{kind} has two limits of one kind", "Write them in one pair of braces.")
    indices, lower, condition = _indices(parser, token, limits["_"][0]) if limits["_"] else ((), None, None)
    if not parser.starts() and parser.token.kind != "sign":
        raise parser.missing(f"what \\{kind} runs over")
    body = parser.product() if parser.token.kind != "sign" else _signed(parser)
    return Big(parser.span(start), kind, indices, body, lower, limits["^"][0] if limits["^"] else None, condition)


def _signed(parser: Parser) -> Node:
    """\\sum_j -x_j: the sign belongs to the body."""
    start, sign = parser.at, parser.take()
    body = parser.product()
    return Negative(parser.span(start), body) if sign.text == "-" else body


def _extreme(parser: Parser, token: Token) -> str:
    """\\arg\\max, \\operatorname{argmin}."""
    if token.kind == "operator":
        return "argmax" if "max" in token.text else "argmin"
    if parser.token[:2] not in (("command", "max"), ("command", "min")):
        raise parser.refuse(token, "\\arg stands before neither \\max nor \\min", "Write \\arg\\max_j.")
    return "arg" + parser.take().text


def _limit(parser: Parser) -> Node:
    sign, in_script, font = parser.take(), parser.in_script, parser.font
    parser.in_script, parser.font = True, ""
    node = parser.argument(sign)
    parser.in_script, parser.font = in_script, font
    return node


Range = tuple[tuple[Node, ...], Node | None, Node | None]


def _indices(parser: Parser, token: Token, written: Node) -> Range:
    """(indices, lower, condition) of what stands below a sum."""
    if isinstance(written, Relations) and written.signs == (":",):
        before, first, _ = _indices(parser, token, written.parts[0])
        return before, first, written.parts[1]
    items = one_of_each(written)
    indices: list[Node] = []
    lower: Node | None = None
    conditions: list[Node] = []
    for item in items:
        if not isinstance(item, Relations):
            indices.extend(_names(parser, token, item))
        elif item.signs == ("=",) and lower is None:
            indices.extend(_names(parser, token, item.parts[0]))
            lower = item.parts[1]
        else:
            if len(item.parts) > 2 and _bounds_of(item, indices):
                conditions.append(item)
                continue
            found = [part for part in item.parts[:2] if _name(part)]
            position = 1 if len(item.parts) > 2 and len(found) == 2 else 0
            if not found:
                found, position = list(_names(parser, token, item.parts[0])), 0
            index = found[min(position, len(found) - 1)]
            indices.extend([index] if index not in indices else [])
            conditions.append(item)
    if not conditions:
        return tuple(indices), lower, None
    whole = conditions[0] if len(conditions) == 1 else Listing(written.span, tuple(conditions))
    return tuple(indices), lower, whole


def _bounds_of(chain: Relations, indices: list[Node]) -> bool:
    r"""Whether q, r of \sum_{q, r, 2q - 1 \le i \le 2q} are bounded by a chain about an i that stands fixed."""
    outer = [node for part in (chain.parts[0], *chain.parts[2:]) for node in part.walk()]
    return any(index in outer for index in indices)


def _name(node: Node) -> bool:
    return isinstance(node, Name) or isinstance(node, Scripted) and isinstance(node.base, Name)


def _names(parser: Parser, token: Token, node: Node) -> tuple[Node, ...]:
    """The indices in `i`, `i, j`, `ij` or `(i, j)`."""
    if isinstance(node, Group):
        return tuple(name for item in one_of_each(node.content) for name in _names(parser, token, item))
    if isinstance(node, Product) and not any(node.signs) and all(_name(factor) for factor in node.factors):
        return node.factors
    if _name(node):
        return (node,)
    raise parser.refuse(token, f"cannot tell the index of this \\{token.text}",
                        "Write it as \\sum_{j}, \\sum_{j=1}^{n} or \\sum_{j \\ne k}.")


def substack(parser: Parser) -> Node:
    """\\substack{j \\\\ j \\ne k}: its lines as a list."""
    start, token = parser.at, parser.take()
    if parser.take().kind != "{":
        raise parser.refuse(token, "\\substack lacks its braces", "Write \\substack{j \\\\ k}.")
    parser.open.append("{")
    items: list[Node] = [parser.relations()]
    while parser.token.kind in ("row", "comma"):
        parser.take()
        items.append(parser.relations())
    if parser.token.kind != "}":
        raise parser.unclosed(token)
    parser.open.pop()
    parser.take()
    return Listing(parser.span(start), tuple(items))


def partial(parser: Parser) -> Node:
    """\\partial_w h is an operator; \\partial alone waits for its fraction."""
    start, token = parser.at, parser.take()
    single, parser.single = parser.single, False
    scripts = parser.scripts(Scripts())
    parser.single = single
    if not scripts.below:
        name = Name(Span(token.start, token.stop), "partial")
        return attached(parser.span(start), name, scripts) if scripts else name
    return _applied(parser, start, "partial", scripts)


def nabla(parser: Parser) -> Node:
    start = parser.at
    parser.take()
    return _applied(parser, start, "nabla", parser.scripts(Scripts()))


def _applied(parser: Parser, start: int, sign: str, scripts: Scripts) -> Node:
    by = tuple(item for mark in scripts.below for item in _by(mark))
    order, plus = 1, False
    for mark in scripts.above:
        if isinstance(mark.content, Number) and mark.content.text in ("2", "3"):
            order = int(mark.content.text)
        elif isinstance(mark.content, Name) and mark.content.letter == "+":
            plus = True
        else:
            raise parser.refuse(parser.tokens[start], "cannot read what stands above this operator", "Leave it out.")
    of = operand(parser)
    return Derivative(parser.span(start), sign, of, by, order, plus)


def _by(mark: Mark) -> tuple[Node, ...]:
    if mark.bracket:
        return (Group(mark.span, mark.bracket, mark.content),)
    return one_of_each(mark.content)


def operand(parser: Parser) -> Node | None:
    """What \\nabla acts on: one factor with its call; a whole product that begins with A^T, a number or a fraction."""
    if parser.single or not parser.starts():
        return None
    start, first = parser.at, parser.factor()
    if isinstance(first, Number | Fraction) or _transposed(first):
        return parser.juxtaposed(first, start) if parser.pending is None else first
    if not _name(first) or parser.pending is not None or parser.token[:2] not in (("open", "("), ("open", "[")):
        return first
    glued = not parser.token.spaced
    group = parser.factor()
    if parser.pending is not None or not _call(first, group, glued):
        parser.pending = group
        return first
    return Product(parser.span(start), (first, group), ("",))


def _transposed(node: Node) -> bool:
    return isinstance(node, Scripted) and any(not m.bracket and transposes(m.content) for m in node.above)


def _call(first: Node, group: Node, glued: bool) -> bool:
    """Whether the bracket behind a letter holds its arguments: J(W, b), but not C (1 - a)."""
    inner = group.base if isinstance(group, Scripted) else group
    content = inner.content if isinstance(inner, Group) else inner
    base = first.base if isinstance(first, Scripted) else first
    if not isinstance(base, Name) or base.letter not in COSTS:
        return True
    if isinstance(content, Listing | Name | Scripted):
        return True
    return glued and not isinstance(content, Add | Negative | Call)


READERS: dict[str, Reader] = {
    **{"\\" + name: big for name in (*symbols.BIGS, "arg")}, "\\substack": substack, "\\partial": partial,
    "\\nabla": nabla,
}
