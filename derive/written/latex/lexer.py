r"""Text -> tokens, each with its offsets in the text; spacing, sizes, labels and comments leave no token.

    \left(a^{2}\right) + δ    is    open ( , letter a, ^, {, number 2, }, close ), sign +, command delta
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from derive.errors import clip
from derive.written.latex import symbols, unicode
from derive.written.place import refusal

MOST_CHARACTERS, MOST_TOKENS, LONGEST_NUMBER = 1_000_000, 20_000, 60


class Token(NamedTuple):
    """`kind` is what the parser asks for, `text` which one it is; `spaced` when blanks stand before it."""

    kind: str
    text: str
    start: int
    stop: int
    spaced: bool = False


ABOVE, BELOW = "".join(unicode.ABOVE), "".join(unicode.BELOW)
PIECES = re.compile(rf"""
    (?P<blank>[\s~{unicode.INVISIBLE}]+|%[^\n]*)
  | (?P<row>\\\\(?:\*|(?=\[)\[-?[\d.]+\s*[a-z]{{2}}\])?)
  | (?P<command>\\(?:[A-Za-z]+|.))
  | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE]-?\d+)?)
  | (?P<python>np\.(?:linalg\.)?[a-z]+)
  | (?P<run>[A-Za-z]+)
  | (?P<above>[{ABOVE}]+) | (?P<below>[{BELOW}]+)
  | (?P<dots>\.\.\.+)
  | (?P<relation>:=|\+=|==|<=|>=|!=|<-|->|[=<>])
  | (?P<double>\|\||\*\*|\.\*)
  | (?P<char>.)
""", re.VERBOSE | re.DOTALL)
SIGNS = {
    "+": ("sign", "+"), "-": ("sign", "-"), "*": ("times", "*"), "@": ("times", "@"), "/": ("slash", "/"),
    "(": ("open", "("), ")": ("close", "("), "[": ("open", "["), "]": ("close", "["), "|": ("bar", "|"),
    "{": ("{", "{"), "}": ("}", "}"), "^": ("^", "^"), "_": ("_", "_"), "'": ("'", "'"), "&": ("&", "&"),
    ",": ("comma", ","), ";": ("comma", ";"), ".": ("dot", "."), ":": ("colon", ":"), "!": ("!", "!"),
    "||": ("bar", "\\|"), "**": ("^", "^"), ".*": ("times", "odot"), "`": ("'", "'"),
}
SPELLINGS = {"==": "=", "->": "to", "<-": "<-"}
TYPED_RATIO = re.compile(r"(?<![A-Za-z0-9_\\^{])d[A-Za-z][A-Za-z0-9]{0,20}(_)d(?=[A-Za-z])")
"""dL_dz, as programs name it, is dL/dz."""
ARGUMENT = re.compile(r"\s{0,9}(?:\[[^\]]{0,99}\])?\s{0,9}\{")
ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+)\s*(\*?)\s*\}")
COLUMNS = re.compile(r"\s{0,9}(?:\[[a-z]\])?\s{0,9}\{[^{}]{0,99}\}")


class Lexer:
    """One run over one text. `kept` are the user's own macros: they stay commands whatever they stand for here."""

    def __init__(self, text: str, kept: Collection[str] = ()) -> None:
        self.text, self.kept = text, kept
        self.at, self.spaced = 0, False
        self.tokens: list[Token] = []
        self.ratios = {found.start(1) for found in TYPED_RATIO.finditer(text)}

    def run(self) -> list[Token]:
        if len(self.text) > MOST_CHARACTERS:
            raise refusal(self.text, 0, f"a formula of {len(self.text)} characters is too long",
                          f"Give at most {MOST_CHARACTERS} characters, one formula at a time.")
        while self.at < len(self.text):
            found = PIECES.match(self.text, self.at)
            assert found and found.lastgroup
            start, self.at = self.at, found.end()
            self.piece(found.lastgroup, found.group(), start)
            if len(self.tokens) > MOST_TOKENS:
                raise refusal(self.text, start, f"more than {MOST_TOKENS} signs in one formula",
                              "Check it in pieces, one formula at a time.")
        return self.tokens

    def put(self, kind: str, text: str, start: int, stop: int | None = None) -> None:
        self.tokens.append(Token(kind, text, start, self.at if stop is None else stop, self.spaced))
        self.spaced = False

    def piece(self, kind: str, text: str, start: int) -> None:
        if kind == "blank":
            self.spaced = True
        elif kind in PUTS:
            PUTS[kind](self, text, start)
        else:
            self.put(kind, text, start)

    def number(self, text: str, start: int) -> None:
        if len(text) > LONGEST_NUMBER:
            raise refusal(self.text, start, f"a number of {len(text)} digits is too long",
                          f"Write it with at most {LONGEST_NUMBER} digits.")
        self.put("number", text, start)

    def letters(self, text: str, start: int) -> None:
        """A run of letters: a word that is known, after a `d` too (dloss), or else letters side by side."""
        for head in ("", "d"):
            if text.startswith(head) and text[len(head):] in symbols.WORDS and len(text) > len(head):
                if head:
                    self.put("letter", head, start, start + 1)
                self.put("word", text[len(head):], start + len(head))
                return
        for offset, letter in enumerate(text[:MOST_TOKENS + 1], start):
            self.put("letter", letter, offset, offset + 1)

    def script(self, sign: str, table: dict[str, str], text: str, start: int) -> None:
        self.put(sign, sign, start)
        self.put("{", "{", start)
        self.inner("".join(table[c] for c in text), start)
        self.put("}", "}", start)

    def inner(self, latex: str, start: int) -> None:
        """The tokens of `latex`, all standing where the one sign stands that they are written for."""
        for token in Lexer(latex).run():
            self.put(token.kind, token.text, start)

    def relation(self, text: str, start: int) -> None:
        self.put("relation", SPELLINGS.get(text, text), start)

    def sign(self, text: str, start: int) -> None:
        if text in SIGNS:
            self.put(*SIGNS["/" if start in self.ratios else text], start)
        elif text in unicode.ACCENTS and self.tokens and self.tokens[-1].kind in ("letter", "command"):
            last = self.tokens[-1]
            self.tokens[-1:] = [Token("command", unicode.ACCENTS[text], last.start, self.at, last.spaced),
                                Token(last.kind, last.text, last.start, self.at)]
        elif text == "$":
            self.put("dollar", text, start)
        elif text in "#\"?":
            self.parameter(text, start)
        elif (latex := unicode.spelled(text)) is not None and latex != text:
            self.inner(latex, start)
        else:
            raise refusal(self.text, start, f"the character '{clip(text)}' has no place in a formula",
                          "Write it as LaTeX, or take it out.")

    def parameter(self, text: str, start: int) -> None:
        if text == "#" and self.text[self.at:self.at + 1].isdecimal():
            self.at += 1
            self.put("parameter", self.text[self.at - 1], start)
        else:
            raise refusal(self.text, start, f"the character '{text}' has no place in a formula", "Take it out.")

    def command(self, text: str, start: int) -> None:
        name = text[1:]
        if name in self.kept:
            self.put("command", name, start)
        elif name in KINDS:
            self.put(*KINDS[name], start)
        elif name in READERS:
            READERS[name](self, name, start)
        elif not name.isascii() and unicode.spelled(name):
            self.sign(name, start)
        else:
            self.put("command", name, start)

    def skipped(self, name: str, start: int) -> None:
        self.spaced = True

    def skipped_argument(self, name: str, start: int) -> None:
        self.at += self.text[self.at:self.at + 1] == "*"
        if (opening := ARGUMENT.match(self.text, self.at)) is not None:
            self.at = opening.end()
            self.braced(start)

    def braced(self, start: int) -> str:
        """The raw text up to the brace that closes the one just behind us."""
        depth, begin = 1, self.at
        for found in re.compile(r"\\.|[{}]", re.DOTALL).finditer(self.text, self.at):
            depth += {"{": 1, "}": -1}.get(found.group(), 0)
            if not depth:
                self.at = found.end()
                return self.text[begin:found.start()]
        raise refusal(self.text, start, "this { is never closed", "Add the } that belongs to it.")

    def words(self, name: str, start: int) -> None:
        """\\text{...}, \\operatorname{...}: the words stay as they are written."""
        kind = "operator" if name == "operatorname" else "text"
        self.at += self.text[self.at:self.at + 1] == "*"
        opening = re.compile(r"\s*\{").match(self.text, self.at)
        if opening is None:
            raise refusal(self.text, start, f"\\{name} lacks its braces", f"Write \\{name}{{...}}.")
        self.at = opening.end()
        inner = self.braced(start)
        self.put(kind, symbols.TEXTS.get(name, "rm") + ":" + inner, start)

    def sized(self, name: str, start: int) -> None:
        """\\left( is one token, the bracket; \\right. closes whatever is open."""
        self.skip_blanks()
        found = PIECES.match(self.text, self.at)
        if found is None or found.lastgroup not in ("char", "command", "double", "relation"):
            return
        if found.group() == ".":
            self.at = found.end()
            if name == "right" or not self.goes_on():
                self.put("close" if name == "right" else "open", ".", start)
            return
        text, angle = found.group(), {"<": "open", ">": "close"}
        key = text[1:] if text[0] == "\\" else ""
        kind, bracket = symbols.DELIMITERS.get(key) or SIGNS.get(text) or (angle.get(text, ""), "<")
        if kind == "bar":
            kind = {"left": "open", "right": "close", "l": "open", "r": "close"}.get(
                name if name in ("left", "right") else name[-1], "bar")
        if kind in ("open", "close", "bar", "slash"):
            self.at = found.end()
            self.put(kind, bracket, start)

    def goes_on(self) -> bool:
        """Whether \\left. takes a bracket up again that \\right. closed on the line before: then neither is there."""
        last = next((n for n in range(len(self.tokens) - 1, -1, -1) if self.tokens[n].kind not in ("row", "&")), -1)
        closed = last >= 0 and (self.tokens[last].kind, self.tokens[last].text) == ("close", ".")
        if closed:
            del self.tokens[last]
        return closed

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def environment(self, name: str, start: int) -> None:
        found = ENVIRONMENT.match(self.text, self.at)
        if found is None:
            raise refusal(self.text, start, f"\\{name} lacks the name of its environment", f"Write \\{name}{{align}}.")
        self.at = found.end()
        if name == "begin" and found.group(1) in ("array", "alignat", "alignedat", "aligned", "split"):
            columns = COLUMNS.match(self.text, self.at) if found.group(1) not in ("aligned", "split") else None
            self.at = columns.end() if columns else self.at
        self.put("begin" if name == "begin" else "finish", found.group(1), start)


def _readers() -> Iterator[tuple[str, Callable[[Lexer, str, int], None]]]:
    yield from ((name, Lexer.skipped) for name in symbols.SKIPPED)
    yield from ((name, Lexer.skipped_argument) for name in symbols.SKIPPED_WITH_ARGUMENT)
    yield from ((name, Lexer.words) for name in (*symbols.TEXTS, "operatorname"))
    yield from ((name, Lexer.sized) for name in symbols.SIZES)
    yield from ((name, Lexer.environment) for name in ("begin", "end"))


READERS = dict(_readers())
KINDS = {
    **{name: ("times" if sign != "/" else "slash", sign) for name, sign in symbols.TIMES.items()},
    **{name: ("relation", sign) for name, sign in symbols.RELATIONS.items()},
    **symbols.DELIMITERS,
    **{name: ("dots", name) for name in symbols.DOTS},
    "prime": ("'", "'"), "slash": ("slash", "/"), "_": ("underscore", "_"), "&": ("word", "and"),
    "over": ("over", "over"),
    **{name: ("row", "\\\\") for name in symbols.CONCLUSIONS},
    "colon": ("colon", ":"), "(": ("dollar", "\\("), ")": ("dollar", "\\)"),
    "[": ("dollar", "\\["), "]": ("dollar", "\\]"), "cr": ("row", "\\\\"),
}
PUTS: dict[str, Callable[[Lexer, str, int], None]] = {
    "command": Lexer.command, "number": Lexer.number, "run": Lexer.letters, "relation": Lexer.relation,
    "char": Lexer.sign, "double": Lexer.sign,
    "above": lambda self, text, start: self.script("^", unicode.ABOVE, text, start),
    "below": lambda self, text, start: self.script("_", unicode.BELOW, text, start),
    "python": lambda self, text, start: self.put("operator", "np:" + text.rpartition(".")[2], start),
}


def lex(text: str, kept: Collection[str] = ()) -> list[Token]:
    """All tokens of `text`, or the place of the first character that has none."""
    return Lexer(text, kept).run()
