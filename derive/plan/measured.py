"""What was measured, in one table: which form of an operation is faster from which size on.

OpenBLAS 0.3 has kernels for small products that read their operands where they lie; larger ones are packed first.
Medians of interleaved rounds on one core of an AMD EPYC with AVX-512 (NumPy 2.4): the factors are time over time of the
plain form. Another machine moves them a little: `derive code --tune` measures there.
"""

from __future__ import annotations

SMALL = 250_000
"""Multiplications below which a product stays whole (32x128 @ 128x64: 0.64 in blocks; 10x784 @ 784x30: 1.25)."""
FORWARD_BLOCK = 512_000
"""Of a product with a transposed weight, per block of rows (784-16, 1000 rows: 0.72 at 40 rows, 1.12 at 100)."""
BLOCK = 1_000_000
"""Of any other product, per block (784-128, 128 rows: 0.88 back; 784-16 gradient: 0.68 at 56 columns, 1.1 at 98)."""
LEAST_ROWS, LEAST_COLUMNS = 4, 8
"""Blocks thinner than these cost more than they save."""
LEAST_WEIGHTS = 500
"""A layer with fewer weights is not worth the views (64x10, 1024 rows: 0.67; 16x16, 1000 rows: 1.0)."""
TOGETHER = 4_096
"""Numbers in one flat buffer for all layers at once: it must stay in the first cache (10 rows of 42: 0.94)."""
TILE_BYTES = 3_300_000
"""Of the data that one pass reads and the gradient reads again (784-16-16-10, 1000 rows: float64 0.76 of the products
in tiles of 500 rows, 0.81 whole, 0.85 in tiles of 250; float32 0.92, 0.83, 1.04)."""
TILED_WEIGHTS = 30_000
"""Weights above which adding up the gradients of tiles costs more than the tiles save."""
