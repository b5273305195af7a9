"""Where a network ends and its loss begins: the value at which Gauss and Newton split the cost.

    C = loss(f(w)),   G = J^T (d^2 loss / df^2) J,   J = df/dw

It is the earliest value that everything learnt passes through and by which dC/df is linear: the output a of
a quadratic cost, and z where the activation matches the loss (softmax and cross-entropy: dC/dz = a - y).
Source: Schraudolph, Fast curvature matrix-vector products for second-order gradient descent, 2002.
"""

from __future__ import annotations

from derive.calculus.explain import explain
from derive.calculus.reverse import local_derivative
from derive.errors import DeriveError
from derive.ir import Derivation, Equation, dependent, tensor_of, walk


def output_of(forward: Derivation) -> str:
    """The name of the value at which the loss begins."""
    slopes = {name: explain(forward, [name]).chain(name).result for name in _passed(forward)}
    found = [name for name in slopes if _linear(forward, slopes[name])]
    found += [name for name in reversed(slopes) if _has_entries(forward, name)]
    if not found or _in_a_loop(forward, found[0]):
        raise DeriveError("where the network ends and its loss begins is not plain",
                          do="Write the network with a number of layers, and a cost that reads one value of it, "
                             "one that no later step reads.")
    return found[0]


def last_value(forward: Derivation) -> str:
    """The output: the last value with entries that everything learnt passes through."""
    passed = _passed(forward)
    found = [name for name in reversed(passed) if _has_entries(forward, name)] or passed[::-1]
    if not found:
        raise DeriveError("which value is the output is not plain", do="Name it.")
    return found[0]


def _in_a_loop(forward: Derivation, name: str) -> bool:
    """Whether a layer or a step of it may be made of the one before."""
    return any(loops and equation.target == name for equation, loops in walk(forward.statements))


def _has_entries(forward: Derivation, name: str) -> bool:
    """Whether it is more than one number for each example."""
    return any(axis.kind != "sample" for axis in forward.tensor(name).axes)


def _passed(forward: Derivation) -> list[str]:
    """The values through which everything learnt reaches the cost, in order."""
    fed = dependent(forward.equations(), [t.name for t in forward.of_role("data")])
    targets = [name for name in dict.fromkeys(e.target for e in forward.equations()) if name in fed]
    return [name for name in targets if name != forward.cost and _passes_all(forward, name, fed)]


def _passes_all(forward: Derivation, name: str, fed: set[str]) -> bool:
    """Whether what is learnt meets the data and reaches the cost through this value alone."""
    learnt = [t.name for t in forward.learnt]
    around = [e for e in forward.equations() if e.target != name and e.target in fed]
    return forward.cost not in dependent(around, learnt)


def _linear(forward: Derivation, slope: Equation) -> bool:
    """Whether a gradient is a sum of values times numbers and data: a - y, but not (a - y) f'(z)."""
    given = {t.name for t in forward.of_role("data", "constant")}
    moving = [(t.body, r) for t in slope.terms for r in Equation("", (), (), (t,)).reads() if tensor_of(r) not in given]
    changes = {tensor_of(again) for body, read in moving
               for again in Equation("", (), (), slope.terms).reads() if local_derivative(
                   local_derivative(body, read), again) != 0}
    return bool(moving) and not changes - given and all(tensor_of(r) in forward.by_name for _, r in moving)
