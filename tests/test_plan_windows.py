"""Products over several axes, windows and rows in the fast code: the same numbers, and no plain lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fast_code import EXACT, QUICK, close, fast
from test_plan import plan_of

from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.plan.record import Plain
from derive.samples import over_samples
from derive.text.reader import read_equations


def said(derivation: Derivation, *cases: str) -> bool:
    """Whether the plan needs no plain line, but for those that take the one example out of its array."""
    return not any(isinstance(s, Plain) and s.out.axes == () for case in cases or ("one", "few", "many")
                   for s in plan_of(derivation, case).statements)


SIZES = {"i": 2, "j": 3, "p": 4, "q": 1, "k": 3, "n": 2}


@settings(max_examples=15, **QUICK)
@given(st.permutations(list(SIZES)), st.permutations(list(SIZES)), st.permutations(list(SIZES)), st.integers(1, 4),
       st.integers(1, 4), st.sampled_from([1, 3, 40]), st.sampled_from(list(EXACT)))
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
