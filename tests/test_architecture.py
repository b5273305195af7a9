"""The house: imports run one way, rooms stay small, nothing evaluates text, no set decides an order."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

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
    {"shrunk"},
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


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> frozenset[str]:
    """The rooms that a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "derive":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {name.name for name in node.names if name.name[:2] != "__"}
        elif isinstance(node, ast.Import):
            found |= {n.name.split(".")[1] for n in node.names if n.name.startswith("derive.")}
    return frozenset(found)


def listed(wrong: dict[Path, object]) -> dict[str, object]:
    """What is wrong, by module: the modules in which something is."""
    return {str(path.relative_to(HOUSE)): what for path, what in wrong.items() if what}


def beyond(modules: Iterable[Path], allowed: set[str]) -> dict[str, object]:
    """The imports that are not among these, of some modules."""
    chosen = list(modules)
    assert chosen
    return listed({path: sorted(imported(path) - allowed) for path in chosen})


def test_the_modules_are_found() -> None:
    """All rules below are about them: every room has its floor, and every floor its rooms."""
    assert {room(path) for path in MODULES} == set().union(*FLOORS)


def test_imports_run_one_way() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    assert not listed({path: sorted(other for other in imported(path) - {room(path)}
                                    if floor.get(other, len(FLOORS)) >= floor[room(path)]) for path in MODULES})


def test_no_import_is_relative() -> None:
    assert not listed({path: [node.lineno for node in ast.walk(tree(path))
                              if isinstance(node, ast.ImportFrom) and node.level] for path in MODULES})


def test_the_oracle_shares_only_the_language() -> None:
    assert not beyond((p for p in MODULES if room(p) in ORACLE),
                      {"ir", "functions", "primitives", "special", "errors"} | ORACLE)


def test_printers_do_not_ask_the_oracle() -> None:
    assert not beyond((p for p in MODULES if room(p) in PRINTERS), set().union(*FLOORS) - ORACLE)


def test_the_checker_shares_only_functions_with_the_engine() -> None:
    """So that a printed formula that is checked was derived twice."""
    assert not beyond(CHECKERS, {"errors", "functions", "registry", "written", "points", "claims", "mistake", "check"})


def test_modules_and_functions_are_small() -> None:
    assert not listed({path: size for path in MODULES if (size := len(path.read_text().splitlines())) > LONGEST_MODULE})
    assert not listed({path: {node.name: size for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)
                              if (size := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION}
                       for path in MODULES})


def test_every_module_says_what_it_is() -> None:
    assert not listed({path: "no docstring" for path in MODULES
                       if path.read_text().strip() and not ast.get_docstring(tree(path))})


def test_nothing_evaluates_text_or_simplifies() -> None:
    assert not listed({path: sorted(n for n in called(path) & FORBIDDEN if (room(path), n) not in ALLOWED_CALLS)
                       for path in MODULES})


def called(path: Path) -> set[str]:
    """The last names of all functions that a module calls; not re.compile."""
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return {f.id for f in calls if isinstance(f, ast.Name)} | {
        f.attr for f in calls if isinstance(f, ast.Attribute) and not (f.attr == "compile" and _is_re(f))}


def _is_re(call: ast.Attribute) -> bool:
    return isinstance(call.value, ast.Name) and call.value.id == "re"


def test_no_loop_runs_over_a_bare_set() -> None:
    """The order of a set of strings changes with PYTHONHASHSEED; `sorted(...)` does not."""
    assert not listed({path: [loop.lineno for loop in loops(path) if isinstance(loop, ast.Set | ast.SetComp)
                              or isinstance(loop, ast.Call) and isinstance(loop.func, ast.Name)
                              and loop.func.id in ("set", "frozenset")] for path in MODULES})


def loops(path: Path) -> list[ast.expr]:
    """What the loops of a module run over, those of comprehensions too."""
    return [node.iter for node in ast.walk(tree(path)) if isinstance(node, ast.For | ast.comprehension)]
