"""Run by itself, `python -I runner.py FOLDER`: calls one function of a user's file, and saves what it returns.

In: FOLDER/call.json and FOLDER/inputs.npz. Out: FOLDER/outcome.json, and FOLDER/outputs.npz with plain arrays.
Nothing of derive is imported here: the limits are set before a line of the user's runs.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from typing import Any

DEEPEST, MOST = 4, 2000


def limit(seconds: int, memory: int, file_size: int) -> None:
    """Processor time, address space, written files and core dumps, where the system can bound them."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory),
                       (resource.RLIMIT_FSIZE, file_size), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def main(folder: Path) -> None:
    call = json.loads((folder / "call.json").read_text(encoding="utf-8"))
    limit(call["seconds"], call["memory"], call["file_size"])
    try:
        outputs = run(call, folder)
        outcome: dict[str, Any] = {"names": list(outputs)}
    except BaseException as error:  # also SystemExit: everything that ends the user's code is told
        outputs, outcome = {}, {"error": told(error, call["file"])}
    import numpy as np

    np.savez(folder / "outputs.npz", **{f"r{n}": a for n, a in enumerate(outputs.values())})
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def run(call: dict[str, Any], folder: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(folder / "inputs.npz", allow_pickle=False) as file:
        inputs = {name: file[f"r{n}"] for n, name in enumerate(call["inputs"])}
    path = Path(call["file"])
    sys.path.insert(0, str(path.parent))
    sys.dont_write_bytecode = True
    specification = importlib.util.spec_from_file_location("checked", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["checked"] = module
    specification.loader.exec_module(module)
    found: dict[str, Any] = {}
    function = getattr(module, call["function"])
    for number, arguments in enumerate(call["tries"]):
        tried: dict[str, Any] = {}
        try:
            flatten(called(function, arguments, inputs), "", call["returns"], tried, 0)
            found |= {f"{number}:{name}": array for name, array in tried.items()}
        except Exception:  # one way to call it of several
            continue
    if not call["tries"]:
        if call["before"]:
            first, arguments = call["before"]
            inputs[""] = called(getattr(module, first), arguments, inputs)
        flatten(called(function, call["arguments"], inputs), "", call["returns"], found, 0)
    return found


def called(function: Any, recipes: dict[str, Any], inputs: dict[str, Any]) -> Any:
    return function(**{name: built(recipe, inputs) for name, recipe in recipes.items()})


def built(recipe: Any, inputs: dict[str, Any]) -> Any:
    """An argument: the name of an array, a list or a tuple or a dict of such, a number, or what came back before."""
    kind, content = recipe
    if kind == "array":
        array = inputs[content].copy()
        return array if array.ndim else array.item()
    if kind in ("number", "value"):
        return content
    if kind == "returned":
        return inputs[""] if content is None else inputs[""][content]
    if kind == "dict":
        return {name: built(one, inputs) for name, one in content.items()}
    return [built(one, inputs) for one in content]


def flatten(value: Any, name: str, names: list[str], found: dict[str, Any], depth: int) -> None:
    """What was returned, as arrays by name: keys, attributes and places, joined by points."""
    parts = inside(value, names if depth == 0 else [])
    if parts is None:
        array = plain(value)
        if array is not None and len(found) < MOST:
            found[name or "0"] = array
    elif depth < DEEPEST:
        for key, part in parts:
            flatten(part, f"{name}.{key}" if name else key, names, found, depth + 1)


def inside(value: Any, names: list[str]) -> list[tuple[str, Any]] | None:
    """The parts of a dict, a tuple, a list or an object; None for what is one array or nothing."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return [(str(key), part) for key, part in value.items()]
    if isinstance(value, list | tuple):
        if all(isinstance(part, int | float) for part in value) and value and isinstance(value, list):
            return None
        fits = len(names) == len(value)
        return [(names[n] if fits else str(n), part) for n, part in enumerate(value)]
    if hasattr(value, "__dict__") and not hasattr(value, "shape") and not callable(value):
        return [(key, part) for key, part in vars(value).items() if not key.startswith("_")]
    return None


def plain(value: Any) -> Any:
    """The numbers of an array of NumPy, PyTorch or JAX; None where there are none."""
    import numpy as np

    for step in ("detach", "cpu", "numpy"):
        if hasattr(value, step):
            value = getattr(value, step)()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "fiub" else None


def told(error: BaseException, file: str) -> dict[str, Any]:
    """The error in words, and the last line of the user's own file that led to it."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines = [error.lineno]
    return {"kind": type(error).__name__, "message": str(error)[:500], "line": lines[-1] if lines else None}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
