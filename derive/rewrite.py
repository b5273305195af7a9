"""The named rewrites of a gradient: `Equation -> Equation | None`, each with its reason.

A rule returns None when it has nothing to do. `RULES` is their order. Each changes how the
right-hand side is written, never its value, and every line they make is printed and tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy as sp

from derive.functions import Application
from derive.inline import replace_reads
from derive.ir import Derivation, Equation, Fact, Term, indices_of, read, reads_of, tensor_of

MAX_OPERATIONS = 80
MAX_SLOPE = 6
"""A slope of more operations than this stays f'(z), which the code computes in one place."""


@dataclass(frozen=True)
class Reason:
    """Why a line follows: a sentence with `{0}`, `{1}` where the formulas go."""

    text: str
    about: tuple[sp.Expr, ...] = ()


@dataclass(frozen=True)
class Rule:
    name: str
    apply: Callable[[Derivation, Equation], tuple[Equation, Reason] | None]


def fold_definitions(derivation: Derivation, equation: Equation) -> tuple[Equation, Reason] | None:
    """Use declared facts such as e[j] = s*a[j] to write a gradient in terms of the output."""
    facts = {tensor_of(f.left.body): f for f in derivation.facts if not f.left.summed}
    used: list[Fact] = []

    def change(access: sp.Expr) -> sp.Expr | None:
        fact = facts.get(tensor_of(access))
        if fact is None:
            return None
        if fact not in used:
            used.append(fact)
        renaming = dict(zip(indices_of(fact.left.body), indices_of(access)))
        return fact.right.xreplace(renaming)

    folded = replace_reads(_without_exp(derivation, equation), change)
    if not used or _vocabulary(folded) >= _vocabulary(equation):
        return None
    fact = used[0]
    return folded, Reason("because {0} = {1}", (fact.left.body, fact.right))


def _without_exp(derivation: Derivation, equation: Equation) -> Equation:
    """exp(z[j]) written as the tensor that is defined to be it (e[j] = exp(z[j]))."""
    known = {t.body: e for e in derivation.equations() if len(e.terms) == 1
             for t in e.terms if isinstance(t.body, sp.exp) and not t.summed}
    table = {(type(body), tensor_of(body.args[0])): (body.args[0], e.target)
             for body, e in known.items() if reads_of(body) == {body.args[0]}}

    def in_body(body: sp.Expr) -> sp.Expr:
        found = {}
        for node in body.atoms(sp.exp):
            argument = node.args[0]
            key = (type(node), tensor_of(argument)) if argument in reads_of(argument) else None
            if key in table:
                found[node] = read(table[key][1], *indices_of(argument))
        return body.xreplace(found)

    return equation.map(in_body)


def _vocabulary(equation: Equation) -> int:
    return len({tensor_of(r) for t in equation.terms for r in reads_of(t.body)})


def use_slopes(derivation: Derivation, equation: Equation) -> tuple[Equation, Reason] | None:
    """f'(z) in terms of z and a = f(z), where that is short: sigma'(z) = a(1 - a)."""
    outputs = activation_outputs(derivation)
    reasons: list[Reason] = []

    def in_body(body: sp.Expr) -> sp.Expr:
        found = {}
        for node in sorted(body.atoms(Application), key=str):
            if node.order < 1:
                continue
            slope = node.record.definition(node.order)
            if sp.count_ops(slope) > MAX_SLOPE:
                continue
            argument = node.args[0]
            from_z, from_a = sp.symbols("z a", real=True)
            output = outputs.get((node.record.name, argument)) or _moved_output(outputs, node) or node.record(argument)
            found[node] = slope.xreplace({from_z: argument, from_a: output})
            reasons.append(Reason("{0} = {1}", (node, found[node])))
        return body.xreplace(found)

    changed = equation.map(in_body)
    return (changed, reasons[0]) if reasons and changed != equation else None


def activation_outputs(derivation: Derivation) -> dict[tuple[str, sp.Expr], sp.Expr]:
    """(f, z[j]) -> a[j] for every equation a[j] = f(z[j])."""
    found = {}
    for equation in derivation.equations():
        if len(equation.terms) == 1 and not equation.terms[0].summed:
            body = equation.terms[0].body
            if isinstance(body, Application) and body.order == 0:
                found[(body.record.name, body.args[0])] = equation.lhs
    return found


def _moved_output(outputs: dict[tuple[str, sp.Expr], sp.Expr], node: Application) -> sp.Expr | None:
    """The same with other indices: f(z[l+1,q]) where a[l,j] = f(z[l,j])."""
    argument = node.args[0]
    if argument not in reads_of(argument):
        return None
    for (name, known), output in outputs.items():
        if name == node.record.name and isinstance(known, sp.Indexed) and tensor_of(known) == tensor_of(argument):
            renaming = {a: b for a, b in zip(indices_of(known), indices_of(argument))}
            if all(a.is_Symbol for a in renaming):
                return output.xreplace(renaming)
    return None


def cancel_fractions(derivation: Derivation, equation: Equation) -> tuple[Equation, Reason] | None:
    """Multiply out and cancel, where a denominator goes away by it."""
    terms, changed = list(equation.terms), False
    flat = [t for t in terms if not t.summed and not t.where]
    if len(flat) > 1 and any(_has_denominator(t.body) for t in flat):
        shorter = _cancelled(sp.Add(*(t.body for t in flat)))
        if shorter is not None:
            terms = [t for t in terms if t not in flat] + [Term(shorter)]
            changed = True
    for number, term in enumerate(terms):
        shorter = _cancelled(term.body)
        if shorter is not None:
            terms[number], changed = replace(term, body=shorter), True
    if not changed:
        return None
    return replace(equation, terms=tuple(t for t in terms if t.body != 0) or (Term(sp.Integer(0)),)), \
        Reason("multiply out and cancel")


def _has_denominator(body: sp.Expr) -> bool:
    return any(p.exp.is_number and p.exp.is_negative and reads_of(p.base) for p in body.atoms(sp.Pow))


def _cancelled(body: sp.Expr) -> sp.Expr | None:
    if not _has_denominator(body) or sp.count_ops(body) > MAX_OPERATIONS:
        return None
    shorter = sp.cancel(sp.together(body))
    return shorter if sp.count_ops(shorter) < sp.count_ops(body) else None


def use_sum_facts(derivation: Derivation, equation: Equation) -> tuple[Equation, Reason] | None:
    """Declared sums, such as sum_j y[j] = 1."""
    for fact in derivation.facts:
        for number, term in enumerate(equation.terms):
            simpler = _with_sum_fact(fact, term) if fact.left.summed else None
            if simpler is not None:
                terms = (*equation.terms[:number], simpler, *equation.terms[number + 1:])
                again = use_sum_facts(derivation, replace(equation, terms=terms))
                changed = again[0] if again else replace(equation, terms=_merged(terms))
                return changed, Reason("because {0} = {1}", (_sum_node(fact), fact.right))
    return None


def _sum_node(fact: Fact) -> sp.Expr:
    """The declared sum as an expression that the printers know."""
    limits = [(k.symbol, k.start, k.last) for k in fact.left.summed]
    return sp.Sum(fact.left.body, *limits)


def _with_sum_fact(fact: Fact, term: Term) -> Term | None:
    place = [n for n, e in enumerate(indices_of(fact.left.body)) if e == fact.left.summed[0].symbol]
    for access in sorted(reads_of(term.body), key=str):
        if tensor_of(access) != tensor_of(fact.left.body) or not place:
            continue
        index = next((k for k in term.summed if k.symbol == indices_of(access)[place[0]]), None)
        rest = term.body / access
        if index is not None and index.symbol not in rest.free_symbols:
            return Term(rest * fact.right, tuple(k for k in term.summed if k is not index), term.where)
    return None


def _merged(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms without a sum as one body."""
    flat = [t for t in terms if not t.summed and not t.where]
    rest = tuple(t for t in terms if t.summed or t.where)
    return (*rest, Term(sp.Add(*(t.body for t in flat)))) if flat else rest


RULES: tuple[Rule, ...] = (
    Rule("write in terms of the output", fold_definitions),
    Rule("cancel", cancel_fractions),
    Rule("use what is known", use_sum_facts),
    Rule("slope of the activation", use_slopes),
    Rule("cancel again", cancel_fractions),
)
