"""What is said of a wrong gradient: in full with the first array that has a fault, briefly with those that inherit it.

    your dW is wrong: ... through rho1 (p1 = u1/rho1, rho1 = sum(u1, r))      with the equations of inner values

In: a fault, or none, and the array. Out: the mistake's name and the explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from derive.check.arrays.backward import Array
from derive.check.arrays.diagnose import Explained
from derive.ir import Derivation
from derive.text.printer import write_equation

WORD = re.compile(r"[A-Za-z]\w*")
USUAL = ("z", "a", "x", "y", "h", "c")
"""Letters that everybody uses so."""
MOST_SHOWN = 3
RATHER = 1e-4


def unexplained(name: str, array: Array, true: Array, error: float, wrong: int, worst: tuple[int, ...]
                ) -> dict[str, Any]:
    """Where no fault was found."""
    if array.shape != true.shape:
        return {"mistake": "shape", "explanation": f"your {name} has shape {array.shape}; {true.shape} is due"}
    far = "" if error > RATHER else (f"; it agrees to {error:.0e} only, which is not rounding: is it made by finite "
                                     "differences, or in coarser numbers?")
    return {"mistake": None, "explanation": f"your {name} differs in {wrong:,} of {true.size:,} entries, most at "
                                            f"{list(worst)}{far}"}


def explained(fault: Explained, name: str, names: Mapping[str, str], model: Derivation) -> dict[str, Any]:
    """The fault, with the other arrays that inherit it."""
    inherits = [names[t] for t in fault.tensors]
    if fault.alone:
        text = f"your {name} {fault.sentence}"
    elif inherits[0] == name:
        text = f"your {name} is wrong: {fault.sentence}{_legend(model, fault.sentence)}"
    else:
        text = f"your {name} is wrong by the same fault as {inherits[0]}: {fault.sentence}"
    return {"mistake": fault.mistake, "explanation": text,
            "same_fault": tuple(other for other in inherits if other != name)}


def _legend(model: Derivation, sentence: str) -> str:
    """What the inner values in it are."""
    shown = list(_equations(model, WORD.findall(sentence)))
    return f" ({', '.join(shown)})" if 0 < len(shown) <= MOST_SHOWN else ""


def _equations(model: Derivation, words: list[str]) -> Iterator[str]:
    for name in dict.fromkeys(word.removeprefix("d") for word in words):
        tensor = model.by_name.get(name)
        if tensor is not None and tensor.role == "value" and tensor.written.letter not in USUAL:
            yield from (write_equation(equation) for equation, _ in model.defining(name)[:1])
