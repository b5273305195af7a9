"""A user's own layer: ten lines of equations with a name, that a line can use like any other."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from derive.cli import run
from derive.errors import DeriveError
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.own_notation import notation_of
from derive.pipeline import emit, equations
from derive.spec import load
from derive.spec.own import own_layers

SWISHING = """
# x*sigmoid(beta*x), with weights of its own
layer swishing(width, beta = 1.5):
    data x[k: inputs]
    parameter w[j: width, k: inputs]
    constant beta
    v[j] = sum(w[j,k]*x[k], k)
    z[j] = v[j]*sigmoid(beta*v[j])

layer blur(kernel: window = 2)
    data x[c: channels, p: height, q: width]
    parameter g[u: kernel_1, v: kernel_2]
    index i = height - kernel_1 + 1, j = width - kernel_2 + 1
    z[c,i,j] = sum(g[u,v]*x[c, i+u, j+v], u, v)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "mine.eq"
    file.write_text(SWISHING)
    return str(file)


@pytest.mark.parametrize("line", ["3-swishing(4)-2", "3-swishing(4,beta=0.5):tanh-2", "1x4x4-blur-flatten-2",
                                  "2x4x5-blur(2x3):relu-blur-flatten-2", "seq(3x2)-swishing(4)-2"])
def test_a_line_uses_it_like_any_other(line: str, path: str) -> None:
    many = with_constants(equations(load(line, layers=path), notation_of("nielsen")).many)
    for row in prove(load_source(emit(many)), many, 60, 1):
        assert row.right, row


STEPS = """
layer steps(rate = 2):
    data x[t: 1..T, k: features]
    parameter w[t: 1..T]
    z[t] = w[t]*sum(x[t,k], k)/rate
"""


@pytest.mark.parametrize(("line", "options"), [
    ("seq(3x2)-4-steps", {"regularize": "l1"}), ("seq(3x2)-steps:softmax", {"cost": "cross-entropy"}),
    ("seq(3x2)-steps:softmax", {"cost": "class-cross-entropy"}),
    ("seq(3x2)-position(learned)-lstm(2)-1", {"regularize": "l2"}),
])
def test_what_is_counted_from_one_meets_costs_that_count_from_zero(line: str, options: dict[str, str],
                                                                   tmp_path: Path) -> None:
    file = tmp_path / "steps.eq"
    file.write_text(STEPS)
    many = with_constants(equations(load(line, layers=str(file), **options), notation_of("nielsen")).many)
    for style in ("plain", "fast"):
        for row in prove(load_source(emit(many, style=style)), many, 60, 1):
            assert row.right, row


def test_the_command_line(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(path).write_text(indent(SWISHING, "    "))  # as it is copied out of a page
    assert run(["gradcheck", "3-swishing(4)-2", "--layers", path]) == 0
    assert run(["summary", "3-swishing(4)-2", "--layers", path]) == 0
    assert "swishing(4)" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "message"), [
    ("", "mine.eq:1: this is no block of a layer"),
    ("z = 3", "mine.eq:1: this is no block of a layer\n  It begins with a line such as"),
    (101 * "layer one(a):\n", "mine.eq: there are 101 blocks of layers, more than 100"),
    ("layer relu(width):\n    data x[k: n]", "mine.eq:1: 'relu' has a meaning already"),
    ("layer one(a b):\n    data x[k: n]", "'a b' is not an argument"),
    ("layer one(a: sise):\n    data x[k: n]", "there is no kind of argument 'sise'\n  Did you mean 'size'?"),
    ("layer one(a):\n    parameter w[k: n]", "the layer one declares no data"),
    ("layer one(a):\n    data x[k: n", "mine.eq:2: "),
    ("layer dense(a):\n    data x[k: n]\n    z[k] = x[k]", "there is a layer 'dense' already"),
])
def test_what_is_wrong(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.eq").write_text(text)
    with pytest.raises(DeriveError) as caught:
        load("3-2", layers="mine.eq")
    assert message in str(caught.value)


def test_a_layer_without_an_output(tmp_path: Path) -> None:
    file = tmp_path / "mine.eq"
    file.write_text("layer mute(width):\n    data x[k: inputs]\n    y[k] = 2*x[k]\n")
    with pytest.raises(DeriveError, match="layer 1, mute: mute has no equation for z, which is what goes out"):
        load("3-mute(2)-2", layers=str(file))


@pytest.mark.parametrize(("line", "message"), [
    ("z[j] = sum(w[j,q]*x[k], q)", "layer 1, odd, mine.eq:5: odd does not fit what comes in, 3: index 'k' is not on"),
    ("z[j] = w[j,k]*g[k]", "layer 1, odd, mine.eq:5: "),
])
def test_a_mistake_in_an_equation_has_its_line(line: str, message: str, tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ("# mine", "layer odd(width):", "    data x[k: n]", "    parameter w[j: width, k: n]", f"    {line}")
    Path("mine.eq").write_text("\n".join(lines))
    with pytest.raises(DeriveError) as caught:
        load("3-odd(2)-2", layers="mine.eq")
    assert message in str(caught.value)


def test_the_blocks_of_a_file() -> None:
    one, other = own_layers(SWISHING, "mine.eq")
    assert (one.called, one.takes) == ("swishing(width, beta=1.5)", ("inputs",))
    assert (other.called, other.takes) == ("blur(kernel=2)", ("channels x height x width",))
