r"""What can be asked for beyond a gradient, each as `Second`: chains of lines that end in a formula.

    hvp            H v = R{dC/dw}            along v
    gauss-newton   G v                       the same with the Jacobian held fixed
    hessian        d^2 C / dw dw'            block by block
    jacobian       df/dx                     of the output, or of any value

In: forward equations. Out: for the last two one `Second` for each variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from derive.calculus.explain import Explanation, explain
from derive.calculus.kept import Policy
from derive.calculus.reverse import check_varies
from derive.calculus.second import Second, running
from derive.calculus.split import last_value, output_of
from derive.calculus.tangent import along, by
from derive.errors import DeriveError
from derive.ir import Derivation, dependent, needed


def hessian_product(forward: Derivation, policy: Policy = "delta") -> Second:
    """R{dC/dw} for every parameter w: the Hessian times v."""
    first = explain(forward, policy=policy)
    wanted = _gradients(first)
    return Second(first, along(first.derivation, wanted), wanted)


def gauss_newton_product(forward: Derivation, policy: Policy = "delta") -> tuple[Second, str]:
    """J^T (d^2 loss/df^2) J v, and the name of f: the value at which the loss begins."""
    split = output_of(forward)
    first = explain(forward, [*_parameters(forward), split], policy)
    inner = needed(forward.equations(), [split])
    passing = [t.name for t in first.derivation.of_role("adjoint") if t.of in inner and t.name not in forward.by_name]
    wanted = _gradients(first)
    return Second(first, along(first.derivation, wanted, passing), wanted), split


def hessian(forward: Derivation, policy: Policy = "delta", wrt: Sequence[str] = ()) -> list[Second]:
    """By each wanted tensor the gradients of it and those after it; the other blocks follow by symmetry."""
    wanted = _sized(forward, wrt or _parameters(forward), "a Hessian in full")
    first = explain(forward, wanted, policy)
    bars = {chain.tensor.of: chain.tensor.name for chain in first.chains}
    used = running(first.chains)
    later = {name: tuple(bars[other] for other in wanted[number:]) for number, name in enumerate(wanted)}
    return [Second(first, by(first.derivation, name, later[name], used), later[name]) for name in wanted]


def jacobian(forward: Derivation, wrt: Sequence[str] = (), of: str | None = None) -> list[Second]:
    """The derivatives of one value, by default of the output, by each wanted tensor, by default by the inputs."""
    value = last_value(forward) if of is None else of
    inner = needed(forward.equations(), [value])
    given = [t.name for t in forward.of_role("data") if t.name in inner]
    first = Explanation(forward, forward, (), "delta")
    for name in wrt or given:
        _check_apart(forward, name, value)
    return [Second(first, by(forward, name, [value]), (value,)) for name in _sized(forward, wrt or given, "a Jacobian")]


def _check_apart(forward: Derivation, variable: str, value: str) -> None:
    """Refuse what mixes the examples, as the mean of a batch does: there is no Jacobian of one example then."""
    if variable not in forward.by_name or not _carries(forward, variable):
        return
    between = dependent(forward.equations(), [variable]) & needed(forward.equations(), [value])
    if not all(_carries(forward, name) for name in between):
        raise DeriveError(f"'{value}' of an example depends on '{variable}' of the others",
                          do="Take the form index, which is about one example; or another value.")


def _carries(forward: Derivation, name: str) -> bool:
    return any(axis.kind == "sample" for axis in forward.tensor(name).axes)


def _gradients(first: Explanation) -> tuple[str, ...]:
    learnt = set(_parameters(first.forward))
    return tuple(chain.tensor.name for chain in first.chains if chain.tensor.of in learnt)


def _parameters(forward: Derivation) -> list[str]:
    return [t.name for t in forward.learnt]


def _sized(forward: Derivation, names: Iterable[str], what: str) -> list[str]:
    """The names, none of them a tensor over all layers: their entries would depend on each other's layer."""
    for name in names:
        if name not in forward.by_name:
            raise DeriveError(f"there is nothing called '{name}' to differentiate by")
        check_varies(forward.tensor(name))
        if any(axis.kind == "layer" for axis in forward.tensor(name).axes):
            raise DeriveError(f"{what} needs a number of layers", do="Write them out, as in 3-4-2; or take hvp.")
    return list(names)
