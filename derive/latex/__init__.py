"""Derivations as LaTeX: expressions, equations, chains of lines, documents."""

from derive.latex.document import document
from derive.latex.expression import expression

__all__ = ["document", "expression"]
