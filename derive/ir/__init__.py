"""The language of derivations: indices, tensors, equations, loops."""

from derive.ir.derivation import Derivation, Fact, all_reads
from derive.ir.equation import (
    SUM,
    Equation,
    Loop,
    Statement,
    Term,
    condition_at,
    indices_of,
    reads_of,
    replaced,
    reread,
    shown,
    tensor_of,
    ties_of,
)
from derive.ir.index import Index, Kind, Label, Tensor, index_symbol, read, size_at, size_symbol
from derive.ir.reach import dependent, needed
from derive.ir.shapes import as_indices
from derive.ir.statements import equations_of, mapped, rewritten, walk, writing

__all__ = [
    "SUM", "Derivation", "Equation", "Fact", "Index", "Kind", "Label", "Loop", "Statement", "Tensor", "Term",
    "all_reads", "as_indices", "condition_at", "dependent", "equations_of", "index_symbol", "indices_of", "mapped",
    "needed", "read", "reads_of", "replaced", "reread", "rewritten", "shown", "size_at", "size_symbol", "tensor_of",
    "ties_of", "walk", "writing",
]
