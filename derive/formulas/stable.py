"""Stable forms: what a formula is rewritten to before it is evaluated in floating point.

In: a SymPy expression, functions of derive/activations/ among it. Out: an equal one that neither
overflows nor cancels where the first did. IDENTITIES has the named cases; one theorem covers the
rest: a rational function of exp(u) with denominator (1 + exp(u))^N that is finite at both ends is

    sum_i c_i exp(u)^i / (1 + exp(u))^N  =  sum_i c_i sigmoid(u)^i sigmoid(-u)^(N-i)      (0 <= i <= N)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from derive.activations.sigmoid import ENTRY as sigmoid
from derive.activations.softplus import ENTRY as softplus
from derive.activations.tanh import ENTRY as tanh
from derive.formulas.exponentials import T, in_one_exponential
from derive.functions.primitives import choose, equal, maximum, minimum, step

U = sp.Symbol("u", real=True)
ANY = sp.Wild("u")


@dataclass(frozen=True)
class Identity:
    """`before` = `after` for every u; `before` overflows, cancels or takes the logarithm of 0."""

    before: sp.Expr
    after: sp.Expr
    reason: str


IDENTITIES = (
    Identity(sp.log(1 + sp.exp(U)), softplus(U), "exp(u) overflows"),
    Identity(sp.log(sigmoid(U)), -softplus(-U), "sigmoid(u) rounds to 0 for u < -745"),
    Identity(sp.log(1 - sigmoid(U)), -softplus(U), "1 - sigmoid(u) rounds to 0 for u > 37"),
    Identity(1 - sigmoid(U), sigmoid(-U), "cancels for large u"),
)
VECTOR_IDENTITIES = {("log", "softmax"): "log_softmax"}
"""(outer function, activation) -> the activation that is both: a probability may round to 0, its logarithm not."""


def stable(expr: sp.Expr) -> sp.Expr:
    """The expression in its stable form: the outermost parts that have one, then inwards."""
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    found = _named(expr) or _as_sigmoids(expr)
    if found is not None:
        return found
    if isinstance(expr, sp.log):
        inner = stable(expr.args[0])
        return _named(sp.log(inner)) or _log_of(expr.args[0]) or sp.log(inner)
    if (joined := branches_joined(expr)) != expr:
        return stable(joined)
    if isinstance(expr, sp.Add | sp.Mul):
        rebuilt = expr.func(*_grouped(expr))
        return _named(rebuilt) or rebuilt
    if isinstance(expr, choose):
        inside, one, other = (stable(argument) for argument in expr.args)
        return choose(inside, _bounded(one, inside, maximum), _bounded(other, inside, minimum))
    if expr.is_Pow and expr.exp.is_negative and (below := _as_sigmoids(1 / expr.base)) is not None:
        return below ** -expr.exp
    return expr.func(*(stable(argument) for argument in expr.args))


def branches_joined(expr: sp.Expr) -> sp.Expr:
    """p*step(u) + q*choose(u, 0, 1) as choose(u, p, q): what is left out is never multiplied (0*inf is no 0)."""
    if not isinstance(expr, sp.Add):
        return expr
    for other in sorted((e for e in expr.atoms(choose) if e.args[1:] == (0, 1)), key=sp.default_sort_key):
        inside = other.args[0]
        parts: dict[sp.Expr, list[sp.Expr]] = {step(inside): [], other: [], sp.Integer(1): []}
        for term in sp.Add.make_args(expr):
            indicator = next((f for f in sp.Mul.make_args(term) if f in parts), sp.Integer(1))
            parts[indicator].append(term / indicator)
        above, below, rest = (sp.Add(*terms) for terms in parts.values())
        expr = choose(inside, above, below) + rest
    return expr


def _bounded(branch: sp.Expr, inside: sp.Expr, bound: type[sp.Function]) -> sp.Expr:
    """exp(u) in the branch of u <= 0 as exp(min(u, 0)): both branches are evaluated everywhere."""
    def grows(e: sp.Expr) -> bool:
        ratio = sp.cancel(e.exp / inside)
        return bool(ratio.is_Rational and (ratio > 0) == (bound is minimum))

    found = {e: sp.exp(sp.cancel(e.exp / inside) * bound(inside, 0)) for e in branch.atoms(sp.exp) if grows(e)}
    return branch.xreplace(found)


def _named(expr: sp.Expr) -> sp.Expr | None:
    for identity in IDENTITIES:
        if isinstance(expr, type(identity.before)):
            match = expr.match(identity.before.xreplace({U: ANY}))
            if match:
                return identity.after.xreplace({U: stable(match[ANY])})
    return None


def _grouped(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The arguments in stable form, those in the same exponential taken together: exp(-z)*(1 + exp(-z))^-2."""
    together: dict[sp.Expr, list[sp.Expr]] = {}
    for argument in expr.args:
        single = in_one_exponential(argument) if argument.has(sp.exp) else None
        if single is None:
            yield stable(argument)
        else:
            together.setdefault(_direction(single.unit), []).append(argument)
    for arguments in together.values():
        whole = _as_sigmoids(expr.func(*arguments))
        yield from (stable(a) for a in arguments) if whole is None else [whole]


def _direction(unit: sp.Expr) -> sp.Expr:
    """z for z, -z, 2*z, ...: what tells one exponential from another."""
    rest = unit.as_content_primitive()[1]
    return -rest if rest.could_extract_minus_sign() else rest


def _as_sigmoids(expr: sp.Expr) -> sp.Expr | None:
    """The theorem of this module's first lines; with N = 1 and opposite ends it is a tanh."""
    single = in_one_exponential(expr) if expr.has(sp.exp) else None
    if single is None or len(single.denominator.terms()) < 2:
        return None
    factor, binomials = single.denominator.factor_list()
    if len(binomials) != 1 or (shape := _binomial(binomials[0][0])) is None:
        return None
    n, slope, constant = shape
    power = binomials[0][1]
    u = n * single.unit + sp.log(slope / constant)
    total = []
    for (exponent,), coefficient in sorted(single.numerator.terms()):
        i = sp.Rational(exponent, n)
        if i > power:
            return None
        scale = coefficient / (factor * constant ** (power - i) * slope**i)
        total.append((scale, i))
    if power == 1 and [i for _, i in total] == [0, 1] and total[0][0] == -total[1][0]:
        scale, u = (-total[1][0], -u) if u.could_extract_minus_sign() else (total[1][0], u)
        return scale * tanh(u / 2)
    return sp.Add(*(scale * sigmoid(u) ** i * sigmoid(-u) ** (power - i) for scale, i in total))


def _binomial(factor: sp.Poly) -> tuple[int, sp.Expr, sp.Expr] | None:
    """(n, c, d) of c*t^n + d with c, d > 0."""
    terms = dict(factor.terms())
    n = factor.degree()
    if set(terms) != {(0,), (n,)} or not (terms[(n,)] > 0 and terms[(0,)] > 0):
        return None
    return n, terms[(n,)], terms[(0,)]


def _log_of(expr: sp.Expr) -> sp.Expr | None:
    """log of a product of powers of t = exp(unit) and of binomials c*t^n + d."""
    single = in_one_exponential(expr) if expr.has(sp.exp) else None
    if single is None:
        return None
    parts = []
    for sign, polynomial in ((1, single.numerator), (-1, single.denominator)):
        content, factors = polynomial.factor_list()
        if content <= 0:
            return None
        parts.append(sign * sp.log(content))
        for factor, power in factors:
            if factor.as_expr() == T:
                parts.append(sign * power * single.unit)
            elif (shape := _binomial(factor)) is not None:
                n, slope, constant = shape
                inside = n * single.unit + sp.log(slope / constant)
                parts.append(sign * power * (sp.log(constant) + softplus(inside)))
            else:
                return None
    return sp.Add(*parts)


def logs_apart(expr: sp.Expr) -> sp.Expr:
    """log(c*exp(u)) as u + log(c), in every place: the exponential may overflow, or round to 0."""
    if not expr.has(sp.log):
        return expr
    args = [logs_apart(argument) for argument in expr.args]
    factors = sp.Mul.make_args(args[0]) if isinstance(expr, sp.log) else ()
    exponents = [f.exp for f in factors if isinstance(f, sp.exp)]
    if not exponents:
        return expr.func(*args)
    rest = sp.Mul(*(f for f in factors if not isinstance(f, sp.exp)))
    return sp.Add(*exponents) + (-sp.log(1 / rest) if rest.is_Pow and rest.exp == -1 else sp.log(rest))


def zeros_kept(expr: sp.Expr) -> sp.Expr:
    """y*log(y/a) as y*log((y + [y = 0])/a), in every place: where y is 0, so is the product, as it is in the limit."""
    if not expr.has(sp.log):
        return expr
    expr = expr.func(*map(zeros_kept, expr.args))
    for factor in sp.Mul.make_args(expr):
        base, power = factor.as_base_exp()
        if factor != expr and power.is_number and power > 0 and not base.has(sp.log):
            expr = expr.xreplace({log: _without_zero(log, base) for log in expr.atoms(sp.log)})
    return expr


def _without_zero(log: sp.Expr, base: sp.Expr) -> sp.Expr:
    parts = [(f, *f.as_base_exp()) for f in sp.Mul.make_args(log.args[0])]
    return sp.log(sp.Mul(*((b + equal(b, 0)) ** p if b == base and p.is_positive else f for f, b, p in parts)))
