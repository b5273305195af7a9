"""The named rewrites of a gradient: `Equation -> Equation | None`, each with its reason.

A rule returns None when it has nothing to do. `RULES` is their order. Each changes how the
right-hand side is written, never its value, and every line they make is printed and tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import sympy as sp

from derive.calculus.inline import replace_reads
from derive.calculus.named import Named, by_name, named, zero_sum
from derive.functions.record import A, Application, Z
from derive.ir import Derivation, Equation, Fact, Term, indices_of, reads_of, replaced, shown, tensor_of

SLOPES = "slope of the activation"
MAX_OPERATIONS = 80
MAX_SLOPE = 6
"""A slope of more operations than this stays f'(z), which the code computes in one place."""


@dataclass(frozen=True)
class Reason:
    """Why a line follows: a sentence with `{0}`, `{1}` where the formulas go."""

    text: str
    about: tuple[sp.Expr, ...] = ()


Outputs = dict[tuple[str, str], tuple[sp.Expr, sp.Expr]]


@dataclass(frozen=True)
class Known:
    """What the rules look up, gathered once from the forward equations."""

    definitions: dict[str, Fact]
    """Facts such as e[j] = s*a[j], by the tensor on the left."""
    sums: tuple[Fact, ...]
    """Facts such as sum_j y[j] = 1."""
    outputs: Outputs
    """(f, z) -> (z[j], a[j]) for every equation a[j] = f(z[j])."""
    exponentials: Outputs
    """("exp", z) -> (z[j], e[j]) for every equation e[j] = exp(z[j])."""
    named: Named = field(default_factory=Named)
    """Quotients, roots and sums that have names."""


def known(forward: Derivation) -> Known:
    outputs: Outputs = {}
    exponentials: Outputs = {}
    for equation in forward.equations():
        body = equation.terms[0].body
        if len(equation.terms) == 1 and not equation.terms[0].summed and isinstance(body, Application | sp.exp):
            argument = body.args[0]
            if reads_of(argument) == {argument} and all(i.is_Symbol for i in indices_of(argument)):
                table = exponentials if isinstance(body, sp.exp) else outputs
                table[type(body).__name__, tensor_of(argument)] = (argument, equation.lhs)
    definitions = {tensor_of(f.left.body): f for f in forward.facts if not f.left.summed}
    return Known(definitions, tuple(f for f in forward.facts if f.left.summed), outputs, exponentials,
                 named(forward))


def _output(table: Outputs, name: str, argument: sp.Expr) -> sp.Expr | None:
    """a[l+1,q] for f(z[l+1,q]) where a[l,j] = f(z[l,j])."""
    if reads_of(argument) != {argument} or (name, tensor_of(argument)) not in table:
        return None
    at, output = table[name, tensor_of(argument)]
    return replaced(output, dict(zip(indices_of(at), indices_of(argument), strict=True)))


@dataclass(frozen=True)
class Rule:
    name: str
    apply: Callable[[Known, Equation], tuple[Equation, Reason] | None]


def fold_definitions(known: Known, equation: Equation) -> tuple[Equation, Reason] | None:
    """Use declared facts such as e[j] = s*a[j] to write a gradient in terms of the output."""
    if not known.definitions:
        return None
    used: list[Fact] = []

    def change(access: sp.Expr) -> sp.Expr | None:
        fact = known.definitions.get(tensor_of(access))
        if fact is None:
            return None
        if fact not in used:
            used.append(fact)
        renaming = dict(zip(indices_of(fact.left.body), indices_of(access), strict=True))
        return fact.right.xreplace(renaming)

    folded = replace_reads(_without_exp(known, equation), change)
    if not used or _vocabulary(folded) >= _vocabulary(equation):
        return None
    fact = used[0]
    return folded, Reason("because {0} = {1}", (fact.left.body, fact.right))


def _without_exp(known: Known, equation: Equation) -> Equation:
    """exp(z[j]) written as the tensor that is defined to be it (e[j] = exp(z[j]))."""
    def in_body(body: sp.Expr) -> sp.Expr:
        found = {node: _output(known.exponentials, "exp", node.args[0]) for node in body.atoms(sp.exp)}
        return body.xreplace({node: output for node, output in found.items() if output is not None})

    return equation.map(in_body)


def _vocabulary(equation: Equation) -> int:
    return len({tensor_of(r) for t in equation.terms for r in reads_of(t.body)})


def use_slopes(known: Known, equation: Equation) -> tuple[Equation, Reason] | None:
    """f'(z) in terms of z and a = f(z), where that is short: sigma'(z) = a(1 - a)."""
    found: dict[sp.Expr, sp.Expr] = {}
    for term in equation.terms:
        for node in sorted(term.body.atoms(Application), key=shown):
            if node.order >= 1 and sp.count_ops(node.record.definition(node.order)) <= MAX_SLOPE:
                found[node] = _slope(known, node)
    changed = equation.map(lambda body: body.xreplace(found)) if found else equation
    return (changed, _each(found)) if changed != equation else None


def _each(found: dict[sp.Expr, sp.Expr]) -> Reason:
    """The slope of each function, at the first place where it stands: f' and, behind it, f''."""
    first = {type(node): (node, value) for node, value in reversed(found.items())}
    shown = sorted(first.values(), key=lambda pair: (pair[0].order, list(found).index(pair[0])))
    text = ", ".join(f"{{{2 * n}}} = {{{2 * n + 1}}}" for n in range(len(shown)))
    return Reason(text, tuple(side for pair in shown for side in pair))


def _slope(known: Known, node: Application) -> sp.Expr:
    argument = node.args[0]
    output = _output(known.outputs, node.record.name, argument)
    return node.record.definition(node.order).xreplace({Z: argument, A: output or node.record(argument)})


def use_names(known: Known, equation: Equation) -> tuple[Equation, Reason] | None:
    """h[s,k] for (x[s,k] - u[k])/r[k], r[k] for sqrt(v[k] + eps)."""
    used: list[Equation] = []
    for definition in known.named.quotients:
        if not set(definition.names) <= set(equation.names):  # what it stands for is not there
            continue
        changed = equation.map(partial(by_name, definition))
        used += [definition] * (changed != equation)
        equation = changed
    if not used:
        return None
    about = tuple(side for e in used for side in (e.lhs, e.terms[0].body))
    said = " and ".join(f"{{{2 * n}}} = {{{2 * n + 1}}}" for n in range(len(used)))
    return equation, Reason(f"because {said}", about)


def zero_sums(known: Known, equation: Equation) -> tuple[Equation, Reason] | None:
    """Sums that the definition of a mean makes zero: sum(x[s,k] - u[k], s) = 0."""
    found = [zero_sum(known.named, term) for term in equation.terms]
    gone = [zero for zero in found if zero is not None]
    if not gone:
        return None
    terms = tuple(t for t, zero in zip(equation.terms, found, strict=True) if zero is None)
    reason = Reason("because {0} = {1}", (gone[0], sp.Integer(0)))
    return replace(equation, terms=terms or (Term(sp.Integer(0)),)), reason


def cancel_fractions(known: Known, equation: Equation) -> tuple[Equation, Reason] | None:
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
    shorter = sp.factor(sp.together(body))
    return shorter if _operations(shorter) < _operations(body) else None


def _operations(body: sp.Expr) -> int:
    """How many, but for signs: a - 1 is no shorter than 1 - a."""
    counts = sp.Add.make_args(sp.count_ops(body, visual=True))
    return sum(int(count.subs({s: int(s.name != "NEG") for s in count.free_symbols})) for count in counts)


def use_sum_facts(known: Known, equation: Equation) -> tuple[Equation, Reason] | None:
    """Declared sums, such as sum_j y[j] = 1."""
    for fact in known.sums:
        for number, term in enumerate(equation.terms):
            simpler = _with_sum_fact(fact, term)
            if simpler is not None:
                terms = (*equation.terms[:number], simpler, *equation.terms[number + 1:])
                again = use_sum_facts(known, replace(equation, terms=terms))
                changed = again[0] if again else replace(equation, terms=_merged(terms))
                return changed, Reason("because {0} = {1}", (_sum_node(fact), fact.right))
    return None


def _sum_node(fact: Fact) -> sp.Expr:
    """The declared sum as an expression that the printers know."""
    limits = [(k.symbol, k.start, k.last) for k in fact.left.summed]
    return sp.Sum(fact.left.body, *limits)


def _with_sum_fact(fact: Fact, term: Term) -> Term | None:
    place = [n for n, e in enumerate(indices_of(fact.left.body)) if e == fact.left.summed[0].symbol]
    for access in sorted(reads_of(term.body), key=shown):
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
    return (*rest, Term(sp.factor_terms(sp.Add(*(t.body for t in flat))))) if flat else rest


RULES: tuple[Rule, ...] = (
    Rule("write in terms of the output", fold_definitions),
    Rule("use the names of the values", use_names),
    Rule("sums that are zero", zero_sums),
    Rule("cancel", cancel_fractions),
    Rule("use what is known", use_sum_facts),
    Rule(SLOPES, use_slopes),
    Rule("cancel again", cancel_fractions),
)
