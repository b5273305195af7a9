"""Who loads what: `--help` neither SymPy nor NumPy (so it is quick), a command no more rooms than it needs."""

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


CHECKING = ("check", "claims", "mistake", "mistakes", "points", "written")
SHOWING = ("analysis", "bridge", "diagrams", "document", "latex.document", "latex.expression", "pages", "writers")
WORKING = ("differences", "evaluate", "gradcheck", "training")
COMMANDS = [
    (["code", "3-4-2", "--style", "fast"], ("numpy",), (*CHECKING, *SHOWING, *WORKING)),
    (["summary", "3-4-2"], ("numpy",), (*CHECKING, *SHOWING, *WORKING, "jinja2")),
    (["gradcheck", "3-4-2"], (), (*CHECKING, *SHOWING, "training")),
    (["latex", "3-4-2"], (), (*CHECKING, "training", "jinja2")),
    (["picture", "3-4-2"], (), (*CHECKING, "pages", "training")),
    (["check", "3-4-2", r"\delta^L = a^L"], (), ("bridge", "diagrams", "pages", "plan", "training", "writers")),
]


@pytest.mark.parametrize(("arguments", "packages", "rooms"), COMMANDS, ids=[a[0] for a, _, _ in COMMANDS])
def test_a_command_loads_only_what_it_needs(arguments: list[str], packages: tuple[str, ...],
                                            rooms: tuple[str, ...]) -> None:
    ask = (f"from derive.cli import run; run({arguments})\nimport sys\n"
           f"print('LOADED', [m for m in {[*packages, *(f'derive.{room}' for room in rooms)]} if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("name", derive.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(derive, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = derive.no_such_thing
