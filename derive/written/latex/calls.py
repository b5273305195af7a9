r"""Functions that LaTeX knows, \frac, roots, and tables of cells.

    \log \hat y    Call("log", (y^,))      \tanh'(z)    tanh with a prime, times (z)      \frac{1}{m}    Fraction(1, m)
"""

from __future__ import annotations

from derive.errors import clip
from derive.written.latex import derivatives, symbols
from derive.written.latex.cursor import Reader
from derive.written.latex.marks import Parser
from derive.written.latex.scripts import Scripts, attached, transposes
from derive.written.tree import (
    Call,
    Cases,
    Derivative,
    Group,
    Listing,
    Matrix,
    Name,
    Node,
    Number,
    Scripted,
    Span,
    Text,
)

CALLED = ("f", "g", "p", "q", "P", "D", "sigma", "phi", "varphi", "psi", "pi", "S", "G")
"""Letters that are functions when a bracket follows within an argument: \\log p(x), but not \\log a (1 - a)."""


def function(parser: Parser, name: str, span: Span) -> Node:
    """The name is taken; its scripts and its argument follow."""
    begin = max(0, parser.at - 1)
    scripts = Scripts() if parser.single else parser.scripts(Scripts())
    if parser.single or scripts.primes or not parser.starts() or any(transposes(m.content) for m in scripts.above):
        bare = Name(span, name)
        return attached(Span(span.start, parser.span(begin).stop), bare, scripts) if scripts else bare
    _refuse_scripts(parser, name, scripts, begin)
    if scripts.below and name == "log":
        name += parser.source[(base := scripts.below.pop().span).start:base.stop]
    whole = name == "tr" and parser.token.kind not in ("open", "{")  # tr A B is the trace of the product
    arguments = (parser.juxtaposed(),) if whole else argument(parser)
    call = Call(Span(span.start, parser.span(begin).stop), name, arguments)
    return attached(call.span, call, scripts) if scripts else call


def _refuse_scripts(parser: Parser, name: str, scripts: Scripts, begin: int) -> None:
    """Scripts of a function that leave two readings, or none."""
    opening = parser.tokens[begin]
    if scripts.above and parser.source[scripts.above[0].span.start] == "-":
        raise parser.refuse(opening, f"{name} with the power -1 can be the inverse function or one over it",
                            f"Write \\frac{{1}}{{\\{name}(x)}}, or the name of the inverse.")
    if scripts.below and name == "log":
        base = scripts.below[0].content
        if not isinstance(base, Number) or base.text not in ("2", "10"):
            raise parser.refuse(opening, "a logarithm to this base is not read", "Write it as \\frac{\\ln x}{\\ln b}.")
    if scripts.below and name in symbols.BIGS:
        raise parser.refuse(opening, f"{name} over these indices is not read", f"Write \\{name}_{{j}} x_j.")


def argument(parser: Parser) -> tuple[Node, ...]:
    """A bracket; or a number and the name behind it; or one factor, with its own call."""
    parser.deeper(parser.token)
    token = parser.token
    single, parser.single = parser.single, False
    if token.kind == "open" and token.text in ("(", "[", "\\{"):
        inner: Node = parser.group()
        found = _inside(inner)
    elif token.kind == "{":
        found = _inside(parser.brace())
    else:
        start, node = parser.at, parser.factor()
        if isinstance(node, Number) and parser.starts() and parser.token.kind in ("letter", "command"):
            node = parser.juxtaposed_pair(node, start)
        elif parser.token[:2] == ("open", "(") and (called(node) or _plain_call(parser, node)):
            node = parser.juxtaposed_pair(node, start)
        found = (node,)
    parser.depth -= 1
    parser.single = single
    return found


def _inside(node: Node) -> tuple[Node, ...]:
    while isinstance(node, Group) and node.bracket in ("(", "[", "\\{", "{"):
        node = node.content
    return node.items if isinstance(node, Listing) else (node,)


LONGEST_CALL = 60


def _plain_call(parser: Parser, node: Node) -> bool:
    """\\log h_w(x): a bracket right behind a letter, without a sum in it, holds what the letter is applied to."""
    level, base = 0, node.base if isinstance(node, Scripted) else node
    if not isinstance(base, Name) or parser.token.spaced:
        return False
    for token in parser.tokens[parser.at:parser.at + LONGEST_CALL]:
        level += (token.kind in ("open", "{")) - (token.kind in ("close", "}"))
        if level == 1 and token.kind == "sign":
            return False
        if not level:
            return True
    return False


def called(node: Node) -> bool:
    base = node.base if isinstance(node, Scripted) else node
    return isinstance(base, Name) and base.letter in CALLED


def known(parser: Parser) -> Node:
    """\\exp, \\tanh: a function by its command."""
    token = parser.take()
    return function(parser, symbols.FUNCTIONS[token.text], Span(token.start, token.stop))


def root(parser: Parser) -> Node:
    start, token = parser.at, parser.take()
    degree: Node | None = None
    if parser.token[:2] == ("open", "["):
        degree = parser.group()
    inner = parser.argument(token) if parser.token.kind != "open" else parser.group()
    if isinstance(inner, Group):
        inner = inner.content
    if isinstance(degree, Group):
        return Call(parser.span(start), "root", (inner, degree.content))
    return Call(parser.span(start), "sqrt", (inner,))


def fraction(parser: Parser) -> Node:
    """\\frac{}{}, read as a derivative where it is one; as an operator it takes the product that follows."""
    start, token = parser.at, parser.take()
    in_script, font = parser.in_script, parser.font
    if parser.token[:2] == ("open", "["):  # \cfrac[l]{}{}
        parser.group()
    top = parser.argument(token)
    bottom = parser.argument(token)
    parser.in_script, parser.font = in_script, font
    return derivatives.fraction(parser.span(start), top, bottom)


def physics(parser: Parser) -> Node:
    """\\dv{C}{w}, \\pdv{C}{w} of the physics package."""
    start, token = parser.at, parser.take()
    of, by = parser.argument(token), parser.argument(token)
    return Derivative(parser.span(start), "d" if token.text == "dv" else "partial", of, (by,))


def binomial(parser: Parser) -> Node:
    start, token = parser.at, parser.take()
    return Call(parser.span(start), "binom", (parser.argument(token), parser.argument(token)))


def rows(parser: Parser) -> Node:
    """\\begin{...} cells & cells \\\\ ... \\end{...}."""
    start, opening = parser.at, parser.take()
    parser.deeper(opening)
    parser.open.append("begin")
    table: list[list[Node]] = [[]]
    while parser.token[:2] != ("finish", opening.text):
        token = parser.token
        if token.kind in ("end", "finish", "close", "}"):
            raise parser.refuse(opening, f"this \\begin{{{clip(opening.text)}}} is never closed",
                                f"Add \\end{{{clip(opening.text)}}}.")
        if token.kind == "row":
            parser.take()
            table.append([])
        elif token.kind == "&":
            parser.take()
        else:
            table[-1].append(_cell(parser, opening.text))
    parser.open.pop()
    parser.depth -= 1
    parser.take()
    filled = [tuple(row) for row in table if row]
    if not filled:
        raise parser.refuse(opening, f"this {clip(opening.text)} is empty", "Write its entries.")
    if opening.text not in symbols.CASES:
        return Matrix(parser.span(start), tuple(filled))
    if any(len(row) > 2 for row in filled):
        raise parser.refuse(opening, "a row of cases has a value and a condition", "Write: value & condition.")
    return Cases(parser.span(start), tuple((row[0], _condition(row)) for row in filled))


def _cell(parser: Parser, environment: str) -> Node:
    """One entry; in front of a condition stand words such as `if`."""
    words: list[Node] = []
    while parser.token.kind == "text" and isinstance(word := parser.readers["text"](parser), Text):
        words.append(word)
    if words and parser.token.kind in ("row", "finish", "&"):
        return words[-1]
    node = parser.content()
    if parser.token.kind not in ("row", "finish", "&") or parser.pending is not None:
        raise parser.unexpected()
    return node


def _condition(row: tuple[Node, ...]) -> Node | None:
    """None for `otherwise`."""
    return None if len(row) == 1 or isinstance(row[1], Text | Name) else row[1]


READERS: dict[str, Reader] = {
    **{"\\" + name: known for name in symbols.FUNCTIONS if name not in (*symbols.BIGS, "vec", "sqrt")},
    **{"\\" + name: fraction for name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac")},
    "\\sqrt": root, "\\dv": physics, "\\pdv": physics, "\\binom": binomial,
}
