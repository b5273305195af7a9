"""The machine and the versions, for the head of a table."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "autograd", "torch", "jax", "pytensor", "sympy")


def processor() -> str:
    """The processor's name as Linux tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    found: dict[str, str] = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = found.get("model name", platform.processor() or platform.machine())
    family, model = found.get("cpu family"), found.get("model")
    wide = "AVX-512" if "avx512f" in found.get("flags", "") else "AVX2" if "avx2" in found.get("flags", "") else ""
    return ", ".join(filter(None, [name, family and f"family {family} model {model}", wide,
                                   f"{os.cpu_count()} processors"]))


def versions() -> str:
    """CPython and the packages that are there."""
    found = [f"CPython {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            pass
    return ", ".join(found)
