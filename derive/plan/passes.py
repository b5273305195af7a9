"""The optimisations, each a step from plan to plan that changes no value, with its name and its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from derive.plan.record import Apply, Contract, Plain, Plan, Reduce, Ref, Statement


@dataclass(frozen=True)
class Pass:
    """`change` gives a plan of the same values; a plan that it leaves alone does not name it."""

    name: str
    reason: str
    change: Callable[[Plan], Plan]

    def run(self, plan: Plan) -> Plan:
        found = self.change(plan)
        return plan if found == plan else found.changed(applied=(*found.applied, self.name))


# -- the same value is computed once -------------------------------------------------------------


def _key(statement: Statement, same: dict[str, str]) -> tuple[object, ...] | None:
    """What a statement computes, apart from names and letters."""
    if isinstance(statement, Plain):
        return None
    letters = {a: str(n) for n, a in enumerate(dict.fromkeys(
        [*statement.out.axes, *(a for ref in statement.args for a in ref.axes)]))}
    of = tuple((same.get(r.name, r.name), tuple(letters[a] for a in r.axes)) for r in statement.args)
    return (type(statement), getattr(statement, "function", ""), len(statement.out.axes), of)


def shared(plan: Plan) -> Plan:
    seen: dict[tuple[object, ...], str] = {}
    same: dict[str, str] = {}
    kept: list[Statement] = []
    for statement in plan.statements:
        statement = _reading(statement, same)
        key = _key(statement, same)
        value = plan.value(statement.out)
        known = seen.get(key) if key is not None else None
        if known is not None and value.role == "value" and plan.values[known].role == "value" \
                and not _is_read_as_text(plan, statement.out.name):
            same[statement.out.name] = known
            continue
        if key is not None:
            seen[key] = statement.out.name
        kept.append(statement)
    return plan.changed(statements=tuple(kept))


def _reading(statement: Statement, names: dict[str, str]) -> Statement:
    of = tuple(Ref(names.get(r.name, r.name), r.axes) for r in statement.args)
    return replace(statement, of=of) if statement.args != of and not isinstance(statement, Plain) else statement


def _is_read_as_text(plan: Plan, name: str) -> bool:
    return any(isinstance(s, Plain) and any(r.name == name for r in s.args) for s in plan.statements)


# -- a slope from the output ---------------------------------------------------------------------


def from_outputs(plan: Plan) -> Plan:
    """max(z, 0) > 0 exactly where z > 0."""
    outputs = {}
    for s in plan.statements:
        if isinstance(s, Apply) and s.function == "np.maximum" and any(_is_zero(plan, r) for r in s.of):
            outputs[next(r.name for r in s.of if not _is_zero(plan, r))] = s.out.name
    changed = tuple(_reading(s, outputs) if isinstance(s, Apply) and s.function == "np.greater"
                    and _is_zero(plan, s.of[1]) else s for s in plan.statements)
    return plan.changed(statements=changed)


def _is_zero(plan: Plan, ref: Ref) -> bool:
    return plan.value(ref).amount == 0


# -- results where an operand was ----------------------------------------------------------------


def in_place(plan: Plan) -> Plan:
    """A result overwrites an operand that nothing reads later."""
    shares = dict(plan.shares)
    last = {name: number for number, name in plan.reads()}
    pinned = {r.name for s in plan.statements if isinstance(s, Plain) for r in (*s.args, s.out)}
    for number, statement in enumerate(plan.statements):
        out = plan.value(statement.out)
        if not isinstance(statement, Apply) or out.role != "value" or not out.sizes or out.name in pinned \
                or not statement.function.startswith("np."):
            continue
        for ref in sorted(statement.of, key=lambda r: not plan.is_nameless(r.name)):
            value = plan.value(ref)
            if value.role == "value" and value.sizes == out.sizes and ref.axes == statement.out.axes \
                    and value.truth == out.truth and last[ref.name] == number and ref.name not in pinned:
                _join(plan, shares, ref.name, out.name)
                break
    return plan.changed(shares=shares)


def _join(plan: Plan, shares: dict[str, str], one: str, other: str) -> None:
    """One memory, known by the later name that is no number."""
    while one in shares:
        one = shares[one]
    if plan.is_nameless(other) and not plan.is_nameless(one):
        shares[other] = one
    else:
        shares[one] = other


PASSES: tuple[Pass, ...] = (
    Pass("shared", "a value that two equations need is computed once", shared),
    Pass("from outputs", "a slope that can be read off the output needs no input", from_outputs),
    Pass("in place", "a result overwrites an operand that nothing reads again", in_place),
)
