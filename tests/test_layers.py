"""Every layer of derive/layers/, by its own examples: derived, emitted, checked against differences."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from derive.calculus.reverse import reverse
from derive.errors import DeriveError
from derive.gradcheck.draw import draw_data, with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.ir import Derivation
from derive.latex.document import document
from derive.model.layer import layers
from derive.own_notation import notation_of
from derive.pipeline import emit, equations
from derive.spec import Network, layer, load
from derive.summary import summary
from derive.text import read_equations, write_equations

EXAMPLES = sorted({line for record in layers().values() for line in record.examples})


@pytest.mark.parametrize("name", sorted({record.name for record in layers().values()}))
def test_every_layer_has_examples(name: str) -> None:
    assert layers()[name].examples and all(name in line or name == "dense" for line in layers()[name].examples)


SHARED = """
[network]
inputs = {x = 3, v = 3}
layers = [{width = 4, name = "h", inputs = ["x"]}, {width = 4, name = "g", inputs = ["v"], shares = "h"},
          {layer = "concat", inputs = ["h", "g"]}, 2]
"""


def test_shared_weights_are_counted_once_and_their_gradient_is_a_sum_over_uses() -> None:
    network = load(SHARED)
    assert isinstance(network, Network) and [name for name, _ in network.parameters] == ["w1", "b1", "w4", "b4"]
    many = with_constants(equations(network, notation_of("nielsen")).many)
    source = emit(many)
    assert 'grads["w1"] = delta2.T @ v + delta1.T @ x' in source
    assert all(row.right for row in prove(load_source(source), many, 60, 1))


@pytest.mark.parametrize(("listed", "message"), [
    ('3, {width = 4, name = "h"}, {layer = "add", inputs = ["h", "q"]}', "layer 2, add: there is no value 'q' above"),
    ('3, {width = 4, name = "h"}, {width = 2, inputs = ["x"]}', "layer 1, h leads nowhere: no layer takes it"),
    ('3, {width = 4, name = "x"}, 2', "layer 1: there are two values 'x'"),
    ('3, {width = 4, name = "h"}, {width = 2, shares = "h"}', "layer 2: the parameters of layer 1 do not fit"),
    ('3, {width = 4, name = "h"}, {layer = "add", inputs = ["h", "x"]}',
     "layer 2, add: add does not fit what comes in, 4 and 3"),
    ('3, {layer = "dense(4)", kernel = 2}', "entry 2: there is no key 'kernel'"),
    ('3, {width = 4, name = "a b"}', "entry 2: 'a b' cannot name a value"),
    (f'3, {{width = 4, name = "{21 * "h"}"}}', f"entry 2: '{21 * 'h'}' cannot name a value"),
    ('3, {width = 4, inputs = ["x", "x"]}', "layer 1: dense takes 1 value, but 2 come in"),
])
def test_what_is_wrong_with_a_graph(listed: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        load(f"[network]\nlayers = [{listed}]\n")
    assert message in str(caught.value)


OPEN = ("seq(TxN)-lstm(2)-1", "seq(Tx3)-3:tanh-2", "words(T of V)-embedding(3)-gru(2)-1")
"""Sizes left open: the code reads them off the arrays."""
WINDOWS = "seq(3x2)-rnn(4,gives=all)-maxpool(2)-rnn(2,gives=all)-conv1d(2,2)-flatten-1"
"""Conditions beside that of the time: how far windows over the states of one step reach."""


@pytest.mark.parametrize("line", [*EXAMPLES, *OPEN, WINDOWS])
def test_the_emitted_gradients_are_right(line: str) -> None:
    many = with_constants(equations(load(line), notation_of("nielsen")).many)
    rows = prove(load_source(emit(many)), many, 60, 1)
    assert [row.parameter for row in rows] == [tensor.name for tensor in many.learnt]
    for row in rows:
        assert row.right, row


@pytest.mark.parametrize("line", [*EXAMPLES, WINDOWS])
def test_the_fast_code_computes_the_same(line: str) -> None:
    many = with_constants(equations(load(line), notation_of("nielsen")).many)
    module: Any = load_source(emit(many, style="fast"))
    rng = numpy.random.default_rng(0)
    params = module.init(rng)
    gradient = module.Gradient(3)
    for batch in (3, 1):  # the buffers for one example lie elsewhere
        data = list(draw_data(many, {"m": batch}, rng).values())
        cost, grads = module.cost_and_gradients(params, *data)
        found, others = gradient(params, *data)
        assert abs(found - cost) < 1e-12 and set(grads) == set(others)
        for name, grad in grads.items():
            assert numpy.allclose(others[name], grad, rtol=1e-9, atol=1e-13), (batch, name)


def test_flatten_leaves_the_examples_apart_after_a_layer_about_all_of_them() -> None:
    network = load("2x3x3-batchnorm-flatten-2")
    assert isinstance(network, Network) and dict(network.parameters)["w3"] == (2, 18)


@pytest.mark.parametrize("line", EXAMPLES)
def test_it_can_be_printed_and_its_equations_read_back(line: str) -> None:
    model = equations(load(line), notation_of("nielsen"))
    assert r"\partial" in str(document(model, notation_of("nielsen"), form="index", wrt=(), page="fragment"))
    written = write_equations(model.one)
    assert write_equations(read_equations(written)) == written


def test_python_and_the_line_say_the_same() -> None:
    assert Network((1, 8, 8), layer("conv", 2, "3x3", stride=2, activation="relu"), "flatten", 3) == \
        Network("1x8x8-conv(2,3x3,stride=2):relu-flatten-3")
    assert load('[network]\nlayers = [3, {layer = "dense(width=2)"}]\n') == load('[network]\nlayers = [3, 2]\n')


@pytest.mark.parametrize(("line", "message"), [
    ("1x8x8-conv(2)-3", "architecture:1:7: conv takes (channels, kernel, stride=1, padding=0"),
    ("1x8x8-conv(2,3,strid=2)-3", "conv has no argument 'strid'\n  Did you mean 'stride'?"),
    ("seq(3x2)-lstm(2,bais=false)-1", "lstm has no argument 'bais'\n  Did you mean 'bias'?"),
    ("1x8x8-conv(2,3,kernel=2)-3", "conv: kernel is given twice"),
    ("seq(3x2)-lstm(2,peepholes)-1", "lstm: peepholes has no value\n  Write peepholes=true"),
    ("1x8x8-conv(2,3x0)-3", "kernel is a whole number from 1 to 1,000,000, not 0"),
    ("1x8x8-conv(2,stride=2,3)-3", "an argument without a name stands after one with a name"),
    ("1x8x8-maxpool(9)-flatten-3", "layer 1, maxpool: maxpool does not fit what comes in, 1 x 8 x 8: a size of "
                                   "floor((height - size_1)/stride_1) + 1 = floor((8 - 9)/9) + 1 = 0"),
    ("2x8x8-conv(3,3,groups=2)-flatten-3", "a size of channels/groups = 3/2"),
    ("1x8x8-conv(2,3x3x3)-flatten-3", "kernel has 3 numbers for 2 axes"),
    ("1x9999x9999-flatten-3", "layer 2: dense does not fit what comes in, 99980001: a size of inputs = 99980001\n"
                              "  It is dense(width). Sizes are whole numbers from 1 to 10,000,000."),
    ("3-dropout(1.5)-2", "architecture:1:3: keep is a number, more than 0 and at most 1, not 1.5"),
    ("3-batchnorm(eps=-1)-2", "eps is a number, at least 0, not -1"),
    ("1x5x5-flatten(2)-2", "flatten takes nothing in brackets"),
    ("3-lstm(2)-1", "layer 1, lstm: lstm takes steps x features, but 3 comes in\n  It is lstm(width"),
    ("3-lstm(2)-1", "A sequence comes in as seq(20x12)."),
    ("conv(2,3)-2", "the first stage is the input, not a layer\n  Begin with a width, 784, an image, 1x28x28,"),
    ("3-swooshing(7)-2", "Layers of your own come with --layers FILE."),
    ("8-conv(2,3)-3", "layer 1, conv: conv takes channels x height x width, but 8 comes in"),
    ("1x8x8-conv(2,3)-3", "layer 2: dense takes features, but 2 x 6 x 6 comes in\n  Put flatten before it."),
    ("1x8x8:relu-3", "the input has no activation"),
    ("seq(3)-3", "seq takes steps x features"),
    ("1x2x3x4x5-3", "an input of 5 axes; 4 are the limit"),
])
def test_what_is_wrong(line: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        Network(line)
    assert message in str(caught.value)


@pytest.mark.parametrize(("line", "shown"), [
    ("1x8x8-conv(2)-3", "\n    1x8x8-conv(2)-3\n          ^"),
    ("1x8x8-conv(2,3)-3", "\n    1x8x8-conv(2,3)-3\n                    ^"),
    ("3-" + 60 * "4-" + "relx(3)", "-4-4-relx(3)\n" + 53 * " " + "^"),
])
def test_a_caret_stands_under_the_place(line: str, shown: str) -> None:
    with pytest.raises(DeriveError) as caught:
        load(line)
    assert str(caught.value).endswith(shown)


TIES = """
data x[i: 4]
parameter w[i: 4]
v[i] = w[i]*x[i]
C = max(v[i], i)
"""


def test_values_that_share_a_maximum_share_its_gradient() -> None:
    derivation = read_equations(TIES)
    assert isinstance(derivation, Derivation)
    module = load_source(emit(derivation))
    cost, grads = module.cost_and_gradients({"w": numpy.array([1.0, 2, 2, 0])}, numpy.ones(4))
    assert cost == 2 and grads["w"].tolist() == [0, 0.5, 0.5, 0]


def test_a_summary_layer_by_layer() -> None:
    network = load("1x28x28-conv(8,5x5,stride=1):relu-maxpool(2)-flatten-10:softmax")
    assert isinstance(network, Network)
    one = equations(network, notation_of("nielsen")).one
    lines = summary(one, reverse(one), network).splitlines()
    assert [" ".join(line.split()) for line in lines[:6]] == [
        "layer output parameters operations backward values",
        "x 1 x 28 x 28",
        "1 conv(8, 5x5):relu 8 x 24 x 24 208 239,616 244,224 9,216",
        "2 maxpool(2) 8 x 12 x 12 0 13,824 13,824 2,304",
        "3 flatten 1152 0 0 0 1,152",
        "4 10:softmax 10 11,530 23,080 34,640 31",
    ]


def test_what_several_adjoints_read_and_what_terms_share_stand_once() -> None:
    """dS of attention has a line of its own, with its factor p; dQ and dK read it."""
    source = emit(with_constants(equations(load("seq(3x4)-attention(2)-1"), notation_of("nielsen")).many))
    for line in ("dC_dv1 = p1.transpose(0, 1, 3, 2) @ dC_dc1",
                 "dC_dp1 = dC_dc1 @ v1.transpose(0, 1, 3, 2)",
                 "dC_de1 = (dC_dp1 - (dC_dp1 * p1).sum(axis=3)[:, :, :, None]) * p1",
                 "dC_dq1 = (dC_de1 @ k1) / D**0.5",
                 "dC_dk1 = (dC_de1.transpose(0, 1, 3, 2) @ q1) / D**0.5"):
        assert f"    {line}\n" in source


def test_no_letter_counts_steps_here_and_values_there() -> None:
    """The fresh letters of gradients are no letters of the forward equations that count from another place on."""
    model = equations(load("seq(3x4)-attention(2)-1"), notation_of("nielsen"))
    page = str(document(model, notation_of("nielsen"), form="index", wrt=(), page="fragment"))
    assert r"\sum_r \frac{\partial C}{\partial e^1_{htr}}" in page and "+1" not in page and "-1" not in page


def test_equal_blocks_are_a_loop_and_equal_constants_one() -> None:
    """Seven blocks of a transformer take no more lines than six, there and back."""
    def lines(blocks: int) -> list[str]:
        line = "seq(3x4)-" + "transformer(2,mask=causal)-" * blocks + "2"
        source = emit(equations(load(line), notation_of("nielsen")).many)
        return source.partition("def cost_and_gradients")[2].splitlines()

    six = lines(6)
    assert len(lines(7)) == len(six)
    assert sum("in range(2, 7):" in line or "in reversed(range(2, 7)):" in line for line in six) == 2
