"""Normalization: the compact form of each gradient. Its numbers are compared in tests/test_layers_torch.py."""

from __future__ import annotations

import numpy as np
import pytest

from derive.calculus.explain import explain
from derive.calculus.named import zero_sum
from derive.calculus.rewrite import known
from derive.codegen.comments import equation_text
from derive.evaluate import evaluate
from derive.ir import Term
from derive.own_notation import notation_of
from derive.pipeline import read

COMPACT = [
    ("3-4:identity-batchnorm-2",
     "1/(m*r2[j])*(m*dC_dh2[s,j] - sum(dC_dh2[p,j],p) - h2[s,j]*sum(dC_dh2[p,j]*h2[p,j],p))"),
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
