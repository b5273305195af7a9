"""Who hears of every assignment that a run makes.

    W[0] = x   written(("W",), array, 0)      z = W @ x   bound(("z",), value)      zs.append(z)   bound(("zs", 0), z)

A watch may put another value in place: that is how an entry becomes a dual number.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from derive.claims.python.values import Fault, Value
from derive.written.python.source import Source

Path = tuple[Any, ...]
"""("W1",) or ("zs", 2): a variable, or what stands in a list or dictionary."""


class Watch:
    """Hears of every assignment of the frame that is looked at; the plain one lets all pass."""

    def bound(self, path: Path, value: Value, node: ast.AST, source: Source) -> Value:
        return value

    def written(self, path: Path, array: Value, at: Value, node: ast.AST, source: Source) -> None:
        """Entries `at` of an array were written in place."""

    def failed(self, path: Path, fault: Fault, node: ast.AST, source: Source) -> bool:
        """Whether to go on after a formula that failed."""
        return False


@dataclass
class Places(Watch):
    """Where each name was last written, and what failed; `put` replaces a value once its formula is done."""

    last: dict[Path, tuple[ast.AST, Source]] = field(default_factory=dict)
    faults: dict[Path, Fault] = field(default_factory=dict)

    def bound(self, path: Path, value: Value, node: ast.AST, source: Source) -> Value:
        self.last[path] = self.last[path[:1]] = (node, source)
        if len(path) == 1:
            self.faults.pop(path, None)
        return value

    def written(self, path: Path, array: Value, at: Value, node: ast.AST, source: Source) -> None:
        self.last[path] = (node, source)

    def failed(self, path: Path, fault: Fault, node: ast.AST, source: Source) -> bool:
        self.last[path] = (node, source)
        self.faults.setdefault(path, fault)
        return True
