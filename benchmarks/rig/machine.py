"""The machine and the versions, for the head of a table."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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


def commit() -> str:
    """Which state of this repository is measured; "no commit" in a copy without its history."""
    asked = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10)
    except OSError:
        return "no commit"
    return found.stdout.strip() or "no commit"
