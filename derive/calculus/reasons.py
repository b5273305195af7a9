"""The chain rule in words: how x reaches the cost, told along the path that was put in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.partials import Partial
from derive.calculus.rewrite import Reason
from derive.ir import Derivation, Equation, Term, indices_of, read, reads_of, shown, tensor_of


def why(full: Derivation, direct: Equation, away: dict[str, Equation]) -> Reason:
    """The chain rule in words: how x reaches the cost, then how what was put in for it does."""
    clauses: list[Clause] = []
    here, equation = read(str(full.tensor(direct.target).of), *direct.at), direct
    while True:
        silent = bool(clauses) and len(equation.terms) == 1 and not equation.terms[0].summed
        clauses.append(replace(_clause(full, here, equation), silent=silent))
        bars = [r for t in equation.terms for r in sorted(reads_of(t.body), key=shown) if tensor_of(r) in away]
        if len(equation.terms) != 1 or len(bars) != 1:
            break
        put = dict(zip(away[tensor_of(bars[0])].at, indices_of(bars[0]), strict=True))
        definition = away[tensor_of(bars[0])]
        following = replace(definition, terms=tuple(t.renamed(put) for t in definition.terms))
        here, equation = read(str(full.tensor(definition.target).of), *indices_of(bars[0])), following
        if not equation.reads():  # the cost itself
            break
    while clauses[-1].silent:
        clauses.pop()
    return _sentence(clauses)


def along(here: sp.Expr, term: Term) -> Reason | None:
    """The chain rule in words, for one path: each of its values is reached from the one before."""
    upper = {p.args[1]: p.args[0] for p in term.body.atoms(Partial)}
    path = [here]
    while path[-1] in upper and len(path) <= len(upper):
        path.append(upper[path[-1]])
    if len(path) <= len(upper) or len(path) == 1:
        return None
    if len(path) == 2 and all(isinstance(factor, Partial) for factor in sp.Mul.make_args(term.body)):
        return None  # it stands in the cost itself, or in a part of it
    summed = {k.symbol: k for k in term.summed}
    new = [{summed[s] for s in after.free_symbols - before.free_symbols if s in summed}
           for before, after in zip(path, path[1:], strict=False)]
    fed = next((n for n, found in enumerate(new) if found), None)
    if fed is None:
        return Reason("{0} reaches the cost only through {1}", (here, path[1]))
    if any(k.kind == "sample" for found in new for k in found):
        return None
    if fed == 0:
        return Reason("{0} feeds every {1}: sum over all of them", (here, path[1]))
    link = "which" if fed == 1 else "then"
    return Reason(f"{{0}} reaches the cost only through {{1}}, {link} feeds every {{2}}: sum over all of them",
                  (here, path[1], path[fed + 1]))


@dataclass(frozen=True)
class Clause:
    """What `subject` does: `verb` `object`, and what follows from it."""

    subject: sp.Expr
    verb: str
    object: sp.Expr | None = None
    end: str = ""
    silent: bool = False
    """Whether nothing happens there that a reader would not see."""


def _sentence(clauses: list[Clause]) -> Reason:
    """z reaches the cost only through a, which feeds every z': sum over all of them."""
    text = ""
    about: list[sp.Expr] = []
    ends: list[str] = []
    last: sp.Expr | None = None
    for before, clause in zip([None, *clauses], clauses, strict=False):
        if clause.silent:
            continue
        if before is not None and before.silent:
            text += f", then {clause.verb}"
        elif clause.subject == last:
            text += f", which {clause.verb}"
        else:
            text += ("; " if text else "") + f"{{{len(about)}}} {clause.verb}"
            about.append(clause.subject)
        if clause.object is not None:
            text += f" {{{len(about)}}}"
            about.append(clause.object)
        last = clause.object
        ends += [clause.end] if clause.end and clause.end not in ends else []
    return Reason(text + "".join(f": {end}" if not n else f", {end}" for n, end in enumerate(ends)), tuple(about))


def _clause(full: Derivation, here: sp.Expr, direct: Equation) -> Clause:
    """How one tensor reaches the cost."""
    if not any(term.body for term in direct.terms):
        return Clause(here, "does not reach the cost")
    through = [_through(term) for term in direct.terms]
    if len({*map(shown, through)}) > 1:
        return Clause(here, "acts along several paths", end="add what comes along each")
    kinds = {k.kind for term in direct.terms for k in term.summed}
    if "sample" in kinds:
        return Clause(here, "serves every example", end="sum over the examples")
    if kinds:
        return Clause(here, "feeds every", through[0], "sum over all of them")
    if full.tensor(tensor_of(through[0])).role == "cost":
        return Clause(here, "stands in the cost itself")
    return Clause(here, "reaches the cost only through", through[0])


def _through(term: Term) -> sp.Expr:
    partials = sorted(term.body.atoms(Partial), key=shown)
    return partials[0].args[0] if partials else min(reads_of(term.body), key=shown)
