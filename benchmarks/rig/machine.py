"""The machine and the versions, for the head of a table."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("numpy", "autograd", "torch", "jax", "pytensor", "sympy")


def versions() -> str:
    """CPython and the packages that are there."""
    found = [f"CPython {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            pass
    return ", ".join(found)
