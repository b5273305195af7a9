"""Attention against PyTorch's modules, a decoder among them (its formulas: tests/test_layers_torch.py); extremes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.gradcheck.emitted import load_source
from derive.own_notation import notation_of
from derive.pipeline import emit, equations
from derive.spec import load

torch = pytest.importorskip("torch")
F = pytest.importorskip("torch.nn.functional")
CLOSE = {"float64": {"rtol": 1e-8, "atol": 1e-11}, "float32": {"rtol": 2e-3, "atol": 2e-5}}
HIDDEN = -1e6


@cache
def module(line: str, style: str) -> Any:
    return load_source(emit(equations(load(line), notation_of("nielsen")).many, style=style))


def compared(line: str, batch: int, dtype: str, scale: float, model: Any, data: tuple[Any, ...] = ()) -> None:
    """Cost and gradients of both styles with those of `model(x, params, *data)`; a dense layer makes errors differ."""
    rng = np.random.default_rng(7)
    steps, width = (int(n) for n in line[line.index("(") + 1:line.index(")")].split("x"))
    x = scale * rng.standard_normal((batch, steps, width)).astype(dtype)
    y = rng.standard_normal((batch, steps, 3)).astype(dtype)
    plain, fast = module(line, "plain"), module(line, "fast")
    params = plain.init(rng, np.dtype(dtype))
    cost, grads = plain.cost_and_gradients(params, x, *data, y)
    assert all(g.dtype == dtype for g in grads.values()) and np.isfinite(cost)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    last = max(int(name[1:]) for name in params if name[0] == "w" and name[1:].isdigit())
    out = model(torch.tensor(x), tensors, *map(torch.tensor, data)) @ tensors[f"w{last}"].T + tensors[f"b{last}"]
    theirs = ((out - torch.tensor(y)) ** 2).sum() / (2 * batch)
    theirs.backward()
    for found in (grads, fast.Gradient(batch, dtype)(params, x, *data, y)[1]):
        for name, tensor in tensors.items():
            assert np.allclose(found[name], tensor.grad.numpy(), **CLOSE[dtype]), name
    assert np.allclose(cost, theirs.item(), **CLOSE[dtype])


def causal(steps: int, dtype: Any) -> Any:
    return torch.full((steps, steps), -torch.inf, dtype=dtype).triu(1)


def test_attention_is_that_of_the_module_of_pytorch() -> None:
    def model(x: Any, p: dict[str, Any]) -> Any:
        inside = torch.cat([p[f"w_{letter}1"].reshape(4, 4) for letter in "qkv"])
        return F.multi_head_attention_forward(
            x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1), 4, 2, inside, None, None, None, False, 0.0,
            p["w_o1"].reshape(4, 4), None)[0].transpose(0, 1)

    compared("seq(3x4)-attention(2)-3:identity", 2, "float64", 1.0, model)


DECODER = """
[network]
inputs = {{x = "seq({T}x4)", u = "seq({R}x4)"}}
layers = [{{layer = "attention(2,mask=causal)", inputs = ["x"], name = "s"}},
          {{layer = "add", inputs = ["x", "s"]}}, {{layer = "layernorm", name = "n"}},
          {{layer = "crossattention(2,mask={mask})", inputs = ["n", "u"], name = "c"}},
          {{layer = "add", inputs = ["n", "c"]}}, {{layer = "layernorm", name = "o"}},
          {{layer = "5:relu"}}, {{layer = "4:identity", name = "f"}},
          {{layer = "add", inputs = ["o", "f"]}}, "layernorm"]
"""


@settings(max_examples=5, deadline=None)
@given(st.sampled_from([((2, 3), "data"), ((3, 1), "none")]), st.integers(1, 3),
       st.sampled_from(["float64", "float32"]))
def test_a_decoder_is_that_of_pytorch(form: tuple[tuple[int, int], str], batch: int, dtype: str) -> None:
    """Its steps read themselves, then the other sequence, then two dense layers; each behind a sum, then normalized."""
    ((steps, others), mask), rng = form, np.random.default_rng(3)
    made = module(DECODER.format(T=steps, R=others, mask=mask), "plain")
    params = {name: rng.standard_normal(value.shape).astype(dtype) for name, value in made.init(rng).items()}
    x, u, y = (rng.standard_normal((batch, n, 4)).astype(dtype) for n in (steps, others, steps))
    hidden = np.where(rng.random((batch, steps, others)) < 0.4, HIDDEN, 0).astype(dtype)
    hidden[:, :, 0] = 0
    cost, grads = made.cost_and_gradients(params, x, u, *([hidden] if mask == "data" else []), y)
    theirs = torch.nn.TransformerDecoderLayer(4, 2, 5, 0.0, batch_first=True, bias=True).to(getattr(torch, dtype))
    with torch.no_grad():
        for name, value in theirs.named_parameters():
            value.copy_(torch.from_numpy(np.zeros(value.shape) if name not in (own := decoder(params)) else own[name]))
    added = torch.from_numpy(np.repeat(hidden, 2, axis=0)) if mask == "data" else None
    out = theirs(torch.from_numpy(x), torch.from_numpy(u), causal(steps, getattr(torch, dtype)), added)
    loss = ((out - torch.from_numpy(y)) ** 2).sum() / (2 * batch)
    loss.backward()
    assert np.allclose(cost, loss.item(), **CLOSE[dtype])
    found = {name: value.grad.numpy() for name, value in theirs.named_parameters()}
    for name, value in decoder(grads).items():
        scale = max(1.0, np.abs(found[name]).max())
        assert value.dtype == dtype and np.allclose(value / scale, found[name] / scale, **CLOSE[dtype]), name


def decoder(ours: dict[str, Any]) -> dict[str, Any]:
    """Our arrays under PyTorch's names."""
    own = {f"{kind}.{which}": value for kind, n in (("self_attn", 1), ("multihead_attn", 4)) for which, value in (
        ("in_proj_weight", np.concatenate([ours[f"w_{letter}{n}"].reshape(4, 4) for letter in "qkv"])),
        ("out_proj.weight", ours[f"w_o{n}"].reshape(4, 4)))}
    own |= {f"norm{k}.{which}": ours[f"{letter}{n}"] for k, n in ((1, 3), (2, 6), (3, 10))
            for which, letter in (("weight", "g"), ("bias", "b"))}
    return own | {f"linear{k}.{which}": ours[f"{letter}{n}"] for k, n in ((1, 7), (2, 8))
                  for which, letter in (("weight", "w"), ("bias", "b"))}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_scores_of_a_million_and_rows_without_anything_to_read_give_numbers(dtype: str) -> None:
    made = module("seq(3x2)-attention(mask=data)-3:identity", "plain")
    rng = np.random.default_rng(0)
    params = made.init(rng, np.dtype(dtype))
    x = (1000 * rng.standard_normal((2, 3, 2))).astype(dtype)
    mask = np.full((2, 3, 3), HIDDEN, dtype)
    cost, grads = made.cost_and_gradients(params, x, mask, np.zeros((2, 3, 3), dtype))
    assert np.isfinite(cost) and all(np.isfinite(g).all() for g in grads.values())


def test_positions_are_the_sines_and_cosines_of_the_paper() -> None:
    made = module("seq(3x4)-position-2:identity", "plain")
    params = {"w2": np.eye(4)[:2], "b2": np.zeros(2)}
    out = made.predict(params, np.zeros((1, 3, 4)))[0]
    assert np.allclose(out, [[np.sin(t), np.cos(t)] for t in range(3)])
