"""A file tuned for one minibatch on this machine, with a word in it about what was chosen and where.

In: the equations of a minibatch, and how a record of constants becomes the text of a module. Out: the text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from derive.errors import DeriveError
from derive.gradcheck.draw import draw_data, draw_sizes
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import arguments
from derive.ir import Derivation
from derive.plan.measured import DEFAULT
from derive.tune.clock import race
from derive.tune.machine import processor
from derive.tune.program import Program, Sample, floating
from derive.tune.search import Choice, Search

SECONDS = 10.0
"""For the whole search; writing the candidates counts."""
RACE, ROUNDS = 1.0, 41
"""Seconds for one race beyond its fewest rounds, and rounds at most."""
Write = Callable[..., str]
"""`write(measured=..., tuned=...)`: the text of a module with these constants and these lines in it."""


def tuned(derivation: Derivation, write: Write, batch: int | None, dtype: str, tell: Callable[[str], None],
          seconds: float = SECONDS) -> str:
    """The module, tuned for minibatches of `batch`; `tell` gets the lines of a report."""
    sample = drawn(derivation, write(measured=DEFAULT), batch, dtype)
    began = time.perf_counter()

    def late() -> bool:
        return time.perf_counter() > began + seconds

    def raced(programs: Sequence[Program]) -> list[float]:
        return race([p.work for p in programs], ROUNDS, min(time.perf_counter() + RACE, began + seconds))

    tell(f"tuning for {_counted(sample.batch)} in {dtype}, about {seconds:g} s: time over that of the best so far")
    search = Search(lambda measured: Program(write(measured=measured), sample), raced, late, tell)
    choice = search.run()
    tell(told(choice, search, time.perf_counter() - began))
    return write(measured=choice.measured, tuned=recorded(choice, sample))


def drawn(derivation: Derivation, source: str, batch: int | None, dtype: str) -> Sample:
    """Random parameters and data: where they are not saturated, their numbers do not matter for the time."""
    samples = {str(a.size) for t in derivation.of_role("data") for a in t.axes if a.kind == "sample"
               and a.size.is_Symbol}
    if samples and batch is None:
        raise DeriveError("for which minibatch to tune is not said", do="Add --batch N, the examples of one call.")
    if batch is not None and not samples:
        raise DeriveError("this model has no minibatch: every call sees all its examples", do="Leave --batch out.")
    rng = np.random.default_rng(0)
    sizes = {**draw_sizes(derivation), **dict.fromkeys(sorted(samples), batch)}
    module = load_source(source)
    params = module.init(rng, **arguments(module, sizes), dtype=np.dtype(dtype))
    data = [floating(array, dtype) for array in draw_data(derivation, sizes, rng).values()]
    return Sample(params, data, batch or 1, dtype)


def told(choice: Choice, search: Search, seconds: float) -> str:
    """The last line of the report."""
    late = f", {len(search.missed)} not reached in time" if search.missed else ""
    tried = f"{choice.tried} tried, {search.alike} the same for this batch{late}, {seconds:.1f} s"
    first, last = (1e6 * s for s in choice.seconds)
    if choice.measured == DEFAULT:
        return f"chosen: the default, {first:.4g} us a step ({tried})"
    said = ", ".join(f"{name} = {value}" for name, value in choice.measured.chosen().items())
    return f"chosen: {said}; {last:.4g} us a step instead of {first:.4g}, {choice.factor:.2f} of it ({tried})"


def recorded(choice: Choice, sample: Sample) -> dict[str, Any]:
    """What the file says about it."""
    return {"batch": sample.batch, "dtype": sample.dtype, "chosen": choice.measured.chosen(),
            "microseconds": float(f"{1e6 * choice.seconds[1]:.3g}"),
            "microseconds of the default": float(f"{1e6 * choice.seconds[0]:.3g}"),
            "processor": processor(), "numpy": np.__version__, "date": str(date.today())}


def _counted(batch: int) -> str:
    return "one example" if batch == 1 else f"minibatches of {batch:,}"
