"""Arrays from an .npz file: numbers only, and no more of them than a check can take.

In: a path. Out: the arrays by name. Nothing in the file is executed: pickled objects are refused.
"""

from __future__ import annotations

import zipfile
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from derive.check.arrays.backward import Array
from derive.errors import DeriveError, clip
from derive.files import check_readable

MOST_BYTES = 2**29
MOST_ARRAYS = 2000


def load_arrays(path: str | Path, most: int = MOST_BYTES) -> dict[str, Array]:
    """Every array of the file; `most` bounds their bytes, as the headers state them, before any is read."""
    where = str(path)
    check_readable(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _bounded(archive, where, most)
        with np.load(path, allow_pickle=False) as file:
            return {name: np.asarray(file[name]) for name in file.files}
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise DeriveError("this is no .npz file that can be read", where=where,
                          do="Write it with np.savez('grads.npz', W1=W1, x=x, y=y, dW1=dW1).") from None
    except DeriveError:
        raise
    except ValueError as error:
        raise DeriveError(f"an array cannot be read: {clip(str(error))}", where=where) from None


def _bounded(archive: zipfile.ZipFile, where: str, most: int) -> None:
    """Refuse by the headers alone: what they promise is what would be allocated."""
    members = archive.infolist()
    if len(members) > MOST_ARRAYS:
        raise DeriveError(f"{len(members):,} arrays; {MOST_ARRAYS:,} are the limit", where=where)
    total = 0
    for member in members:
        with archive.open(member) as file:
            shape, dtype = _header(file, member.filename, where)
        if dtype.hasobject:
            raise DeriveError(f"'{clip(member.filename.removesuffix('.npy'))}' holds Python objects, not numbers",
                              where=where, do="Save plain arrays: np.asarray(w, dtype=float), one name for each.")
        total += max(prod(shape) * dtype.itemsize, member.file_size)
    if total > most:
        raise DeriveError(f"the arrays take {total:.3g} bytes; {most:,} are the limit", where=where,
                          do="Check with a smaller batch.")


def _header(file: Any, name: str, where: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(file)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if read is None:
        raise DeriveError(f"'{clip(name)}' is in a form of .npy that is not read", where=where)
    shape, _, dtype = read(file)
    return shape, dtype
