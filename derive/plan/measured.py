"""What was measured, in one record: which form of an operation is faster from which size on.

OpenBLAS 0.3 has kernels for small products that read their operands where they lie; larger ones are packed first.
Medians of interleaved rounds on one core of an AMD EPYC with AVX-512 (NumPy 2.4): the factors are time over time of the
plain form. Another machine moves them a little: `derive code --tune` measures there.

In: nothing. Out: `Measured`, one field a constant, with the values that tuning tries; `DEFAULT` is what was measured.
A plan carries its record (`plan.measured`), so that a pass and the writer read the constants from what they are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def constant(value: int, *tried: int) -> Any:
    """A field: what was measured, and what tuning tries in its place."""
    return field(default=value, metadata={"tried": tried})


@dataclass(frozen=True)
class Measured:
    """A new constant is a new field here, with its measurement beside it."""

    few: int = constant(250_000, 0, 60_000, 1_000_000, 10**9)
    """Multiplications in the widest layer up to which a minibatch is run as one of few examples, else as one of many
    (784-16-16-10 in 10 examples: 0.9 as few)."""
    small: int = constant(250_000, 0, 1_000_000)
    """Multiplications below which a product stays whole (32x128 @ 128x64: 0.64 in blocks; 10x784 @ 784x30: 1.25)."""
    forward_block: int = constant(512_000, 0, 256_000, 1_000_000)
    """Of a product with a transposed weight, per block of rows (784-16, 1000 rows: 0.72 at 40 rows, 1.12 at 100)."""
    block: int = constant(1_000_000, 0, 500_000, 2_000_000)
    """Of any other product, per block (784-128, 128 rows: 0.88 back; 784-16 gradient: 0.68 at 56 columns,
    1.1 at 98)."""
    least_rows: int = constant(4, 8, 16)
    """Blocks of fewer rows cost more than they save."""
    least_columns: int = constant(8, 16, 32)
    """Blocks of fewer columns cost more than they save."""
    least_weights: int = constant(500, 0, 2_000)
    """A layer with fewer weights is not worth the views (64x10, 1024 rows: 0.67; 16x16, 1000 rows: 1.0)."""
    together: int = constant(4_096, 1_024, 16_384)
    """Numbers in one flat buffer for all layers at once: it must stay in the first cache (10 rows of 42: 0.94)."""
    tile_bytes: int = constant(3_300_000, 800_000, 1_600_000, 6_600_000, 10**12)
    """Of the data that one pass reads and the gradient reads again (784-16-16-10, 1000 rows: float64 0.76 of the
    products in tiles of 500 rows, 0.81 whole, 0.85 in tiles of 250; float32 0.92, 0.83, 1.04)."""
    tiled_weights: int = constant(30_000)
    """Weights above which adding up the gradients of tiles costs more than the tiles save. Not tried: a file for other
    weights has other tiles."""
    scalar_operations: int = constant(200, 0, 100)
    """Operations of one example up to which plain numbers beat arrays (2-3-1, 56: 0.27; 3-4-2, 101: 0.55; 4-6-4, 209:
    0.91; 5-8-3, 247: 1.1; 6-10-4, 361: 1.8)."""
    least_saving: int = constant(50)
    """One part in so many of the operations of a step: what fixed data must save to have a step of their own. Not
    tried: another way to call."""
    typical_rows: int = constant(100)
    """Examples of a minibatch for counts that need a number."""
    without: tuple[tuple[str, str], ...] = ()
    """Passes that are left out, each with the case in which it is: ("spread", "few"). Only tuning leaves any out."""


DEFAULT = Measured()
