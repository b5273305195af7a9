"""A claim is text of anybody: nothing in it is executed, and nothing of it steers a terminal, a page or a robot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.check.decide import Decider
from derive.check.verdict import RIGHT
from derive.claims.context import Context
from derive.cli import run
from derive.errors import DeriveError

GIVEN = ("y = w x", "C = y^2")
RIGHT_SIDE = r"\frac{\partial C}{\partial w} = "
CANARY = "canary"


def attacks(path: str) -> list[str]:
    """Texts each of which would write the file `path` if anything evaluated it."""
    python = f"open('{path}','w').write('x')"
    return [
        python,
        f"__import__('os').system('touch {path}')",
        f"().__class__.__base__.__subclasses__()[0].__init__.__globals__['open']('{path}','w')",
        f"(lambda: {python})()",
        f"eval(\"{python}\")",
        f"exec(\"{python}\")",
        f"f'{{{python}}}'",
        f"{{{{ {python} }}}}",
        f"{{% {python} %}}",
        f"${{{python}}}",
        f"$({python})",
        f"`touch {path}`",
        f"; touch {path}",
        f"x.diff.__self__.__class__ or {python}",
        f"Symbol('x', evaluate={python})",
        f"S('{python}')",
        rf"\write18{{touch {path}}}",
        rf"\immediate\write18{{touch {path}}}",
        rf"\input{{|touch {path}}}",
        rf"\openout1={path}\write1{{x}}",
        rf"\directlua{{os.execute('touch {path}')}}",
        rf"\newcommand{{\a}}{{\write18{{touch {path}}}}}\a",
        rf"\catcode`\@=11 \@@input|touch {path}",
    ]


PROGRAMS = [
    "dw = __import__('os').system('touch {path}')",
    "dw = [open('{path}', 'w') for _ in (1,)]",
    "dw = (lambda: open('{path}', 'w'))()",
    "dw = x.__class__.__init__.__globals__",
    "dw = f'{{open(\"{path}\", \"w\")}}'",
    "@(lambda f: open('{path}', 'w'))\ndef backward(x):\n    dw = x\n",
    "def backward(x, y=open('{path}', 'w')):\n    dw = x\n",
    "class A(metaclass=open('{path}', 'w')):\n    dw = 1\n",
    "import os; dw = os.system('touch {path}')",
    "dw = np.load('{path}')",
    "dw = np.ctypeslib.ctypes.CDLL(None).system(b'touch {path}')",
    "dw = np.fromfile('{path}')",
    "dw = x if open('{path}', 'w') else x",
    "dw = (y := open('{path}', 'w'))",
    "dw = x[open('{path}', 'w')]",
]


def told(claim: str, given: tuple[str, ...] = GIVEN, where: tuple[str, ...] = ()) -> str:
    try:
        return Decider(Context(given=given, where=where)).check(claim).verdict
    except DeriveError:
        return "refused"


@pytest.mark.parametrize("number", range(len(attacks(""))))
def test_nothing_in_a_formula_is_executed(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    attack = attacks(CANARY)[number]
    assert told(RIGHT_SIDE + attack) != RIGHT
    assert told(attack + " = 2 y x") != RIGHT
    told(RIGHT_SIDE + "2 y x", (*GIVEN, f"q = {attack}"))
    told(RIGHT_SIDE + "2 y x", GIVEN, (attack,))
    told(RIGHT_SIDE + "2 y x", GIVEN, (f"f: {attack}",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", range(len(attacks(""))))
def test_nothing_in_a_page_or_a_context_is_executed(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                    capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    attack = attacks(CANARY)[number]
    Path("page.tex").write_text(f"$y = w x$, $C = y^2$\n\n\\[ {RIGHT_SIDE}{attack} \\]\n% derive: given q = {attack}\n"
                                f"% derive: notation {attack}\n\\newcommand{{\\m}}{{{attack}}}$\\m = x$\n")
    Path("page.md").write_text(f"$$y = w x$$ and ${RIGHT_SIDE}{attack}$\n<!-- derive: where {attack} -->\n")
    Path("context.toml").write_text("given = [" + json.dumps(attack) + "]\nnotation = " + json.dumps(attack) + "\n")
    for arguments in (["page.tex"], ["page.md"], ["--context", "context.toml", "x = y"], ["--given", attack, "y = x"]):
        assert run(["check", *arguments]) in (0, 1, 2, 3)
    capfd.readouterr()
    assert {path.name for path in tmp_path.iterdir()} == {"page.tex", "page.md", "context.toml"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_in_a_program_is_executed(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                          capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    text = program.format(path=CANARY)
    Path("backward.py").write_text(text)
    assert run(["check", "3-2", "backward.py"]) != 0
    assert run(["check", "3-2", text]) in (1, 2, 3)
    capfd.readouterr()
    assert [path.name for path in tmp_path.iterdir()] == ["backward.py"]


STEERING = "\x1b]0;owned\x07\x1b[2J\u202e\u0007\u009b31m"


@pytest.mark.parametrize("report", ["text", "github", "json", "sarif"])
def test_nothing_steers_a_terminal(report: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                   capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.tex").write_text(f"$y = w x$ and $\\frac{{\\partial y}}{{\\partial w}} = x{STEERING} + \\foo$\n"
                                f"% derive: notation {STEERING}\n")
    for arguments in (["--given", "y = w x", f"y = {STEERING} x"], ["page.tex", "--verbose"],
                      ["--given", f"y = {STEERING}", "y = x"], [f"{STEERING}.tex"]):
        run(["check", *arguments, "--report", report])
        out, err = capfd.readouterr()
        assert not set("\x1b\x07\u202e\u009b") & set(out + err), arguments


@pytest.mark.parametrize("text", ["x%0A::error::owned", "x\n::error file=a,line=1::owned", "x::set-output name=a::b"])
def test_a_claim_gives_no_commands_to_a_robot(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    run(["check", "--given", "y = w x", f"y = {text}", "--report", "github"])
    lines = capfd.readouterr().out.splitlines()
    assert lines
    for line in lines:
        assert not line.startswith("::") or line.split("::")[1].split(" ")[0] in ("error", "warning", "notice", "debug")
        assert not line.startswith("::error::owned") and not line.startswith("::error file=a,line=1::owned")


@pytest.mark.parametrize("text", ['x"', "x</script><script>alert(1)</script>", 'x","verdict":"right', "x\\"])
def test_reports_stay_what_they_are(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    run(["check", "--given", "y = w x", f"y = {text}", "--report", "json"])
    for line in capfd.readouterr().out.splitlines():
        assert json.loads(line).get("verdict") != RIGHT
    run(["check", "--given", "y = w x", f"y = {text}", "--report", "sarif"])
    assert json.loads(capfd.readouterr().out)["version"] == "2.1.0"
