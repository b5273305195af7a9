"""Pictures: what is drawn, both printers, and that what a user typed stays text."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any
from xml.etree import ElementTree

import pytest
from models import MODELS

from derive.api import derive
from derive.diagrams import Picture, graph_picture, network_picture, read_entry, svg, tikz
from derive.diagrams.layered import arrange
from derive.diagrams.picture import Row
from derive.diagrams.typeset import typeset
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.notation import notation, notations
from derive.text import read_equations

COLAH = "parameter a, b\nc = a + b\nd = b + 1\ne = c*d\n"
NIELSEN = notation("nielsen")


def one(arch: str, **choices: Any) -> Derivation:
    return derive(arch, **choices).model.one


PICTURES = {
    "chain": lambda n: network_picture(one("1-1-1-1"), n),
    "one weight": lambda n: network_picture(one("3-4-2"), n, "w[1][1,2]"),
    "wide": lambda n: network_picture(one("784-16-16-10"), n),
    "deep": lambda n: network_picture(one("-".join(["20"] * 13)), n, "w[6][1,2]"),
    "general": lambda n: network_picture(one("n0-...-nL"), n),
    "widths by letters": lambda n: network_picture(one("n0-n1-n2:softmax"), n),
    "softmax": lambda n: network_picture(one("4-5:relu-3:softmax", cost="cross_entropy"), n),
    "graph of a chain": lambda n: graph_picture(one("1-1-1-1"), n),
    "graph of softmax": lambda n: graph_picture(one("4-5:relu-3:softmax", cost="cross_entropy"), n),
    "graph of a loop": lambda n: graph_picture(one("n0-...-nL"), n),
    "graph of a deep network": lambda n: graph_picture(one("-".join(["20"] * 13)), n),
    "graph of a penalty": lambda n: graph_picture(one("3-4-2", regularize="l2"), n),
    "colah": lambda n: graph_picture(read_equations(COLAH), n, {"a": 2.0, "b": 1.0}),
}


def labels(picture: Picture) -> list[str]:
    rows = [row for node in picture.nodes for row in node.rows] + [row for edge in picture.edges for row in edge.labels]
    return [row.latex for row in rows]


@pytest.mark.parametrize("name", PICTURES)
def test_the_svg_is_well_formed_and_has_every_label(name: str) -> None:
    picture = PICTURES[name](NIELSEN)
    root = ElementTree.fromstring(svg(picture))
    groups = [e.get("aria-label") for e in root.iter("{http://www.w3.org/2000/svg}g")]
    assert sorted(str(g) for g in groups) == sorted(labels(picture))
    texts = [e.text or "" for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts and not [t for t in texts if "\\" in t or "{" in t]


@pytest.mark.parametrize("name", PICTURES)
def test_everything_lies_inside_the_frame(name: str) -> None:
    root = ElementTree.fromstring(svg(PICTURES[name](NIELSEN)))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 < float(text.get("x", 0)) < width and 0 < float(text.get("y", 0)) < height


@pytest.mark.parametrize("name", sorted(notations()))
def test_every_notation_has_pictures(name: str) -> None:
    style = notation(name)
    for arch in ("1-1-1", "3-4-2"):
        assert tikz(network_picture(one(arch), style)).startswith(r"\begin{tikzpicture}")
        assert svg(graph_picture(one(arch), style)).startswith("<svg")


def test_one_layout_has_as_many_circles_in_both_printers() -> None:
    picture = PICTURES["wide"](NIELSEN)
    circles = sum(node.shape == "circle" for node in picture.nodes)
    assert circles == 8 + 8 + 8 + 10 + 1
    assert tikz(picture).count("circle[radius") == circles == svg(picture).count("<circle")


def test_a_wide_layer_says_its_width() -> None:
    assert {r"784\text{ neurons}", r"\vdots", "x_{784}", r"16 \times 784"} <= set(labels(PICTURES["wide"](NIELSEN)))


def test_the_paths_of_a_weight() -> None:
    picture = network_picture(one("3-4-2"), NIELSEN, "w[1][3,2]")
    followed = {(e.start, e.end) for e in picture.edges if e.tone == "path"}
    assert followed == {("0.1", "1.2"), ("1.2", "2.0"), ("1.2", "2.1"), ("2.0", "cost"), ("2.1", "cost")}
    assert "w^1_{3,2}" in labels(picture)


def test_an_elided_neuron_is_drawn_when_its_weight_is_followed() -> None:
    picture = network_picture(one("784-16-16-10"), NIELSEN, "w[1][7,300]")
    assert {"x_{300}", "a^1_7", "w^1_{7,300}"} <= set(labels(picture))


@pytest.mark.parametrize(("text", "says"), [
    ("w[1][5,1]", "outside"), ("w[1][0,1]", "outside"), ("w[9][1,1]", "no parameter"), ("x[1]", "no parameter"),
    ("w[1][1]", "indices"), ("</svg>", "not one weight"), ("b[1][1]", "not the weight of a layer"),
])
def test_a_weight_that_is_not_there(text: str, says: str) -> None:
    with pytest.raises(DeriveError, match=says):
        network_picture(one("3-4-2"), NIELSEN, text)


def test_entries_as_people_write_them() -> None:
    derivation = one("3-4-2")
    assert read_entry("w[1][3,2]", derivation, NIELSEN) == read_entry(" w1[3, 2]", derivation, NIELSEN)
    assert read_entry("w[1][3,2]", derivation, NIELSEN).at == (2, 1)
    assert read_entry("b[2][1]", derivation, NIELSEN).at == (0,)


RESIDUAL = """
data x[k: 3], y[j: 3]
parameter w1[j: 3, k: 3], w2[j: 3, k: 3]
z1[j] = sum(w1[j,k]*x[k], k)
a1[j] = tanh(z1[j])
z2[j] = sum(w2[j,k]*a1[k], k)
h[j] = z2[j] + x[j]
C = sum((h[j] - y[j])^2, j)
"""


@pytest.mark.parametrize(("source", "says"), [
    (COLAH, "not those of dense layers"), (RESIDUAL, "'x' is read past"), (dedent(MODELS["recurrent"][0]), "not those"),
])
def test_what_columns_of_neurons_cannot_show(source: str, says: str) -> None:
    with pytest.raises(DeriveError, match=says):
        network_picture(read_equations(source), NIELSEN)


@pytest.mark.parametrize("arch", ["3-4-batchnorm-2", "2x4x4-conv(3,2)-flatten-2", "seq(3x4)-attention-flatten-2"])
def test_layers_that_are_not_dense_are_no_columns_of_neurons(arch: str) -> None:
    with pytest.raises(DeriveError, match="not those of dense layers"):
        network_picture(one(arch), NIELSEN)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_a_graph(name: str) -> None:
    picture = graph_picture(read_equations(dedent(MODELS[name][0])), NIELSEN)
    ElementTree.fromstring(svg(picture))
    computed = {e.target for e in read_equations(dedent(MODELS[name][0])).equations()}
    assert computed <= {node.name for node in picture.nodes}


# -- the graph -----------------------------------------------------------------------------


def test_colahs_numbers() -> None:
    picture = PICTURES["colah"](NIELSEN)
    rows = {node.name: [(row.latex, row.tone) for row in node.rows] for node in picture.nodes if node.name}
    assert rows == {name: [(name, "plain"), (value, "forward"), (slope, "backward")] for name, value, slope in
                    (("a", "2", "2"), ("b", "1", "5"), ("c", "3", "2"), ("d", "2", "3"), ("e", "6", "1"))}
    assert r"\frac{\partial e}{\partial c} = d = 2" in labels(picture)


def test_local_derivatives_on_the_edges() -> None:
    picture = graph_picture(one("3-4-2"), NIELSEN)
    found = {(edge.start, edge.end): edge.labels[0].latex.split(" = ")[1] for edge in picture.edges}
    assert found["w2", "z2"] == "a^1_k" and found["a1", "z2"] == "w^2_{jk}" and found["b2", "z2"] == "1"
    assert found["z1", "a1"] == r"\sigma'(z^1_j)" and found["a2", "C"] == "a^2_j - y_j"


def test_the_signal_runs_straight() -> None:
    picture = graph_picture(one("2-3-3-2"), NIELSEN)
    heights = {node.name: node.y for node in picture.nodes}
    line = [heights[name] for name in ("x", "z1", "a1", "z2", "a2", "z3", "a3", "C")]
    assert max(line) - min(line) < 0.01


@pytest.mark.parametrize("name", [n for n in PICTURES if n.startswith(("graph", "colah"))])
def test_no_two_vertices_overlap(name: str) -> None:
    nodes = [node for node in PICTURES[name](NIELSEN).nodes if node.name]
    assert len(nodes) > 1
    for number, node in enumerate(nodes):
        for other in nodes[:number]:
            assert abs(node.x - other.x) > (node.width + other.width) / 2 or \
                abs(node.y - other.y) > (node.height + other.height) / 2


def test_a_long_edge_is_led_past_what_is_between() -> None:
    places, bends = arrange("abc", {("a", "b"): 1.0, ("b", "c"): 1.0, ("a", "c"): 1.0}, [], {}, 2.0, 1.0)
    assert [x for x, _ in places.values()] == [0.0, 2.0, 4.0]
    (bend,) = bends["a", "c"]
    assert bend[0] == 2.0 and abs(bend[1] - places["b"][1]) >= 1.0


# -- letters -------------------------------------------------------------------------------


@pytest.mark.parametrize(("latex", "text"), [
    ("a^{2}_{j}", "a2j"), (r"\sigma'(z^1_j)", "σ′(z1j)"), (r"\frac{\partial C}{\partial w}", "∂C∂w"),
    (r"-\tfrac12\,x", "−12x"), (r"\text{a\_b \& c}", "a_b\u00a0&\u00a0c"), (r"\ln a", "lna"),
    (r"\Big(\sum_q w_{qj}\Big)", "(∑qwqj)"), (r"\mathbb{1}[z > 0]", "𝟙[z>0]"), (r"\unknown x", "unknownx"),
])
def test_formulas_are_set(latex: str, text: str) -> None:
    assert "".join(glyph.text for glyph in typeset(latex).glyphs) == text


def test_scripts_stand_above_and_below() -> None:
    base, above, below = typeset("a^{2}_{j}").glyphs
    assert above.y < base.y < below.y and above.x == pytest.approx(below.x, abs=0.1) and above.size < base.size


def test_user_names_are_escaped() -> None:
    source = "data x1, y\nparameter my_w_amp\nz_lt = my_w_amp*x1\nC = (z_lt - y)^2\n"
    picture = graph_picture(read_equations(source), NIELSEN)
    ElementTree.fromstring(svg(picture))
    evil = Picture('</title><script>alert("&")</script>', picture.nodes, picture.edges)
    assert "<script" not in svg(evil)
    labelled = replace(picture.edges[0], labels=(Row(r'a < b" onload="alert(1) \& c'),))
    drawn = ElementTree.fromstring(svg(replace(picture, edges=(labelled,))))
    assert not any("onload" in node.attrib for node in drawn.iter())
    assert "<" in {node.text for node in drawn.iter()}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here: the TikZ is not compiled")
def test_every_picture_compiles(tmp_path: Path) -> None:
    body = "\n\\clearpage\n".join(tikz(make(NIELSEN)) for make in PICTURES.values())
    (tmp_path / "all.tex").write_text("\\documentclass{article}\n\\usepackage{amsmath,amssymb,tikz}\n"
                                      f"\\begin{{document}}\n{body}\\end{{document}}\n")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.search(rf"\({len(PICTURES)} pages", done.stdout)
    assert "Overfull \\hbox" not in done.stdout
