"""Minibatch gradient descent with the emitted module alone.

    p  <-  p - rate * dC/dp          for every parameter p, over one minibatch after another

In: an emitted module, digits, settings. Out: the parameters, the cost at each epoch and the accuracy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from derive.gradcheck.emitted import Array, Emitted, Params
from derive.training.digits import Digits

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""The learning rates that are tried, for a few steps each, when none is given."""
TRIAL_STEPS = 200
STEPS = 12_000
"""About how many minibatches a training takes when the number of epochs is left open."""


@dataclass(frozen=True)
class Settings:
    """The rate falls linearly from `rate` to 0 over the run. 0 for `rate` or `epochs` means: find one that fits."""

    epochs: int = 0
    batch: int = 20
    rate: float = 0.0
    seed: int = 0
    dtype: str = "float32"
    numbers: bool = False
    """Whether the cost takes the numbers of classes, no rows of 0 and 1."""


@dataclass(frozen=True)
class Epoch:
    """After `number` passes: the mean minibatch cost on the way, and the share of the kept digits read rightly."""

    number: int
    cost: float
    accuracy: float


@dataclass(frozen=True)
class Run:
    """What came out of a training; `settings` has the rate that was used."""

    settings: Settings
    params: Params
    epochs: tuple[Epoch, ...]
    costs: tuple[float, ...]
    seconds: float

    @property
    def accuracy(self) -> float:
        return self.epochs[-1].accuracy


def train(module: Emitted, learn: Digits, keep: Digits, settings: Settings,
          watch: Callable[[Epoch], None] = lambda epoch: None) -> Run:
    """Descend on `learn`, ask about `keep` after each epoch; `watch` is told of every epoch."""
    began = time.perf_counter()
    rng = np.random.default_rng(settings.seed)
    params = module.init(rng, dtype=np.dtype(settings.dtype))
    x, y = learn.images.astype(settings.dtype), learn.targets(settings.dtype, settings.numbers)
    asked = keep.images.astype(settings.dtype)
    per_epoch = -(-len(x) // settings.batch)
    settings = replace(settings, epochs=settings.epochs or max(1, round(STEPS / per_epoch)))
    settings = replace(settings, rate=settings.rate or find_rate(module, params, x, y, settings))
    costs: list[float] = []
    epochs = [Epoch(0, float(module.cost(params, x, y)), accuracy(module, params, asked, keep))]
    steps = settings.epochs * per_epoch
    for number in range(1, settings.epochs + 1):
        order = rng.permutation(len(x))
        passed = len(costs)
        for start in range(0, len(x), settings.batch):
            rows = order[start:start + settings.batch]
            costs.append(descend(module, params, x[rows], y[rows], settings.rate * (1 - len(costs) / steps)))
        epochs.append(Epoch(number, float(np.mean(costs[passed:])), accuracy(module, params, asked, keep)))
        watch(epochs[-1])
    return Run(settings, params, tuple(epochs), tuple(costs), time.perf_counter() - began)


def descend(module: Emitted, params: Params, x: Array, y: Array, rate: float) -> float:
    """One step of p <- p - rate*dC/dp, in place; the cost before it."""
    cost, gradients = module.cost_and_gradients(params, x, y)
    for name, gradient in gradients.items():
        if name in params:
            params[name] -= params[name].dtype.type(rate) * gradient
    return float(cost)


def accuracy(module: Emitted, params: Params, x: Array, digits: Digits) -> float:
    """The share of the images whose greatest output stands at their label."""
    return float((module.predict(params, x).argmax(axis=1) == digits.labels).mean())


def find_rate(module: Emitted, params: Params, x: Array, y: Array, settings: Settings) -> float:
    """The rate of `RATES` whose short trial run reaches the lowest cost; a run that blows up loses."""
    def trial(rate: float) -> float:
        own = {name: array.copy() for name, array in params.items()}
        rng = np.random.default_rng(settings.seed)
        for _ in range(TRIAL_STEPS):
            rows = rng.integers(len(x), size=settings.batch)
            descend(module, own, x[rows], y[rows], rate)
        reached = float(module.cost(own, x, y))
        return reached if np.isfinite(reached) else np.inf

    with np.errstate(all="ignore"):
        return min(RATES, key=trial)
