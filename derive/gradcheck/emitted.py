"""The emitted module, imported from the file that was written: what runs is what the user was given.

In: the source text, or its path. Out: a module with

    init(rng, dtype), predict(params, x), cost(params, x, y), cost_and_gradients(params, x, y)
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Params = dict[str, Array]


class Emitted(Protocol):
    """What every emitted module offers; the data arrays stand in the order of their declaration."""

    def init(self, rng: np.random.Generator, *, dtype: npt.DTypeLike = ..., **sizes: Any) -> Params: ...
    def predict(self, params: Params, x: Array) -> Array: ...
    def cost(self, params: Params, *data: Array) -> float: ...
    def cost_and_gradients(self, params: Params, *data: Array) -> tuple[float, Params]: ...


def load_module(path: Path) -> Emitted:
    """The module in the file `path`; nothing is left beside it, nor in the table of modules."""
    specification = importlib.util.spec_from_file_location(f"derived_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        specification.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return cast(Emitted, module)


def load_source(source: str) -> Emitted:
    """The module of a source text, by way of a file that is gone afterwards."""
    with TemporaryDirectory(prefix="derive-") as folder:
        path = Path(folder) / "network.py"
        path.write_text(source, encoding="utf-8")
        return load_module(path)
