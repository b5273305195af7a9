r"""Formulas as people write them in LaTeX: text and macros in, the neutral tree of derive.written.tree out.

    read(r"\delta^l = (w^{l+1})^T \delta^{l+1}")    one formula
    read_lines(r"a &= b \\ &= c")                   the rows of an alignment
"""

from derive.written.latex.reader import read, read_lines

__all__ = ["read", "read_lines"]
