"""What the names of a NumPy claim are: shapes, and what else is known of them.

    X: (N, D)      y: (N,) integer below C      Y: (N, C) one-hot      weights: [(n1, n0), (n2, n1)]
    reg: ()        sigma: elementwise           ell: scalar function   dZ1: m * dJ/dZ1

Equal letters are equal sizes, different letters different sizes; each letter is also a whole number of that name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.errors import DeriveError, clip

Shape = tuple[str | int, ...]
TRAITS = ("integer", "one-hot", "probabilities", "positive", "symmetric")
FUNCTIONS = {"elementwise": False, "elementwise function": False, "scalar function": True, "function": True}
EXAMPLE = "Write 'W: (D, C)', 'y: (N,) integer', 'weights: [(n1, n0), (n2, n1)]', 'lam: ()' or 'sigma: elementwise'."
_SCALED = re.compile(r"(?P<factor>[\w./]+)\s*\*?\s*d(?P<of>\w+)\s*/\s*d(?P<by>\w+)$")


@dataclass(frozen=True)
class Leaf:
    """One declared array, or a list of them."""

    name: str
    shapes: tuple[Shape, ...]
    listed: bool = False
    trait: str = ""
    below: str = ""
    """The size below which integers stay."""


@dataclass(frozen=True)
class Declared:
    """All declarations of a context."""

    leaves: tuple[Leaf, ...] = ()
    functions: tuple[tuple[str, bool], ...] = ()
    """Generic functions, and whether they take all entries to one number."""
    scaled: tuple[tuple[str, str], ...] = ()
    """d-names that mean a multiple of the derivative: (dZ1, m)."""

    def letters(self) -> list[str]:
        """The size letters in the order in which they are met."""
        found: dict[str, None] = {}
        for leaf in self.leaves:
            for shape in leaf.shapes:
                found.update({size: None for size in shape if isinstance(size, str)})
            if leaf.below and not leaf.below.isdecimal():
                found[leaf.below] = None
        return list(found)


def declared(where: tuple[str, ...]) -> Declared:
    leaves: list[Leaf] = []
    functions: list[tuple[str, bool]] = []
    scaled: list[tuple[str, str]] = []
    for line in _lines(where):
        names, colon, said = (part.strip() for part in line.partition(":"))
        if not colon or not said:
            raise DeriveError(f"cannot tell what '{clip(line)}' declares", where="where", do=EXAMPLE)
        for name in (n.strip().removeprefix("self.") for n in names.split(",")):
            if not name.isidentifier() or name.startswith("__"):
                raise DeriveError(f"'{clip(name)}' is no name", where="where", do=EXAMPLE)
            match = _SCALED.match(said)
            if said in FUNCTIONS:
                functions.append((name, FUNCTIONS[said]))
            elif match:
                scaled.append((name, match["factor"]))
            else:
                leaves.append(_leaf(name, said, line))
    return Declared(tuple(leaves), tuple(functions), tuple(scaled))


def _lines(where: tuple[str, ...]) -> Iterator[str]:
    for line in where:
        if len(line) > 2000:
            raise DeriveError("a declaration is longer than 2000 characters", where="where", do=EXAMPLE)
        yield from (part.strip() for part in re.split(r"[;\n]", line) if part.strip())


def _leaf(name: str, said: str, line: str) -> Leaf:
    if said in ("scalar", "number"):
        return Leaf(name, ((),))
    end = max(said.rfind(")"), said.rfind("]")) + 1
    shapes, words = said[:end], said[end:].split()
    trait = words[0] if words else ""
    if not end or (trait and trait not in TRAITS):
        raise DeriveError(f"cannot tell what '{clip(line)}' declares", where="where", do=EXAMPLE)
    try:
        node = ast.parse(shapes, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeriveError(f"'{clip(shapes)}' is no shape", where="where", do=EXAMPLE) from None
    listed = isinstance(node, ast.List)
    parts = node.elts if isinstance(node, ast.List) else [node]
    below = words[2] if words[1:2] == ["below"] and len(words) > 2 else ""
    return Leaf(name, tuple(_shape(part, line) for part in parts), listed, trait, below)


def _shape(node: ast.expr, line: str) -> Shape:
    sizes = node.elts if isinstance(node, ast.Tuple) else [node]
    found: list[str | int] = []
    for size in sizes:
        if isinstance(size, ast.Name):
            found.append(size.id)
        elif isinstance(size, ast.Constant) and isinstance(size.value, int) and 0 < size.value <= 16:
            found.append(size.value)
        else:
            raise DeriveError(f"a size in '{clip(line)}' is neither a letter nor a number from 1 to 16", where="where",
                              do=EXAMPLE)
    return tuple(found)
