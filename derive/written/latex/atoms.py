r"""Single signs: numbers, letters, words, fonts, accents, brackets of every kind.

    \hat{\mathbf{y}}  ->  Name("y", accents=("hat",), font="bold")       \text{diag}(v)  ->  Call("diag", (v,))
"""

from __future__ import annotations

from dataclasses import replace

from derive.errors import clip
from derive.written.latex import calls, symbols
from derive.written.latex.cursor import Reader
from derive.written.latex.lexer import Token
from derive.written.latex.marks import Parser
from derive.written.tree import (
    Add,
    Dots,
    Group,
    Listing,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
    Span,
    Text,
)

LONGEST_WORD = 30


def number(parser: Parser) -> Node:
    token = parser.take()
    if parser.font in ("bold", "bb") and token.text in ("0", "1"):
        return Name(Span(token.start, token.stop), token.text, (), parser.font)
    return Number(Span(token.start, token.stop), token.text)


def letter(parser: Parser) -> Node:
    """One letter, or within \\mathrm and \\mathit the run of them; letters held together by \\_ are one word."""
    start = parser.at
    whole = parser.font in ("rm", "sf", "it") and not parser.single or _held_together(parser)
    run = parser.take().text
    while whole and parser.token.kind in ("letter", "word", "number", "underscore"):
        run += parser.take().text
    return Name(parser.span(start), run, (), parser.font if parser.font != "it" else "")


def _held_together(parser: Parser) -> bool:
    """Whether the run of letters that begins here has a \\_ in it."""
    for token in parser.tokens[parser.at + 1:parser.at + LONGEST_WORD]:
        if token.kind not in ("letter", "word") or token.spaced:
            return token.kind == "underscore"
    return False


def word(parser: Parser) -> Node:
    """A known word in plain letters: softmax, delta, sum."""
    token = parser.token
    if parser.font in ("rm", "sf", "it"):
        return letter(parser)
    if token.text in symbols.BIGS and not (token.text == "sum" and parser.after[:2] == ("open", "(")):
        return parser.readers["\\" + token.text](parser)
    if token.text in ("nabla", "partial"):
        return parser.readers["\\" + token.text](parser)
    if token.text in symbols.FUNCTIONS and parser.after.kind != "underscore":
        parser.take()
        return calls.function(parser, symbols.FUNCTIONS[token.text], Span(token.start, token.stop))
    return letter(parser)


def symbol(parser: Parser) -> Node:
    """\\delta, \\infty: a letter with a name."""
    token = parser.take()
    font = parser.font if parser.font == "bold" else ""
    return Name(Span(token.start, token.stop), symbols.LETTERS[token.text], (), font)


def font(parser: Parser) -> Node:
    """\\mathbf{W} for its argument; {\\rm in} for the rest of the group."""
    start, token, outer = parser.at, parser.take(), parser.font
    parser.font = symbols.FONTS[token.text]
    if token.text in symbols.SWITCHES and parser.token.kind != "{":
        return parser.factor() if parser.starts() else _alone(parser, token)
    node = parser.argument(token)
    parser.font = outer
    if isinstance(node, Name) and node.font in ("rm", "sf") and node.letter in symbols.FUNCTIONS:
        return calls.function(parser, symbols.FUNCTIONS[node.letter], parser.span(start))
    return replace(node, span=parser.span(start)) if isinstance(node, Name) else _braced(node)


def _alone(parser: Parser, token: Token) -> Node:
    raise parser.refuse(token, f"{parser.shown(token)} changes nothing", "Write the letters after it.")


def _braced(node: Node) -> Node:
    """Braces show no more than one thing; around more they hold it together."""
    several = isinstance(node, Add | Product | Relations | Listing | Negative)
    return Group(node.span, "{", node) if several else node


def brace(parser: Parser) -> Node:
    return _braced(parser.brace())


def accent(parser: Parser) -> Node:
    """\\hat on a letter; on \\tilde{C_t} it belongs to the C."""
    start, token = parser.at, parser.take()
    kind = symbols.ACCENTS[token.text]
    node = parser.argument(token)
    base = node.base if isinstance(node, Scripted) else node
    if isinstance(base, Number):
        base = Name(base.span, base.text)
    if not isinstance(base, Name):
        what = f"\\{token.text} stands over more than one letter"
        raise parser.refuse(token, what, "Give the whole a name of its own.")
    marked = replace(base, accents=(*base.accents, kind), span=parser.span(start) if base is node else base.span)
    return replace(node, base=marked, span=parser.span(start)) if isinstance(node, Scripted) else replace(
        marked, span=parser.span(start))


def text(parser: Parser) -> Node:
    """\\text{...}: an operator, a word used as a name, or words."""
    start, token = parser.at, parser.take()
    kind, _, inner = token.text.partition(":")
    said = " ".join(inner.replace("\\_", "_").replace("$", "").split())
    plain = said.replace("_", "").replace("-", "")
    if said in symbols.FUNCTIONS:
        return calls.function(parser, symbols.FUNCTIONS[said], parser.span(start))
    bare = plain[1:-1] if plain[:1] in "([" and plain[-1:] in ")]" else plain
    if bare.isalnum() and (said not in symbols.SMALL_WORDS or parser.in_script):
        return Name(parser.span(start), said, (), kind)
    return Text(parser.span(start), said)


def operator(parser: Parser) -> Node:
    """\\operatorname{...}; np.sum of mixed code."""
    start, token = parser.at, parser.token
    kind, _, inner = token.text.partition(":")
    name = "".join(inner.replace("\\,", "").replace("\\mathrm", "").replace("\\rm", "").strip("{} ").split())
    if name.replace(" ", "") in ("argmax", "argmin"):
        return parser.readers["\\argmax"](parser)
    parser.take()
    if name in symbols.FUNCTIONS or kind == "np":
        return calls.function(parser, symbols.FUNCTIONS.get(name, name), parser.span(start))
    if not name.replace("_", "").isalnum():
        raise parser.refuse(token, f"\\operatorname of '{clip(inner)}' is no name", "Write its name in letters.")
    return Name(parser.span(start), name, (), "rm")


def dots(parser: Parser) -> Node:
    token = parser.take()
    return Dots(Span(token.start, token.stop))


def wrapper(parser: Parser) -> Node:
    """\\boxed{...}, \\underbrace{...}_{words}: what is in it."""
    token = parser.take()
    node = _braced(parser.argument(token))
    if token.text.startswith(("under", "over")) and parser.token.kind in ("_", "^"):
        parser.take()
        in_script, parser.in_script = parser.in_script, True
        parser.argument(token)
        parser.in_script = in_script
    return node


def environment(parser: Parser) -> Node:
    """Matrices and cases; everything that holds whole formulas was taken off before."""
    opening = parser.token
    if opening.text in (*symbols.MATRICES, *symbols.CASES):
        return calls.rows(parser)
    raise parser.refuse(opening, f"the environment {clip(opening.text)} is not read inside a formula",
                        "Write one formula, or use matrix, pmatrix, bmatrix, cases.")


def group(parser: Parser) -> Node:
    return parser.group()


def command(parser: Parser) -> Node:
    return parser.command()


READERS: dict[str, Reader] = {
    "number": number, "letter": letter, "word": word, "text": text, "operator": operator, "dots": dots, "open": group,
    "{": brace, "command": command, "begin": environment,
    **{"\\" + name: symbol for name in symbols.LETTERS},
    **{"\\" + name: font for name in symbols.FONTS},
    **{"\\" + name: accent for name in symbols.ACCENTS},
    **{"\\" + name: wrapper for name in symbols.WRAPPERS},
}
"""By the kind of a token, and by the name of a command with its backslash. Big operators, functions and
derivatives are added by `calls` and `operators`."""
