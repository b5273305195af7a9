"""What a user writes: good lines, TOML and Python give one network; bad ones one clear message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from derive.errors import DeriveError
from derive.ir import Derivation
from derive.spec import Dense, Network, Stage, load

ONE_NETWORK = [
    Network("784-16-10"),
    Network("784", "16", "10"),
    Network(784, 16, 10),
    Network(784, Dense(16), Dense(10)),
    Network(" 784 - dense(16) - 10:sigmoid "),
    Network("784-16-10", activation="sigmoid", cost="quadratic"),
    Network("784-16-10", activation="Logistic"),
    Network("784-16:sigmoid-10", output="sigmoid"),
    load("784-16-10", activation=None, factor=None),
]


@pytest.mark.parametrize("network", ONE_NETWORK[1:], ids=range(1, len(ONE_NETWORK)))
def test_many_ways_to_write_one_network(network: Network) -> None:
    assert network == ONE_NETWORK[0]


def test_plain_data() -> None:
    network = Network("784-128:relu-10:softmax", cost="cross-entropy", regularize="l2:lambda/2:0.1", bias=False)
    assert network.inputs == (784,)
    assert network.layers == (Stage("dense", (128,), "relu", False), Stage("dense", (10,), "softmax", False))
    assert (network.cost, network.factor, network.reduce) == ("cross_entropy", None, None)
    assert network.regularizer is not None
    assert (network.regularizer.kind, network.regularizer.factor, network.regularizer.strength) == (
        "l2", "lambda/2", "0.1")


@pytest.mark.parametrize(("line", "hidden", "output"), [
    ("n0-...-nL", "sigmoid", "sigmoid"), ("n0-...:relu-nL:softmax", "relu", "softmax"),
    ("n0-n1-...-nL:softmax", "sigmoid", "softmax"), ("d0-d1-d2:tanh-...-dL", "tanh", "sigmoid"),
    ("n0-\u2026-nL", "sigmoid", "sigmoid"),
])
def test_general_depth(line: str, hidden: str, output: str) -> None:
    network = Network(line)
    assert (network.depth, network.inputs) == ("L", (line[0],))
    assert [stage.activation for stage in network.layers] == [hidden, output]


def test_the_output_fits_the_cost_unless_it_is_named() -> None:
    assert Network("3-4-2", cost="cross_entropy").layers[-1].activation == "softmax"
    assert Network("3-4-2", cost="cross_entropy", activation="tanh").layers[-1].activation == "tanh"
    assert Network("3-4-2:relu", cost="cross_entropy").layers[-1].activation == "relu"
    assert Network("3-4-2", cost="cross_entropy").layers[0].activation == "sigmoid"


def test_formulas_stand_for_activations_and_costs() -> None:
    network = Network("3-4:(z - 1)^2-2", output="z/(1+exp(-z))", cost="sum((a[j]-y[j])^4, j)")
    assert [stage.activation for stage in network.layers] == ["(z - 1)^2", "z/(1+exp(-z))"]
    assert network.cost == "sum((a[j]-y[j])^4, j)"


def test_parameters_are_counted() -> None:
    network = Network("784-16-16-10")
    assert network.parameters_count == 13_002
    assert network.parameters[:2] == [("w1", (16, 784)), ("b1", (16,))]
    assert Network(3, Dense(4, bias=False), 2).parameters == [("w1", (4, 3)), ("w2", (2, 4)), ("b2", (2,))]
    n0, n1 = sp.symbols("n0 n1", integer=True, positive=True)
    assert Network("n0-n1").parameters_count == n0 * n1 + n1
    assert [str(shape) for _, shape in Network("n0-...-nL").parameters] == ["(n[l], n[l - 1])", "(n[l],)"]


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "empty": ("", {}, "architecture:1:1: an empty stage"),
    "one stage": ("784", {}, "architecture: a network needs at least two stages"),
    "words": ("hello world", {}, "architecture: a network needs at least two stages"),
    "empty stage": ("3--2", {}, "architecture:1:3: an empty stage"),
    "end": ("3-2-", {}, "architecture:1:5: an empty stage"),
    "width 0": ("3-0-2", {}, "architecture:1:3: a width of 0"),
    "width": ("3-1000001-2", {}, "architecture:1:3: a width beyond 1,000,000"),
    "long width": (f"3-{'9' * 5000}-2", {}, "architecture:1:3: a width beyond 1,000,000"),
    "fraction": ("3-4.5-2", {}, "architecture:1:3: '4.5' is not a width"),
    "power of ten": ("3-1e9-2", {}, "architecture:1:3: '1e9' is not a width"),
    "minus signs": ("3\u22124\u22122", {}, "is not a stage\n  Between stages stands the hyphen of the keyboard"),
    "other digits": ("3-\u0664-2", {}, "architecture:1:3: '\u0664' is not a stage"),
    "parameters": ("999999-999999", {}, "architecture: 999,999,000,000 parameters; 1,000,000,000 are the limit"),
    "layers": ("-".join(["2"] * 1002), {}, "architecture: 1,001 layers; 1,000 are the limit"),
    "long line": ("3-" * 500_000 + "2", {}, "architecture: the line has 1,000,001 characters; 10,000 are the limit"),
    "spaces": ("3" + " " * 9000 + "!-3", {}, "architecture:1:1: '3"),
    "unknown layer": ("3-attend(8,5x5):relu-2", {}, "architecture:1:3: there is no layer 'attend'\n  Did you mean "),
    "near layer": ("3-dens(4)-2", {}, "there is no layer 'dens'\n  Did you mean 'dense'?"),
    "sizes of a layer": ("3-dense(4,5)-2", {}, "architecture:1:3: dense takes (width)"),
    "activation as a stage": ("3-relu-2", {}, "architecture:1:3: there is no layer 'relu'"),
    "unknown activation": ("3-4:sigmiod-2", {}, "there is no activation 'sigmiod'\n  Did you mean 'sigmoid'"),
    "no activation": ("3-4:-2", {}, "architecture:1:3: no activation after ':'"),
    "activation of the input": ("3:relu-2", {}, "architecture:1:1: the input has no activation"),
    "brackets": ("3-(4-2", {}, "architecture:1:6: the brackets do not match"),
    "negative": ("3-(-4)-2", {}, "architecture:1:3: '(-4)' is not a stage"),
    "python": ("__import__('os')-3", {}, "architecture:1:1: the first stage is the input"),
    "python inside": ("3-__import__('os')-2", {}, "architecture:1:3: there is no layer '__import__'"),
    "template": ("{{7*7}}-3", {}, "architecture:1:1: '{{7*7}}' is not a stage"),
    "control characters": ("3-\x1b[31m-2", {}, "architecture:1:9: the brackets do not match"),
    "name of a tensor": ("x-3", {}, "architecture:1:1: 'x' has a meaning in the equations"),
    "name of a weight": ("3-w2-2", {}, "architecture:1:3: 'w2' has a meaning in the equations"),
    "open depth, end": ("n0-...", {}, "architecture: '...' stands between the first width and the last"),
    "open depth, number": ("n0-...-n5", {}, "architecture:1:8: 'n5' stands where nL is expected"),
    "open depth, letter": ("n0-...-mL", {}, "architecture:1:8: 'mL' stands where nL is expected"),
    "open depth, numbers": ("784-...-10", {}, "architecture:1:1: with '...' the first width has the number 0"),
    "open depth, activations": ("n0-n1:relu-...:tanh-nL", {}, "have one activation, not relu and tanh"),
    "two outputs": ("3-2:relu", {"output": "tanh"}, "output: the last layer has two activations, relu and tanh"),
    "nothing to fill": ("3-2:relu", {"activation": "tanh"}, "activation: the activation tanh has no layer"),
    "unknown cost": ("3-2", {"cost": "quadratik"}, "there is no cost 'quadratik'\n  Did you mean 'quadratic'?"),
    "a cost of nothing": ("3-2", {"cost": "sum(y[j]^2, j)"}, "does not read the outputs a[j]"),
    "half a cost": ("3-2", {"cost": "a[j]+"}, "cost:1:6: the end of the line does not fit here"),
    "python as a formula": ("3-2", {"activation": "__import__('os')"}, "activation:1:1: the character '_'"),
    "formula without z": ("3-2", {"activation": "(1+2)"}, "does not depend on z"),
    "long formula": ("3-2", {"activation": "z+" * 5000 + "z"}, "activation: 10,001 characters; 1,000 are the limit"),
    "factor 0": ("3-2", {"factor": "0"}, "factor: '0' is not a positive number"),
    "factor x": ("3-2", {"factor": "one half"}, "factor: 'one half' is not a positive number"),
    "factor 1/0": ("3-2", {"factor": "1/0"}, "factor: '1/0' is not a positive number"),
    "factor of no choice": ("3-2", {"cost": "cross_entropy", "factor": 1}, "factor: the cross-entropy has no factor"),
    "unknown regularizer": ("3-2", {"regularize": "l3"}, "regularize: there is no regularizer 'l3'\n  Did you mean"),
    "two strengths": ("3-2", {"regularize": "l2:1:2"}, "regularize: '2' is a second strength"),
    "two factors": ("3-2", {"regularize": "l2:lambda:lambda/2"}, "regularize: 'lambda/2' is a second factor"),
    "unknown factor": ("3-2", {"regularize": "l2:lambda/3"}, "regularize: 'lambda/3' is not a positive number"),
    "negative strength": ("3-2", {"regularize": "l2:-1"}, "regularize: '-1' is not a positive number"),
    "unknown reduction": ("3-2", {"reduce": "avg"}, "reduce: 'avg' is no way to put the examples together"),
    "unknown option": ("3-2", {"factr": "1"}, "there is no option 'factr'\n  Did you mean 'factor'?"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong(name: str) -> None:
    line, options, message = BAD[name]
    with pytest.raises(DeriveError) as caught:
        load(line, **options)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 600 and "\x1b" not in str(caught.value)


@pytest.mark.parametrize(("stages", "message"), [
    ((784,), "at least two stages"), ((), "at least two stages"), ((784, 0), "stage 2: a width of 0"),
    ((784, 2.5), "stage 2: a width is a whole number or a name, not 2.5"), ((784, True), "not True"),
    ((Dense(3), Dense(4)), "stage 1: the first stage is the input"), ((784, "16:"), "stage 2: no activation"),
    ((784, "16:nope"), "there is no activation 'nope'"), (("n0", "...", Dense(3)), "'...' stands between widths"),
])
def test_stages_one_by_one(stages: tuple[Any, ...], message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        Network(*stages)
    assert message in str(caught.value)


# -- files ----------------------------------------------------------------------------------

TOML = """
[network]
layers = [784, "16:relu", {width = 12, activation = "tanh", bias = false}, 10]
output = "softmax"
cost = "quadratic"
factor = 0.5
reduce = "mean"

[regularize]
kind = "l2"
strength = 0.1
factor = "lambda/2m"
"""
MEANT = Network(784, Dense(16, "relu"), Dense(12, "tanh", bias=False), 10, output="softmax", cost="quadratic",
                factor=0.5, reduce="mean", regularize="l2:lambda/2m:0.1")


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "network.toml"
    path.write_text(TOML)
    assert load(path) == load(str(path)) == MEANT
    path.write_text('[network]\narchitecture = "784-16-10"\nactivation = "relu"\n')
    assert load(path) == Network("784-16-10", activation="relu")
    assert load(path, activation="tanh", factor="1") == Network("784-16-10", activation="tanh", factor="1")


@pytest.mark.parametrize(("text", "message"), [
    ("layers = [3, ", "network.toml: not TOML: "),
    ("", "network.toml: [network]: one of architecture and layers is needed"),
    ('[network]\nlayers = ["3", "2"]\narchitecture = "3-2"', "architecture and layers are two ways to say one thing"),
    ('[network]\nlayers = ["3"]', "network.toml: layers: a network needs at least two stages"),
    ('[netwrok]\nlayers = ["3", "2"]', "network.toml: there is no key 'netwrok'\n  Did you mean 'network'?"),
    ('[network]\nlayer = ["3", "2"]', "network.toml: [network]: there is no key 'layer'\n  Did you mean 'layers'?"),
    ('[network]\nlayers = "3-2"', "layers is a list, not '3-2'"),
    ('[network]\narchitecture = "3-2"\nbias = "no"', "bias is true or false, not 'no'"),
    ('[network]\narchitecture = "3-2"\nfactor = true', "factor is text or a number, not True"),
    ("[network]\nlayers = [3, 2.5]", "network.toml: layers, entry 2: 2.5 is not a layer"),
    ("[network]\nlayers = [3, {activation = 'relu'}]", "network.toml: layers, entry 2: a layer without a width"),
    ("[network]\nlayers = [3, {width = 2, bais = true}]", "entry 2: there is no key 'bais'\n  Did you mean 'bias'?"),
    ("[network]\nlayers = [3, {width = 0}]", "network.toml: layers, entry 2: a width of 0"),
    ("[network]\nlayers = [3, 2]\n[regularize]\nstrength = 1", "[regularize]: a regularizer without a kind"),
    ("network = 3", "network.toml: network is a table, not 3"),
])
def test_bad_toml(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("network.toml").write_text(text)
    with pytest.raises(DeriveError) as caught:
        load("network.toml")
    assert message in str(caught.value)


EQUATIONS = "data x[k: 3]\nparameter w[k: 3]\nC = sum((w[k]*x[k])^2, k)\n"


def test_equations(tmp_path: Path) -> None:
    path = tmp_path / "model.eq"
    path.write_text("\ufeff" + EQUATIONS, encoding="utf-8")
    assert isinstance(load(path), Derivation) and isinstance(load(EQUATIONS), Derivation)
    with pytest.raises(DeriveError, match="equations say everything themselves, so bias, cost cannot be chosen"):
        load(path, cost="quadratic", bias=False)


@pytest.mark.parametrize(("content", "message"), [
    (b"data x\nC = q", "model.eq:2:5: 'q' is not declared"),
    (b"data x\nC = \xff", "model.eq: not UTF-8 text: byte 12 is 0xff"),
    (b"#" * 1_000_001, "model.eq: the file has more than 1,000,000 bytes"),
    (b"# nothing\n" * 20_000, "model.eq: the text has 200,000 characters"),
    (None, "model.eq: cannot read the file: No such file"),
])
def test_bad_files(content: bytes | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("model.eq").write_bytes(content)
    with pytest.raises(DeriveError) as caught:
        load("model.eq")
    assert message in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "model.toml").mkdir()
    with pytest.raises(DeriveError, match="cannot read the file"):
        load(tmp_path / "model.toml")
    with pytest.raises(DeriveError, match="cannot read the file"):
        load("a\0b.toml")
