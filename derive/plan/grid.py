"""A product in blocks, as text: arrays as grids of blocks, which NumPy multiplies block by block.

    (height, depth) @ (depth, width)   is   (r, 1, height/r, depth) @ (c, depth, width/c) -> (r, c, height/r, width/c)

In: which axes are cut, and the lengths as they are written. Out: the expressions of views of the same memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.plan.words import Text, called, text


@dataclass(frozen=True)
class Grid:
    """`name` is the result, `cut` which axes of it are cut, `turned` whether the second operand is a transpose."""

    name: Text
    cut: str
    height: str
    width: str
    depth: str
    turned: bool

    @property
    def rows(self) -> Text:
        return ("_",) if self.cut == "columns" else called(self.name, before="rows_")

    @property
    def columns(self) -> Text:
        return ("_",) if self.cut == "rows" else called(self.name, before="columns_")

    def counted(self, function: str) -> tuple[Text, Text]:
        """The numbers of rows and columns of blocks, and the call that finds them."""
        rule = f"{function}_turned" if self.turned else function
        return text("{}, {}", self.rows, self.columns), (f"{rule}({self.height}, {self.width}, {self.depth}, dtype)",)

    def first(self, shown: Text) -> Text:
        if self.cut == "columns":
            return shown
        form = "{}.reshape({}, -1, {})" if self.cut == "rows" else "{}.reshape({}, 1, -1, {})"
        return text(form, shown, self.rows, self.depth)

    def second(self, shown: Text, whole: Text) -> Text:
        """`shown` is the array as it lies in memory, `whole` what stands for it where it is not cut."""
        if self.cut == "rows":
            return whole
        if self.turned:
            return text("{}.reshape({}, -1, {}).swapaxes(1, 2)", shown, self.columns, self.depth)
        return text("{}.reshape({}, {}, -1).swapaxes(0, 1)", whole, self.depth, self.columns)

    def result(self) -> Text:
        if self.cut == "rows":
            return text("{}.reshape({}, -1, {})", self.name, self.rows, self.width)
        if self.cut == "columns":
            return text("{}.reshape({}, {}, -1).swapaxes(0, 1)", self.name, self.height, self.columns)
        return text("_blocks({}, {}, {})", self.name, self.rows, self.columns)
