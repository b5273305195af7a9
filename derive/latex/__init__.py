"""Derivations as LaTeX: expressions, equations, chains of lines, documents."""
