"""A network about smaller images: the same layers, so that a formula in letters can be decided at all.

    1x28x28-conv(8,5x5):relu-maxpool(2)-flatten-10      1x8x8-conv(8,5x5):relu-maxpool(2)-flatten-10

In: a network. Out: the lines that claims are read against, of the smallest images that leave no axis of one entry where
there were several; which images these are, and which numbers are sizes of the large ones alone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from derive.claims.network import Lines
from derive.claims.network import readings as claims_readings
from derive.errors import DeriveError
from derive.forward import forward
from derive.ir import Derivation
from derive.notation import Notation
from derive.pipeline import equations
from derive.spec import Network
from derive.spec.source import SEQUENCE, Source

LARGE = 16
"""An image with longer sides is large."""


def readings(model: Network | Derivation, style: Notation) -> dict[str, Lines]:
    """What a claim about the model is read against; of large images, with small ones in their place, as is told."""
    images = [one for one in model.sources if _is_large(one)] if isinstance(model, Network) else []
    if not isinstance(model, Network) or not images:
        return claims_readings(equations(model, style), style)
    whole = _sizes(forward(model))
    for side in range(2, LARGE + 1):
        small = model.changed(sources=tuple(_smaller(one, side) if one in images else one for one in model.sources))
        with suppress(DeriveError):  # the window of a layer does not fit
            sizes = _sizes(forward(small))
            if all(one > 1 or other == 1 for one, other in zip(sizes, whole, strict=True)):
                pairs = (f"{_text(_smaller(one, side))} in place of {_text(one)}" for one in images)
                told, lost = "with an image of " + " and ".join(pairs), frozenset(whole) - frozenset(sizes)
                found = claims_readings(equations(small, style), style)
                return {title: replace(lines, told=told, lost=lost) for title, lines in found.items()}
    return claims_readings(equations(model, style), style)


def _is_large(source: Source) -> bool:
    numbers = [width for width in source.shape[1:] if isinstance(width, int)]
    return source.kind != SEQUENCE and source.words is None and len(source.shape) > 2 \
        and len(numbers) == len(source.shape) - 1 and max(numbers) > LARGE


def _smaller(source: Source, side: int) -> Source:
    """Sides that were the same stay the same."""
    sides = sorted({width for width in source.shape[1:] if isinstance(width, int)})
    return replace(source, shape=(source.shape[0], *(side + sides.index(w) for w in source.shape[1:]
                                                     if isinstance(w, int))))


def _sizes(derivation: Derivation) -> list[int]:
    return [int(axis.size) for tensor in derivation.tensors for axis in tensor.axes if axis.size.is_Integer]


def _text(source: Source) -> str:
    return "x".join(map(str, source.shape))
