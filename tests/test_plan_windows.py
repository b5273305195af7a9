"""Products over several axes, windows and rows in the fast code: the same numbers, and no plain lines."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from test_fast_code import EXACT, QUICK, close, fast, many
from test_plan import plan_of

from derive.calculus.explain import explain
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.plan.measured import DEFAULT
from derive.plan.passes import PASSES
from derive.plan.record import Plain
from derive.samples import over_samples
from derive.targets.numpy import variants
from derive.text.reader import read_equations


def said(derivation: Derivation, *cases: str) -> bool:
    """Whether the plan needs no plain line, but for those that take the one example out of its array."""
    return not any(isinstance(s, Plain) and s.out.axes == () for case in cases or ("one", "few", "many")
                   for s in plan_of(derivation, case).statements)


SIZES = {"i": 2, "j": 3, "p": 4, "q": 1, "k": 3, "n": 2}


@settings(max_examples=15, **{**QUICK, "phases": [Phase.explicit, Phase.generate]})
@given(st.permutations(list(SIZES)), st.permutations(list(SIZES)), st.permutations(list(SIZES)), st.integers(1, 4),
       st.integers(1, 4), st.sampled_from([1, 3, 40]), st.sampled_from(list(EXACT)))
@example([*"kijnpq"], [*"pkjinq"], [*"jpkniq"], 3, 4, 1, "float64")
@example([*"pnikjq"], [*"qjknip"], [*"nijpqk"], 4, 3, 1, "float32")  # w[q,j,k], q = 1, of which z has none
def test_a_sum_of_products_over_any_axes(one: list[str], other: list[str], left: list[str], first: int, second: int,
                                         batch: int, dtype: str) -> None:
    """z[...] = sum(x[...]*w[...]): whatever order the letters have in x, in w and in z."""
    x, w = one[:first], other[:second]
    out = [a for a in left if a in x or a in w][:3]
    summed = [a for a in SIZES if a in (*x, *w) and a not in out]
    body = f"x[{','.join(x)}]*w[{','.join(w)}]"
    declared = ", ".join(f"{a} = {n}" for a, n in SIZES.items())
    product = f"sum({body}, {', '.join(summed)})" if summed else body
    derivation = over_samples(read_equations(f"""
index {declared}
data x[{','.join(x)}]
parameter w[{','.join(w)}]
z[{','.join(out)}] = {product}
C = sum(z[{','.join(out)}]^2, {', '.join(out)})
"""))
    assert said(derivation)
    module: Any = load_source(fast(derivation))
    rng = np.random.default_rng(first)
    params = {"w": rng.uniform(-1, 1, [SIZES[a] for a in w]).astype(dtype)}
    data = rng.uniform(-1, 1, [batch, *(SIZES[a] for a in x)]).astype(dtype)
    true, grad = module.cost_and_gradients({"w": params["w"].astype(float)}, data.astype(float))
    found, grads = module.Gradient(batch, dtype)(params, data)
    assert close(found, true, EXACT[dtype]) and close(grads["w"], grad["w"], EXACT[dtype])


# -- windows, rows and parts ---------------------------------------------------------------------------

SAID = [
    "1x8x8-conv(2,3):relu-flatten-3:softmax", "2x7x7-conv(2,3,stride=2)-maxpool(2)-conv(2,1)-flatten-2:softmax",
    "1x9x9-conv(2,2):relu-maxpool(3,stride=2)-conv(2,2)-flatten-2:softmax",
    "2x5x5-conv(2,3,padding=1)-conv(3,2,padding=1)-avgpool(2)-flatten-2:softmax",
    "2x9-conv1d(3,4):tanh-avgpool(2)-flatten-2:softmax", "4x4x4-conv(4,2,groups=2)-flatten-2:softmax",
    "2x6x6-conv(2,3)-batchnorm:relu-maxpool(2)-flatten-2:softmax",
]


@pytest.mark.parametrize("line", SAID)
def test_a_network_of_windows_needs_no_plain_line(line: str) -> None:
    assert said(many(line, cost="cross_entropy"), "many")


def same_as_plain(derivation: Derivation, batch: int, dtype: str, passes: Any = PASSES, source: str = "",
                  **how: Any) -> Any:
    """Cost and gradients of the fast class, twice, beside those of the plain functions in float64."""
    module: Any = load_source(source or fast(derivation, passes=passes))
    rng = np.random.default_rng(batch)
    params = {name: (a + 0.1 * rng.standard_normal(a.shape)).astype(dtype) for name, a in module.init(rng).items()}
    data = [rng.uniform(0, 1, [int(a.size) if a.size.is_Integer else batch for a in t.axes]).astype(dtype)
            for t in derivation.of_role("data")]
    cost, grads = module.cost_and_gradients({k: v.astype(float) for k, v in params.items()},
                                            *(d.astype(float) for d in data))
    gradient = module.Gradient(batch, dtype, **how)
    for _ in range(2):  # what one call leaves behind is nothing to the next
        found, others = gradient(params, *data)
        assert close(found, cost, EXACT[dtype])
        for name, grad in grads.items():
            assert close(others[name], grad, EXACT[dtype]), name
    return gradient


@settings(max_examples=10, **QUICK)
@given(side=st.integers(5, 9), kernel=st.integers(1, 3), stride=st.integers(1, 2), padding=st.integers(0, 1),
       pool=st.sampled_from(["maxpool(2)", "avgpool(2)", "maxpool(3,stride=1)", "conv(2,2)"]),
       batch=st.sampled_from([1, 2, 7, 60]), dtype=st.sampled_from(list(EXACT)), at=st.integers(0, len(PASSES)))
def test_windows_change_no_value(side: int, kernel: int, stride: int, padding: int, pool: str, batch: int, dtype: str,
                                 at: int) -> None:
    """With the passes up to some place among them."""
    line = f"2x{side}x{side + 1}-conv(3,{kernel},stride={stride},padding={padding}):tanh-{pool}-flatten-2:softmax"
    hypothesis.assume(side + 2 * padding >= kernel + 2 * stride)
    same_as_plain(many(line, cost="cross_entropy"), batch, dtype, PASSES[:at])


def test_what_each_round_of_a_loop_needs_alone_lies_in_one_array() -> None:
    """Equal convolutions are a loop, in less memory, and with the same numbers."""
    derivation = many("2x4x4" + 5 * "-conv(2,3,padding=1):relu" + "-flatten-2")
    small = replace(DEFAULT, scratch=1)
    sources = [variants(explain(derivation))(measured=one)
               for one in (small, replace(small, without=(("scratch", "few"), ("scratch", "many"))))]
    assert ["[layer] = memory2  # the same memory" in source for source in sources] == [True, False]
    held = [same_as_plain(derivation, batch, "float64", source=source).workspace_bytes
            for source in sources for batch in (2, 60)]
    assert held[0] < 0.9 * held[2] and held[1] < 0.9 * held[3]


@pytest.mark.parametrize("max_bytes", [1, 5_000, 10**6])
def test_parts_of_a_minibatch_of_images_add_up(max_bytes: int) -> None:
    same_as_plain(many(SAID[0], cost="cross_entropy"), 7, "float64", max_bytes=max_bytes)


def test_windows_are_copied_once_and_read_where_they_lie() -> None:
    """One copy for the product and for the gradient of the weights; maxima and overlaps one place after the other."""
    source = fast(many("1x11x11-conv(2,3):relu-maxpool(2)-conv(2,2)-flatten-2:softmax", cost="cross_entropy"))
    few = source[source.index("def _few("):source.index("def _many(")]
    assert few.count("x_patches[...] = x_windows\n") == 1 and "a4 = a3.reshape(rows, 18)\n" in few
    assert "[a1[:, :, u:u + 7:2, v:v + 7:2] for u in range(2) for v in range(2)]" in few
    assert "[dC_da2[:, :, u:u + 3, v:v + 3] for u in range(2) for v in range(2)]" in few
    assert "for there, part in zip(dC_da2_windows_parts," in few


def test_images_are_taken_in_parts_that_stay_in_the_cache() -> None:
    """Of one size but for the last, unless all are few; not where the weights are many."""
    derivation = many("1x20x20-conv(8,3):relu-flatten-2:softmax", cost="cross_entropy")
    gradient = same_as_plain(derivation, 71, "float32")
    assert gradient.workspace_bytes < 4_000_000
    bound = 7 * gradient.workspace_bytes // 10  # enough for a part, not for the last one of another size beside it
    assert gradient.flat.nbytes < same_as_plain(derivation, 71, "float32", max_bytes=bound).workspace_bytes <= bound
    source = fast(derivation)
    assert "rows = -(-batch // -(-batch // tile))  # parts of one size" in source
    assert "tile = " not in fast(many("1x20x20-conv(8,3):relu-flatten-60-2:softmax", cost="cross_entropy"))


SEEN = {
    "a gradient that another value is a view of": """
        data x[n: 6], y[j: 2, k: 3]
        parameter b[n: 6], w[j: 2, k: 3]
        z[n] = x[n]^2 + b[n]
        f[j,k] = z[3*j + k] + w[j,k]
        C = 1/2*sum((tanh(f[j,k]) - y[j,k])^2, j, k)
        """,
    "equal values in two orders, each in a product that wants its own": """
        index j = 2, k = 3, p = 4, i = 5
        data x[j,k,p], y[i,k]
        parameter w[i,j,p], v[i,k,p]
        z[j,k,p] = tanh(x[j,k,p])
        u[k,j,p] = tanh(x[j,k,p])
        q[i,k] = sum(u[k,j,p]*w[i,j,p], j, p)
        r[i,j] = sum(z[j,k,p]*v[i,k,p], k, p)
        C = 1/2*sum((q[i,k] - y[i,k])^2, i, k) + sum(r[i,j]^2, i, j)
        """,
    "the greater of a number and 0, and of it and 1: only the first has the slope 1 exactly where it is above 0": """
        data x[k: 3], y[j: 2]
        parameter w[j: 2, k: 3]
        z[j] = sum(w[j,k]*x[k], k)
        a[j] = max(z[j], 0)
        b[j] = max(z[j], 1)
        C = sum((a[j] - y[j])^2, j) + sum((b[j] + y[j])^2, j)
        """,
    "two states of one loop, of which one waits for the other, with something between them": """
        time t = 1..4
        index i = 2, j = 2
        data x[t: 1..4, k: 3], y[j]
        parameter u[j,k: 3], v[j,i], w[j,i]
        g[0,j] = 0
        h[0,j] = 0
        for t:
            g[t,j] = tanh(sum(u[j,k]*x[t,k], k) + sum(v[j,i]*g[t-1,i], i))
            p[t,j] = g[t,j]^2
            h[t,j] = tanh(p[t,j] + sum(w[j,i]*h[t-1,i], i))
        C = sum((h[4,j] - y[j])^2, j)
        """,
}


@pytest.mark.parametrize("equations", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("batch", [1, 3])
def test_what_is_seen_in_two_ways(equations: str, batch: int) -> None:
    same_as_plain(over_samples(read_equations(dedent(equations))), batch, "float64")


@pytest.mark.parametrize("line", ["seq(4x2)-rnn(3,gives=all)-2:softmax", "seq(4x2)-3-2:softmax"])
def test_the_sums_of_a_softmax_at_every_time_keep_their_order(line: str) -> None:
    same_as_plain(many(line, cost="cross_entropy"), 3, "float64")
