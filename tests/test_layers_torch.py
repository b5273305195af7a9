"""Every layer with every one of its options against PyTorch: cost and gradients, in both styles and both dtypes.

Shapes, options, batches (of one, too), how large the values are (30: activations in front and gates are saturated) and
the style are drawn. In front of each input stands a layer whose gradient shows what the layer sends back; what comes
back to it is (a - y)/m with y at random, so no upstream gradient is like another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.model.layer import Layer, layers
from derive.own_notation import notation_of
from derive.pipeline import emit, equations
from derive.spec import load

torch = pytest.importorskip("torch")
from torch_layers import USES, Use  # noqa: E402

CLOSE = {"float64": (1e-8, 1e-12), "float32": (2e-3, 1e-5)}
TWICE = {"float64": (1e-7, 1e-11), "float32": (5e-3, 1e-4)}
"""Of the largest entry of a gradient, and of the cost: what cancels has the digits of what it is made of."""
RECORDS = {record.name: record for record in layers().values()}
EXAMPLES = {"conv": 12, "convtranspose": 8, "maxpool": 8, "avgpool": 8, "conv1d": 6, "attention": 7,
            "batchnorm": 12, "dense": 3, "add": 3, "flatten": 3}
USUAL = 5


@dataclass(frozen=True)
class Case:
    """A use of a layer, and at which numbers."""

    text: str
    use: Use
    batch: int
    dtype: str
    style: str
    scale: float
    seed: int

    def __repr__(self) -> str:
        return f"{self.text} b{self.batch} {self.dtype} {self.style} x{self.scale} seed {self.seed}"


@st.composite
def cases(draw: st.DrawFn, record: Layer) -> Case:
    said = {a.name: draw(st.sampled_from(a.words)) for a in record.arguments if a.kind == "word"}
    said |= {a.name: draw(st.booleans()) for a in record.arguments if a.kind == "flag"}
    use = USES[record.name](draw, said)
    arguments = said | use.sized
    assert set(arguments) == {argument.name for argument in record.arguments}
    if record.biases:
        arguments["bias"] = draw(st.booleans())
    return Case(graph(record, use, arguments), use, draw(st.sampled_from([1, 3] if use.least == 1 else [2, 4])),
                draw(st.sampled_from(sorted(CLOSE))), draw(st.sampled_from(["plain", "plain", "fast"])),
                draw(st.sampled_from([1.0, 30.0, 0.03])), draw(st.integers(0, 99)))


def graph(record: Layer, use: Use, arguments: dict[str, Any]) -> str:
    """The layer behind a layer for each input, as TOML."""
    named = dict(zip("xv", use.inputs, strict=False))
    listed = ", ".join(f'{name} = "{comes}"' for name, comes in named.items())
    rows = [f'{{layer = "{comes.front}", name = "a{name}", inputs = ["{name}"]}}'
            for name, comes in named.items() if comes.front]
    read = ", ".join(f'"a{name}"' if comes.front else f'"{name}"' for name, comes in named.items())
    said = ", ".join(f"{name}={str(value).lower()}" for name, value in arguments.items())
    bracketed = f"{record.name}({said})" if said else record.name
    rows.append(f'{{layer = "{bracketed}{":identity" * record.activated}", inputs = [{read}]}}')
    return f"[network]\ninputs = {{{listed}}}\nlayers = [{', '.join(rows)}]\n"


def fronted(x: Any, w: Any, b: Any) -> Any:
    """The same in PyTorch: along the last axis, or along the channels."""
    if w.ndim == 2:
        return torch.tanh(x @ w.T + b)
    return torch.tanh(torch.einsum("oc,sc...->so...", w.flatten(1), x) + b.reshape(-1, *(1,) * (w.ndim - 2)))


def arrays(case: Case, many: Derivation, names: list[str], number: int) -> dict[str, Any]:
    """What is fed, by name: the inputs, and data of the layer with this number."""
    rng, given = np.random.default_rng(case.seed), case.use.given
    fed = {name: case.scale * array if array.dtype == float else array
           for name, comes in zip(names, case.use.inputs, strict=False) for array in [comes.drawn(rng, case.batch)]}
    for name in names[len(fed):]:
        letter = name.removesuffix(str(number))
        fed[name] = given[letter](rng, case.batch) if letter in given else rng.standard_normal(
            (case.batch, *(int(axis.size) for axis in many.tensor(name).axes[1:])))
    return {name: typed(array, case.dtype) for name, array in fed.items()}


def theirs(case: Case, params: dict[str, Any], fed: dict[str, Any], number: int) -> tuple[Any, dict[str, Any]]:
    """What the layer gives in PyTorch, in double precision from the same numbers; and the parameters there."""
    p = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in params.items()}
    data = {name: torch.tensor(value, dtype=torch.int64 if value.dtype.kind == "i" else torch.float64)
            for name, value in fed.items()}
    own = {name.removesuffix(str(number)): value for name, value in (p | data).items() if name.endswith(str(number))}
    read = [fronted(x, p[f"w{n}"], p[f"b{n}"]) if comes.front else x
            for n, (comes, x) in enumerate(zip(case.use.inputs, data.values(), strict=False), 1)]
    return case.use.formula(read, own), p


def compared(case: Case, **how: str) -> tuple[Any, dict[str, Any], list[Any], dict[str, Any], Any]:
    """The emitted module, the parameters and the data; the parameters and the cost in PyTorch."""
    many = equations(load(case.text), notation_of("nielsen")).many
    module: Any = load_source(emit(many, **how))
    rng, number = np.random.default_rng(case.seed), sum(bool(comes.front) for comes in case.use.inputs) + 1
    params = {name: typed(case.scale ** 0.5 * rng.standard_normal(np.shape(value)), case.dtype)
              for name, value in module.init(rng).items()}
    fed = arrays(case, many, [t.name for t in many.of_role("data") if t.name != "y"], number)
    out, p = theirs(case, params, fed, number)
    y = typed(rng.standard_normal(out.shape), case.dtype)
    return module, params, [*fed.values(), y], p, ((out - torch.tensor(y, dtype=torch.float64)) ** 2).sum() / (
        2 * case.batch)


def close(found: dict[str, Any], exact: dict[str, Any], dtype: str, cost: float, limits: tuple[float, float]) -> None:
    relative, rounding = limits
    assert set(found) == set(exact)
    for name, value in exact.items():
        assert found[name].dtype == dtype and found[name].shape == value.shape
        np.testing.assert_allclose(found[name], value, rtol=0, err_msg=name,
                                   atol=relative * np.abs(value).max() + rounding * cost)


def agree(case: Case) -> None:
    """Cost and gradients of the emitted code and of PyTorch."""
    module, params, data, p, wanted = compared(case, style=case.style)
    wanted.backward()
    work = module.Gradient(case.batch, case.dtype) if case.style == "fast" else module.cost_and_gradients
    cost, grads = work(params, *data)
    assert abs(cost - wanted.item()) <= CLOSE[case.dtype][0] * wanted.item()
    close(grads, {name: value.grad.numpy() for name, value in p.items()}, case.dtype, wanted.item(), CLOSE[case.dtype])


def agree_twice(case: Case) -> None:
    """The Hessian times a direction, which PyTorch finds by differentiating its gradients."""
    module, params, data, p, wanted = compared(case, second="hvp")
    rng = np.random.default_rng(case.seed)
    v = {name: typed(rng.standard_normal(value.shape), case.dtype) for name, value in params.items()}
    grads = torch.autograd.grad(wanted, list(p.values()), create_graph=True)
    along = sum((grad * torch.tensor(v[name])).sum() for name, grad in zip(p, grads, strict=True))
    exact = torch.autograd.grad(along, list(p.values()), materialize_grads=True)
    close(module.hessian_vector_product(params, v, *data),
          {name: value.numpy() for name, value in zip(p, exact, strict=True)}, case.dtype, wanted.item(),
          TWICE[case.dtype])


def typed(array: Any, dtype: str) -> Any:
    """In the dtype of the case, but for whole numbers."""
    made = np.asarray(array)
    return made if made.dtype.kind == "i" else made.astype(dtype)


def test_every_layer_has_its_formula() -> None:
    assert set(USES) == set(RECORDS)


def searched(check: Callable[[Case], None], name: str, count: int) -> None:
    @settings(max_examples=count, deadline=None, derandomize=True, database=None,
              phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow])
    @given(cases(RECORDS[name]))
    def drawn(case: Case) -> None:
        check(case)

    drawn()


@pytest.mark.parametrize("name", sorted(USES))
def test_a_layer_is_that_of_pytorch(name: str) -> None:
    searched(agree, name, EXAMPLES.get(name, USUAL))


@pytest.mark.parametrize("name", ["attention", "batchnorm", "conv", "convtranspose1d", "embedding", "gru", "layernorm",
                                  "lstm", "maxpool", "rnn"])
def test_second_derivatives_are_those_of_pytorch(name: str) -> None:
    searched(agree_twice, name, 3)
