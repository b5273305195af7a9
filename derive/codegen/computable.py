"""The equations that are emitted: those that the user typed, in a form that neither overflows nor loses digits.

    C = log(sum(exp(z[j]), j))     is computed as     C = top + log(rest)

In: an explanation. Out: the same one where nothing has to be changed, else one of equal equations, with its gradients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from derive.calculus.explain import Explanation, explain
from derive.codegen.gradients import gradient_statements
from derive.codegen.shifted import shifted
from derive.codegen.stabilized import folded, safe_logs, softmaxes, stabilize
from derive.formulas.stable import stable
from derive.functions.record import Application, choose, released
from derive.ir import Statement, Tensor, equations_of, mapped, reads_of, tensor_of


@dataclass(frozen=True)
class Computable:
    """The equations of a derivation and of its gradients, as they are emitted."""

    explanation: Explanation

    @cached_property
    def backward(self) -> tuple[Statement, ...]:
        """The gradients."""
        return self.safely(gradient_statements(self.explanation))

    def safely(self, gradients: Iterable[Statement]) -> tuple[Statement, ...]:
        """Gradients with what a softmax gives in place of its exponentials, and with no logarithm of a rounded 0."""
        forward = self.explanation.forward
        softmax, logs = [*softmaxes(forward)], safe_logs(forward.statements)

        def safe(body: sp.Expr) -> sp.Expr:
            return _branches(undivided(logs(body)) if _is_divided(body) else logs(body))

        return mapped(gradients, lambda e: folded(softmax, e.map(released)).map(safe))

    @cached_property
    def forwards(self) -> tuple[Statement, ...]:
        return mapped(stabilize(self.explanation.forward, self.read_back), lambda e: e.map(_branches))

    @cached_property
    def read_back(self) -> set[str]:
        """What the gradients read."""
        return {tensor_of(r) for e in equations_of(self.backward) for r in e.reads()}


def computable(explanation: Explanation) -> Computable:
    """The explanation of equations that are safe to compute."""
    typed = Computable(explanation)
    forward = explanation.forward
    stated = mapped(forward.statements, lambda e: e.map(_stable))
    in_calls = {e.target for e in forward.equations()} - {e.target for e in equations_of(typed.forwards)}
    safe = shifted(forward if stated == forward.statements else replace(forward, statements=stated), left=in_calls)
    if safe is forward:
        return typed
    by = [t.name for c in explanation.chains if _is_asked(t := forward.tensor(c.tensor.of or ""))]
    return Computable(explain(safe, by, explanation.policy))


def _is_asked(tensor: Tensor) -> bool:
    return tensor.role in ("parameter", "data")


def _stable(body: sp.Expr) -> sp.Expr:
    """The body in its stable form, where a formula has exponentials, or the logarithm of a function's value."""
    logs = any(e.has(Application) for e in body.atoms(sp.log))
    if body.has(choose) or not (logs or body.has(sp.exp)):
        return body  # a bound in a branch, min(u, 0), would have another slope at the tie
    return stable(body)


def _branches(body: sp.Expr) -> sp.Expr:
    """choose(c, a, b) with exponentials that are bounded in the branch that does not count."""
    return stable(body) if body.has(choose) and body.has(sp.exp) else body


def _is_divided(body: sp.Expr) -> bool:
    return any(p.exp.is_negative and reads_of(p.base) for p in body.atoms(sp.Pow))


def undivided(body: sp.Expr) -> sp.Expr:
    """p*(1/p + q) as 1 + p*q: what stands below a line inside may be a rounded 0."""
    if not body.args or isinstance(body, sp.Indexed):
        return body
    body = body.func(*map(undivided, body.args))
    for total in (f for f in sp.Mul.make_args(body) if f.is_Add):
        rest = body / total
        for factor in sp.Mul.make_args(rest):
            base, power = factor.as_base_exp()
            signs = [sign for sign in (1, -1) if any(_divides(sign * base, term) for term in total.args)]
            if signs and power.is_number and power >= 1:
                sign = signs[0]
                return undivided(rest / base * sp.Add(*(sign * (term * (sign * base)) for term in total.args)))
    return body


def _divides(base: sp.Expr, term: sp.Expr) -> bool:
    powers = (f.as_base_exp() for f in sp.Mul.make_args(term))
    return any(below == base and power.is_number and power <= -1 for below, power in powers)
