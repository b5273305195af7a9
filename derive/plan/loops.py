"""Equal layers of a written step as loops: lines that differ by a number counted on are said once.

    tanh(a2);  tanh(a3);  tanh(a4);  ...      becomes      for layer in range(2, 11): tanh(a[layer])

In: the lines that are run once, and those of every call, as tokens. Out: the same with loops. It comes after every
pass, so that it serves each of them: written out again, the loops are the lines that came in (tests/test_rolling.py).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from derive.codegen.lines import WIDTH
from derive.codegen.repeats import Numbered
from derive.codegen.scope import TAKEN
from derive.plan.tokens import Lines, Moving, Run, Tokens, tokens

LOOPS, REASON = "loops", "equal layers are said once"
COUNTER = "layer"
OWN = frozenset({*TAKEN, COUNTER, "rows", "m", "flat", "step", "share"})


@dataclass
class Families:
    """Names that are entries of a dict by now: a3 is a[3]."""

    members: dict[str, Numbered] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Of each template."""

    def allow(self, run: Run, taken: set[str]) -> bool:
        """Take in the names that a run counts, unless one of them is counted in another way already."""
        wanted = {}
        for moving in run.moving.values():
            first = moving.first
            for n in range(run.count if first.name.isidentifier() else 0):
                one = Numbered(first.template, first.number + n * moving.change)
                wanted[one.name] = one
        if any(self.members.get(name, one) != one for name, one in wanted.items()):
            return False
        self.members |= wanted
        for one in wanted.values():
            self._name(one, taken)
        return True

    def _name(self, one: Numbered, taken: set[str]) -> None:
        if one.template in self.names:
            return
        name = one.family.strip("_") or "t"
        while name in taken or name in OWN or name in self.names.values():
            name += "_"
        self.names[one.template] = name

    def adopt(self, assigned: Sequence[str]) -> None:
        """Others of the same kind: a1 is a[1] where there are a[2], a[3], ..."""
        for template in self.names:
            shape = re.compile(re.escape(template).replace(r"\{\}", r"(\d+)") + "$")
            for name in assigned:
                if name not in self.members and (found := shape.match(name)):
                    self.members[name] = Numbered(template, int(found.group(1)))

    def of(self, name: str) -> str:
        one = self.members[name]
        return self.names[one.template]

    def shown(self, word: str) -> str:
        """A name as it is called now."""
        return f"{self.of(word)}[{self.members[word].number}]" if word in self.members else word


def _affine(factor: int, rest: int, counter: str = COUNTER) -> str:
    """factor*counter + rest, as one writes it."""
    if factor < 0:
        return f"{rest} - {counter if factor == -1 else f'{-factor} * {counter}'}"
    product = counter if factor == 1 else f"{factor} * {counter}"
    return product if rest == 0 else f"{product} {'+' if rest > 0 else '-'} {abs(rest)}"


@dataclass
class Rolling:
    """Writes lines with loops in the place of runs."""

    families: Families

    def written(self, lines: list[Tokens], runs: Sequence[Run]) -> Iterator[str]:
        at = 0
        for run in runs:
            yield from (self.line(line, {}, run) for line in lines[at:run.start])
            first, last = run.begin, run.begin + (run.count - 1) * run.step
            span = f"range({min(first, last)}, {max(first, last) + 1})"
            yield f"for {COUNTER} in {span if run.step > 0 else f'reversed({span})'}:"
            for here, line in enumerate(lines[run.start:run.start + run.period]):
                moving = {place[1]: m for place, m in run.moving.items() if place[0] == here}
                yield "    " + self.line(line, moving, run)
            at = run.stop
        yield from (self.line(line, {}, None) for line in lines[at:])

    def line(self, line: Tokens, moving: dict[int, Moving], run: Run | None) -> str:
        if line[:1] == ("#",):
            return _comment(line, moving, run)
        return "".join(self.token(token, line, place, moving.get(place), run) for place, token in enumerate(line))

    def token(self, token: str, line: Tokens, place: int, moving: Moving | None, run: Run | None) -> str:
        if moving is None or run is None:
            return self.families.shown(token)
        counted = _counted(moving, run)
        if token.startswith('"'):
            return "f" + moving.first.template.replace("{}", "{" + counted + "}")
        if moving.is_number:
            beside = {*line[max(place - 2, 0):place], *line[place + 1:place + 3]} & {"*", "/", "-", "+"}
            return f"({counted})" if beside and " " in counted else counted
        return f"{self.families.names[moving.first.template]}[{counted}]"


def _counted(moving: Moving, run: Run, counter: str = COUNTER) -> str:
    factor = moving.change * run.step
    return _affine(factor, moving.first.number - factor * run.begin, counter)


def _comment(line: Tokens, moving: dict[int, Moving], run: Run | None) -> str:
    """A comment has the equation with a layer index: z[l,s,j]."""
    made = ""
    for place, token in enumerate(line):
        before = moving.get(place - 1)
        if token == "[" and before is not None:
            continue
        own = moving.get(place)
        if own is None or run is None:
            made += token
        else:
            follows = line[place + 1:place + 2] == ("[",)
            made += f"{own.first.family}[{_counted(own, run, 'l')}{',' if follows else ']'}"
    return made


def assigned(line: str) -> list[str]:
    """The names that a line binds."""
    left, equals, _ = line.partition(" = ")
    return re.findall(r"[A-Za-z_]\w*", left) if equals and re.fullmatch(r"[\w, ]+", left) else []


@dataclass(frozen=True)
class RolledStep:
    """What is made once, what every call runs, and how names are called now."""

    prepared: list[str]
    lines: list[str]
    families: Families

    def all_of(self, names: Sequence[str]) -> list[str]:
        """Names as one writes a list of them: those of a family together, where it has no others."""
        missing = {self.families.of(name) for name in self.families.members.keys() - names}
        made: dict[str, None] = {}
        for name in names:
            family = self.families.of(name) if name in self.families.members else None
            whole = family is not None and family not in missing
            made[f"*{family}.values()" if whole else self.families.shown(name)] = None
        return [*made]


def rolled(prepared: Sequence[str], lines: Sequence[str]) -> RolledStep:
    """Loops in both, over dicts that both see."""
    parts = [[tokens(line) for line in prepared], [tokens(line) for line in lines]]
    taken = {token for part in parts for line in part if line[:1] != ("#",) for token in line}
    families = Families()
    runs = [[run for run in Lines(part).runs() if _allowed(run, part, families, taken)] for part in parts]
    once = [name for line in prepared for name in assigned(line)]
    each = [name for line in lines for name in assigned(line)]
    families.adopt([*once, *each])
    work = Rolling(families)
    made = [list(work.written(part, own)) for part, own in zip(parts, runs, strict=True)]
    first = dict.fromkeys(families.of(name) for name in once if name in families.members)
    then = dict.fromkeys(families.of(name) for name in each if name in families.members)
    return RolledStep([*_empty([*first]), *_fitted(made[0])],
                      [*_empty([name for name in then if name not in first]), *_fitted(made[1])], families)


def entries(name: str, parts: Mapping[str, str]) -> list[str]:
    """The lines that return a dict, with a loop where equal layers have equal parts of something."""
    lines = [tokens(f'{name}["{key}"] = {part}') for key, part in parts.items()]
    runs = Lines(lines).runs()
    if not runs:
        return ["return {", *(f'    "{key}": {part},' for key, part in parts.items()), "}"]
    return [f"{name} = {{}}", *Rolling(Families()).written(lines, runs), f"return {name}"]


def _allowed(run: Run, part: list[Tokens], families: Families, taken: set[str]) -> bool:
    """The names of comments are no names of the code."""
    code = {place: m for place, m in run.moving.items() if part[run.start + place[0]][:1] != ("#",)}
    return bool(code) and families.allow(Run(run.start, run.period, run.count, code), taken)


def _fitted(lines: Sequence[str]) -> Iterator[str]:
    """Comments that are too long, on several lines."""
    for line in lines:
        indent = line[:len(line) - len(line.lstrip())]
        yield from textwrap.wrap(line, WIDTH - 8, subsequent_indent=f"{indent}#     ", break_long_words=False,
                                 break_on_hyphens=False) if line.lstrip().startswith("#") else [line]


def _empty(names: list[str]) -> Iterator[str]:
    for n in range(0, len(names), 5):
        part = names[n:n + 5]
        yield f"{', '.join(part)} = {', '.join('{}' for _ in part)}"
