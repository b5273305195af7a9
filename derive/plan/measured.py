"""What was measured, in one record: which form of an operation is faster from which size on.

OpenBLAS 0.3 has kernels for small products that read their operands where they lie; larger ones are packed first.
Medians of interleaved rounds on one core of an AMD EPYC with AVX-512 (NumPy 2.4): the factors are time over time of the
plain form. Another machine moves them a little: `derive code --tune` measures there.

In: nothing. Out: `Measured`, one field a constant, with the values that tuning tries; `DEFAULT` is what was measured.
A plan carries its record (`plan.measured`), so that a pass and the writer read the constants from what they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

Pair = tuple[str, str]
"""The name of a pass, and a case."""


def constant(value: float, *tried: int) -> Any:
    """A field: what was measured, and what tuning tries in its place."""
    return field(default=value, metadata={"tried": tried})


@dataclass(frozen=True)
class Measured:
    """A new constant is a new field here, with its measurement beside it."""

    few: int = constant(1_000_000, 0, 60_000, 250_000, 10**9)
    """Multiplications in the widest layer up to which a minibatch is run as one of few examples, else as one of many:
    so many BLAS does without packing (784-16-16-10: 20 examples 0.78 and 0.88, 60 0.91 and 0.93; 128-128-128-10: 5
    examples 0.71 and 0.79; 64-64-64-64: 120 examples 0.95 and 1.01)..."""
    unpacked: int = constant(1_200, 10**9)
    """...but for results above which it does pack sums of more than `deep` terms (512-32-10: 37 examples 0.92 and
    0.95, 50 1.10 and 1.16; 256-256-256: 4 examples 0.84 and 0.95, 8 1.45 and 1.24)..."""
    deep: int = constant(100)
    """...where shorter ones take as long as before (64-256-10: 30 examples 0.79 and 0.84). Not tried: it matters
    little."""
    few_rows: int = constant(250, 10**9)
    """Examples that are many in any case (10-32-32-3, softmax: 200 examples 0.96 and 0.94 as few, 300 1.17 and 1.14;
    1-50-50-1: 300 0.89 and 0.96, 600 1.02 and 1.00)..."""
    few_of_stacks: int = constant(250_000, 0, 60_000, 1_000_000)
    """Multiplications of one example in products over several axes, or in loops over time, up to which it is so."""
    least_few: int = constant(4)
    """Where fewer than these are few, they are run as many, and there is no code for few (784-256-10, 4 examples: 0.93
    and 0.98 as few)..."""
    most_few: int = constant(40_000)
    """...and where so many would be few by their multiplications, there is none for many."""
    block: int = constant(1_000_000, 0, 500_000)
    """Multiplications in a block of a product: BLAS (OpenBLAS's kernels for AVX-512) multiplies so many without packing
    the operands first (256x256 @ 256x256: 0.87 in 32 blocks, 1.9 in the 16 that have more); 0: no product is cut."""
    results: int = constant(1_200, 0)
    """Results in a block whose second operand is transposed, for the same reason (100x256 @ 256x256: 0.82 in blocks of
    1000 results, 5 of 1280)."""
    least_depth: int = constant(32)
    """Sums of fewer terms are packed, too, where the second operand is transposed."""
    small: int = constant(250_000, 1_000_000)
    """Multiplications below which a product with a transposed operand stays whole (50x64 @ 64x64: 1.12)."""
    side: int = constant(32)
    """An axis that is no longer than this is not cut."""
    longest: int = constant(128, 64)
    """The longest side of a block where no operand is transposed (1000x64 @ 64x256: 0.87 in blocks of 100x128, 0.97 in
    blocks of 25x32). Its width is a multiple of 16, the numbers in a register (256x100 @ 100x784: 0.94 at a width of
    112, 1.04 at 28)."""
    enough: int = constant(1_800, 1_000)
    """Results in a block without which its operands are read too often (256x1000 @ 1000x256: 1.14 at 512 of them)..."""
    few_results: int = constant(13_000)
    """...unless the whole product has no more than these; then..."""
    little: int = constant(500)
    """...so many will do, and a width that is a multiple of 8 (64x1024 @ 1024x128: 0.8 at 512 results a block)."""
    many_results: int = constant(270_000)
    """Results above which a product stays whole: it does not stay in the cache (1024x64 @ 64x1024: 1.27 in blocks)."""
    again: int = constant(14_000_000)
    """Numbers of a second operand times the square of their bytes up to which each row of blocks may read it again:
    float64 reads twice as much and gains half (100x784 @ 784x1024 transposed: float32 0.80, float64 1.16)."""
    deep_bytes: int = constant(7_500_000, 0)
    """Bytes of the operands, and of the products of all parts, up to which a sum over many examples is cut into parts,
    so that blocks are small (1024 examples, 32x784: 0.81 in float32, 0.85 in float64; 64x256: 0.88 and 0.90; 128x784:
    0.93 and 1.05, as float64 has 8.5 MB; steps of 784-128-64-10 0.97, of 784-30-10 0.89 to 0.97)..."""
    least_part: int = constant(200)
    """...of no fewer examples than these. Not tried: below, adding up takes what blocks save."""
    register: int = constant(16)
    """Numbers of float32 in a register, which should divide widths and depths."""
    least_height: int = constant(16)
    """Rows of a block at least, where no operand is transposed..."""
    least_width: int = constant(32)
    """...and columns. Smaller blocks were not tried: their operands are read too often."""
    least_side: int = constant(4)
    """Rows and columns of a block at least, where the second operand is transposed."""
    packing_single: float = constant(0.2)
    """A product with a transposed operand is cut if packing would cost more than reading its operands where they lie.
    Packing: 1/height, and 1/width times this in float32, times 1 in float64. These six were fitted to 7,000 shapes,
    each timed whole and in blocks: where the rule cuts, blocks take 0.82 of the whole product in the median..."""
    reading: float = constant(0.0007)
    """...Reading: 1/depth, and this where a block may have `long_block` results..."""
    reading_short: float = constant(0.006)
    """...or this where it may not..."""
    long_block: int = constant(1_000)
    """...since the depth lets it have no more than `block` / depth..."""
    ragged: float = constant(1.5)
    """...with 1/depth times this where registers do not divide the depth (256x300 @ 300x200)..."""
    reading_again: float = constant(0.02)
    """...and this beside, where the second operand leaves the cache from one row of blocks to the next (`again`)."""
    least_weights: int = constant(1_000, 0, 10_000)
    """A layer with fewer weights is not worth the views (64x10, 1024 rows: 4 us of 3000; 16x16, 1000 rows: 1.0)."""
    row: int = constant(32, 10**9)
    """The length from which a row of zeros beside a maximum is faster than one zero (1024x128: 24 and 52 us; 100x16:
    1.5 and 1.1)."""
    top_rows: int = constant(32, 10**9)
    """Rows of a softmax from which one greatest number of all of them is looked for first (32 of 32: 0.9; 128: 0.35;
    1024: 0.1 in float32, 0.2 in float64; a transformer block 0.95 and 0.98)..."""
    top_length: int = constant(256)
    """...and their length (1024 rows of 256: 0.35 and 0.6; of 512: 0.5 and 0.9). Not tried: they are hardly longer."""
    together: int = constant(4_096, 1_024, 16_384)
    """Numbers in one flat buffer for all layers at once: it must stay in the first cache (10 rows of 42: 0.94)."""
    narrow: int = constant(64, 0)
    """The same of one example where there are many (100 rows of 42: 0.98; 1000 rows: 1.0)."""
    cleared: int = constant(16_000)
    """Entries of a gradient from which np.matmul is faster than ndarray.dot, which first fills them with zeros (30x784:
    0.98 in float32, 0.92 in float64; 16x784: 1.07 and 0.97). Not tried: it matters little."""
    uncleared: int = constant(2_000, 10**9)
    """Entries of a gradient of few examples from which SciPy's gemm beats ndarray.dot (10 examples: 16x16 1.15, 64x128
    0.95 and 0.85, 16x784 0.86, 30x784 0.84)."""
    outer: int = constant(512, 10**9)
    """Numbers in a row of an outer product from which it is a multiplication entry by entry, unbuffered (16x784: 0.78
    of ndarray.dot in float32, 0.76 in float64; 256x784: 0.55; 256x1024: 0.15, as dot's rows meet in the cache)."""
    unbuffered: int = constant(400, 10**9)
    """Numbers side by side from which a broadcast is faster without buffers: NumPy's take 8192 numbers, which several
    rows are copied into together (a bias added to 32 rows of 784: 0.74; of 512: 0.92 in float32, 0.69 in float64; of
    350: 1.13 and 0.86; to 32 x 8 images of 24x24: 0.68 and 0.53; of 16x16: 1.11 and 0.69)..."""
    buffer: int = constant(256)
    """...namely with buffers of so many numbers (8 x 32 rows of 512: 0.75 in float32; with twice as many 1.09)."""
    piece_bytes: int = constant(100_000, 10**9)
    """Of which a function that NumPy lacks is computed at once: what it needs on the way stays in the cache, and the
    system takes no memory back, as it does with arrays of 128 KiB (Phi of 65,536 numbers: float32 890 us whole, 690 in
    pieces of twice as much, 153 in these, 175 in half of it; float64 1400, 1170, 380, 410)."""
    scratch: int = constant(1_000, 1, 10**9)
    """Numbers of an example from which the memory of an array serves again (a transformer block, 8 examples of 32 x 64:
    0.93)."""
    turned_depth: int = constant(64, 0)
    """Terms of the sums up to which weights that many rows multiply are copied, so that a product does not read them
    transposed (rows of 128 numbers by 128x64: 1.12 in float64, 0.99 in float32)."""
    tile_bytes: int = constant(3_300_000, 800_000, 1_600_000, 6_600_000, 10**12)
    """Of the data that one pass reads and the gradient reads again (784-16-16-10, 1000 rows: float64 0.76 of the
    products in tiles of 500 rows, 0.81 whole, 0.85 in tiles of 250; float32 0.92, 0.83, 1.04)."""
    tiles: float = constant(1.5)
    """Tiles that a minibatch must fill before it is cut: one that hardly fills more is run whole."""
    tile_step: int = constant(20)
    """Rows of a tile are a multiple of this, so that there are blocks that divide it."""
    tiled_weights: int = constant(30_000, 0, 1_000_000)
    """Weights above which adding up the gradients of tiles costs more than the tiles save."""
    window_bytes: int = constant(2_000_000, 1_000_000, 10**12)
    """The same of all buffers, where windows are copied (28x28, 8 filters of 5x5, 128 images: 0.60 of the time of the
    whole in parts of 16, 0.63 of 8, 0.71 of 32; with two layers of them 0.92 in parts of 8)..."""
    window_rows: int = constant(4)
    """...but no fewer examples than this (3x32x32, 16 and 32 filters, 4 MB in parts of 4: 0.86)."""
    window_weights: int = constant(120_000)
    """Weights above which adding up their gradients takes more than a part saves. Not tried: the saving is known."""
    scalar_operations: int = constant(200, 0, 100)
    """Operations of one example up to which plain numbers beat arrays (2-3-1, 56: 0.27; 3-4-2, 101: 0.55; 4-6-4, 209:
    0.91; 5-8-3, 247: 1.1; 6-10-4, 361: 1.8)."""
    least_saving: int = constant(50)
    """One part in so many of the operations of a step: what fixed data must save to have a step of their own. Not
    tried: another way to call."""
    typical_rows: int = constant(100)
    """Examples of a minibatch for counts that need a number."""
    without: tuple[Pair, ...] = ()
    """Passes that are left out, each with the case in which it is: ("spread", "few"). Only tuning leaves any out."""
    also: tuple[Pair, ...] = ()
    """Passes that run in one case more."""

    def runs(self, name: str, case: str, cases: Sequence[str]) -> bool:
        """Whether a pass that is meant for some cases runs in this one."""
        return (name, case) in self.also or case in cases and (name, case) not in self.without

    def idle(self, few: int) -> set[str]:
        """The cases that have no code of their own, where so many examples are few."""
        return {"few"} if few < self.least_few else {"many"} if few > self.few_rows else set()

    def chosen(self) -> dict[str, Any]:
        """What differs from the default."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}


DEFAULT = Measured()
