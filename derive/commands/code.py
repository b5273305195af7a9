"""`derive code`: the module that computes the cost and its gradients."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from derive import files
from derive.errors import DeriveError
from derive.own_notation import notation_of
from derive.pipeline import Choices, emit, read, variants


def code(arch: str, choices: Choices, out: str | None, *, target: str, dtype: str, notation: str,
         style: str, tune: bool = False, batch: int | None = None, second: str | None = None,
         wrt: Sequence[str] = ()) -> None:
    files.check_writable(out)
    if tune and style != "fast":
        raise DeriveError("only fast code can be tuned", do="Add --style fast.")
    if batch is not None and not tune:
        raise DeriveError("--batch says for which minibatch to tune", do="Add --tune, or leave --batch out.")
    if tune and second:
        raise DeriveError("what --tune times is the gradient", do="Leave --second or --tune out.")
    if wrt and second != "jacobian":
        raise DeriveError("--wrt names the variables of a Jacobian", do="Add --second jacobian, or leave it out.")
    many = read(arch, choices, notation_of(notation)).many
    if not tune:
        return files.write(out, emit(many, target, dtype, notation, style, second, wrt))
    from derive.tune.tuned import tuned  # it runs what it writes, with NumPy

    files.write(out, tuned(many, variants(many, target, dtype, notation), batch, dtype, _tell))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


ENTRY = code
