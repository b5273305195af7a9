"""Layers over every step of a sequence in the fast code: attention, norms, dense layers as statements of the plan."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from test_fast_code import EXACT, close, fast, many
from test_plan import plan_of
from test_plan_windows import said

from derive.calculus.explain import explain
from derive.gradcheck.emitted import load_source
from derive.plan.measured import DEFAULT
from derive.plan.record import Apply
from derive.targets.numpy import variants

BLOCK = "seq(6x8)-transformer(2,wider=2)"
DENSE = "seq(16x128)-layernorm-64:tanh-48:tanh-64"


@cache
def made(line: str) -> tuple[str, Any]:
    """The text of the fast code, and its module."""
    source = fast(many(line))
    return source, load_source(source)


def agrees(line: str, batch: int, dtype: str, module: Any = None, queries: float = 1, **how: Any) -> None:
    """Cost and gradients of the fast class beside those of the plain functions in float64; `queries` times as large."""
    module = module or made(line)[1]
    rng = np.random.default_rng(batch)
    params = {n: (a + 0.2 * rng.standard_normal(a.shape)).astype(dtype) for n, a in module.init(rng).items()}
    params |= {"w_q1": params["w_q1"] * params["w_q1"].dtype.type(queries)} if "w_q1" in params else {}
    x, y = (rng.standard_normal(shape).astype(dtype) for shape in module._shapes(batch))
    exact = {n: a.astype(float) for n, a in params.items()}
    cost, grads = module.cost_and_gradients(exact, x.astype(float), y.astype(float))
    found, gradients = module.Gradient(batch, dtype, **how)(params, x, y)
    largest = max(float(np.abs(g).max()) for g in grads.values())  # the bias of keys has the gradient 0
    assert close(found, cost, EXACT[dtype])
    for name, g in grads.items():
        off = float(np.abs(gradients[name] - g).max())
        assert off <= EXACT[dtype] * max(float(np.abs(g).max()), 0.1 * largest), name


@pytest.mark.parametrize("line", [BLOCK, "seq(3x4)-attention(2,mask=causal)-1", "seq(3x4)-layernorm-2"])
def test_no_line_is_left_plain(line: str) -> None:
    assert said(many(line)) and "def _in_parts(" in made(line)[0]


@pytest.mark.parametrize("dtype", list(EXACT))
@pytest.mark.parametrize("batch", [1, 2, 40])
def test_a_block_of_a_transformer(batch: int, dtype: str) -> None:
    agrees(BLOCK, batch, dtype)


@pytest.mark.parametrize("dtype", list(EXACT))
@pytest.mark.parametrize("line", ["seq(16x8)-attention(2)-1", "seq(16x8)-attention(2,mask=causal)-1"])
@pytest.mark.parametrize("queries", [0.1, 30])
def test_scores_that_lie_close_together_and_scores_that_do_not(line: str, dtype: str, queries: float) -> None:
    """30 times the queries: some rows of scores lie more than a thousand below others, where exp of them is 0."""
    agrees(line, 3, dtype, queries=queries)


def test_a_minibatch_in_parts() -> None:
    agrees(BLOCK, 7, "float64", max_bytes=40_000)


@pytest.mark.parametrize("dtype", list(EXACT))
def test_all_steps_of_all_examples_are_the_rows_of_one_product(dtype: str) -> None:
    """Axes that are merged are cut into blocks like any other; how many examples are few counts all steps."""
    source, _ = made(DENSE)
    assert " = _grid(rows * 16, 64, 48, dtype)" in source and "_one if m == 1 else _many" in source
    assert [s for s in plan_of(many(DENSE), "many").statements if getattr(s, "blocks", "")]
    agrees(DENSE, 7, dtype)


@pytest.mark.parametrize("dtype", list(EXACT))
def test_memory_serves_again(dtype: str) -> None:
    """Whatever is large: here one number is."""
    derivation, small = many(BLOCK), replace(DEFAULT, scratch=1)
    sources = [variants(explain(derivation))(measured=one) for one in (small, DEFAULT)]
    held = [load_source(source).Gradient(5, dtype).workspace_bytes for source in sources]
    assert held[0] < 0.7 * held[1]
    agrees(BLOCK, 5, dtype, load_source(sources[0]))


def test_heads_lie_beside_each_other() -> None:
    """q[s,h,t,i] as (s,t,h,i): one product gives all heads of all steps, and one their gradient."""
    plan = plan_of(many(BLOCK), "many")
    assert [plan.values[name].sizes for name in ("q1", "dC_dv1", "p1")] == [
        ("rows", 6, 2, 4), ("rows", 6, 2, 4), ("rows", 2, 6, 6)]
    assert not [s for s in plan.statements if isinstance(s, Apply) and s.function == "np.positive"]
