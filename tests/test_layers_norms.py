"""Normalization and dropout: the compact form of each gradient, and the numbers of PyTorch.

In the comparison each layer stands between a dense layer (or a 1 x 1 convolution), whose gradient shows what the layer
sends back, and a dense layer with random weights: no error that comes in is like another.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from derive.calculus.explain import explain
from derive.calculus.named import zero_sum
from derive.calculus.rewrite import known
from derive.codegen.comments import equation_text
from derive.evaluate import evaluate
from derive.gradcheck.emitted import load_source
from derive.ir import Term
from derive.own_notation import notation_of
from derive.pipeline import emit, read

CLOSE = {"float64": {"rtol": 1e-8, "atol": 1e-11}, "float32": {"rtol": 5e-3, "atol": 2e-4}}
COMPACT = [
    ("3-4:identity-batchnorm-2",
     "1/(m*r2[j])*(m*dC_dh2[s,j] - sum(dC_dh2[s1,j],s1) - h2[s,j]*sum(dC_dh2[s1,j]*h2[s1,j],s1))"),
    ("3-4:identity-layernorm-2",
     "1/(4*r2[s])*(4*dC_dh2[s,j] - sum(dC_dh2[s,k],k) - h2[s,j]*sum(dC_dh2[s,k]*h2[s,k],k))"),
    ("3-4:identity-rmsnorm-2",
     "1/r2[s]*(dC_da2[s,j]*g2[j] - h2[s,j]/4*sum(dC_da2[s,k]*h2[s,k]*g2[k],k))"),
]


@pytest.mark.parametrize(("line", "wanted"), COMPACT)
def test_the_gradient_comes_out_in_its_compact_form(line: str, wanted: str) -> None:
    found = explain(read(line, {}, notation_of("nielsen")).many).chain("z1").result
    assert equation_text(found).split(" = ", 1)[1] == wanted


@pytest.mark.parametrize(("line", "sums"), [("3-4:identity-batchnorm(mode=inference)-2", 0),
                                            ("3-4:identity-batchnorm(mode=fixed,mean=0.5,variance=2)-2", 0),
                                            ("3-4:identity-batchnorm-2", 2)])
def test_known_mean_and_variance_leave_one_part_of_three(line: str, sums: int) -> None:
    found = explain(read(line, {}, notation_of("nielsen")).many, ["z1", "h2"]).chain("z1").result
    assert len(found.terms) == sums + 1 and sum(bool(term.summed) for term in found.terms) == sums


def test_only_sums_that_the_equations_make_zero_go() -> None:
    forward = read("3-4-batchnorm-2", {}, notation_of("nielsen")).many
    names, (sample, axis) = known(forward).named, forward.tensor("h2").axes
    assert zero_sum(names, Term(forward.tensor("h2").at(), (sample,))) is not None
    for body, over in ((forward.tensor("h2").at() ** 2, (sample,)), (forward.tensor("a1").at(), (sample,)),
                       (forward.tensor("h2").at(), (axis,)), (forward.tensor("a2").at(), (sample,))):
        assert zero_sum(names, Term(body, over)) is None
    rng = np.random.default_rng(3)
    values = evaluate(forward, {t.name: rng.normal(size=[5 if a.kind == "sample" else int(a.size) for a in t.axes])
                                for t in forward.of_role("data", "parameter")})
    np.testing.assert_allclose(values["h2"].sum(axis=0), 0, atol=1e-12)


# -- PyTorch -----------------------------------------------------------------------------------

Layer = Callable[[Any, Any, dict[str, Any]], Any]


@dataclass(frozen=True)
class Case:
    """The line, what stands in it before the last dense layer in PyTorch, and how large its values are."""

    line: str
    layer: Layer
    batch: int
    dtype: str
    scale: float
    image: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"{self.line} b{self.batch} {self.dtype} x{self.scale}"


def drawn(draw: st.DrawFn, least: int = 1) -> tuple[int, str, float]:
    return draw(st.integers(least, 4)), draw(st.sampled_from(sorted(CLOSE))), draw(st.sampled_from([1.0, 30.0, 1e-2]))


@st.composite
def over_features(draw: st.DrawFn) -> Case:
    torch = pytest.importorskip("torch")
    F, n = torch.nn.functional, draw(st.integers(1, 5))
    kind = draw(st.sampled_from(["layernorm", "rmsnorm", "batchnorm", "dropout", "inference"]))
    eps = draw(st.sampled_from([1e-5, 0.1]))
    layers: dict[str, Layer] = {
        "layernorm": lambda a, _, p: F.layer_norm(a, (n,), p["g2"], p["b2"], eps),
        "rmsnorm": lambda a, _, p: F.rms_norm(a, (n,), p["g2"], eps),
        "batchnorm": lambda a, _, p: F.batch_norm(a, None, None, p["g2"], p["b2"], True, 0.1, eps),
        "dropout": lambda a, more, _: a * more["mask2"] / 0.8,
        "inference": lambda a, more, p: F.batch_norm(a, more["u2"], more["v2"], p["g2"], p["b2"], False, 0.1, eps),
    }
    said = {"dropout": "dropout(0.8)", "inference": f"batchnorm(eps={eps},mode=inference)"}
    line = f"3-{n}:tanh-{said.get(kind, f'{kind}(eps={eps})')}-2:identity"
    return Case(line, layers[kind], *drawn(draw, 2 if kind == "batchnorm" else 1))


@st.composite
def over_images(draw: st.DrawFn) -> Case:
    torch = pytest.importorskip("torch")
    F, groups, each = torch.nn.functional, draw(st.integers(1, 2)), draw(st.integers(1, 2))
    c, image = groups * each, (draw(st.integers(1, 3)), draw(st.integers(2, 3)))
    norms: list[tuple[str, int, Layer]] = [
        ("batchnorm", 2, lambda a, _, p: F.batch_norm(a, None, None, p["g2"], p["b2"], True)),
        (f"groupnorm({groups})", 1, lambda a, _, p: F.group_norm(a, groups, p["g2"], p["b2"])),
    ]
    said, least, layer = norms[draw(st.booleans())]
    shape = "x".join(map(str, (2, *image)))
    return Case(f"{shape}-conv({c},1):tanh-{said}-flatten-2:identity", layer, *drawn(draw, least), image)


def agree(case: Case) -> None:
    """Cost and gradients of the emitted code and of PyTorch, from the same numbers."""
    torch = pytest.importorskip("torch")
    module = load_source(emit(read(case.line, {}, notation_of("nielsen")).many, dtype=case.dtype))
    rng = np.random.default_rng(5)
    params = {name: rng.normal(size=value.shape).astype(case.dtype)
              for name, value in module.init(rng, dtype=case.dtype).items()}
    x = (case.scale * rng.normal(size=(case.batch, *((2, *case.image) if case.image else (3,))))).astype(case.dtype)
    y = rng.normal(size=(case.batch, 2)).astype(case.dtype)
    wide = len(params["b1"])
    others = {"mask2": rng.random((case.batch, wide)) < 0.8, "u2": rng.normal(size=wide), "v2": rng.random(wide)}
    taken = inspect.signature(module.cost).parameters
    others = {name: array.astype(case.dtype) for name, array in others.items() if name in taken}
    given_ = {"x": x, **others, "y": y}
    cost, grads = module.cost_and_gradients(params, **given_)

    p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    before = torch.nn.functional.conv2d if case.image else torch.nn.functional.linear
    more = {name: torch.tensor(array) for name, array in others.items()}
    a = case.layer(torch.tanh(before(torch.tensor(x), p["w1"], p["b1"])), more, p)
    last = sorted(name for name in p if name[0] == "w")[-1][1:]
    z = torch.nn.functional.linear(a.flatten(1), p[f"w{last}"], p[f"b{last}"])
    theirs = ((z - torch.tensor(y)) ** 2).sum() / (2 * case.batch)
    theirs.backward()
    np.testing.assert_allclose(cost, theirs.item(), **CLOSE[case.dtype])
    for name, value in p.items():
        assert grads[name].dtype == case.dtype
        scale = max(float(value.grad.abs().max()), 1.0)
        np.testing.assert_allclose(grads[name] / scale, value.grad.numpy() / scale, err_msg=name, **CLOSE[case.dtype])


def searching(count: int) -> Any:
    return settings(max_examples=count, deadline=None, derandomize=True, database=None,
                    phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow])


@searching(24)
@given(over_features())
def test_over_features(case: Case) -> None:
    agree(case)


@searching(10)
@given(over_images())
def test_over_images(case: Case) -> None:
    agree(case)
