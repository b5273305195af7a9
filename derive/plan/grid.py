"""A product in blocks, as text: arrays as grids of blocks, which NumPy multiplies block by block.

    (height, depth) @ (depth, width)   is   (r, 1, height/r, depth) @ (c, depth, width/c) -> (r, c, height/r, width/c)

In: which axes are cut, and the lengths as they are written. Out: the expressions of views of the same memory.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """`name` is the result, `cut` which axes of it are cut, `turned` whether the second operand is a transpose."""

    name: str
    cut: str
    height: str
    width: str
    depth: str
    turned: bool

    @property
    def rows(self) -> str:
        return "_" if self.cut == "columns" else f"rows_{self.name}"

    @property
    def columns(self) -> str:
        return "_" if self.cut == "rows" else f"columns_{self.name}"

    def counted(self) -> tuple[str, str]:
        """The numbers of rows and columns of blocks, and the call that finds them."""
        rule = "_grid_turned" if self.turned else "_grid"
        return f"{self.rows}, {self.columns}", f"{rule}({self.height}, {self.width}, {self.depth}, dtype)"

    def first(self, text: str) -> str:
        each = {"columns": "", "rows": f".reshape({self.rows}, -1, {self.depth})",
                "grid": f".reshape({self.rows}, 1, -1, {self.depth})"}
        return text + each[self.cut]

    def second(self, text: str, whole: str) -> str:
        """`text` is the array as it lies in memory, `whole` what stands for it where it is not cut."""
        if self.cut == "rows":
            return whole
        if self.turned:
            return f"{text}.reshape({self.columns}, -1, {self.depth}).swapaxes(1, 2)"
        return f"{whole}.reshape({self.depth}, {self.columns}, -1).swapaxes(0, 1)"

    def result(self) -> str:
        each = {"rows": f"{self.name}.reshape({self.rows}, -1, {self.width})",
                "columns": f"{self.name}.reshape({self.height}, {self.columns}, -1).swapaxes(0, 1)",
                "grid": f"_blocks({self.name}, {self.rows}, {self.columns})"}
        return each[self.cut]
