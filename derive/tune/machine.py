"""The machine in words, for whatever was measured on it."""

from __future__ import annotations

import os
import platform
from pathlib import Path


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
