"""One thread: to be imported before NumPy and the peers, since they read these settings when they are loaded."""

from __future__ import annotations

import os

LIBRARIES = ("OPENBLAS", "MKL", "OMP", "NUMEXPR", "NUMBA", "VECLIB")


def one_thread() -> None:
    """Every library is told so; the process is also held to one processor, where the system can do that."""
    for library in LIBRARIES:
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
