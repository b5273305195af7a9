"""Names that may stand in equations: the emitted code and LaTeX must be able to carry them."""

from __future__ import annotations

from derive.errors import DeriveError
from derive.functions.record import PRIMITIVES, activations

RESERVED = frozenset(
    "sum size for fact data parameter constant index sample layer time cost descending pi np numpy "
    "False None True and as assert async await break class continue def del elif else except finally from global if "
    "import in is lambda nonlocal not or pass raise return try while with yield self".split())
MAX_NAME = 40


def check_name(name: str, place: str) -> str:
    """A name that the emitted code and LaTeX can carry."""
    if name in RESERVED or name in PRIMITIVES or name in activations():
        raise DeriveError(f"'{name}' is reserved", where=place,
                          do=f"Choose another name, such as {'lam' if name == 'lambda' else f'{name}1'}.")
    if len(name) > MAX_NAME:
        raise DeriveError(f"a name of {len(name)} characters; {MAX_NAME} are the limit", where=place)
    return name
