"""The command line as scripts see it: exit codes, one message on standard error, nothing half-written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from derive import cli

BROKEN_EQUATIONS = "data x[k:3], y[j:2]\nparameter w[j:2, k:3]\n" \
                   "z[j] = sum(w[j,k]*x[k], k) + q[j]\nC = sum((z[j]-y[j])^2, j)\n"
FREE_INDEX = "data x[k:3]\nparameter w[k:3]\nC = w[k]*x[k]\n"
NO_COST = "data x[k:3]\nparameter w[k:3]\na[k] = w[k]*x[k]\n"

BAD = {
    "nonsense": (["latex", "hello world"], "two stages"),
    "one stage": (["latex", "784"], "two stages"),
    "empty": (["latex", ""], "empty stage"),
    "empty stage": (["latex", "3--2"], "empty stage"),
    "width 0": (["latex", "3-0-2"], "0"),
    "width 10^9": (["code", "3-1000000000-2"], "width"),
    "negative width": (["code", "3-(-4)-2"], "-4"),
    "unknown activation": (["latex", "3-4-2", "--activation", "sigmiod"], "sigmoid"),
    "unknown cost": (["latex", "3-4-2", "--cost", "quadratik"], "quadratic"),
    "unknown notation": (["latex", "3-4-2", "--notation", "nielson"], "nielsen"),
    "unknown target": (["code", "3-4-2", "--target", "nunpy"], "numpy"),
    "unknown parameter": (["latex", "3-4-2", "--wrt", "w9"], "w9"),
    "factor": (["latex", "3-4-2", "--factor", "one half"], "one half"),
    "python in a formula": (["code", "3-4-2", "--activation", "__import__('os').system('id')"], "__import__|character"),
    "python as a name": (["latex", "__import__('os')"], "two stages"),
    "a template": (["latex", "{{7*7}}"], "7\\*7"),
    "1 MB line": (["latex", "3-" * 500_000 + "2"], "characters"),
    "1 MB formula": (["latex", "3-4-2", "--activation", "z+" * 500_000 + "z"], "characters|limit"),
    "deep formula": (["latex", "3-4-2", "--activation", "(" * 400 + "z" + ")" * 400], "deep|nested"),
    "long formula": (["latex", "3-4-2", "--activation", "(" * 5000 + "z" + ")" * 5000], "characters|deep"),
    "no file": (["latex", "missing.eq"], "cannot read the file"),
    "a folder": (["latex", "folder.eq"], "cannot read the file"),
    "not text": (["latex", "binary.eq"], "UTF-8"),
    "no cost": (["latex", "no_cost.eq"], "cost"),
    "unknown name": (["latex", "broken.eq"], "broken.eq:3:.*q"),
    "free index": (["latex", "free_index.eq"], "k"),
    "options beside equations": (["latex", "fine.eq", "--cost", "quadratic"], "cost"),
    "bad toml": (["latex", "bad.toml"], "bad.toml"),
    "unknown command": (["latx"], "latx"),
    "unknown option": (["latex", "3-4-2", "--fom", "chain"], "fom"),
    "unknown form": (["latex", "3-4-2", "--form", "matrx"], "matrix"),
    "no architecture": (["code"], "ARCH"),
    "output is a folder": (["latex", "3-4-2", "-o", "folder.eq"], "folder"),
    "output in no folder": (["code", "3-4-2", "-o", "missing/network.py"], "does not exist"),
    "data that do not fit": (["train", "3-4-2"], "64-16-16-10"),
    "data that are missing": (["train", "64-16-10", "--data", "missing.npz"], "cannot read the digits"),
    "data that are none": (["demo", "--data", "binary.eq", "--out", "new"], "not an .npz archive"),
    "no epochs": (["train", "64-10", "--epochs", "0"], "epochs"),
    "letters for widths": (["train", "n0-n1-n2"], "64-16-16-10"),
}
FILES = {"binary.eq": b"\xff\xfe\x00", "broken.eq": BROKEN_EQUATIONS.encode(), "free_index.eq": FREE_INDEX.encode(),
         "no_cost.eq": NO_COST.encode(), "bad.toml": b"layers = [3, ",
         "fine.eq": b"data x[k:3]\nparameter w[k:3]\nC = sum((w[k]*x[k])^2, k)\n"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.eq").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments, expected = BAD[name]
    before = sorted(os.listdir(folder))
    assert cli.run(arguments if "-o" in arguments or arguments[0] != "code" else [*arguments, "-o", "out.py"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("derive: error: ") and err.count("error:") == 1
    assert re.search(expected, err, re.DOTALL), err
    assert len(err) < 1000 and "Traceback" not in err
    assert sorted(os.listdir(folder)) == before


GOOD = [
    (["latex", "3-4-2"], "frac"),
    (["latex", "3-4-2", "--form", "chain", "--notation", "3b1b"], "frac"),
    (["latex", "3-4-2", "--form", "matrix", "--format", "article"], r"\\documentclass"),
    (["latex", "3-4-2", "--wrt", "w1", "--wrt", "x"], "frac"),
    (["latex", "n0-...-nL"], "delta"),
    (["latex", "fine.eq"], "frac"),
    (["code", "3-4-2"], "def cost_and_gradients"),
    (["code", "3-4-2", "--dtype", "float32", "--no-bias", "--cost", "quadratic", "--factor", "1"], "float32"),
    (["code", "fine.eq"], "def cost_and_gradients"),
    (["summary", "784-16-16-10"], "13,002"),
    (["summary", "n0-...-nL"], r"parameters +sum\(n\[l - 1\]\*n\[l\] \+ n\[l\], l = 1\.\.L\)"),
    (["summary", "n0-...-nL"], r"cost +4\*n\[L\] \+ sum\(2\*n\[l - 1\]\*n\[l\] \+ 2\*n\[l\], "),
    (["summary", "n0-...-nL"], r"gradients +6\*n\[L\] \+ sum\(3\*n\[l - 1\]\*n\[l\] \+ 4\*n\[l\], l = 1\.\.L\) \+ "
                               r"sum\(2\*n\[l - 1\]\*n\[l\], l = 2\.\.L\)"),
    (["gradcheck", "3-4-2"], "right"),
    (["gradcheck", "3-4:relu-2:softmax", "--cost", "cross-entropy", "--regularize", "l2"], "right"),
    (["gradcheck", "fine.eq"], "right"),
    (["gradcheck", "n0-n1-n2"], "right"), (["gradcheck", "n0-...-nL"], "right"),
    (["gradcheck", "3-4-2", "--activation", "z/(1+exp(-z))", "--no-bias"], "right"),
    (["--help"], "ARCH"), ([], "ARCH"), (["--version"], "derive 0"),
]


@pytest.mark.parametrize(("arguments", "expected"), GOOD, ids=[" ".join(a) or "nothing" for a, _ in GOOD])
def test_good_input(arguments: list[str], expected: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = cli.run(arguments)
    out, err = capfd.readouterr()
    assert code == 0 and err == "", err
    assert re.search(expected, out)


def test_a_wrong_gradient_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    from derive import pipeline

    emit = pipeline.emit

    def off_by_two(*arguments: Any, **named: Any) -> str:
        return emit(*arguments, **named) + (
            "\n_right = cost_and_gradients\ndef cost_and_gradients(*a):\n    c, g = _right(*a)\n"
            "    return c, {n: v * (2 if n == 'w2' else 1) for n, v in g.items()}\n")

    monkeypatch.setattr(pipeline, "emit", off_by_two)
    assert cli.run(["gradcheck", "3-4-2"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.endswith("WRONG")] == ["w2"]


def test_output_to_a_file_is_what_standard_output_shows(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["code", "3-4-2"]) == cli.run(["code", "3-4-2", "-o", "network.py"]) == 0
    assert (folder / "network.py").read_text() == capfd.readouterr().out


def derive(*arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "derive", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["latex", "3-0-2"], 2), (["nonsense"], 2)])
def test_the_process_ends_with_the_code(arguments: list[str], code: int) -> None:
    assert derive(*arguments).returncode == code


def test_the_reader_may_go_away() -> None:
    process = subprocess.Popen([sys.executable, "-m", "derive", "latex", "64-16-16-10"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_interrupt() -> None:
    """Where the tests run in the background, the shell has told them to ignore it: the command is not to."""
    process = subprocess.Popen([sys.executable, "-m", "derive", "train", "64-16-16-10", "--epochs", "10000"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and b"Traceback" not in err


@pytest.mark.parametrize(("error", "message"), [
    (MemoryError, "there is not enough memory for this network\n  Make it narrower."),
    (RecursionError, "the input is nested too deep\n  Split it into several equations.")])
def test_what_python_cannot_hold_is_an_input_that_cannot_be_used(
        error: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    def fault(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_command", lambda name: fault)
    assert cli.run(["summary", "2-1"]) == 2 and capsys.readouterr().err == f"derive: error: {message}\n"


def test_a_fault_of_its_own_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fault(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "run", fault)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 70 and "ZeroDivisionError" in capsys.readouterr().err


def test_demo_and_train_on_small_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                      capfd: pytest.CaptureFixture[str]) -> None:
    """The main job with digits of 4 x 4 pixels, which are quickly learned."""
    import numpy as np

    from derive import demo

    labels = np.arange(400, dtype=np.uint8) % 10
    images = np.zeros((400, 4, 4), dtype=np.uint8)
    images.reshape(400, -1)[np.arange(400), labels] = 250
    np.savez(tmp_path / "easy.npz", images=images, labels=labels)
    monkeypatch.setattr("derive.training.train.STEPS", 2000)
    monkeypatch.setattr(demo, "STEPS", 2000)
    assert cli.run(["demo", "--data", str(tmp_path / "easy.npz"), "--out", str(tmp_path / "out")]) == 0
    out = capfd.readouterr().out
    assert "16-16-16-10" in out and "every gradient is right" in out and "100.0%" in out
    assert {"derivation.tex", "network.py", "cost.svg"} <= set(os.listdir(tmp_path / "out"))
    assert cli.run(["train", "16-12-10", "--data", str(tmp_path / "easy.npz"), "--epochs", "60", "--rate", "3"]) == 0
    assert "100.0% of 80" in capfd.readouterr().out.splitlines()[-1]


def test_a_cost_that_is_no_number_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["gradcheck", "3-4:identity-2:identity", "--cost", "bce"]) == 2
    assert "the cost is nan" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_standard_output() -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run([sys.executable, "-m", "derive", "code", "3-4-2"], stdout=full, stderr=subprocess.PIPE,
                               text=True, check=False, env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert ended.returncode == 2 and ended.stderr.startswith("derive: error: cannot write the result")


@pytest.mark.parametrize("command", ["summary 3-4-2 >&-", "check 3-4-2 - <&-"])
def test_a_closed_stream_is_no_fault(command: str) -> None:
    """As under a scheduler that gives a command none."""
    ended = subprocess.run(["sh", "-c", f"{sys.executable} -m derive {command}"], capture_output=True, text=True,
                           check=False)
    assert ended.returncode == 0 and not ended.stderr
