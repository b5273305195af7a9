"""Text to syntax tree: bounded, positioned, never evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.indenter import Indenter

from derive.errors import DeriveError, clip

MAX_CHARACTERS = 100_000
MAX_LINE = 10_000
MAX_DEPTH = 60

EXPECTED = {
    "NAME": "a name", "NUMBER": "a number", "_NL": "the end of the line", "LSQB": "'['", "RSQB": "']'", "LPAR": "'('",
    "RPAR": "')'", "COMMA": "','", "COLON": "':'", "EQUAL": "'='", "OP": "'='", "KIND": "a declaration",
    "_INDENT": "an indented line", "_DEDENT": "the end of the loop", "$END": "the end of the text",
}
OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "AT", "CIRCUMFLEX", "__ANON_0", "__ANON_1", "__ANON_2"}


class _Blocks(Indenter):
    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "LSQB"]
    CLOSE_PAREN_types = ["RPAR", "RSQB"]
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 4

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return super().process(_without_margin(stream))


def _without_margin(stream: Iterator[Token]) -> Iterator[Token]:
    """Lines less the margin of the first: equations that stand indented in a page are copied so."""
    margin: int | None = None
    for token in stream:
        if token.type == _Blocks.NL_type:
            before, newline, indent = token.rpartition("\n")
            yield token.update(value=before + newline + ("" if margin is None else indent[margin:]))
        else:
            margin = (token.column or 1) - 1 if margin is None else margin
            yield token


@cache
def _parser() -> Lark:
    """For whole texts and for single expressions: its tables take longer to make than most texts to read."""
    grammar = files("derive.text").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["start", "expr"], postlex=_Blocks(), propagate_positions=True,
                maybe_placeholders=True)


def parse(text: str, name: str = "equations") -> Tree[Any]:
    """The tree of a whole text of declarations and equations."""
    return _parse(text.rstrip("\n") + "\n", "start", name)


def parse_formula(text: str, name: str = "formula") -> Tree[Any] | Token:
    """The tree of one expression."""
    if "\n" in text.strip():
        raise DeriveError("a formula is one line", where=name)
    return _parse(text.strip(), "expr", name)


def _parse(text: str, start: str, name: str) -> Any:
    _check_bounds(text, name)
    try:
        return _parser().parse(text, start=start)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, name) from None
    except AssertionError:  # how lark's Indenter reports an unindent that matches no outer line
        raise DeriveError("the indentation matches no line above", where=name,
                          do="Indent a loop's lines alike.") from None


def _check_bounds(text: str, name: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise DeriveError(f"the text has {len(text):,} characters; {MAX_CHARACTERS:,} are the limit", where=name,
                          do="Write larger models as an architecture line, TOML or Python.")
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_LINE:
            raise DeriveError(f"the line has {len(line):,} characters; {MAX_LINE:,} are the limit",
                              where=f"{name}:{number}", do="Break the formula into several equations.")
        run = 0
        for column, character in enumerate(line, 1):
            depth += (character in "([") - (character in ")]")
            run = run + 1 if character in "-+^*" else run * (character == " ")
            if depth > MAX_DEPTH or run > MAX_DEPTH:
                raise DeriveError(f"nested deeper than {MAX_DEPTH} levels", where=f"{name}:{number}:{column}",
                                  do="Give inner parts names of their own.")


def _syntax_error(error: UnexpectedInput, text: str, name: str) -> DeriveError:
    line, column = getattr(error, "line", 1), getattr(error, "column", 1)
    if isinstance(error, UnexpectedCharacters):
        found = f"the character '{clip(error.char)}'"
        names = set(error.allowed or ())
    elif isinstance(error, UnexpectedToken):
        if error.token.type == "_INDENT":
            return DeriveError("an indented line that no loop is above", where=f"{name}:{error.token.end_line}:1",
                               do="Only the lines below 'for l:' are indented.")
        at_end = error.token.type in ("$END", "_NL", "_DEDENT")
        found = "the end of the line" if at_end else f"'{clip(str(error.token))}'"
        if error.token.type == "$END":
            column = error.token.end_column
        names = set(error.accepts or error.expected or ())
    else:
        found, names = "the end of the text", set()
    if line is None or line < 1:
        line, column = text.count("\n") + 1, 1
    return DeriveError(f"{found} does not fit here; expected {_expected(names)}", where=f"{name}:{line}:{column}")


def _expected(names: set[str]) -> str:
    shown = sorted({EXPECTED[n] for n in names if n in EXPECTED})
    if names & OPERATORS and "NAME" not in names:  # where a name may stand, a minus is a sign
        shown.append("an operator")
    return " or ".join(shown) if shown else "an equation such as a[j] = sigmoid(z[j])"
