"""Scalar functions: the record of one, the primitives, and what NumPy lacks."""
