"""`derive gradcheck`: the emitted gradients against finite differences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from derive import files, pipeline
from derive.evaluate import stops
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.gradcheck.rows import table
from derive.gradcheck.second import prove_second
from derive.own_notation import notation_of

HELD = "What stands in stop(...) was held fixed where the cost was differenced: its slope is 0 by definition.\n"


ENTRIES, SECONDS = 500, 5.0
"""Of each parameter, where none are asked for; and about how long their differences may take then."""
FEWER = "Only so many entries, for each cost takes long here: --entries {} checks more.\n"


def gradcheck(arch: str, choices: pipeline.Choices, *, entries: int | None, seed: int,
              second: str | None = None, wrt: Sequence[str] = ()) -> int:
    """The exit code: 0 every gradient is right, 1 one is wrong, 3 none is wrong, but of one nobody can tell."""
    model = pipeline.read(arch, choices, notation_of(pipeline.NOTATION))
    derivation = with_constants(model.many)
    if second is None:
        seconds = SECONDS if entries is None else math.inf
        rows = prove(load_source(pipeline.emit(derivation)), derivation, entries or ENTRIES, seed, seconds=seconds)
    else:
        module = load_source(pipeline.emit(derivation, second=second, wrt=wrt))
        rows = prove_second(module, derivation, second, seed, wrt)
    fewer = entries is None and second is None and any(row.checked < min(ENTRIES, row.size) for row in rows)
    files.write(None, table(rows) + "\n" + HELD * stops(derivation) + FEWER.format(ENTRIES) * fewer)
    return 1 if any(row.wrong for row in rows) else 0 if all(row.right for row in rows) else 3


ENTRY = gradcheck
