"""Analysis: counted lengths against formulas really written out; gradients that fade; bounds of slopes."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from derive.analysis.effort import effort, effort_text
from derive.analysis.expanded import Size, expanded_size, shared_size
from derive.analysis.flow import flow_table, gradient_flow
from derive.analysis.plot import flow_picture, flow_png
from derive.analysis.slopes import slope_bound
from derive.api import derive
from derive.calculus.reverse import reverse
from derive.diagrams import svg
from derive.errors import DeriveError
from derive.functions.record import activations
from derive.ir import Derivation, Equation, indices_of, reads_of, tensor_of
from derive.summary import operations
from derive.text import read_equations, write_expression


def one(arch: str, **choices: Any) -> Derivation:
    return derive(arch, **choices).model.one


# -- the length of an expanded formula -----------------------------------------------------


class WrittenOut:
    """The formula of one entry as text, by substitution alone: what `expanded_size` must not do."""

    def __init__(self, full: Derivation) -> None:
        self.full = full
        self.seed = next(e.target for e in full.equations() if e.origin == "seed")

    def entry(self, name: str, at: tuple[int, ...]) -> tuple[str, int]:
        """(text, paths)"""
        found = [pair for e in self.full.equations() if e.target == name for pair in self.summands(e, at)]
        return " + ".join(text for text, _ in found), sum(paths for _, paths in found)

    def summands(self, equation: Equation, at: tuple[int, ...]) -> list[tuple[str, int]]:
        pairs = []
        for term in equation.terms:
            indices = (*equation.free, *term.summed)
            for values in product(*(range(int(i.size)) for i in indices)):
                put = {i.symbol: sp.Integer(v) for i, v in zip(indices, values, strict=True)}
                if tuple(int(e.xreplace(put)) for e in equation.at) == at:
                    pairs.append(self.body(term.body, put))
        return pairs

    def body(self, body: sp.Expr, put: dict[sp.Basic, sp.Basic]) -> tuple[str, int]:
        body = body.xreplace({sp.Symbol(self.seed): sp.Integer(1)})
        marks = {r: sp.Symbol(f"Q{n}Q") for n, r in enumerate(sorted(reads_of(body), key=str))}
        text, paths = write_expression(body.xreplace(marks)), 1
        for access, mark in marks.items():
            at = tuple(int(e.xreplace(put)) for e in indices_of(access))
            tensor = self.full.tensor(tensor_of(access))
            if tensor.role in ("data", "parameter", "constant"):
                inner = tensor.name + (f"[{','.join(str(i + 1) for i in at)}]" if at else "")
            else:
                inner, ways = self.entry(tensor.name, at)
                inner, paths = f"({inner})", ways if tensor.role == "adjoint" else paths
            text = text.replace(mark.name, inner)
        return text, paths


def steps(text: str) -> int:
    """The operations that a text says: signs between things, and names of functions."""
    bare = re.sub(r"\[[\d,]*\]", "", text)
    return len(re.findall(r"[-+*/^]", bare)) + len(re.findall(r"(?:sigmoid|relu|tanh|log|exp|step)'*\(", bare))


@pytest.mark.parametrize(("arch", "choices", "weight", "entry"), [
    ("1-1", {}, "w1", (0, 0)), ("1-1-1", {}, "w1", (0, 0)), ("2-3-2", {}, "w1", (2, 1)), ("2-3-2", {}, "w2", (1, 2)),
    ("2-3-2", {}, "b1", (1,)), ("2-2-2-2", {}, "w1", (0, 0)), ("12-2-11", {}, "w1", (1, 10)),
    ("2-2:tanh-2", {}, "w1", (0, 1)),
    ("2-2-3:softmax", {"cost": "cross_entropy"}, "w1", (0, 0)), ("2-2-2", {"regularize": "l2"}, "w1", (1, 0)),
])
def test_the_counted_length_is_that_of_the_formula(arch: str, choices: dict[str, Any], weight: str,
                                                   entry: tuple[int, ...]) -> None:
    derivation = one(arch, **choices)
    text, paths = WrittenOut(reverse(derivation, [weight])).entry(f"dC_d{weight}", entry)
    size = expanded_size(derivation, weight, entry)
    assert (size.characters, size.paths) == (len(text), paths)
    if arch in ("1-1", "2-3-2", "2-2-2-2", "12-2-11", "1-1-1") and not choices:
        assert size.operations == steps(text)


@pytest.mark.parametrize(("arch", "weight", "paths"), [
    ("784-16-16-10", "w1", 160), ("784-16-16-10", "w3", 1), ("3-4-5-6", "w2", 6), ("-".join(["20"] * 13), "w1", 20**11),
])
def test_paths_are_the_product_of_the_widths_behind(arch: str, weight: str, paths: int) -> None:
    assert expanded_size(one(arch), weight, (0, 0)).paths == paths


def test_without_expanding_it_says_how_long() -> None:
    derivation = one("784-16-16-10")
    assert expanded_size(derivation, "w1", (2, 4)) == Size(160, 129_116_434, 1_237_199_092)
    assert shared_size(derivation, "w1")[0] == 39_524


def test_a_length_needs_numbers() -> None:
    with pytest.raises(DeriveError, match="not a number"):
        expanded_size(one("n0-n1-n2"), "w1", (0, 0))


def test_a_formula_without_layers() -> None:
    size = expanded_size(read_equations("parameter a, b\nc = a + b\nd = b + 1\ne = c*d\n"), "b")
    assert size.paths == 2


# -- effort --------------------------------------------------------------------------------


def test_the_effort_of_the_video_network() -> None:
    derivation = one("784-16-16-10")
    counts = effort(derivation)
    assert counts.parameters == 13002
    assert counts.differences == 2 * 13002 * operations(derivation)
    assert 1 < float(counts.times) < 5
    assert "13,002" in effort_text(counts) and "times fewer" in effort_text(counts)


def test_the_effort_of_widths_by_letters() -> None:
    assert "n0*n1 + n1*n2 + n1 + n2" in effort_text(effort(one("n0-n1-n2")))
    assert "differences        2*(3*n + 11)*(6*n + 30)\n" in effort_text(effort(one("n-3-2")))


# -- slopes and their product --------------------------------------------------------------


@pytest.mark.parametrize(("name", "bound"), [
    ("sigmoid", sp.Rational(1, 4)), ("tanh", 1), ("relu", 1), ("identity", 1), ("leaky_relu", 1),
])
def test_bounds_that_are_exact(name: str, bound: sp.Expr) -> None:
    found = slope_bound(activations()[name])
    assert found.exact and found.value == bound


@pytest.mark.parametrize("name", sorted(r.name for r in {id(r): r for r in activations().values()}.values()))
def test_no_slope_exceeds_its_bound(name: str) -> None:
    from derive.analysis.slopes import slopes_at

    record = activations()[name]
    slopes = np.abs(slopes_at(record, np.random.default_rng(1).normal(0, 3, 2000)))
    assert slopes.max() <= float(slope_bound(record).value) + 1e-9


@pytest.mark.parametrize("arch", ["8-6-6-6-4", "n0-...-nL", "8-6:relu-4:softmax"])
def test_the_flow_has_a_row_for_each_layer(arch: str) -> None:
    network = derive(arch)
    flow = gradient_flow(network.model.many, network.numpy(), seed=1)
    assert [layer.number for layer in flow.layers] == list(range(1, {"8-6-6-6-4": 5, "n0-...-nL": 4}.get(arch, 3)))
    assert all(layer.gradient > 0 for layer in flow.layers)
    assert svg(flow_picture(flow)).count("<circle") == 2 * len(flow.layers)


def test_a_png_of_the_flow() -> None:
    pytest.importorskip("matplotlib")
    network = derive("3-2-2")
    assert flow_png(gradient_flow(network.model.many, network.numpy())).startswith(b"\x89PNG")


def test_sigmoids_let_the_gradient_vanish() -> None:
    network = derive("10-" + "-".join(["10"] * 6))
    flow = gradient_flow(network.model.many, network.numpy())
    gradients = [layer.gradient for layer in flow.layers]
    assert gradients == sorted(gradients) and gradients[0] < 1e-2 * gradients[-1]
    assert flow.product(1) == sp.Rational(1, 4) ** 5 and flow.product(6) == 1
    assert "|sigmoid'| is at most 1/4" in flow_table(flow)


def test_the_gradient_of_one_example_does_not_depend_on_how_they_are_added_up() -> None:
    mean, total = (derive("4-3-2", reduce=how) for how in ("mean", "sum"))
    flows = [gradient_flow(n.model.many, n.numpy(), seed=3) for n in (mean, total)]
    assert [y.gradient for y in flows[0].layers] == pytest.approx([y.gradient for y in flows[1].layers])
