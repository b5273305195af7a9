"""What a round of a loop over time reads otherwise than at its time is gathered for all times before the loop.

    for t: d[t,j] = e[4*t + j] + sum(w[q,j]*d[t+1,q], q)     becomes

    e_in_time[t,j] = e[4*t + j];     for t: d[t,j] = e_in_time[t,j] + sum(w[q,j]*d[t+1,q], q)

In: the equations of a loop. Out: equations before it, and those of the loop, which read the arrays that they write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from derive.ir import Equation, Index, Tensor, Term, reads_of, reread, shown, tensor_of
from derive.plan.record import Size

IN_TIME = "_in_time"


@dataclass
class Lifted:
    """`plain` says whether a round can read something as it stands; `tensors` are made for the rest."""

    tensors: dict[str, Tensor]
    plain: Callable[[sp.Expr, sp.Symbol, Mapping[str, Size]], bool]
    size: Callable[[sp.Expr], Size]
    ahead: list[Equation] = field(default_factory=list)
    """What is to be computed before the loop."""
    known: dict[sp.Expr, sp.Expr] = field(default_factory=dict)

    def body(self, body: Iterable[Equation], time: Index) -> list[Equation]:
        """The equations of the loop, without such reads."""
        body = [*body]
        inside = {e.target for e in body}
        return [replace(e, terms=tuple(self._term(t, e, time, inside) for t in e.terms)) for e in body]

    def _term(self, term: Term, equation: Equation, time: Index, inside: Collection[str]) -> Term:
        letters = (*sorted((time, *equation.free), key=lambda i: equation.at.index(i.symbol)), *term.summed)
        sizes = {i.name: self.size(i.size) for i in letters}
        every = reads_of(term.body)
        within = {r for access in every for i in access.args[1:] for r in reads_of(i)}
        put = {r: self._lifted(r, letters) for r in sorted(every - within, key=shown)
               if tensor_of(r) not in inside and not self.plain(r, time.symbol, sizes)}
        return term.map(lambda body: reread(body, lambda r: put.get(r, r))) if put else term

    def _lifted(self, access: sp.Expr, letters: tuple[Index, ...]) -> sp.Expr:
        """The read of an array that holds this for all times."""
        if access not in self.known:
            of, axes = self.tensors[tensor_of(access)], tuple(i for i in letters if i.symbol in access.free_symbols)
            names = (of.name + IN_TIME + (str(n) if n > 1 else "") for n in range(1, 1000))
            made = Tensor(next(n for n in names if n not in self.tensors), axes)
            self.tensors[made.name] = made
            self.ahead.append(Equation(made.name, tuple(i.symbol for i in axes), axes, (Term(access),)))
            self.known[access] = made.at()
        return self.known[access]
