r"""Second derivatives, and Jacobians, as chains of lines: every equation of a gradient, differentiated again.

    dC/dw[j,k] = dC/dz[j] * x[k]     gives     R{dC/dw[j,k]} = R{dC/dz[j]} * x[k]   (the Hessian times v)

In: the explanation of a gradient, and `Tangents` of its equations. Out: the same kind of chains, one for each
derivative that keeps a name; what is short (the derivative of a = f(z), say) is put into whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from derive.calculus.explain import Chain, Explanation, Line
from derive.calculus.inline import inline
from derive.calculus.pull import settled
from derive.calculus.rewrite import RULES, Known, Reason, known
from derive.calculus.tangent import ZERO, Tangents
from derive.ir import Derivation, Equation, Statement, needed, rewritten, shown, tensor_of


@dataclass(frozen=True)
class Second:
    """The derivatives `tangents` of the forward equations and, behind them, of a gradient."""

    first: Explanation
    tangents: Tangents
    wanted: tuple[str, ...]
    """The tensors whose derivatives are asked for."""

    @cached_property
    def derivation(self) -> Derivation:
        """Everything with a name."""
        full = self.first.derivation
        return replace(full, tensors=(*full.tensors, *self.tangents.tensors))

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """Forward, then the gradient, with f' as it stands: its derivative is f''."""
        return (*self.first.forward.equations(), *(chain.textbook.result for chain in self.first.chains))

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """Forward, then backward, those that the wanted ones need."""
        every = [Chain(self.derivation.tensor(lines[-1].equation.target), lines)
                 for equation in self.equations if (lines := self.lines(equation))]
        live = needed([chain.result for chain in every], {self.tangents.of[name] for name in self.wanted
                                                           if name in self.tangents.of})
        return tuple(chain for chain in every if chain.tensor.name in live)

    def lines(self, equation: Equation) -> tuple[Line, ...]:
        """How the derivative of one equation comes about; none where it is put into its readers."""
        raw = self.tangents.equation(equation)
        if raw is None or raw.target in self._away:
            return ()
        made = settled(inline(raw, self._away))
        lines = [Line(made, "local derivatives", self._reason(equation, made))]
        whole = None if self._backward(equation) else self.tangents.chain_rule(equation)
        if whole is not None and whole != made:
            lines[:] = [Line(settled(inline(whole, self._away_chained)), "chain rule", Reason("the chain rule")),
                        Line(made, "local derivatives", Reason("each derivative worked out"))]
        for rule in RULES:
            result = rule.apply(self._known, lines[-1].equation)
            if result is not None:
                lines.append(Line(_without_zeros(result[0]), rule.name, result[1]))
        return tuple(lines)

    def statements(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        """The same for code: the last lines, in the order and the loops of the statements."""
        return rewritten(statements, lambda e: [line.equation for line in self.lines(e)[-1:]])

    def _backward(self, equation: Equation) -> bool:
        return self.derivation.tensor(equation.target).role == "adjoint"

    def _reason(self, equation: Equation, made: Equation) -> Reason:
        if {tensor_of(r) for r in equation.reads()} & self.tangents.passing:
            return Reason("only what is passed back changes")
        return Reason("each factor in turn" if len(made.terms) > 1 else "")

    @cached_property
    def _known(self) -> Known:
        return known(self.first.forward)

    @cached_property
    def _away(self) -> dict[str, Equation]:
        """Derivatives without a name: of inner values (e and s of a softmax) and, by a variable, short ones."""
        made: dict[str, list[tuple[Equation, Equation]]] = {}
        for equation in self.equations:
            raw = self.tangents.equation(equation)
            if raw is not None:
                made.setdefault(raw.target, []).append((equation, raw))
        kept = {self.tangents.of.get(name) for name in self.wanted}
        return {name: pairs[0][1] for name, pairs in made.items()
                if len(pairs) == 1 and name not in kept and _at_every_place(pairs[0][1]) and self._short(*pairs[0])}

    @cached_property
    def _away_chained(self) -> dict[str, Equation]:
        """The same by the chain rule, no derivative worked out."""
        chained = (self.tangents.chain_rule(equation) for equation in self.first.forward.equations())
        return self._away | {one.target: one for one in chained if one is not None and one.target in self._away}

    def _short(self, equation: Equation, raw: Equation) -> bool:
        if any(equation is other and self._inner(number) for number, other in enumerate(self.equations)):
            return True
        return bool(self.tangents.by) and len(raw.terms) == 1 and not raw.terms[0].summed

    def _inner(self, number: int) -> bool:
        """Whether a later line of the same fragment follows."""
        mine = self.equations[number]
        return bool(mine.part) and any((e.part, e.origin) == (mine.part, mine.origin) and e.target != mine.target
                                       for e in self.equations[number + 1:])


def _at_every_place(equation: Equation) -> bool:
    """Whether the left side is x[j,k], so that it says what stands at any place; z[4*j + k] says it of some."""
    return sorted(map(shown, equation.at)) == sorted(index.name for index in equation.free)


def running(chains: Iterable[Chain]) -> set[str]:
    """The names of the indices that gradients run over."""
    equations = [line.equation for chain in chains for line in chain.lines]
    return {k.name for e in equations for k in (*e.free, *(k for t in e.terms for k in t.summed))}


def _without_zeros(equation: Equation) -> Equation:
    """Without the terms of f'' = 0, as that of relu."""
    return replace(equation, terms=tuple(t for t in equation.terms if t.body != 0) or (ZERO,))
