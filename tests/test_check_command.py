r"""`derive check`: what is asked, what a page says to each of its claims, exit codes and messages."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import derive
from derive import cli
from derive.check.checked import Run
from derive.check.lint import Judge, Linter
from derive.check.request import request
from derive.check.setting import Setting, read_context
from derive.check.verdict import Edit, Verdict, edited
from derive.errors import DeriveError
from derive.written.notes import Source, read_page

NOTES = Path(__file__).parent / "notes"
CLAIM = r"\frac{\partial C}{\partial W} = x"
LINEAR = ["--given", "Y = W X", "--given", r"L = \ell(Y)", "--where", r"\ell: scalar"]
RIGHT_ONE = r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y} X^T"
WRONG_ONE = r"\frac{\partial L}{\partial X} = W \frac{\partial L}{\partial Y}"


def lint(text: str, judge: Callable[[Setting], Judge] | None = None, base: Setting | None = None) -> Run:
    page = read_page(Source("notes.tex", text))
    return Linter(page, base or Setting(), judge or telling).run()


def telling(setting: Setting) -> Judge:
    """A stand-in that says what it was asked to read a claim against; BAD, and z given twice, are refused."""
    heads = [line.partition("=")[0].strip().split("_")[0] for line in setting.given]
    if len(heads) != len(set(heads)) or any("BAD" in line for line in (*setting.given, *setting.where)):
        raise DeriveError("these do not go together", do="Leave one out.")
    said = [*setting.given, *setting.where, *(f"{name}:{value}" for name in (
        "arch", "notation", "layout", "einstein") if (value := getattr(setting, name))), *setting.elementwise]
    return lambda claim: Verdict(claim, "right", proof="; ".join(said))


CONTEXTS = {
    "before": (r"\[ z = a \] \[ CLAIM \]", ["z = a"]),
    "after": (r"\[ CLAIM \] \[ z = a \]", ["z = a"]),
    "the last before": (r"\[ z = a \] \[ CLAIM \] \[ z = b \] \[ CLAIM \] \[ z = c \]", ["z = a", "z = b"]),
    "a word of the author": ("% derive: given\n\\[ z = a \\] \\[ z = b \\] \\[ CLAIM \\]", ["z = a"]),
    "what does not fit": (r"\[ q = a \] \[ z_j = a \] \[ z = b \] \[ CLAIM \]", ["q = a; z = b"]),
    "display above line": (r"with $z = W x$ and \[ z_j = a \] \[ CLAIM \]", ["z_j = a"]),
    "line": (r"with $z = W x$, \[ CLAIM \]", ["z = W x"]),
    "shapes": (r"$W \in \mathbb{R}^{n}$ \[ CLAIM \]", [r"W \in \mathbb{R}^{n}"]),
    "settings": ("% derive: arch 3-4-2\n% derive: notation ng\n\\[ CLAIM \\]\n% derive: notation d2l\n\\[ CLAIM \\]",
                 ["arch:3-4-2; notation:ng", "arch:3-4-2; notation:d2l"]),
    "more settings": ("% derive: layout numerator\n% derive: einstein true\n% derive: elementwise \\times .\n"
                      "\\[ CLAIM \\]",
                      [r"layout:numerator; einstein:True; \times; ."]),
    "given in the comment": ("% derive: given z = a\n\\[ z = b \\]\n\\[ CLAIM \\]", ["z = a"]),
    "a chain gives its first link": (r"\[ z = a = b \] \[ CLAIM \]", ["z = a"]),
}


@pytest.mark.parametrize("text, expected", CONTEXTS.values(), ids=CONTEXTS)
def test_what_a_claim_is_read_against(text: str, expected: list[str]) -> None:
    assert [one.verdict.proof for one in lint(text.replace("CLAIM", CLAIM)).checked] == expected


def test_what_is_said_outside_counts_as_well() -> None:
    run = lint(rf"\[ z = a \] \[ {CLAIM} \]", base=Setting(given=("u = v",), notation="ng"))
    assert run.checked[0].verdict.proof == "u = v; z = a; notation:ng"


FAULTS = {
    "unknown word": ("% derive: gven", "notes.tex:1:11", "'gven' is nothing"),
    "unknown layout": ("% derive: layout upside", "notes.tex:1:11", "no layout 'upside'"),
    "neither true nor false": ("% derive: einstein maybe", "notes.tex:1:11", "true or false"),
    "marked and unusable": ("% derive: given\n\\[ z = BAD \\]", "notes.tex:2:4", "do not go together"),
}


@pytest.mark.parametrize("text, where, message", FAULTS.values(), ids=FAULTS)
def test_a_magic_comment_that_cannot_be_is_told(text: str, where: str, message: str) -> None:
    run = lint(text)
    assert [(one.verdict.verdict, one.verdict.where) for one in run.checked] == [("unreadable", where)]
    assert message in run.checked[0].verdict.explanation and run.code == 2


def test_a_claim_that_cannot_be_read_does_not_stop_the_others() -> None:
    def open(setting: Setting) -> Judge:
        def judge(claim: str) -> Verdict:
            if "HERE" in claim:
                raise DeriveError("no", where=f"1:{claim.index('HERE') + 1}", do="Mend it.")
            return Verdict(claim, "right")
        return judge

    run = lint(f"\\[ {CLAIM} \\]\n\\begin{{align}}\n {CLAIM} \\\\\n & = HERE \\end{{align}}\n\\[ {CLAIM} \\]", open)
    assert [(one.verdict.verdict, one.verdict.where) for one in run.checked] == [
        ("right", "notes.tex:1:4"), ("unreadable", "notes.tex:4:6"), ("right", "notes.tex:5:4")]
    assert run.checked[1].verdict.explanation == "no\nMend it."


def test_a_wrong_claim_is_shown_where_the_edit_belongs() -> None:
    def open(setting: Setting) -> Judge:
        def judge(claim: str) -> Verdict:
            edit = Edit(claim.index("b"), claim.index("b") + 1, "-b")
            return Verdict(claim, "wrong", corrected=edited(claim, (edit,)), edits=(edit,))
        return judge

    text = "\\begin{align}\n " + CLAIM + " \\\\ % b\n  &= b % more\n\\end{align}"
    one = lint(text, open).checked[0]
    assert one.verdict.where == "notes.tex:3:6"
    assert one.verdict.corrected == CLAIM + " = -b"
    assert [(fix.place.line, fix.place.column, fix.place.end_column, fix.new) for fix in one.fixes] == [(3, 6, 7, "-b")]


ARGUMENTS = [
    (["3-4-2", r"\delta = a"], ("3-4-2", [r"\delta = a"], [])),
    ([r"\delta = a"], ("", [r"\delta = a"], [])),
    (["notes.tex"], ("", [], ["notes.tex"])),
    (["3-4-2", "a.md", "dW = 2 * x", "b.tex"], ("3-4-2", ["dW = 2 * x"], ["a.md", "b.tex"])),
    (["mine.eq", "x + y"], ("mine.eq", ["x + y"], [])),
    (["3-4:elu(alpha=1)-2", "-"], ("3-4:elu(alpha=1)-2", ["-"], [])),
    (["-"], ("", ["-"], [])),
]


@pytest.mark.parametrize("arguments, expected", ARGUMENTS)
def test_arguments_are_told_apart(arguments: list[str], expected: tuple[str, list[str], list[str]]) -> None:
    asked, base = request(arguments, (), None, Setting())
    assert (base.arch, list(asked.claims), list(asked.files)) == expected


def test_a_context_file(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("given = ['z = x']\nlayout = 'numerator'\n[[claim]]\nid = 'one'\nclaim = 'a = b'\n"
                    "given = ['y = z']\nverdict = 'right'\n", newline="\r\n")
    common, (asked,) = read_context(str(path))
    assert common == Setting(given=("z = x",), layout="numerator")
    assert (asked.claim, asked.setting.given, asked.place) == ("a = b", ("z = x", "y = z"), f"{path}: one")


BAD_CONTEXTS = {
    "no TOML": ("given = [", "no TOML"), "backslash": ('given = ["\\nabla"]', "control"),
    "other backslash": ('given = ["\\sum"]', "no TOML"),
    "unknown key": ("givn = ['a']", "Did you mean 'given'"), "no list": ("given = 'a'", "no list of texts"),
    "no text": ("arch = 3", "not a text"), "no switch": ("einstein = 'yes'", "true or false"),
    "layout": ("layout = 'upside'", "no layout"), "no claim": ("[[claim]]\nid = 'a'", "has no formula"),
    "claim is no table": ("claim = 'a'", "is no table"),
}


@pytest.mark.parametrize("text, message", BAD_CONTEXTS.values(), ids=BAD_CONTEXTS)
def test_a_context_file_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(DeriveError, match=message):
        read_context(str(path))


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """`derive check ARGUMENTS`: exit code, standard output, standard error."""
    def called(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin.encode())))
        code = cli.run(["check", *arguments])
        out, err = capfd.readouterr()
        return code, out, err
    return called


def test_claims_on_the_command_line(call: Call) -> None:
    code, out, err = call(*LINEAR, RIGHT_ONE, WRONG_ONE)
    assert (code, err) == (1, "")
    assert f"right: {RIGHT_ONE}\n" in out and f"wrong: {WRONG_ONE}\n" in out
    assert r"    correct     \frac{\partial L}{\partial X} = W^T \frac{\partial L}{\partial Y}" in out
    assert out.endswith("2 claims: 1 right, 1 wrong\n")


def test_of_several_lines_each_is_a_claim(call: Call) -> None:
    code, said, _ = call("3-4-2", "a^1 = \\sigma(z^1)\nz^1 = w^1 x - b^1")
    assert code == 1 and "2 claims: 1 right, 1 wrong" in said
    code, said, _ = call("3-4-2", "\\delta^1 = (w^2)^T \\delta^2\n  \\odot \\sigma'(z^1)")
    assert code == 0 and "1 claim: 1 right" in said


def test_what_is_right_exits_with_0(call: Call) -> None:
    assert call(*LINEAR, RIGHT_ONE)[0] == 0


def test_a_page_without_a_mistake(call: Call) -> None:
    code, out, err = call("--file", str(NOTES / "right.tex"))
    assert (code, out, err) == (0, "3 claims: 3 right; 1 display not read as a claim\n", "")


@pytest.mark.parametrize("name, expected", [
    ("wrong.tex", ["right 9:3", "wrong 11:8", "wrong 15:50", "unreadable 19:53"]),
    ("page.md", ["right 18:20", "right 22:1", "wrong 23:34"]),
])
def test_a_page_with_mistakes(call: Call, name: str, expected: list[str]) -> None:
    path = str(NOTES / name)
    code, out, _ = call(path, "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [f"{one['verdict']} {one['where'].removeprefix(path + ':')}" for one in found] == expected


def test_claims_from_standard_input(call: Call) -> None:
    code, out, _ = call(*LINEAR, "-", "--json", stdin=f"\n  {RIGHT_ONE}\r\n{WRONG_ONE}")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(one["claim"], one["where"], one["verdict"]) for one in found] == [
        (RIGHT_ONE, "<stdin>:2:3", "right"), (WRONG_ONE, found[1]["where"], "wrong")]


def test_a_page_from_standard_input(call: Call) -> None:
    code, out, _ = call("--file", "-", stdin=(NOTES / "right.tex").read_text())
    assert (code, out) == (0, "3 claims: 3 right; 1 display not read as a claim\n")


def test_the_network_is_a_context(call: Call) -> None:
    code, out, _ = call("3-4-2", "--notation", "ng", r"dW^{[2]} = dz^{[2]} a^{[1]T}", r"dW^{[2]} = a^{[1]T} dz^{[2]}")
    assert code == 1 and out.endswith("2 claims: 1 right, 1 wrong\n")


def test_a_claim_of_a_context_file(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(f"given = ['Y = W X', 'L = \\ell(Y)']\nwhere = ['\\ell: scalar']\n"
                    f"[[claim]]\nid = 'weights'\nclaim = '{RIGHT_ONE}'\n")
    code, out, _ = call("--context", str(path), "--verbose")
    assert code == 0 and out.startswith(f"{path}: weights: right: ")


BACKWARD = """import numpy as np
def backprop(x, y, W1, b1, W2, b2):
    z1 = W1 @ x + b1
    a1 = sigmoid(z1)
    a2 = sigmoid(W2 @ a1 + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    dW2 = np.outer(delta2, a1)
    delta1 = (W2.T @ delta2) * a1
    dW1 = np.outer(delta1, x)
    return dW1, dW2
"""


def test_a_file_of_python_is_read_and_not_run(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(BACKWARD)
    code, out, _ = call("3-4-2", str(path), "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(one["where"].rpartition("mine.py:")[2], one["verdict"]) for one in found] == [
        ("6:5", "right"), ("7:5", "right"), ("8:5", "wrong"), ("9:5", "wrong")]


@pytest.mark.parametrize("text", ["import os\nos.system('touch hacked')", "dW2 = (", "x = 1", ""])
def test_python_that_cannot_be_read_is_told(call: Call, tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    code, out, _ = call("3-4-2", str(path), "--json")
    assert code == 2 and json.loads(out)["verdict"] == "unreadable" and json.loads(out)["where"].startswith(f"{path}:")


def test_formulas_in_python(call: Call) -> None:
    code, out, _ = call("3-4-2", "dW2 = np.outer(delta2, a1)", "dW2 = 2 * np.outer(delta2, a1)")
    assert code == 1 and out.endswith("2 claims: 1 right, 1 wrong\n") and "dW2 is 2 times" in out


def test_python_beside_a_forward_pass_of_its_own(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("forward = '''\ny = W @ x\nloss = np.sum(y ** 2)\n'''\ncost = 'loss'\n"
                    "where = ['W: (n, m)', 'x: (m,)']\n[[claim]]\npython = 'dW = 2 * np.outer(y, x)'\n")
    code, out, _ = call("--context", str(path), "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "right")


def test_a_backward_pass_that_is_run(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("import numpy as np\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n" + BACKWARD.replace(
        "* a1\n", "* (1 - a1)\n"))
    code, out, err = call("3-4-2", "--code", f"{path}::backprop")
    assert code == 1 and "is executed" in err and ": dW1: wrong: " in out and ": dW2: right: " in out


def test_arrays(call: Call, tmp_path: Path) -> None:
    module, rng = derive.Network("3-4-2").derive().numpy(), np.random.default_rng(0)
    parameters, x, y = module.init(rng), rng.random((5, 3)), rng.random((5, 2))
    _, gradients = module.cost_and_gradients(parameters, x, y)
    wrong = {f"d{name}": value for name, value in gradients.items()} | {"dw2": 5 * gradients["w2"]}
    np.savez(tmp_path / "grads.npz", x=x, y=y, **parameters, **wrong)
    code, out, _ = call("3-4-2", "--arrays", str(tmp_path / "grads.npz"))
    assert code == 1 and "dw2: wrong: your dw2 is m = 5 times too large" in out
    assert out.endswith("4 claims: 3 right, 1 wrong\n")


REFUSED = {
    "nothing": ([], "nothing to check"), "only a network": (["3-4-2"], "nothing to check"),
    "no network": (["hello", "a = b"], "two stages"), "no file": (["missing.tex"], "missing.tex.*cannot read"),
    "no context": (["--context", "missing.toml", "a = b"], "cannot read"),
    "bad given": (["--given", r"z = \frac{1", "a = b"], "."),
    "bad notation": (["3-4-2", "--notation", "x", "a=b"], "x"),
    "twice": (["-", "--file", "-"], "twice"), "layout": (["--layout", "upside", "a = b"], "upside"),
    "report": (["--report", "pdf", "a = b"], "pdf"), "arrays of nothing": (["--arrays", "a.npz"], "Name the network"),
    "no arrays": (["3-4-2", "--arrays", "missing.npz"], "missing.npz"),
    "no code": (["3-4-2", "--code", "missing.py"], "names no function"),
}


@pytest.mark.parametrize("arguments, message", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked(call: Call, arguments: list[str], message: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("derive: error: ")
    assert re.search(message, err, re.DOTALL)


def test_a_file_is_read_before_anything_is_judged(call: Call) -> None:
    code, out, _ = call(str(NOTES / "right.tex"), "missing.tex")
    assert (code, out) == (2, "")


def test_checking_from_python() -> None:
    checked = derive.Network("3-4-2").derive("ng").check(r"dW^{[2]} = dz^{[2]} a^{[1]T}")
    assert checked.verdict == "right"
    assert derive.Network("3-4-2").derive().check("dW2 = 2 * np.outer(delta2, a1)").verdict == "wrong"
