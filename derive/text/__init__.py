"""The textbook text syntax of equations: read and printed."""

from derive.text.formula import write_expression
from derive.text.printer import write_equation, write_equations
from derive.text.reader import declared_shapes, read_block, read_equations, read_formula

__all__ = [
    "declared_shapes", "read_block", "read_equations", "read_formula", "write_equation", "write_equations",
    "write_expression",
]
