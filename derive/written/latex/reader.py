r"""A formula as somebody wrote it -> its neutral tree, or the line and column where it cannot be read.

    read(r"$\delta^L = \frac{\partial C}{\partial z^L}$")  =  Relations((delta^L, Derivative(C by z^L)), ("=",))

Macros are written out first; then what surrounds a formula ($, \[, \begin{equation}, a full stop) is taken off.
Plain letters side by side are a product, as in TeX; a run that is a known word (sigma, delta, softmax, loss) is one
name; a digit right behind a letter is its index (w1, delta2).
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.written.latex import atoms, calls, operators, symbols
from derive.written.latex.lexer import Token, lex
from derive.written.latex.macros import Macro, expand
from derive.written.latex.marks import Parser
from derive.written.latex.signs import STACKED
from derive.written.place import refusal
from derive.written.tree import Group, Listing, Name, Node, Relations, Span

READERS = {**atoms.READERS, **calls.READERS, **operators.READERS}
MOST_WORDS = 3
CONTINUING = ("times", "relation", "slash")


def read(text: str, macros: Mapping[str, Macro] | None = None) -> Relations:
    """One formula. Several lines are one where the later ones begin with = or +."""
    rows = _rows(text, macros)
    if len(rows) > 1:
        raise refusal(text, rows[1][0].start, "a second formula begins here", "Give one formula at a time.")
    return _formula(text, rows[0])


def read_lines(text: str, macros: Mapping[str, Macro] | None = None) -> tuple[Relations, ...]:
    """The formulas of an align, gather or split, one a row; a row that begins with = belongs to the one before."""
    return tuple(_formula(text, row) for row in _rows(text, macros))


def _rows(text: str, macros: Mapping[str, Macro] | None) -> list[list[Token]]:
    known = macros or {}
    tokens = _bare(expand(text, lex(text, known), known))
    rows: list[list[Token]] = []
    for row in _parted(tokens):
        if rows and (row[0].kind in CONTINUING or row[0].text in STACKED
                     or row[0].kind == "sign" and not _related(row)):
            rows[-1].extend(row)
        else:
            rows.append(row)
    if not rows:
        raise refusal(text, 0, "there is no formula here", "Write one, such as \\delta = a - y.")
    return rows


def _bare(tokens: list[Token]) -> list[Token]:
    """Without what only wraps the formula, and without empty braces that only set a distance."""
    kept: list[Token] = []
    for i, token in enumerate(tokens):
        if token.kind in ("begin", "finish") and token.text in symbols.WHOLE:
            kept.append(Token("row", "\\\\", token.start, token.stop))
            continue
        following = tokens[i + 1].kind if i + 1 < len(tokens) else ""
        if token.kind == "}" and kept and kept[-1].kind == "{" and (len(kept) < 2 or kept[-2].kind in EMPTY_AFTER) \
                and following not in ("^", "_"):
            kept.pop()
        elif token.kind == "}" and len(kept) > 1 and kept[-2].kind == "{" and kept[-1].kind in SIGNS \
                and (len(kept) < 3 or kept[-3].kind not in ("^", "_", "command", "over")):
            kept.pop(-2)
        else:
            kept.append(token)
    while kept and kept[0].kind in ("dollar", "row"):
        kept.pop(0)
    while kept and (kept[-1].kind in ("dollar", "row", "comma", "dot", "colon")):
        kept.pop()
    return kept


SIGNS = ("times", "relation", "sign")
EMPTY_AFTER = ("times", "relation", "sign", "letter", "number", "comma", "&", "row")


def _parted(tokens: list[Token]) -> list[list[Token]]:
    """The rows of an alignment; those of a matrix stay with it."""
    rows, level = [list[Token]()], 0
    for token in tokens:
        level += (token.kind in ("begin", "{", "open")) - (token.kind in ("finish", "}", "close"))
        if level <= 0 and (token.kind == "row" or token[:2] in JOINING):
            rows.append([])
        elif token.kind != "&" or level > 0:
            rows[-1].append(token)
    trimmed = [_trimmed(part) for row in rows for part in _claims(_spoken(row))]
    return [row for row in trimmed if row]


JOINING = (("text", "rm:and"), ("text", "rm: and "), ("text", "rm:or"), ("text", "rm: or "))
INTRODUCING = ("for", "where", "with", "since", "because")


def _spoken(row: list[Token]) -> list[Token]:
    """The row up to its words: `for all i`, `where ...`, a remark of several words at the end."""
    level = 0
    for i, token in enumerate(row):
        level += (token.kind in ("begin", "{", "open")) - (token.kind in ("finish", "}", "close"))
        if level or not i:
            continue
        words = token.text.partition(":")[2].split() if token.kind == "text" else []
        last = i == len(row) - 1 and len(words) > 1
        if token[:2] == ("command", "forall") or words and words[0].lower() in INTRODUCING or last:
            return row[:i]
    return row


def _claims(row: list[Token]) -> list[list[Token]]:
    """a = b, c = d is two formulas; l = 1, ..., L is one: every part of two has its own relation."""
    parts, level = [list[Token]()], 0
    for token in row:
        level += (token.kind in ("begin", "{", "open")) - (token.kind in ("finish", "}", "close"))
        if token.kind == "comma" and not level:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if len(parts) > 1 and all(map(_related, parts)) else [row]


def _trimmed(row: list[Token]) -> list[Token]:
    while row and row[-1].kind in ("comma", "dot", "colon"):
        row = row[:-1]
    return row


def _related(row: list[Token]) -> bool:
    return any(token.kind == "relation" or token.text in STACKED for token in row)


def _formula(text: str, row: list[Token]) -> Relations:
    parser = Parser(text, row, READERS)
    _no_prose(text, row)
    if parser.token.kind == "relation":
        raise refusal(text, row[0].start, "there is nothing to the left of this sign", "Write both sides.")
    parts, signs = [_part(parser)], list[str]()
    while (sign := parser.relation()) is not None:
        if len(parts) > 1 and isinstance(parts[-1], Listing):
            raise refusal(text, parts[-1].span.start, "two formulas stand here, parted by a comma",
                          "Give one formula at a time.")
        signs.append(sign)
        parts.append(_part(parser))
    if parser.token.kind != "end":
        raise parser.unexpected()
    inner = parts[0]
    if not signs and isinstance(inner, Group) and inner.bracket == "{" and isinstance(inner.content, Relations):
        parts, signs = list(inner.content.parts), list(inner.content.signs)
    whole = Relations(Span(row[0].start, row[-1].stop), tuple(parts), tuple(signs))
    _no_loose_partial(text, row, whole)
    return whole


def _part(parser: Parser) -> Node:
    """One side of a relation; `l = 1, \\dots, L` has a list there."""
    start, items = parser.at, [parser.sum()]
    while parser.token.kind == "comma":
        parser.take()
        items.append(parser.sum())
    if parser.token.kind == "over":
        raise parser.unexpected()
    return items[0] if len(items) == 1 else Listing(parser.span(start), tuple(items))


def _no_prose(text: str, row: list[Token]) -> None:
    """Plain words side by side are a sentence, not a product of their letters."""
    streak, length = 0, 0
    for token in row:
        if token.kind not in ("letter", "word"):
            streak, length = 0, 0
            continue
        if token.spaced:
            streak, length = streak + 1 if length > 1 else 0, 0
        length += len(token.text)
        if streak >= MOST_WORDS and length > 1:
            raise refusal(text, token.start, "these are words, not a formula", "Put words into \\text{...}.")


def _no_loose_partial(text: str, row: list[Token], whole: Relations) -> None:
    if any(token.text == "partial" for token in row):
        for node in whole.walk():
            if isinstance(node, Name) and node.letter == "partial":
                raise refusal(text, node.span.start, "this \\partial belongs to no derivative",
                              "Write \\frac{\\partial C}{\\partial w} or \\partial_w C.")


