"""Every gradient as a chain of lines: what equals what, by which rule, for which reason.

    dC/dw[j,k]  =  dC/dz[j] * dz[j]/dw[j,k]     the chain rule: w reaches C only through z
                =  delta[j] * x[k]              each local derivative worked out

Only some adjoints keep a name of their own (`Policy`): delta = dC/dz (Nielsen) or dC/da (the
videos); the rest are put into whoever reads them. Text and code are both made of these lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import sympy as sp

from derive.calculus.inline import inline
from derive.calculus.kept import Policy, kept_names
from derive.calculus.lettered import own_letters
from derive.calculus.pull import chain_rule, pull
from derive.calculus.reasons import why
from derive.calculus.reverse import reverse
from derive.calculus.rewrite import RULES, SLOPES, Known, Reason, known
from derive.ir import Derivation, Equation, Loop, Tensor, Term, equations_of, walk


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

    @property
    def boxed(self) -> int:
        """The line that textbooks show: the last, or the one before if the last only puts in the slope."""
        last = len(self.lines) - 1
        return last - 1 if last and self.lines[last].rule == SLOPES else last

    @property
    def textbook(self) -> Chain:
        """The chain up to that line."""
        return replace(self, lines=self.lines[:self.boxed + 1])

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

    @property
    def textbook(self) -> Explanation:
        """The same with f' as it stands, so that its derivative is f''."""
        return replace(self, chains=tuple(chain.textbook for chain in self.chains))

    def chain(self, of: str) -> Chain:
        """The chain of the gradient with respect to tensor `of`."""
        return next(c for c in self.chains if c.tensor.of == of)


def explain(forward: Derivation, wrt: Iterable[str] | None = None, policy: Policy = "delta") -> Explanation:
    """The derivation of dC/d(each of wrt), by default of every parameter; of the same equations it is made once."""
    wanted = tuple(t.name for t in forward.learnt) if wrt is None else tuple(wrt)
    if (wanted, policy) not in forward.explained:
        forward.explained[wanted, policy] = _explanation(forward, wanted, policy)
    return cast(Explanation, forward.explained[wanted, policy])


def _explanation(forward: Derivation, wanted: Sequence[str], policy: Policy) -> Explanation:
    full = reverse(forward, list(wanted))
    gathered = _gather(forward, full)
    letters = own_letters(forward)
    within = {name: full.tensor(name) if full.tensor(name).of in wanted else _computed(forward, full, name)
              for name in gathered}
    chained = {name: letters(chain_rule(full, within[name], pushes)) for name, pushes in gathered.items()}
    pulled = {name: letters(pull(within[name], pushes)) for name, pushes in gathered.items()}
    seed = _seed(forward, full)
    for table in (chained, pulled):
        table[seed.target] = seed
    chained |= {name: equation for name, equation in pulled.items() if _is_one(equation, seed)}
    kept = kept_names(forward, full, pulled, set(wanted), policy)
    away_chained = {n: e for n, e in chained.items() if n not in kept}
    away_pulled = {n: e for n, e in pulled.items() if n not in kept}
    context = known(forward)
    chains = tuple(_chain(context, full.tensor(name), why(full, chained[name], away_chained),
                          letters(inline(chained[name], away_chained)), letters(inline(pulled[name], away_pulled)))
                   for name in _order(forward, full, kept) if name in chained)
    return Explanation(full, forward, chains, policy)


def _computed(forward: Derivation, full: Derivation, name: str) -> Tensor:
    """The adjoint over the entries that parameters reach: dC/dh[t] from t = 1 where h[0,j] = 0 is only a start."""
    bar = full.tensor(name)
    axes, moving = list(bar.axes), {t.of for t in full.of_role("adjoint")}
    for equation, loops in forward.defining(bar.of or ""):
        fixed = not loops and moving.isdisjoint(equation.names)
        for place, at in enumerate(equation.at if fixed else ()):
            axis = axes[place]
            if axis.kind == "time" and at in (axis.start, axis.last):
                axes[place] = replace(axis, size=axis.size - 1, start=axis.start + int(at == axis.start))
    return replace(bar, axes=tuple(axes))


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
    for equation in equations_of(full.statements[len(forward.statements):]):
        left = equation.via[0] if equation.via else None
        number += left != previous
        previous = left
        last[equation.target] = number
    position = {t.name: n for n, t in enumerate(full.tensors)}
    return sorted((n for n in kept if n in last), key=lambda n: (last[n], position[n]))


def _chain(context: Known, tensor: Tensor, reason: Reason, chained: Equation, local: Equation) -> Chain:
    lines = [Line(chained, "chain rule", reason),
             Line(local, "local derivatives", Reason("each derivative worked out"))]
    if lines[0].equation == lines[1].equation:
        lines.pop()
    for rule in RULES:
        result = rule.apply(context, lines[-1].equation)
        if result is not None:
            lines.append(Line(result[0], rule.name, result[1]))
    return Chain(tensor, tuple(lines))
