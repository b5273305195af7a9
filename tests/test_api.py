"""The Python interface."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import derive
from derive import Dense, DeriveError, Network
from derive.ir import index_symbol, read


@pytest.fixture(scope="module")
def net() -> derive.Backprop:
    return Network("3-4-2").derive()


def test_a_gradient_is_its_lines(net: derive.Backprop) -> None:
    found = net.gradient("w", layer=2)
    assert found.lines == ["dC_dw2[j, k] = dC_dz2[j]*Partial(z2[j], w2[j, k])", "dC_dw2[j, k] = a1[k]*dC_dz2[j]"]
    j, k = index_symbol("j"), index_symbol("k")
    assert found.formula == read("a1", k) * read("dC_dz2", j)
    assert str(found) == "\n".join(found.lines)


def test_a_sum_stands_in_the_formula(net: derive.Backprop) -> None:
    assert net.gradient("x").formula.has(sp.Sum)


@pytest.mark.parametrize(("name", "layer"), [("w", 3), ("v", None), ("C", None)])
def test_what_is_not_there(net: derive.Backprop, name: str, layer: int | None) -> None:
    with pytest.raises(DeriveError, match="nothing called"):
        net.gradient(name, layer)


def test_the_module_runs(net: derive.Backprop) -> None:
    module = net.numpy()
    params = module.init(np.random.default_rng(0))
    cost, grads = module.cost_and_gradients(params, np.ones((5, 3)), np.zeros((5, 2)))
    assert cost > 0 and {n: g.shape for n, g in grads.items()} == {n: p.shape for n, p in params.items()}
    assert all(row.right for row in net.gradcheck())


def test_notebooks_show_latex(net: derive.Backprop) -> None:
    """Formulas in $$ and prose as Markdown: what MathJax in a notebook can set."""
    one = net.gradient("w", 2)._repr_latex_()
    assert one.startswith("$$") and one.endswith("$$") and one.count(r"\begin{aligned}") <= 2
    assert r"\frac{\partial C}{\partial w^2_{jk}}" in one and "tabular" not in net._repr_latex_()
    assert net._repr_markdown_().startswith("# ") and "| --" in net._repr_markdown_().replace(":", "-")


def test_the_notation_settles_what_is_left_open() -> None:
    assert r"\tfrac12" in Network("2-1").derive("nielsen").latex()
    assert r"\tfrac12" not in Network("2-1").derive("nielsen").latex(notation="3b1b")


def test_layers_one_by_one_equal_the_line() -> None:
    stages = Network(3, Dense(4, "tanh"), Dense(2)).derive()
    line = derive.derive("3-4:tanh-2")
    assert stages.code() == line.code()


def test_equations_and_choices() -> None:
    typed = derive.derive(derive.read_equations("parameter a, b\nc = a + b\nd = b + 1\ne = c*d"))
    assert typed.gradient("b").lines[-1] == "de_db = c + d"
    with pytest.raises(DeriveError, match="text"):
        derive.derive(Network("2-1"), cost="quadratic")
    with pytest.raises(DeriveError, match=r"\[3, 4\] is no architecture"):
        derive.derive([3, 4])  # type: ignore[arg-type]


def test_one_name_needs_no_list(net: derive.Backprop) -> None:
    assert net.latex(wrt="w2") == net.latex(wrt=["w2"]) != net.latex()
