r"""What an array of typed equations is for, told from the equations: what it weighs, goes into, or is made of.

    mu[j] = sum(u[j,k]*x[k], k) + b[j]    u: weighs x_k in \mu_j    b: added in \mu_j    \mu: weighted sum of x_k
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy as sp

from derive.ir import Equation, Tensor, Term, reads_of, tensor_of
from derive.latex.names import Names

MOST = 3
"""So many arrays are named; of more, these and dots."""


def use(names: Names, tensor: Tensor) -> str:
    """What a given array does, for its first uses: "weighs x in mu"."""
    readers = [e for e in _forward(names) if tensor.name in map(tensor_of, e.reads())]
    if not readers:
        return ""
    if tensor.role != "parameter":
        return f"goes into {_listed(names, [e.target for e in readers])}"
    own = [next(t for t in e.terms if tensor.name in map(tensor_of, reads_of(t.body))) for e in readers]
    parameters = [t.name for t in names.derivation.of_role("parameter")]
    weighed = [_weighed(tensor, term, parameters) for term in own]
    said = _listed(names, [e.target for e in readers])
    if all(term.body in reads_of(term.body) for term in own):
        return f"added in {said}"
    return f"weighs {_listed(names, weighed)} in {said}" if all(weighed) else f"goes into {said}"


def made_of(names: Names, tensor: Tensor) -> str:
    """What a value is made of: a weighted sum of inputs, or all that its equation reads."""
    equation = names.derivation.defining(tensor.name)[0][0]
    learnt = names.derivation.of_role("parameter")
    parameters = {t.name for t in learnt}
    every = [name for term in equation.terms for name in _ordered(term)]
    reads = [name for name in every if name not in parameters] or every
    linear = [term for term in equation.terms if any(_weighed(one, term, parameters) for one in learnt)]
    rest = [term for term in equation.terms if term not in linear]
    weighted = linear and all(term.body in reads_of(term.body) and tensor_of(term.body) in parameters for term in rest)
    if not reads or any(names.derivation.tensor(name).of is not None for name in reads):
        return ""
    said = _listed(names, reads)
    if not weighted:
        return f"made of {said}"
    return f"weighted sum of {said}" if any(term.summed for term in linear) else f"{said}, weighed"


def _forward(names: Names) -> Iterable[Equation]:
    """The equations of the pass forward."""
    return (e for e in names.derivation.equations() if names.derivation.tensor(e.target).of is None)


def _weighed(tensor: Tensor, term: Term, parameters: Iterable[str] = ()) -> str:
    """The x of sum_k w[j,k]*x[k], where the term is such a product with the array."""
    factors = sp.Mul.make_args(term.body)
    if len(factors) != 2 or any(f not in reads_of(f) for f in factors):
        return ""
    first, second = sorted(map(tensor_of, factors), key=lambda name: name != tensor.name)
    return second if first == tensor.name and second not in parameters else ""


def _ordered(term: Term) -> list[str]:
    return [tensor_of(r) for r in sorted(reads_of(term.body), key=str)]


def _listed(names: Names, arrays: Sequence[str]) -> str:
    """x, y and z; of many the first with dots."""
    once = [f"${names.read(names.derivation.tensor(name).at())}$" for name in dict.fromkeys(arrays)]
    if len(once) > MOST:
        return ", ".join([*once[:MOST], r"$\dots$"])
    return " and ".join([", ".join(once[:-1]), once[-1]] if once[1:] else once)
