"""derive: a neural network in; its gradients, derived step by step, in LaTeX and as NumPy code, out.

Importing this package loads nothing else: each name below brings its module when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from derive.api import Backprop, Network, derive
    from derive.errors import DeriveError
    from derive.spec import Dense, load
    from derive.text import read_equations, write_equations

_HOMES = {
    "DeriveError": "derive.errors",
    "Backprop": "derive.api",
    "Dense": "derive.spec",
    "Network": "derive.api",
    "derive": "derive.api",
    "load": "derive.spec",
    "read_equations": "derive.text",
    "write_equations": "derive.text",
}

__all__ = ["Backprop", "Dense", "DeriveError", "Network", "__version__", "derive", "load", "read_equations",
           "write_equations"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'derive' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
