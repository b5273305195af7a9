"""Importing derive, and asking the command for help, loads neither SymPy nor NumPy (so both are quick)."""

from __future__ import annotations

import subprocess
import sys

import pytest

import derive

HEAVY = ("sympy", "numpy", "jinja2", "lark")


@pytest.mark.parametrize("program", [
    "import derive",
    "import derive.cli",
    "import derive; derive.__version__; dir(derive)",
    "from derive.cli import run; run(['--help']); run(['latex', '--help'])",
    "from derive.cli import run; run(['--version'])",
    "from derive.cli import run; run(['no-such-command'])",
])
def test_loads_nothing_heavy(program: str) -> None:
    ask = f"{program}\nimport sys\nprint('LOADED', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("name", derive.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(derive, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = derive.no_such_thing
