r"""What a person asks to have checked, sorted: an architecture, claims, files; and the run through all of it.

    3-4-2  '\delta = a - y'  notes.tex      ARCH, a claim, a file of claims
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from derive.check.checked import Checked, Run
from derive.check.lint import Linter, Open, unreadable
from derive.check.program import check_program
from derive.check.repair import Outcomes
from derive.check.setting import Asked, Setting, read_context
from derive.errors import DeriveError
from derive.written.notes import Note, Page, Source, read_page, read_source
from derive.written.notes.kinds import CLAIM, Letters
from derive.written.notes.source import LARGEST, source
from derive.written.notes.writing import Writing
from derive.written.python.read import is_program

PROGRAM = ".py"
FILES = (PROGRAM, ".tex", ".ltx", ".md", ".markdown", ".qmd", ".rmd")
STDIN = "-"
FORMULAS = re.compile(r"\$|\\\[|\\begin\{|\\\(")
EXAMPLE = r"derive check --given 'y = W x' '\frac{\partial L}{\partial x} = W^T \frac{\partial L}{\partial y}'"
EQUATION = re.compile(r"(?:\\[A-Za-z]|[^\s=&\\+*-])[^=&]*=[^=&]*[^=&\s\\+*-]$")
"""A line that is an equation by itself: it neither begins nor ends with a sign."""


@dataclass(frozen=True)
class Request:
    """`files` and `claims` may hold `-`: standard input."""

    claims: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.claims or self.files or self.asked)


def request(arguments: Sequence[str], files: Sequence[str], context: str | None, said: Setting,
            ) -> tuple[Request, Setting]:
    """The arguments by what they are, and what all claims are read against.

    The first argument is an ARCH unless it is a formula or a file of claims. What is `said` counts above what stands
    in the file `context`.
    """
    common, listed = read_context(context) if context else (Setting(), [])
    claims, named, arch = list[str](), list(files), ""
    for number, argument in enumerate(arguments):
        if argument.lower().endswith(FILES) and not _formula(argument):
            named.append(argument)
        elif number == 0 and argument != STDIN and not _formula(argument):
            arch = argument
        else:
            claims.append(argument)
    if [*claims, *named].count(STDIN) > 1:
        raise DeriveError("standard input is named twice", do="Write - once.")
    said = replace(said, arch=arch)
    asked = tuple(replace(one, setting=one.setting.and_also(said)) for one in listed)
    return Request(tuple(claims), tuple(named), asked), common.and_also(said)


def _formula(argument: str) -> bool:
    return "\\" in argument or "=" in re.sub(r"\([^()]*\)", "", argument) or "\n" in argument


def run(asked: Request, base: Setting, open: Open, programs: Callable[[Setting], Outcomes]) -> Run:
    """The verdicts about claims, then about files, then about the claims of a context file."""
    sources = [_source(name) for name in asked.files]  # each file is read before any is judged
    whole = Run(tuple(_claims(asked.claims, base, open)))
    for one in sources:
        whole += _program(one, base, programs) if one.name.endswith(PROGRAM) else _page(one, base, open)
    for claim in asked.asked:
        whole += Run((_alone(claim.claim, claim.setting, open, claim.place),))
    return whole


def _claims(claims: Sequence[str], base: Setting, open: Open) -> Iterator[Checked]:
    if not claims:
        return
    open(base)  # a context that cannot be is an error of usage: nothing is judged
    for claim in claims:
        if claim == STDIN:
            read = _source(STDIN)
            yield from (_page if FORMULAS.search(read.text) else _lines)(read, base, open).checked
        else:
            yield from (_alone(one, base, open, "") for one in _apart(claim))


def _apart(claim: str) -> list[str]:
    """A claim of several lines, each an equation with a left side of its own, as so many claims."""
    lines = [line.strip() for line in claim.splitlines() if line.strip()]
    return lines if len(lines) > 1 and not is_program(claim) and all(map(EQUATION.match, lines)) else [claim]


def _alone(claim: str, setting: Setting, open: Open, where: str) -> Checked:
    judge = open(setting)
    try:
        return Checked(replace(judge(claim), where=where))
    except DeriveError as error:
        return Checked(replace(unreadable(claim, error), where=where or error.where))


def _source(name: str) -> Source:
    if name != STDIN:
        return read_source(name)
    return source("<stdin>", sys.stdin.buffer.read(LARGEST + 1))


def _page(read: Source, base: Setting, open: Open) -> Run:
    letters = Letters(all=bool(base.arch))
    for line in (*base.given, *base.where):
        letters.learn(line)
    return Linter(read_page(read, letters), base, open).run()


def _program(read: Source, base: Setting, programs: Callable[[Setting], Outcomes]) -> Run:
    """Every name of a Python file that claims a derivative."""
    place = read.place(0)
    try:
        found = list(check_program(read.text, programs(base)))
    except DeriveError as error:
        where = f"{read.name}:{error.where}" if error.where else str(place)
        return Run((Checked(replace(unreadable("", error), where=where), place),))
    checked = []
    for one, verdict in found:
        start = read.starts[min(one.line, len(read.starts)) - 1] + max(one.column - 1, 0)
        place = read.place(start, start + len(one.name))
        checked.append(Checked(verdict.at(str(place)), place))
    return Run(tuple(checked))


def _lines(read: Source, base: Setting, open: Open) -> Run:
    """Text without formulas in signs of its own: each line that is not empty is a claim."""
    notes = []
    for start, stop in zip(read.starts, [*read.starts[1:], len(read.text)], strict=True):
        writing = Writing()
        writing.add(read.text[start:stop], start)
        writing = writing.trimmed()
        if writing.text:
            place = read.place(writing.offset(0), writing.offset(len(writing.text) - 1) + 1)
            notes.append(Note(CLAIM, writing.text, place, writing, said=True))
    return Linter(Page(read, tuple(notes), ()), base, open).run()
