"""`python -m benchmarks NAME [OPTIONS]`: one module of this folder, run."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks.rig.thread import one_thread

NAMES = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])
               if not m.ispkg and not m.name.startswith("_"))

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(f"usage: python -m benchmarks {'|'.join(NAMES)} [--help]")
    one_thread()  # before NumPy is imported
    importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:])
