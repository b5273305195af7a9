r"""The chain rule step that a claim takes, in the author's letters: a sum over everything that the variable feeds.

    z = w x + b,  dC/dw      =      \frac{\partial C}{\partial z} \frac{\partial z}{\partial w}

In: a context and the left side of a claim. Out: the paths as text; of them only what the judge has proved is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.definitions import Definition
from derive.claims.letters import free_letters
from derive.written import tree as W

FRESH = "jkipqrsnm"
MOST_PATHS = 6
TRANSPOSE = "T"


@dataclass(frozen=True)
class Step:
    r"""d(of)/d(by): the texts of both, and what stands for the variable that is derived by."""

    of: str
    by: str
    variable: T.Ref
    cost: str = ""
    """The variable that is derived."""
    partial: str = r"\partial"

    def slope(self, of: str, by: str) -> str:
        sign = self.partial + (" " if self.partial.startswith("\\") else "")
        return rf"\frac{{{sign}{of}}}{{{sign}{by}}}"


@dataclass(frozen=True)
class Path:
    """Through the variable `through`; `letters` are summed over."""

    step: Step
    through: str
    letters: tuple[str, ...] = ()
    beside: str | None = None
    """What multiplies the variable there, where the variable is a factor of a term: f_{t+1} of c_{t+1} = f c_t + ..."""

    @property
    def outer(self) -> str:
        return self.step.slope(self.step.of, self.through)

    @property
    def inner(self) -> str:
        return self.step.slope(self.through, self.step.by)

    @property
    def local(self) -> tuple[str, ...]:
        """With the factor that the line shows in place of a derivative."""
        if self.beside is None or self.letters:
            return ()
        return (rf"{self.outer} \odot {self.beside}", f"{self.beside}^{TRANSPOSE} {self.outer}") if self.beside \
            else (self.outer,)

    @property
    def forms(self) -> tuple[str, ...]:
        """As numbers; as arrays, in the orders of the layouts."""
        sums = "".join(rf"\sum_{{{letter}}} " for letter in self.letters)
        turned = rf"\left({self.inner}\right)^{TRANSPOSE}"
        return (f"{sums}{self.outer} {self.inner}", f"{sums}{self.inner} {self.outer}",
                f"{sums}{turned} {self.outer}")


def step_of(context: Context, claim: str, tree: W.Relations, left: T.Term) -> Step | None:
    """The derivative on the left side, written out or as a name that a given line defines so."""
    if isinstance(left, T.Ref):
        named = _named(context, left)
        return _step(*named) if named is not None else None
    return _step(claim, tree.parts[0], left)


def _named(context: Context, left: T.Ref) -> tuple[str, W.Node, T.Term] | None:
    """What a name stands for, at the marks and entries that it has in the claim."""
    for one, tree, line in _heads(context):
        if one.variable == left.variable and isinstance(one.body, T.Differential):
            entries = tuple(T.Letter(left.span, name) for name in one.entries) if left.entries else ()
            bound = _matched((*one.marks, *entries), (*left.marks, *_entries(left)))
            if bound is not None:
                text = _rewritten(line, tree.parts[1], bound)
                text = text if left.entries else _unindexed(text, one.entries)
                read = context.read(text).parts[0]
                return text, read, context.term(read, frozenset(free_letters(left)))
    return None


def _unindexed(text: str, entries: tuple[str, ...]) -> str:
    r"""dC/dz_j as the \delta without an index means it: dC/dz."""
    listed = r"\s*,?\s*".join(map(re.escape, entries))
    return re.sub(rf"_(?:\{{\s*{listed}\s*\}}|{listed})", "", text) if entries else text


def _step(source: str, node: W.Node, left: T.Term) -> Step | None:
    if not isinstance(node, W.Derivative) or not isinstance(left, T.Differential) or node.of is None \
            or len(node.by) != 1 or len(left.by) != 1:
        return None
    of, by = (source[one.span.start:one.span.stop].strip() for one in (node.of, node.by[0]))
    whole = source[node.span.start:node.span.stop]
    sign = r"\partial" if r"\partial" in whole or node.sign == "nabla" or "∂" in whole else "d"
    if not of or not by:
        return None
    return Step(of, by, left.by[0], left.of.variable.name if isinstance(left.of, T.Ref) else "", sign)


def paths(context: Context, step: Step) -> tuple[Path, ...]:
    """One for every line whose right side reads the variable; none where a line cannot be told apart."""
    found: dict[Path, None] = {}
    for one, tree, line in _heads(context):
        refs = [node for node in _read(one.body) if node.variable == step.variable.variable]
        if one.alias is None and (one.marks or one.variable.name != step.cost):
            for path in _through(step, one, tree, line, refs):
                found.setdefault(path)
    return tuple(found)[:MOST_PATHS]


def _heads(context: Context) -> Iterator[tuple[Definition, W.Relations, str]]:
    """Every definition with its equation."""
    listed = list(context.trees)
    for one in context.definitions:
        at = next((i for i, (line, tree) in enumerate(listed) if line == one.line), None)
        if at is not None:
            line, tree = listed.pop(at)
            yield one, tree, line


def _read(body: T.Term) -> Iterator[T.Ref]:
    """What a body reads, outside derivatives."""
    if isinstance(body, T.Differential):
        return
    if isinstance(body, T.Ref):
        yield body
    for child in body.children():
        yield from _read(child)


def _through(step: Step, one: Definition, tree: W.Relations, line: str, refs: list[T.Ref]) -> Iterator[Path]:
    """Once for each member of a family that reads the variable; over all entries where any of its reads needs them."""
    widest: dict[tuple[str, ...], Path] = {}
    wanted = step.variable
    marking = tuple(dict.fromkeys(name for mark in one.marks for name in free_letters(mark)))
    for ref in refs:
        bound = _matched((*ref.marks, *_entries(ref)), (*wanted.marks, *_entries(wanted)))
        if bound is None:
            continue
        heading = dict.fromkeys((*marking, *one.entries))
        bound = {name: text for name, text in bound.items() if name in heading}
        summed = _summed(heading, bound, set(free_letters(wanted)))
        letters = {**bound, **summed}
        through = _rewritten(line, tree.parts[0], letters)
        path = Path(step, through, tuple(summed.values()), _beside(line, tree.parts[1], ref.span, letters))
        member = tuple(bound.get(name, "") for name in marking)
        if through not in (step.by, step.of) and len(summed) >= len(widest[member].letters if member in widest else ()):
            widest[member] = path
    yield from widest.values()


def _beside(line: str, body: W.Node, span: W.Span, letters: dict[str, str]) -> str | None:
    """The other factors of the term in which the variable is one; empty where it is the term."""
    for term in body.terms if isinstance(body, W.Add) else (body,):
        factors = term.factors if isinstance(term, W.Product) else (term,)
        if any(factor.span == span for factor in factors):
            return r" \odot ".join(_rewritten(line, factor, letters) for factor in factors if factor.span != span)
    return None


def _summed(letters: Iterable[str], bound: dict[str, str], taken: set[str]) -> dict[str, str]:
    """What is summed over: the letters of the head that the variable does not fix, renamed where they are taken."""
    taken, found = taken | set(bound), dict[str, str]()
    for name in letters:
        if name not in bound:
            found[name] = name if name not in taken else next(c for c in FRESH if c not in taken)
            taken.add(found[name])
    return found


def _entries(ref: T.Ref) -> tuple[T.Term, ...]:
    return tuple(entry for entry in ref.entries if entry is not None)


def _matched(pattern: tuple[T.Term, ...], wanted: tuple[T.Term, ...]) -> dict[str, str] | None:
    """The letters that make the pattern what is wanted: l-1 is l where l is l+1; None where nothing does.

    A summed index of the body matches anything: it does not stand in the head of its line.
    """
    if len(pattern) != len(wanted):
        return None
    found: dict[str, str] = {}
    for one, other in zip(pattern, wanted, strict=True):
        mine, theirs = _affine(one), _affine(other)
        if mine is None or theirs is None:
            return None
        text = _shifted(theirs[0], theirs[1] - mine[1])
        if mine[0] and found.setdefault(mine[0], text) != text or not mine[0] and mine != theirs:
            return None
    return found


def _affine(term: T.Term) -> tuple[str, int] | None:
    """l + 1 as (l, 1), 2 as ("", 2); None for what is neither."""
    if isinstance(term, T.Letter) or isinstance(term, T.Size) and not term.marks:
        return term.name, 0
    if isinstance(term, T.Constant) and term.value.denominator == 1:
        return "", int(term.value)
    if isinstance(term, T.Sum) and len(term.terms) == 2:
        second = term.terms[1]
        negative = isinstance(second, T.Opposite)
        one, other = _affine(term.terms[0]), _affine(second.content if isinstance(second, T.Opposite) else second)
        if one is not None and other is not None and not other[0]:
            return one[0], one[1] - other[1] if negative else one[1] + other[1]
    return None


def _shifted(base: str, shift: int) -> str:
    return str(shift) if not base else f"{base}{shift:+d}" if shift else base


def _rewritten(line: str, head: W.Node, letters: dict[str, str]) -> str:
    """The head of a line, its letters replaced; more than one sign behind ^ or _ is set in braces."""
    result, at = "", head.span.start
    marks = {id(name): name for node in head.walk() if isinstance(node, W.Mark)
             for name in node.walk() if isinstance(name, W.Name)}
    for name in sorted(marks.values(), key=lambda one: one.span.start):
        new = letters.get(name.letter, name.letter)
        if new != name.letter:
            before = line[at:name.span.start]
            bare = before.rstrip().endswith(("^", "_")) and len(new) > 1
            result += before + (f"{{{new}}}" if bare else new)
            at = name.span.stop
    return (result + line[at:head.span.stop]).strip()


def chain(left: str, listed: tuple[Path, ...], right: Callable[[str], bool]) -> str:
    """The step as a formula that `right` has proved; empty where none of its forms is right."""
    for terms in zip(*(path.forms for path in listed), strict=True):
        line = f"{left} = " + " + ".join(terms)
        if right(line):
            return line
    return ""


def branches(claim: str, listed: tuple[Path, ...]) -> tuple[str, ...]:
    """What a claim may have left out: each path, all those together that it does not name, and these but for one, which
    it has in other letters."""
    unnamed = [path for path in listed if _bare(path.outer) not in _bare(claim)]
    groups = [unnamed, *combinations(unnamed, max(0, len(unnamed) - 1))]
    together = [" + ".join(terms) for group in groups if len(group) > 1
                for terms in zip(*(path.forms for path in group), strict=True)]
    local = [text for path in listed for text in path.local]
    alone = [path.forms[form] for form in range(3) for path in listed]
    return tuple(dict.fromkeys((*together, *alone, *local)))


def _bare(text: str) -> str:
    return "".join(text.replace("{", " ").replace("}", " ").split())
