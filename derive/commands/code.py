"""`derive code`: the module that computes the cost and its gradients."""

from __future__ import annotations

from derive import files
from derive.own_notation import notation_of
from derive.pipeline import Choices, emit, read


def code(arch: str, choices: Choices, out: str | None, *, target: str, dtype: str, notation: str,
         style: str) -> None:
    files.check_writable(out)
    files.write(out, emit(read(arch, choices, notation_of(notation)).many, target, dtype, notation, style))


ENTRY = code
