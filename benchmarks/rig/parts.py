"""A gradient step taken apart: each statement that really runs for a minibatch, as a function of its own.

In: a `Program`, the emitted file at work. Out: its parts. A step is followed line by line, so a loop counts as often as
it goes round, and a minibatch that is taken in parts as the steps of these.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from types import CodeType, FrameType
from typing import Any

import numpy as np

from benchmarks.rig.workload import Array
from derive.gradcheck.emitted import load_source
from derive.tune.clock import Work
from derive.tune.program import Program

WIDE = 100_000
"""Multiplications above which a product is wide; one with the data always is."""
SIMPLE = ast.Expr, ast.Assign, ast.AugAssign
ALONE = """
def run_{0}({1}):
    {2}

def operands_{0}({1}):
    return [{3}]
"""
Ran = tuple[ast.stmt, dict[str, Any]]
"""A statement, and what its names stood for when it ran."""


@dataclass(frozen=True)
class Part:
    """`run` does what the statement does, on the arrays of the step; a step does so `times` times."""

    statement: str
    run: Work
    times: int
    operands: Sequence[tuple[Array, Array]]
    """Of its matrix products; an outer product, in which nothing is added up, is none."""
    with_data: bool

    @property
    def multiplications(self) -> int:
        return sum(multiplications(a.shape, b.shape) for a, b in self.operands)

    @property
    def kind(self) -> str:
        if not self.operands:
            return "other"
        return "wide" if self.with_data or self.multiplications > WIDE else "small"


def multiplications(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    """In a product of vectors, matrices or stacks of them, of these shapes."""
    stack = np.broadcast_shapes(first[:-2], second[:-2])
    return prod((*stack, *first[:-1][-1:], first[-1], *second[1:][-1:]))


def parts(program: Program) -> list[Part]:
    """Those of one step, in its order; a statement that runs again on arrays of the same shapes is the same part."""
    alike: dict[Any, list[Ran]] = {}
    for statement, held in ran(program):
        shapes = (array.shape for array in held.values() if isinstance(array, np.ndarray))
        alike.setdefault((statement, *shapes), []).append((statement, held))
    runs = [(*group[0], len(group)) for group in alike.values()]
    module: Any = load_source("".join(
        ALONE.format(n, ", ".join(held), ast.unparse(statement), ", ".join(products(statement, held)))
        for n, (statement, held, _) in enumerate(runs)))
    found = []
    for n, (statement, held, times) in enumerate(runs):
        run, operands = getattr(module, f"run_{n}"), getattr(module, f"operands_{n}")
        run.__defaults__ = operands.__defaults__ = tuple(held.values())
        pairs = [(a, b) for a, b in operands() if a.shape[-1] > 1]
        with_data = any(np.may_share_memory(one, program.sample.data[0]) for pair in pairs for one in pair)
        found.append(Part(ast.unparse(statement), run, times, pairs, with_data))
    return found


def products(statement: ast.stmt, held: dict[str, Any]) -> Iterator[str]:
    """The operands of each product in it, as they are written."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=function, args=[first, second, *_]) if standing_for(function, held) is np.matmul:
                pass
            case ast.Call(func=ast.Attribute(value=first, attr="dot"), args=[second, *_]):
                pass
            case ast.Call(func=ast.Name(id="gemm" | "gemv" as name), args=[_, first, second, _, _, *told]):
                first, second = (ast.Attribute(one, "T") if turn else one
                                 for one, turn in zip((first, second), turned(name, told), strict=True))
            case _:
                continue
        yield f"({ast.unparse(first)}, {ast.unparse(second)})"


def turned(name: str, told: Sequence[ast.expr]) -> tuple[bool, bool]:
    """Which operands SciPy's function is told to turn: gemm at once, gemv the matrix in the last place but one."""
    flags = [bool(one.value) for one in told if isinstance(one, ast.Constant)]
    return (flags[0], flags[1]) if name == "gemm" else (flags[-2], False)


def standing_for(function: ast.expr, held: dict[str, Any]) -> Any:
    """What is called: matmul, np.matmul, sum_grad_w1, sum_grad_w[layer]."""
    match function:
        case ast.Name(id=name):
            return held.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            return getattr(held.get(name), attr, None)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=at)) if name in held:
            return held[name][held[at]]
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=at)) if name in held:
            return held[name][at]
    return None


def own_code(function: Any) -> Iterator[CodeType]:
    """Its code, and that of the functions of the same file that it keeps: what adds up the products of parts."""
    code = getattr(function, "__code__", None)
    if code is not None:
        yield code
        for cell in function.__closure__ or ():
            if getattr(getattr(cell.cell_contents, "__code__", None), "co_filename", "") == code.co_filename:
                yield from own_code(cell.cell_contents)


def ran(program: Program) -> list[Ran]:
    """Every simple statement of a step, in the order in which they run."""
    codes = {code for step in program.steps for code in own_code(step)}
    standing = {line: node for node in ast.walk(ast.parse(program.source)) if isinstance(node, SIMPLE)
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    found: list[Ran] = []
    last: ast.stmt | None = None

    def follow(frame: FrameType, event: str, _: object) -> Any:
        nonlocal last
        if frame.f_code not in codes:
            return None
        if event == "call" and found:
            found.pop()  # the call of this step, in whose place stand its own statements
        if event == "line":
            here = standing.get(frame.f_lineno)
            if here is not None and here is not last:  # one of several lines comes by again and again
                known = {**frame.f_globals, **frame.f_locals}
                names = dict.fromkeys(node.id for node in ast.walk(here) if isinstance(node, ast.Name))
                found.append((here, {name: known[name] for name in names if name in known}))
            last = here
        return follow

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        program.work()
    finally:
        sys.settrace(before)
    return found
