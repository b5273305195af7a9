"""Statements in their order: each equation with the loops around it, or changed where it stands.

    for t: h[t] = f(h[t-1]), c[t] = g(h[t])        with h alone        for t: h[t] = f(h[t-1])

In: equations and loops. Out: equations; or the same loops of changed equations.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace

from derive.ir.equation import Equation, Loop, Statement


def walk(statements: Iterable[Statement],
         around: tuple[Loop, ...] = ()) -> Iterator[tuple[Equation, tuple[Loop, ...]]]:
    """Every equation in order, with the loops around it (outermost first)."""
    for statement in statements:
        if isinstance(statement, Loop):
            yield from walk(statement.body, (*around, statement))
        else:
            yield statement, around


def equations_of(statements: Iterable[Statement]) -> Iterator[Equation]:
    """Every equation in order."""
    return (equation for equation, _ in walk(statements))


def rewritten(statements: Iterable[Statement],
              change: Callable[[Equation], Iterable[Equation]]) -> tuple[Statement, ...]:
    """Each equation replaced by those that it becomes, where it stands; a loop of which nothing is left goes, too."""
    found: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Loop):
            body = rewritten(statement.body, change)
            found += [replace(statement, body=body)] if body else []
        else:
            found += change(statement)
    return tuple(found)


def mapped(statements: Iterable[Statement], change: Callable[[Equation], Equation]) -> tuple[Statement, ...]:
    """Every equation changed, the loops as they were."""
    return rewritten(statements, lambda equation: (change(equation),))


def writing(statements: Iterable[Statement], names: Container[str]) -> tuple[Statement, ...]:
    """Those that write one of these tensors."""
    return rewritten(statements, lambda equation: (equation,) if equation.target in names else ())
