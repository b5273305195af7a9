r"""The author's own commands: collected from a file, written out with bounds.

    \newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}     \pd{C}{w}  ->  \frac{\partial C}{\partial w}

What a macro writes stands where the macro stands: a correction there replaces the whole use.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from derive.errors import DeriveError, clip
from derive.written.latex.lexer import MOST_CHARACTERS, MOST_TOKENS, Token, lex
from derive.written.place import refusal

DEEPEST, MOST_MACROS = 40, 2000
DEFINITION = re.compile(r"""
    \\(?P<kind>newcommand|renewcommand|providecommand|DeclareRobustCommand|DeclareMathOperator|def|gdef|let)\b\*?\s*
    (?:\{\s*\\(?P<braced>[A-Za-z]+|.)\s*\}|\\(?P<bare>[A-Za-z]+|.))
""", re.VERBOSE)
LONGEST_BODY = 2000


@dataclass(frozen=True)
class Macro:
    """\\name with `arity` arguments, the first optional where it has a `default`; `primitive` for \\let."""

    name: str
    arity: int
    body: str
    default: str | None = None
    primitive: bool = False


def collect(text: str) -> dict[str, Macro]:
    """Every definition that `text` makes in one of the usual ways; those made otherwise stay unknown."""
    if len(text) > MOST_CHARACTERS:
        raise refusal(text, 0, f"a file of {len(text)} characters is too long", f"Give at most {MOST_CHARACTERS}.")
    bare = re.sub(r"(?<!\\)%[^\n]*", lambda found: " " * len(found.group()), text)
    macros: dict[str, Macro] = {}
    for found in itertools.islice(DEFINITION.finditer(bare), MOST_MACROS):
        name = found.group("braced") or found.group("bare")
        macro = _definition(found.group("kind"), name, bare, found.end(), macros)
        if macro is not None:
            macros[name] = macro
    return macros


def _definition(kind: str, name: str, text: str, at: int, known: Mapping[str, Macro]) -> Macro | None:
    if kind == "let":
        target = re.compile(r"\s*=?\s*\\([A-Za-z]+|.)").match(text, at)
        if target is None:
            return None
        return known.get(target.group(1)) or Macro(name, 0, "\\" + target.group(1), primitive=True)
    arity, default = 0, None
    if kind in ("def", "gdef"):
        found = re.compile(r"\s*((?:#\d\s*)*)").match(text, at)
        assert found
        arity, at = found.group(1).count("#"), found.end()
    elif (found := re.compile(r"\s*\[\s*(\d)\s*\]\s*(?:\[([^\]]{0,200})\])?").match(text, at)) is not None:
        arity, default, at = int(found.group(1)), found.group(2), found.end()
    body = _braced(text, at)
    if body is None:
        return None
    return Macro(name, arity, f"\\operatorname{{{body}}}" if kind == "DeclareMathOperator" else body, default)


def _braced(text: str, at: int) -> str | None:
    opening = re.compile(r"\s*\{").match(text, at)
    if opening is None:
        return None
    depth, begin = 1, opening.end()
    for found in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, begin, begin + LONGEST_BODY):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if not depth:
            return text[begin:found.start()]
    return None


@dataclass(frozen=True)
class _Waiting:
    """A token to be read, and how many macros deep it was written."""

    token: Token
    depth: int
    final: bool = False


def expand(text: str, tokens: list[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """The tokens with every macro written out."""
    if not macros or not any(token.kind == "command" and token.text in macros for token in tokens):
        return tokens
    waiting, done, steps = [_Waiting(token, 0) for token in reversed(tokens)], list[Token](), 0
    bodies: dict[str, list[Token]] = {}
    while waiting:
        one = waiting.pop()
        macro = macros.get(one.token.text) if one.token.kind == "command" and not one.final else None
        if macro is None:
            done.append(one.token)
            continue
        if one.depth >= DEEPEST:
            raise refusal(text, one.token.start, f"the macro \\{clip(macro.name)} leads back to itself, or is nested "
                          f"more than {DEEPEST} deep", "Write out what it stands for.")
        start, arguments = one.token.start, _arguments(text, macro, one.token, waiting)
        stop = max([one.token.stop, *(a[-1].token.stop for a in arguments if a)])
        written = _written(text, macro, one, bodies, macros)
        at = Token("", "", start, stop, one.token.spaced)
        placed = _filled(written, arguments, at, one.depth + 1, macro.primitive)
        steps += len(placed) + 1
        if steps + len(done) > 2 * MOST_TOKENS:
            raise refusal(text, start, f"the macro \\{clip(macro.name)} writes out to more than {MOST_TOKENS} signs",
                          "Write out what it stands for.")
        waiting.extend(reversed(placed))
    return done


def _written(text: str, macro: Macro, one: _Waiting, bodies: dict[str, list[Token]], macros: Mapping[str, Macro],
             ) -> list[Token]:
    if macro.name not in bodies:
        try:
            bodies[macro.name] = lex(macro.body, () if macro.primitive else macros)
        except DeriveError as problem:
            what = f"in the macro \\{clip(macro.name)}: {problem.what}"
            raise refusal(text, one.token.start, what, problem.do) from None
    return bodies[macro.name]


def _arguments(text: str, macro: Macro, use: Token, waiting: list[_Waiting]) -> list[list[_Waiting]]:
    """Takes what the macro eats off the waiting tokens, which stand in reverse."""
    found: list[list[_Waiting]] = []
    if macro.default is not None:
        if waiting and waiting[-1].token[:2] == ("open", "["):
            waiting.pop()
            found.append(_until(text, use, waiting, ("open", "["), ("close", "[")))
        else:
            found.append([_Waiting(Token(t.kind, t.text, use.start, use.stop), 0) for t in lex(macro.default)])
    while len(found) < macro.arity:
        if not waiting:
            raise refusal(text, use.start, f"the macro \\{clip(macro.name)} lacks an argument",
                          f"It takes {macro.arity}: \\{clip(macro.name)}" + "{...}" * macro.arity + ".")
        first = waiting.pop()
        braced = first.token.kind == "{"
        found.append(_until(text, use, waiting, ("{", "{"), ("}", "}")) if braced else [first])
    return found


def _until(text: str, use: Token, waiting: list[_Waiting], opening: tuple[str, str], closing: tuple[str, str],
           ) -> list[_Waiting]:
    depth, taken = 1, list[_Waiting]()
    while waiting:
        one = waiting.pop()
        depth += (one.token[:2] == opening) - (one.token[:2] == closing)
        if not depth:
            return taken
        taken.append(one)
    raise refusal(text, use.start, "an argument of this macro is never closed", "Add the bracket that closes it.")


def _filled(body: list[Token], arguments: list[list[_Waiting]], at: Token, depth: int, final: bool) -> list[_Waiting]:
    """The body with its arguments; all of it stands where the macro is used."""
    words = {str(n): "".join(w.token.text for w in argument) for n, argument in enumerate(arguments, 1)}
    filled: list[_Waiting] = []
    for token in body:
        if token.kind == "parameter":
            given = arguments[int(token.text) - 1] if 0 < int(token.text) <= len(arguments) else []
            filled.extend(_Waiting(w.token._replace(start=at.start, stop=at.stop), w.depth, w.final) for w in given)
            continue
        said = token.text
        if token.kind in ("text", "operator") and "#" in said:
            said = re.sub(r"#(\d)", lambda found: words.get(found.group(1), ""), said)
        filled.append(_Waiting(Token(token.kind, said, at.start, at.stop, token.spaced), depth, final))
    return filled
