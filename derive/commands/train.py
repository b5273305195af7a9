"""`derive train`: the network trained on digits with the emitted code alone."""

from __future__ import annotations

import numpy as np

from derive import files
from derive.errors import DeriveError
from derive.gradcheck.emitted import load_source
from derive.ir import Derivation
from derive.own_notation import notation_of
from derive.pipeline import NOTATION, Choices, emit, read
from derive.training import digits as data_sets
from derive.training import train as training
from derive.training.digits import Digits


def train(arch: str, choices: Choices, *, data: str, epochs: int | None, batch: int, rate: float | None,
          seed: int) -> None:
    model = read(arch, choices, notation_of(NOTATION))
    learn, keep = data_sets.load(data).split(np.random.default_rng(seed))
    fit(model.many, learn)
    settings = training.Settings(epochs or 0, batch, rate or 0.0, seed,
                                 numbers=any(t.among is not None for t in model.many.of_role("data")))
    run = training.train(load_source(emit(model.many)), learn, keep, settings, _tell)
    files.write(None, f"{run.accuracy:.1%} of {len(keep):,} kept digits read rightly, after {run.seconds:.1f} s "
                      f"at rate {run.settings.rate:g} falling to 0\n")


def _tell(epoch: training.Epoch) -> None:
    files.write(None, f"epoch {epoch.number:3d}   cost {epoch.cost:.5f}   right {epoch.accuracy:.1%}\n")


def fit(derivation: Derivation, digits: Digits) -> None:
    """Refuse digits that do not fit the network."""
    given = {t.name: (t.among or t.axes[-1]).size for t in derivation.of_role("data") if t.axes}
    wanted = {"x": digits.pixels, "y": data_sets.KINDS}
    if list(given) != list(wanted) or any(given[name] != size for name, size in wanted.items()):
        stated = ", ".join(f"{name} of {size}" for name, size in given.items())
        needed = f"x of {digits.pixels} and y of {data_sets.KINDS}"
        raise DeriveError(f"{digits.source}: the network needs {needed}, but has {stated}",
                          do=f"For example: derive train {digits.pixels}-16-16-10")


ENTRY = train
