r"""Named errors multiplied by the number of examples, as Ng's dZ = m dJ/dZ.

    dC/dZ = 1/m (A - Y) f'(Z),   dC/dW = dC/dZ A^T     becomes     dZ = (A - Y) f'(Z),   dW = 1/m dZ A^T

In: an explanation of a minibatch. Out: the same lines, in which a read of an adjoint over examples
stands for m times the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from derive.calculus.explain import Explanation
from derive.ir import Derivation, Equation, reads_of, tensor_of
from derive.samples import sample_index


def in_scale(explanation: Explanation, scale: str) -> Explanation:
    """The explanation in errors times `scale`: "1", or "m" for the number of examples."""
    sample = sample_index(explanation.forward)
    if sample is None or scale == "1":
        return explanation
    size = sample.size

    def change(equation: Equation) -> Equation:
        return scaled(equation, explanation.derivation, size)

    chains = tuple(replace(chain, lines=tuple(replace(line, equation=change(line.equation)) for line in chain.lines))
                   for chain in explanation.chains)
    return replace(explanation, chains=chains)


def scaled(equation: Equation, derivation: Derivation, size: sp.Expr) -> Equation:
    """The equation for `size` times the adjoints over examples."""
    change = _reader(derivation, size)
    factor = size if has_error(derivation, equation.target) else sp.Integer(1)
    return equation.map(lambda body: _times(factor, change(body)))


def has_error(derivation: Derivation, name: str) -> bool:
    """Whether a tensor is an adjoint with a row for each example."""
    tensor = derivation.tensor(name)
    tensor = derivation.tensor(tensor.of or "") if tensor.role == "tangent" else tensor
    return tensor.role == "adjoint" and any(axis.kind == "sample" for axis in tensor.axes)


def _reader(derivation: Derivation, size: sp.Expr) -> Callable[[sp.Expr], sp.Expr]:
    def change(body: sp.Expr) -> sp.Expr:
        return body.xreplace({r: r / size for r in reads_of(body) if has_error(derivation, tensor_of(r))})

    return change


def _times(factor: sp.Expr, body: sp.Expr) -> sp.Expr:
    """factor * body, term by term, so that m cancels 1/m."""
    return sp.Add(*(factor * term for term in sp.Add.make_args(body)))
