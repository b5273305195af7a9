"""Finding things by looking into a folder: each module there states one `ENTRY` (or `ENTRIES`)."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any


@cache
def discover(package: str) -> tuple[Any, ...]:
    """The entries of every module of `package`, in the order of their file names."""
    folder = importlib.import_module(package)
    found: list[Any] = []
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package}.{info.name}")
        found.extend(getattr(module, "ENTRIES", [module.ENTRY] if hasattr(module, "ENTRY") else []))
    return tuple(found)


def entry(package: str, module: str) -> Any:
    """The entry of one module of `package`: nothing else in the folder is loaded."""
    return importlib.import_module(f"{package}.{module}").ENTRY
