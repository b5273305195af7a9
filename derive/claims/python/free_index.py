"""A line out of a loop: `nabla_w[-l] = np.dot(delta, activations[-l-1].T)`, where nobody says which l.

Its index runs over all values for which every list has that entry; `delta` is then the error of that layer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sized

from derive.claims.python.forward import Forward
from derive.written.python.read import Program

LETTERS = ("l", "t", "i", "j", "k", "n", "layer", "L")
LONGEST = 12


def free_index(program: Program, forward: Forward) -> str:
    """The one name that stands in square brackets and has no value; empty if there is none, or several."""
    stored = {n.id for n in _nodes(program) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    stored |= {n.arg for n in _nodes(program) if isinstance(n, ast.arg)}
    inside = {inner.id for n in _nodes(program) if isinstance(n, ast.Subscript) for inner in ast.walk(n.slice)
              if isinstance(inner, ast.Name)}
    found = sorted(n for n in inside - stored if n in LETTERS and n not in forward.leaves and n not in forward.sizes)
    return found[0] if len(found) == 1 and _lists(forward) else ""


def values(program: Program, forward: Forward, index: str) -> range:
    """Candidates: up to the length of the longest list; from 1 where entries are counted from the end, as in zs[-l]."""
    negated = any(isinstance(n, ast.UnaryOp) and isinstance(n.operand, ast.Name) and n.operand.id == index
                  for n in _nodes(program))
    return range(int(negated), min(LONGEST, max(map(len, _lists(forward)), default=0) + 1))


def layer(program: Program) -> ast.expr | None:
    """The index under which the first result of the line is kept."""
    targets = (n.targets[0] if isinstance(n, ast.Assign) else n.target for n in program.body
               if isinstance(n, (ast.Assign, ast.AugAssign)))
    return next((t.slice for t in targets if isinstance(t, ast.Subscript)), None)


def _lists(forward: Forward) -> list[Sized]:
    return [v for v in forward.frame.values() if isinstance(v, (list, dict))]


def _nodes(program: Program) -> Iterator[ast.AST]:
    return (node for body in program.body for node in ast.walk(body))
