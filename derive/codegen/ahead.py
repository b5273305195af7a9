"""What a loop over time need not wait for: products with the inputs are taken for all times at once.

    for t: z[t] = x[t] @ u.T + h[t-1] @ w.T + b     becomes     z = x @ u.T;  for t: z[t] += h[t-1] @ w.T + b

In: the statements of a forward pass. Out: the same values; only sums over an index are worth moving (b, added to all
times at once, would make another array of them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import sympy as sp

from derive.ir import Equation, Loop, Statement, Tensor, Term, equations_of, reads_of, tensor_of


def ahead(statements: Sequence[Statement], tensors: Mapping[str, Tensor]) -> Iterator[Statement]:
    """Before each loop over time the products that read nothing that the loop writes."""
    for statement in statements:
        if not isinstance(statement, Loop) or statement.index.kind != "time":
            yield statement
            continue
        inside = {e.target for e in equations_of((statement,))}
        body: list[Statement] = []
        for line in statement.body:
            parts = _parted(line, statement, inside, tensors) if isinstance(line, Equation) else None
            if parts is not None:
                yield parts[0]
            body.append(line if parts is None else parts[1])
        yield replace(statement, body=tuple(body))


def _parted(line: Equation, loop: Loop, inside: set[str],
            tensors: Mapping[str, Tensor]) -> tuple[Equation, Equation] | None:
    """The part for all times at once, and what is added at each; None where there are no two such parts."""
    free = (loop.index, *line.free)
    axes = {i.symbol: i for i in free}
    whole = [(a.size, a.start) for a in tensors[line.target].axes] == \
        [(axes[e].size, axes[e].start) if e in axes else None for e in line.at]
    if line.op != "=" or not whole or any(t.where or t.by != "sum" for t in line.terms):
        return None
    now = tuple(t for t in line.terms if t.summed and not _reads(t) & inside)
    then = tuple(t for t in line.terms if t not in now)
    every: set[sp.Basic] = set().union(*(t.body.free_symbols for t in now))
    if not then or not axes.keys() <= every:
        return None
    order = tuple(axes[e] for e in line.at)
    return replace(line, free=order, terms=now), replace(line, terms=then, op="+=")


def _reads(term: Term) -> set[str]:
    return {tensor_of(r) for r in reads_of(term.body)}
