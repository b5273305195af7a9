"""What is computed from what: the equations as a graph from each tensor to those that read it.

    z = w x + b,  a = f(z),  C = (a - y)^2        of w: z, a, C;      for z: w, x, b
"""

from __future__ import annotations

from collections.abc import Iterable

from derive.ir.equation import Equation


def dependent(equations: Iterable[Equation], names: Iterable[str]) -> set[str]:
    """These tensors and everything that is computed from them."""
    readers: dict[str, list[str]] = {}
    for equation in equations:
        for name in equation.names:
            readers.setdefault(name, []).append(equation.target)
    return _reached(names, readers)


def needed(equations: Iterable[Equation], names: Iterable[str]) -> set[str]:
    """These tensors and everything that they are computed from."""
    reads: dict[str, list[str]] = {}
    for equation in equations:
        reads.setdefault(equation.target, []).extend(equation.names)
    return _reached(names, reads)


def _reached(start: Iterable[str], edges: dict[str, list[str]]) -> set[str]:
    found = set(start)
    border = list(found)
    while border:
        for name in edges.get(border.pop(), ()):
            if name not in found:
                found.add(name)
                border.append(name)
    return found
