"""Numbers for a picture, as they stand on the command line: a=2, x=0.5,1, w1=1,2,3,4,5,6 (row by row)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from derive.errors import DeriveError, clip, nearest
from derive.ir import Derivation

GIVEN = ("data", "parameter", "constant")


def read_values(texts: Iterable[str], derivation: Derivation) -> dict[str, Any]:
    """An array for each name, in the shape of its tensor; constants that have a value need none."""
    found = {t.name: float(t.value) for t in derivation.of_role("constant") if t.value is not None}
    for text in texts:
        name, equals, numbers = text.partition("=")
        name = name.strip()
        known = [t.name for t in derivation.of_role(*GIVEN)]
        if not equals or name not in known:
            raise DeriveError(f"'{clip(text)}' gives no number to anything in the model", where="value",
                              do=f"Write NAME=NUMBERS. {nearest(name, known)}")
        found[name] = _array(name, numbers, derivation)
    missing = [t.name for t in derivation.of_role(*GIVEN) if t.name not in found]
    if missing:
        raise DeriveError(f"no number for {', '.join(missing)}", where="value",
                          do=f"The graph shows values when all are given: --value {missing[0]}=1")
    return found


def _array(name: str, numbers: str, derivation: Derivation) -> Any:
    try:
        flat = np.array([float(number) for number in numbers.split(",")])
    except ValueError:
        raise DeriveError(f"'{clip(numbers)}' is not a list of numbers", where=f"value {name}",
                          do="Write them with commas: 0.5,1,-2.") from None
    sizes = [axis.size for axis in derivation.tensor(name).axes]
    if not all(size.is_Integer for size in sizes):
        raise DeriveError(f"'{name}' has sizes without numbers", where=f"value {name}",
                          do="Give the widths as numbers.")
    shape = tuple(int(size) for size in sizes)
    if flat.size != int(np.prod(shape)) or not np.all(np.isfinite(flat)):
        raise DeriveError(f"'{name}' takes {int(np.prod(shape))} finite numbers, not {flat.size}",
                          where=f"value {name}")
    return flat.reshape(shape) if shape else float(flat[0])
