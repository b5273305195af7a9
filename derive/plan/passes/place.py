"""A result overwrites an operand that nothing reads later, entry by entry; what is added to a result does not."""

from __future__ import annotations

from derive.plan.record import ROWS, Apply, Plan, Ref, Statement, Value


def in_place(plan: Plan) -> Plan:
    shares = dict(plan.shares)
    last = {name: number for number, name in plan.reads()}
    last |= {arena: max(last.get(n, -1) for n in plan.names(arena)) for arena in plan.arenas}
    last |= dict.fromkeys(plan.views, len(plan.statements))  # a gradient lies there, which is read in the end
    begun = set[str]()
    for number, statement in enumerate(plan.statements):
        out, adds = plan.value(statement.out), plan.root(statement.out.name) in begun
        begun.add(plan.root(out.name))
        if adds or not isinstance(statement, Apply) or statement.each or not _is_own(plan, out):
            continue
        order = sorted(_overwritten(statement), key=lambda r: (r.name in plan.members, not plan.is_nameless(r.name)))
        for ref in order:
            if _fits(plan, ref, statement.out) and last[plan.root(ref.name)] <= number \
                    and not _apart(plan, shares, ref.name, out.name) and not _is_read_again(plan, statement, ref) \
                    and not _is_scattered(plan, shares, ref.name, out.name):
                _join(plan, shares, ref.name, out.name)
                break
    return plan.changed(shares=shares)


def _is_own(plan: Plan, out: Value) -> bool:
    """Whether it is an array that may lie anywhere."""
    return (out.role == "value" and bool(out.sizes)
            and not any(out.name in there for there in (plan.in_text, plan.seen, plan.parts)))


def _overwritten(statement: Apply) -> tuple[Ref, ...]:
    """The operands that are read entry by entry as the result is written; a choice begins with its last one."""
    return statement.of[2:] if statement.function == "np.where" else statement.of


def _fits(plan: Plan, ref: Ref, out: Ref) -> bool:
    """Whether this operand is an array of the same form that may be overwritten."""
    value, made = plan.value(ref), plan.value(out)
    turned = (ref.name in plan.flipped) != (out.name in plan.flipped)
    alike = not turned and (value.sizes, value.truth, ref.axes) == (made.sizes, made.truth, out.axes)
    return (alike and plan.values[plan.root(ref.name)].role == value.role == "value" and ref.name not in plan.in_text
            and not _is_apart(plan, ref.name) and not plan.is_parted(plan.root(ref.name)))


def _is_apart(plan: Plan, name: str) -> bool:
    """Whether it lies in other entries' midst, so that nothing else fits into its place."""
    while name in plan.seen:
        if plan.seen[name].places:
            return True
        name = plan.seen[name].of[0].name
    return False


def _is_scattered(plan: Plan, shares: dict[str, str], one: str, other: str) -> bool:
    """Whether the times of either do not follow each other in memory, which a product of all of them would need."""
    sizes, flat = plan.values[one].sizes, {name for names in plan.arenas.values() for name in names}
    return len(sizes) > 1 and sizes[0] != ROWS and any(_place(shares, name) in flat for name in (one, other))


def _is_read_again(plan: Plan, statement: Statement, ref: Ref) -> bool:
    """Whether each round of a loop over time reads the same, which was written before the loop."""
    within = statement.within
    return within is not None and within.letter not in ref.axes and all(
        s.within != within for s in plan.statements if s.out.name in plan.names(ref.name))


def _place(shares: dict[str, str], name: str) -> str:
    while name in shares:
        name = shares[name]
    return name


def _apart(plan: Plan, shares: dict[str, str], one: str, other: str) -> bool:
    """Whether both have places of their own in flat buffers."""
    return _place(shares, one) in plan.members and _place(shares, other) in plan.members


def _join(plan: Plan, shares: dict[str, str], one: str, other: str) -> None:
    """One memory, known by the name that has a place in a flat buffer, or by the later one of the equations."""
    one = _place(shares, one)
    if one == _place(shares, other):
        return  # they share it already
    if one in plan.members or plan.is_nameless(other) and not plan.is_nameless(one) and other not in plan.members:
        shares[other] = one
    else:
        shares[one] = other
