"""A user's function, run in a process of its own within limits of time and memory.

In: "file.py::function", the arguments as recipes over named arrays. Out: the arrays that it returned, by name.

It runs only on request, and says so: this is the one place where text of a user is executed. The process starts
without the user's environment (`python -I`), in an empty folder; it is killed when its time is up.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from derive.check.arrays.backward import Array
from derive.check.arrays.stored import load_arrays
from derive.errors import DeriveError, clip
from derive.files import check_readable

RUNNER = Path(__file__).parent / "runner.py"
MOST_RETURNED = 2**28


@dataclass(frozen=True)
class Limits:
    """What a function may use: `seconds` of time, bytes of `memory` (of addresses: PyTorch needs some 4 GiB)."""

    seconds: float = 10.0
    memory: int = 4 * 2**30
    file_size: int = 2**28
    grace: float = 5.0
    """Seconds for Python and NumPy to start, beside the user's own."""


LIMITS = Limits()


def run_function(place: str, inputs: Mapping[str, Any], arguments: Mapping[str, Any] | None = None,
                 returns: Sequence[str] = (), limits: Limits = LIMITS,
                 before: tuple[str, Mapping[str, Any]] | None = None,
                 tries: Sequence[Mapping[str, Any]] = ()) -> dict[str, Array]:
    """The arrays that `file.py::function` returns.

    `arguments` says how each argument is made of the `inputs`: ("array", name), ("number", 3), ("list", [...]),
    ("dict", {key: ...}); without it every input is the argument of its name. `returns` names the places of a
    tuple. `before` is a function that is called first, with its arguments: ("returned", n) is the n-th thing that it
    returned. With `tries`, several `arguments`, what the n-th of them gave is called "n:name". Values inside dicts,
    lists and objects are named by their keys: "grads.W1". Raises DeriveError with file and line where the user's code
    fails, runs too long or takes too much memory.
    """
    path, function = split_place(place)
    recipes = {name: ("array", name) for name in inputs} if arguments is None else arguments
    with TemporaryDirectory(prefix="derive-run-") as folder:
        arrays = [np.asarray(array) for array in inputs.values()]
        np.savez(Path(folder) / "inputs.npz", **{f"r{n}": array for n, array in enumerate(arrays)})  # type: ignore[arg-type]
        call = {"file": str(path.resolve()), "function": function, "inputs": list(inputs), "arguments": recipes,
                "before": before, "tries": list(tries), "returns": list(returns), "memory": limits.memory,
                "seconds": int(limits.seconds + limits.grace) + 1, "file_size": limits.file_size}
        (Path(folder) / "call.json").write_text(json.dumps(call), encoding="utf-8")
        ended = _started(Path(folder), limits)
        return _outcome(Path(folder), place, path, ended, limits)


def warn(place: str, limits: Limits) -> None:
    """The word before anything of the user's runs."""
    print(f"derive: running {clip(place)}: code of yours is executed, for at most {limits.seconds:g} s",
          file=sys.stderr)


def split_place(place: str) -> tuple[Path, str]:
    """(file, function) of "file.py::function"."""
    file, mark, function = place.rpartition("::")
    if mark and "." in function and function.replace(".", "").isidentifier():
        raise DeriveError(f"'{clip(function)}' is a method, and nobody says how its object is made", where=clip(file),
                          do="Write a function beside the class that makes the object, gives it its arrays, and "
                             "returns what the method returns, def backprop(x, y, weights, biases): check that one.")
    if not mark or not function.isidentifier():
        raise DeriveError(f"'{clip(place)}' names no function", do="Write --code file.py::function.")
    path = Path(file)
    check_readable(path)
    return path, function


def _started(folder: Path, limits: Limits) -> int | None:
    """The exit status of the process; None where its time was up."""
    empty = folder / "empty"
    empty.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    environment = {**kept, **threads, "HOME": str(empty), "TMPDIR": str(empty), "PYTHONHASHSEED": "0"}
    with subprocess.Popen([sys.executable, "-I", str(RUNNER), str(folder)], cwd=empty, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as process:
        try:
            return process.wait(limits.seconds + limits.grace)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and whatever it has started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        except PermissionError:  # a group whose last process is already gone, on some systems
            process.kill()
    else:
        process.kill()


def _outcome(folder: Path, place: str, path: Path, ended: int | None, limits: Limits) -> dict[str, Array]:
    if ended is None or ended == -getattr(signal, "SIGXCPU", 0):
        raise DeriveError(f"the function did not end within {limits.seconds:g} s", where=clip(place),
                          do="Is there a loop without an end? Check a smaller network, or allow more time.")
    told = folder / "outcome.json"
    if not told.is_file():
        how = f"by signal {-ended}" if ended < 0 else f"with exit status {ended}"
        raise DeriveError(f"the process of the function ended {how} before it returned", where=clip(place),
                          do=f"It may use {limits.memory / 2**30:.3g} GiB of memory and {limits.seconds:g} s.")
    outcome = json.loads(told.read_text(encoding="utf-8"))
    if "error" in outcome:
        raise _failed(outcome["error"], path, place, limits)
    stored = load_arrays(folder / "outputs.npz", MOST_RETURNED)
    return {name: stored[f"r{n}"] for n, name in enumerate(outcome["names"])}


class Failed(DeriveError):
    """The user's code raised an error; `kind` is its class, `line` that of the file, if it is known."""

    def __init__(self, what: str, *, where: str, do: str, kind: str, line: int = 0) -> None:
        self.kind, self.line = kind, line
        super().__init__(what, where=where, do=do)


def _failed(error: Mapping[str, Any], path: Path, place: str, limits: Limits) -> Failed:
    where = f"{path}:{error['line']}" if error["line"] else place
    if error["kind"] in ("MemoryError", "_ArrayMemoryError"):
        return Failed(f"the function needs more than {limits.memory / 2**30:.3g} GiB of memory", where=where,
                      do="Check it with a smaller network.", kind="MemoryError")
    message = f": {clip(error['message'], 200)}" if error["message"] else ""
    return Failed(f"your code raises {error['kind']}{message}", where=where,
                  do="It was called with arrays of this model; --layout rows or columns says how they lie.",
                  kind=error["kind"], line=error["line"] or 0)
