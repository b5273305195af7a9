"""Every example of docs/checking.md does what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from derive.cli import run

GUIDE = Path(__file__).parent.parent / "docs" / "checking.md"
FILE = re.compile(r"^`([\w.]+)`:\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = GUIDE.read_text(encoding="utf-8")
EXAMPLES = [example for block in BLOCK.findall(TEXT) for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]


def test_the_guide_has_examples() -> None:
    assert len(EXAMPLES) > 10 and len(FILE.findall(TEXT)) == 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                    capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in FILE.findall(TEXT):
        Path(name).write_text(content, encoding="utf-8")
    command, *expected, code = example.strip().splitlines()
    found = run(shlex.split(command)[1:])
    said = " ".join("".join(capfd.readouterr()).split())
    assert f"exit code {found}" == code, said
    for line in expected:
        assert " ".join(line.split()) in said
