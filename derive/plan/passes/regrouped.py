"""A sum of products is taken along the shorter axis, where the sum along the longer one is there already.

    dp[t,r] = sum(d[t,i]*v[r,i], i);  c[t,i] = sum(p[t,r]*v[r,i], r);  u[t] = sum(dp[t,r]*p[t,r], r)
    becomes    u[t] = sum(d[t,i]*c[t,i], i)

That of a softmax whose probabilities weigh values: attention. Source: T. Dao and others, FlashAttention, 2022, eq. (4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import permutations

from derive.plan.record import Apply, Contract, Plan, Ref, Statement


def regrouped(plan: Plan) -> Plan:
    """Each product of two arrays that is only there to be summed, as one of smaller arrays."""
    statements, values = list(plan.statements), dict(plan.values)
    sums = dict[str, Contract]()
    for n, (made, total) in enumerate(zip(plan.statements, plan.statements[1:], strict=False)):
        if isinstance(made, Contract) and len(made.of) == 2 and _is_whole(plan, made):
            sums |= {made.out.name: made, _weighed(*made.of): made}
        found = next(_shorter(plan, made, total, sums), None) if _is_summed(plan, made, total) else None
        if found is None:
            continue
        inner, out = Ref(made.out.name, found[1].axes), total.out
        axes = tuple(a for a in inner.axes if a in out.axes)
        order = [out.axes.index(a) for a in axes]
        statements[n:n + 2] = made.changed(out=inner, of=found), total.changed(out=out, of=(inner,))
        statements = [s.changed(out=_laid(s.out, out, order), of=tuple(_laid(r, out, order) for r in s.of))
                      for s in statements]
        values[inner.name] = replace(values[inner.name], sizes=plan.value(found[1]).sizes)
        values[out.name] = replace(values[out.name], sizes=tuple(plan.value(out).sizes[k] for k in order))
    return plan.changed(statements=tuple(statements), values=values)


def _laid(ref: Ref, of: Ref, order: list[int]) -> Ref:
    """The axes of a value as its array has them now."""
    return Ref(ref.name, tuple(ref.axes[k] for k in order)) if ref.name == of.name else ref


def _is_whole(plan: Plan, s: Statement) -> bool:
    """Whether it makes the whole of a value, once, in no loop."""
    return s.within is None and plan.is_own(s.out.name)


def _is_summed(plan: Plan, made: Statement, total: Statement) -> bool:
    """Whether a product is made of two arrays and summed at once, and nothing else reads it."""
    return isinstance(made, Apply) and made.function == "np.multiply" and isinstance(total, Contract) \
        and total.of == (made.out,) and {r.axes for r in made.of} == {made.out.axes} \
        and _is_whole(plan, made) and _is_whole(plan, total) and plan.is_nameless(total.out.name) \
        and sum(name == made.out.name for _, name in plan.reads()) == 1


def _weighed(one: Ref, other: Ref) -> str:
    """What a sum of the products of these two is found by."""
    return " ".join(sorted((one.name, other.name)))


def _shorter(plan: Plan, made: Statement, total: Statement, sums: dict[str, Contract]) -> Iterator[tuple[Ref, Ref]]:
    """d and c of sum(d*c, i), where the product is p*dp, dp = sum(d*v, i) and c = sum(p*v, r)."""
    gone = {a for a in made.out.axes if a not in total.out.axes}
    for dp, p in permutations(made.of):
        if dp.name not in sums:
            continue
        inner = sums[dp.name]
        names = dict(zip(inner.out.axes, dp.axes, strict=True))
        names |= {a: f"{a}'" for r in inner.of for a in r.axes if a not in names}
        for d, v in permutations(Ref(r.name, tuple(names[a] for a in r.axes)) for r in inner.of):
            outer = sums.get(_weighed(p, v))
            c = _sum_of(outer, p, v, gone) if outer and not gone & {*d.axes} else None
            if c and {*d.axes} <= {*c.axes} == ({*d.axes, *v.axes, *total.out.axes} - gone) \
                    and plan.value(c).each < plan.value(made.out).each:
                yield d, c


def _sum_of(outer: Contract, p: Ref, v: Ref, gone: Collection[str]) -> Ref | None:
    """The result of a statement in the letters of p and v, if it is their sum along the axes that are to go."""
    for one, other in permutations(outer.of):
        if (one.name, other.name) != (p.name, v.name):
            continue
        pairs = {*zip((*one.axes, *other.axes), (*p.axes, *v.axes), strict=True)}
        names = dict(pairs)
        if len(names) == len(pairs) == len({*names.values()}) and gone == {*names.values()} - {
                names[a] for a in outer.out.axes}:
            return Ref(outer.out.name, tuple(names[a] for a in outer.out.axes))
    return None
