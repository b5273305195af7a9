"""Convolution and pooling against PyTorch: cost and gradients over drawn shapes, strides, borders, gaps and groups.

Each layer stands between a 1 x 1 convolution, whose gradient shows what the layer sends back, and a dense layer with
random weights, so that no error that comes in is like another.
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
from derive.own_notation import notation_of
from derive.pipeline import emit, read

torch = pytest.importorskip("torch")
F = pytest.importorskip("torch.nn.functional")
CLOSE = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 2e-3, "atol": 2e-5}}
Layer = Callable[[Any, dict[str, Any]], Any]


@dataclass(frozen=True)
class Case:
    """What comes in, the layer as a line, and the same in PyTorch: of the input and the parameters (w2, b2)."""

    shape: tuple[int, ...]
    line: str
    layer: Layer
    batch: int
    dtype: str

    def __repr__(self) -> str:
        return f"{'x'.join(map(str, self.shape))}-{self.line} b{self.batch} {self.dtype}"


def by(values: tuple[int, ...]) -> str:
    return "x".join(map(str, values))


def pairs(draw: st.DrawFn, axes: int, least: int, most: int) -> tuple[int, ...]:
    return tuple(draw(st.integers(least, most)) for _ in range(axes))


def shape_for(draw: st.DrawFn, channels: int, seen: tuple[int, ...], padding: tuple[int, ...]) -> tuple[int, ...]:
    """An image in which at least one window fits, and sometimes some more, with places left over."""
    return (channels, *(max(n - 2 * p, 1) + draw(st.integers(0, 3)) for n, p in zip(seen, padding, strict=True)))


@st.composite
def convolutions(draw: st.DrawFn, axes: int) -> Case:
    groups = draw(st.sampled_from([1, 1, 2]))
    into, out = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel, stride = pairs(draw, axes, 1, 3), pairs(draw, axes, 1, 3)
    padding, dilation = pairs(draw, axes, 0, 2), pairs(draw, axes, 1, 2)
    bias = draw(st.booleans())
    seen = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    line = (f"conv{'1d' * (axes == 1)}({out},{by(kernel)},stride={by(stride)},padding={by(padding)},"
            f"dilation={by(dilation)},groups={groups}{',bias=false' * (not bias)})")
    function = F.conv2d if axes == 2 else F.conv1d

    def layer(x: Any, p: dict[str, Any]) -> Any:
        return function(x, p["w2"], p.get("b2"), stride, padding, dilation, groups)

    return Case(shape_for(draw, into, seen, padding), line + ":identity", layer, *ends(draw))


@st.composite
def transposed(draw: st.DrawFn, axes: int) -> Case:
    groups = draw(st.sampled_from([1, 1, 2]))
    into, out = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel, stride, dilation = pairs(draw, axes, 1, 3), pairs(draw, axes, 1, 3), pairs(draw, axes, 1, 2)
    padding = tuple(draw(st.integers(0, d * (k - 1) // 2)) for k, d in zip(kernel, dilation, strict=True))
    beyond = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    line = (f"convtranspose{'1d' * (axes == 1)}({out},{by(kernel)},stride={by(stride)},padding={by(padding)},"
            f"output_padding={by(beyond)},dilation={by(dilation)},groups={groups}):identity")
    function = F.conv_transpose2d if axes == 2 else F.conv_transpose1d

    def layer(x: Any, p: dict[str, Any]) -> Any:
        return function(x, p["w2"], p["b2"], stride, padding, beyond, groups, dilation)

    return Case((into, *pairs(draw, axes, 1, 3)), line, layer, *ends(draw))


@st.composite
def pools(draw: st.DrawFn, axes: int) -> Case:
    size, stride = pairs(draw, axes, 1, 3), pairs(draw, axes, 1, 3)
    padding = tuple(draw(st.integers(0, wide // 2)) for wide in size)
    kind = draw(st.sampled_from(["max", "avg"]))
    functions = {("max", 1): F.max_pool1d, ("max", 2): F.max_pool2d, ("avg", 1): F.avg_pool1d, ("avg", 2): F.avg_pool2d}

    def layer(x: Any, p: dict[str, Any]) -> Any:
        return functions[kind, axes](x, size, stride, padding)

    shape = shape_for(draw, draw(st.integers(1, 2)), size, padding)
    return Case(shape, f"{kind}pool({by(size)},stride={by(stride)},padding={by(padding)})", layer, *ends(draw))


@st.composite
def reshapes(draw: st.DrawFn) -> Case:
    """An image of a, b and c in some order and number to an axis, taken from one of another such."""
    parts = pairs(draw, 3, 1, 3)
    shape, wanted = (draw(st.sampled_from([parts, (parts[0], parts[1] * parts[2]), (parts[0] * parts[1], parts[2])]))
                     for _ in range(2))

    def layer(x: Any, p: dict[str, Any]) -> Any:
        return x.reshape(len(x), *wanted[::-1])

    return Case(shape, f"reshape({by(wanted[::-1])})", layer, *ends(draw))


@st.composite
def globals_(draw: st.DrawFn) -> Case:
    takes, axes = draw(st.sampled_from(["mean", "max"])), draw(st.integers(1, 2))

    def layer(x: Any, p: dict[str, Any]) -> Any:
        return x.flatten(2).mean(2) if takes == "mean" else x.flatten(2).amax(2)

    return Case((draw(st.integers(1, 3)), *pairs(draw, axes, 1, 4)), f"globalpool({takes})", layer, *ends(draw))


def ends(draw: st.DrawFn) -> tuple[int, str]:
    return draw(st.sampled_from([1, 3])), draw(st.sampled_from(["float64", "float32"]))


def agree(case: Case) -> None:
    """Cost and gradients of the emitted code and of PyTorch, from the same numbers."""
    first = f"conv{'1d' * (len(case.shape) == 2)}({case.shape[0]},1)"
    line = f"{by(case.shape)}-{first}:tanh-{case.line}-flatten-2:identity"
    module = load_source(emit(read(line, {}, notation_of("nielsen")).many, dtype=case.dtype))
    rng = np.random.default_rng(5)
    params = {name: rng.normal(size=value.shape).astype(case.dtype)
              for name, value in module.init(rng, dtype=case.dtype).items()}
    x = rng.normal(size=(case.batch, *case.shape)).astype(case.dtype)
    y = rng.normal(size=(case.batch, 2)).astype(case.dtype)
    cost, grads = module.cost_and_gradients(params, x, y)

    p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    before = F.conv2d if len(case.shape) == 3 else F.conv1d
    a = case.layer(torch.tanh(before(torch.tensor(x), p["w1"], p["b1"])), p)
    z = F.linear(a.flatten(1), p["w4"], p["b4"])
    theirs = ((z - torch.tensor(y)) ** 2).sum() / (2 * case.batch)
    theirs.backward()
    np.testing.assert_allclose(cost, theirs.item(), **CLOSE[case.dtype])
    for name, value in p.items():
        assert grads[name].dtype == case.dtype
        scale = float(value.grad.abs().max()) or 1.0
        np.testing.assert_allclose(grads[name] / scale, value.grad.numpy() / scale, err_msg=name, **CLOSE[case.dtype])


def searching(count: int) -> Any:
    return settings(max_examples=count, deadline=None, derandomize=True, database=None,
                    phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow])


@searching(14)
@given(convolutions(2))
def test_convolution(case: Case) -> None:
    agree(case)


@searching(6)
@given(convolutions(1))
def test_convolution_along_one_axis(case: Case) -> None:
    agree(case)


@searching(10)
@given(st.one_of(transposed(2), transposed(1)))
def test_transposed_convolution(case: Case) -> None:
    agree(case)


@searching(10)
@given(st.one_of(pools(2), pools(1)))
def test_pooling(case: Case) -> None:
    agree(case)


@searching(6)
@given(st.one_of(globals_(), reshapes()))
def test_global_pooling_and_other_shapes(case: Case) -> None:
    agree(case)
