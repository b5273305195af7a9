"""Every gradient as a chain of lines: what equals what, by which rule, for which reason.

    dC/dw[j,k]  =  dC/dz[j] * dz[j]/dw[j,k]     the chain rule: w reaches C only through z
                =  delta[j] * x[k]              each local derivative worked out

Only some adjoints keep a name of their own (`Policy`): delta = dC/dz (Nielsen) or dC/da (the
videos); the rest are put into whoever reads them. Text and code are both made of these lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import sympy as sp

from derive.calculus.inline import inline
from derive.calculus.partials import Partial
from derive.calculus.pull import chain_rule, pull
from derive.calculus.reverse import local_derivative, reverse
from derive.calculus.rewrite import RULES, Known, Reason, known
from derive.functions.record import Application
from derive.ir import Derivation, Equation, Loop, Tensor, Term, indices_of, read, reads_of, tensor_of, walk

Policy = Literal["delta", "activation", "none"]
SHORT = 4
"""Operations."""


@dataclass(frozen=True)
class Line:
    """One equals sign: the equation with this right-hand side, the rule and why it holds."""

    equation: Equation
    rule: str
    reason: Reason


@dataclass(frozen=True)
class Chain:
    """a = b = c: all the lines that lead to one gradient. The last is what the code computes."""

    tensor: Tensor
    lines: tuple[Line, ...]

    @property
    def result(self) -> Equation:
        return self.lines[-1].equation

    def line(self, rule: str) -> Line | None:
        return next((line for line in self.lines if line.rule == rule), None)


@dataclass(frozen=True)
class Explanation:
    """`derivation` holds the forward equations and the adjoints in push form; `chains` come in
    the order in which backpropagation computes them."""

    derivation: Derivation
    forward: Derivation
    chains: tuple[Chain, ...]
    policy: Policy

    def chain(self, of: str) -> Chain:
        """The chain of the gradient with respect to tensor `of`."""
        return next(c for c in self.chains if c.tensor.of == of)


def explain(forward: Derivation, wrt: Iterable[str] | None = None, policy: Policy = "delta") -> Explanation:
    """The derivation of dC/d(each of wrt), by default of every parameter."""
    wanted = [t.name for t in forward.of_role("parameter")] if wrt is None else list(wrt)
    full = reverse(forward, wanted)
    gathered = _gather(forward, full)
    chained = {name: chain_rule(full, full.tensor(name), pushes) for name, pushes in gathered.items()}
    pulled = {name: pull(full.tensor(name), pushes) for name, pushes in gathered.items()}
    seed = _seed(forward, full)
    for table in (chained, pulled):
        table[seed.target] = seed
    chained |= {name: equation for name, equation in pulled.items() if _is_one(equation, seed)}
    kept = _kept(forward, full, pulled, set(wanted), policy)
    away_chained = {n: e for n, e in chained.items() if n not in kept}
    away_pulled = {n: e for n, e in pulled.items() if n not in kept}
    context = known(forward)
    chains = tuple(_chain(context, full.tensor(name), _why(full, chained[name], away_chained),
                          inline(chained[name], away_chained), inline(pulled[name], away_pulled))
                   for name in _order(forward, full, kept) if name in chained)
    return Explanation(full, forward, chains, policy)


def _seed(forward: Derivation, full: Derivation) -> Equation:
    name = next(t.name for t in full.of_role("adjoint") if t.of == forward.cost and t.name not in forward.by_name)
    return Equation(name, (), (), (Term(sp.Integer(1)),))


def _is_one(equation: Equation, seed: Equation) -> bool:
    """Whether the adjoint is plainly 1, as that of C_0 in C = C_0 + R: a factor not worth writing."""
    put = {seed.lhs: sp.Integer(1)}
    return [(t.body.xreplace(put), t.summed, t.where) for t in equation.terms] == [(sp.Integer(1), (), ())]


def _gather(forward: Derivation, full: Derivation) -> dict[str, list[tuple[Equation, tuple[Loop, ...]]]]:
    """The pushes to each new adjoint."""
    found: dict[str, list[tuple[Equation, tuple[Loop, ...]]]] = {}
    for equation, loops in walk(full.statements[len(forward.statements) + 1:]):  # less the seed dC/dC = 1
        if equation.via is not None or not equation.reads():
            found.setdefault(equation.target, []).append((equation, loops))
    return found


def _order(forward: Derivation, full: Derivation, kept: set[str]) -> list[str]:
    """Adjoints in the order in which they are complete; those of one equation as declared."""
    last: dict[str, int] = {}
    number, previous = 0, None
    for equation, _ in walk(full.statements[len(forward.statements):]):
        left = equation.via[0] if equation.via else None
        number += left != previous
        previous = left
        last[equation.target] = number
    position = {t.name: n for n, t in enumerate(full.tensors)}
    return sorted((n for n in kept if n in last), key=lambda n: (last[n], position[n]))


# -- which adjoints keep a name ------------------------------------------------------------


def _kept(forward: Derivation, full: Derivation, pulled: dict[str, Equation], wanted: set[str],
          policy: Policy) -> set[str]:
    adjoint = {full.tensor(name).of: name for name in pulled}
    kept = {adjoint[w] for w in wanted if w in adjoint}
    named = _weighted_inputs(forward, adjoint)
    if policy == "activation":
        named = {_activation_of(forward, name) for name in named}
    if policy != "none":
        kept |= {adjoint[name] for name in named if name in adjoint}
    readers = _readers(pulled)
    for name, equation in pulled.items():
        shared = len(readers.get(name, ())) > 1 and any(t.summed for t in equation.terms)
        if policy != "none" and shared or _recursive(name, pulled, kept):
            kept.add(name)
    kept.discard(adjoint.get(forward.cost, ""))
    needed = {adjoint[w] for w in wanted if w in adjoint}
    away = {n: e for n, e in pulled.items() if n not in kept}
    return {n for n in kept if n in needed or _worth_a_name(inline(pulled[n], away), pulled)}


def _worth_a_name(equation: Equation, pulled: dict[str, Equation]) -> bool:
    """dC/dR = 1 is not, nor a single number as short as 2(a - y): it is put in where it is read."""
    reads = {tensor_of(r) for r in equation.reads()}
    short = not equation.at and sum(sp.count_ops(t.body) for t in equation.terms) <= SHORT
    return bool(reads) and not (short and reads.isdisjoint(pulled))


def _weighted_inputs(forward: Derivation, adjoint: dict[str | None, str]) -> set[str]:
    """Values whose equation reads a parameter: z = w x + b."""
    parameters = {t.name for t in forward.of_role("parameter")}
    return {e.target for e in forward.equations() if e.target in adjoint and e.target != forward.cost
            and any(tensor_of(r) in parameters for r in e.reads())}


def _activation_of(forward: Derivation, name: str) -> str:
    """The tensor a = f(z) that alone reads z, entry by entry; z itself if there is none (softmax)."""
    readers = [e for e in forward.equations() if any(tensor_of(r) == name for r in e.reads())]
    if len(readers) == 1 and isinstance(readers[0].terms[0].body, Application) and len(readers[0].terms) == 1:
        return readers[0].target
    return name


def _readers(pulled: dict[str, Equation]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, equation in pulled.items():
        for access in equation.reads():
            found.setdefault(tensor_of(access), set()).add(name)
    return found


def _recursive(name: str, pulled: dict[str, Equation], kept: set[str]) -> bool:
    """Whether putting the adjoint into its readers would never end (a loop through time)."""
    border, seen = [name], set()
    while border:
        for access in pulled[border.pop()].reads():
            other = tensor_of(access)
            if other == name and name not in kept:
                return True
            if other in pulled and other not in seen and other not in kept:
                seen.add(other)
                border.append(other)
    return False


# -- the lines -----------------------------------------------------------------------------


def _chain(context: Known, tensor: Tensor, why: Reason, chained: Equation, local: Equation) -> Chain:
    lines = [Line(chained, "chain rule", why),
             Line(local, "local derivatives", Reason("each derivative worked out"))]
    if lines[0].equation == lines[1].equation:
        lines.pop()
    for rule in RULES:
        result = rule.apply(context, lines[-1].equation)
        if result is not None:
            lines.append(Line(result[0], rule.name, result[1]))
    return Chain(tensor, tuple(lines))


def _why(full: Derivation, direct: Equation, away: dict[str, Equation]) -> Reason:
    """The chain rule in words: how x reaches the cost, then how what was put in for it does."""
    clauses: list[Clause] = []
    here, equation = read(str(full.tensor(direct.target).of), *direct.at), direct
    while True:
        clauses.append(_clause(full, here, equation))
        bars = [r for t in equation.terms for r in sorted(reads_of(t.body), key=str) if tensor_of(r) in away]
        if len(equation.terms) != 1 or len(bars) != 1:
            break
        put = dict(zip(away[tensor_of(bars[0])].at, indices_of(bars[0]), strict=True))
        definition = away[tensor_of(bars[0])]
        following = replace(definition, terms=tuple(t.renamed(put) for t in definition.terms))
        here, equation = read(str(full.tensor(definition.target).of), *indices_of(bars[0])), following
        if not any(t.summed for t in equation.terms) and len(equation.terms) == 1:
            break  # nothing happens there that a reader would not see
    return _sentence(clauses)


@dataclass(frozen=True)
class Clause:
    """What `subject` does: `verb` `object`, and what follows from it."""

    subject: sp.Expr
    verb: str
    object: sp.Expr | None = None
    end: str = ""


def _sentence(clauses: list[Clause]) -> Reason:
    """z reaches the cost only through a, which feeds every z': sum over all of them."""
    text = ""
    about: list[sp.Expr] = []
    ends: list[str] = []
    last: sp.Expr | None = None
    for clause in clauses:
        if clause.subject == last:
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
    if len({str(t) for t in through}) > 1:
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
    partials = sorted(term.body.atoms(Partial), key=str)
    return partials[0].args[0] if partials else min(reads_of(term.body), key=str)


def local_derivatives(explanation: Explanation, line: Line) -> list[tuple[sp.Expr, Term]]:
    """Each `Partial` of a line with its value, for those that are a single term."""
    found = []
    for node in sorted({p for t in line.equation.terms for p in t.body.atoms(Partial)}, key=str):
        value = _value_of(explanation.forward, node)
        if value is not None:
            found.append((node, value))
    return found


def _value_of(forward: Derivation, node: sp.Expr) -> Term | None:
    left, access = node.args
    for equation, _ in forward.defining(tensor_of(left)):
        put: dict[sp.Basic, sp.Basic] = dict(zip(equation.at, indices_of(left), strict=True))
        for term in equation.terms:
            for inner in sorted(reads_of(term.body), key=str):
                if tensor_of(inner) != tensor_of(access):
                    continue
                bound = {k.symbol for k in term.summed}
                match = dict(zip((i.xreplace(put) for i in indices_of(inner)), indices_of(access), strict=True))
                if all(a == b or a in bound for a, b in match.items()):
                    body = local_derivative(term.body, inner).xreplace(put).xreplace(match)
                    return Term(body, tuple(k for k in term.summed if k.symbol not in match))
    return None
