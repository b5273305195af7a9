"""Arrays of gradients, computed in any language: right, or which entries differ and what was done otherwise."""

from derive.check.arrays.check import Finding, Findings, check_arrays
from derive.check.arrays.layout import Layout
from derive.check.arrays.stored import load_arrays

__all__ = ["Finding", "Findings", "Layout", "check_arrays", "load_arrays"]
