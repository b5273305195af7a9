"""The house: imports run one way, rooms stay small, nothing evaluates text, no set decides an order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "derive"
MODULES = sorted(HOUSE.rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 300, 45

FLOORS = (
    {"errors", "registry", "options"},
    {"functions", "katex", "written"},
    {"activations", "ir"},
    {"text", "evaluate", "points"},
    {"model", "differences"},
    {"layers", "costs", "regularizers"},
    {"formulas"},
    {"spec"},
    {"assembly"},
    {"forward", "samples"},
    {"calculus"},
    {"notation", "forms", "document", "worked"},
    {"notations", "templates"},
    {"latex", "codegen"},
    {"plan"},
    {"targets", "bridge", "diagrams", "own_notation", "claims"},
    {"bridges", "files", "summary", "mistake"},
    {"gradcheck", "mistakes"},
    {"writers", "training", "check", "tune"},
    {"pages", "analysis"},
    {"pipeline"},
    {"demo", "api"},
    {"commands"},
    {"cli"},
    {"__init__", "__main__"},
)
"""A room may import the rooms of the lines before its own; those found by looking into a folder are no imports."""
ORACLE = {"evaluate", "differences"}
PRINTERS = {"latex", "codegen", "targets", "forms", "notations", "calculus"}
CHECKERS = [path for path in MODULES if path.is_relative_to(HOUSE / "written") or path.is_relative_to(HOUSE / "points")
            or path.parent == HOUSE / "claims" and not path.name.startswith("network")
            or path.parent == HOUSE / "check" and path.stem in ("judge", "compare", "decide", "witness", "diagnose")]
"""What decides about a formula. `claims/network*.py` writes the forward equations of a network as LaTeX."""
FORBIDDEN = {"eval", "exec", "compile", "__import__",
             "sympify", "S", "parse_expr", "simplify", "doit", "cse", "lambdify"}
ALLOWED_CALLS = {("functions", "sympify"), ("katex", "eval")}
"""`functions` turns the numbers 0 and 1 that a slope may return into SymPy's; it sees no text.
`katex` loads KaTeX's own file into QuickJS, which has no way to files or network; formulas are arguments."""


def room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The rooms that a module imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "derive":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {name.name for name in node.names if name.name[:2] != "__"}
        elif isinstance(node, ast.Import):
            found |= {n.name.split(".")[1] for n in node.names if n.name.startswith("derive.")}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: a relative import"
    return found


def shown(path: Path) -> str:
    return str(path.relative_to(HOUSE))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_imports_run_one_way(path: Path) -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    here = room(path)
    assert here in floor, f"give {here} its place in FLOORS"
    wrong = {other for other in imported(path) - {here} if floor.get(other, 99) >= floor[here]}
    assert not wrong, f"{here} imports {sorted(wrong)}"


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in ORACLE], ids=shown)
def test_the_oracle_shares_only_the_language(path: Path) -> None:
    assert imported(path) <= {"ir", "functions", "primitives", "special", "errors"} | ORACLE


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in PRINTERS], ids=shown)
def test_printers_do_not_ask_the_oracle(path: Path) -> None:
    assert not imported(path) & ORACLE


@pytest.mark.parametrize("path", CHECKERS, ids=shown)
def test_the_checker_shares_only_functions_with_the_engine(path: Path) -> None:
    """So that a printed formula that is checked was derived twice."""
    assert imported(path) <= {"errors", "functions", "registry", "written", "points", "claims", "mistake", "check"}


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_modules_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_MODULE
    long = {node.name: size for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)
            if (size := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION}
    assert not long


@pytest.mark.parametrize("path", [p for p in MODULES if p.read_text().strip()], ids=shown)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_nothing_evaluates_text_or_simplifies(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {f.id for f in calls if isinstance(f, ast.Name)} | {
        f.attr for f in calls if isinstance(f, ast.Attribute) and not (f.attr == "compile" and _is_re(f))}
    assert not {n for n in names & FORBIDDEN if (room(path), n) not in ALLOWED_CALLS}


def _is_re(call: ast.Attribute) -> bool:
    return isinstance(call.value, ast.Name) and call.value.id == "re"


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_no_loop_runs_over_a_bare_set(path: Path) -> None:
    """The order of a set of strings changes with PYTHONHASHSEED; `sorted(...)` does not."""
    loops = [node.iter for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.For)]
    bare = [loop.lineno for loop in loops if isinstance(loop, ast.Set | ast.SetComp)
            or isinstance(loop, ast.Call) and isinstance(loop.func, ast.Name) and loop.func.id in ("set", "frozenset")]
    assert not bare
