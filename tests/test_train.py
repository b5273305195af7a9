"""Gradient descent by a module's own functions: on a problem whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.training.digits import Digits
from derive.training.train import RATES, Epoch, Settings, find_rate, train


class Linear:
    """C = 1/2m sum |w x - y|^2: what an emitted module offers, for one linear layer."""

    calls = 0

    def init(self, rng: np.random.Generator, *, dtype: Any = np.float64, **sizes: Any) -> dict[str, Any]:
        return {"w": np.zeros((10, 12), dtype)}

    def predict(self, params: dict[str, Any], x: Any) -> Any:
        return x @ params["w"].T

    def cost(self, params: dict[str, Any], *data: Any) -> float:
        x, y = data
        return float(((self.predict(params, x) - y)**2).sum() / (2 * len(x)))

    def cost_and_gradients(self, params: dict[str, Any], *data: Any) -> tuple[float, dict[str, Any]]:
        self.calls += 1
        x, y = data
        return self.cost(params, x, y), {"w": (self.predict(params, x) - y).T @ x / len(x)}


LABELS = np.arange(200) % 10
NOISE = np.random.default_rng(0).uniform(0, 0.05, (200, 12))
EASY = Digits(np.eye(12)[LABELS] + NOISE, LABELS, "made for this test")
LEARN, KEEP = EASY.split(np.random.default_rng(0))


def test_it_learns_what_can_be_learned() -> None:
    run = train(Linear(), LEARN, KEEP, Settings(epochs=30, batch=10, rate=1.0))
    assert run.epochs[0].accuracy < 0.5 and run.accuracy == 1.0
    assert run.epochs[-1].cost < run.epochs[0].cost / 10
    assert run.params["w"].dtype == np.float32


def test_every_minibatch_is_counted_also_a_shorter_last_one() -> None:
    module = Linear()
    told: list[Epoch] = []
    run = train(module, LEARN, KEEP, Settings(epochs=3, batch=30, rate=0.1), told.append)
    assert module.calls == len(run.costs) == 3 * 6
    assert tuple(told) == run.epochs[1:] and [e.number for e in run.epochs] == [0, 1, 2, 3]


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, again, other = (train(Linear(), LEARN, KEEP, Settings(2, 10, 0.5, seed=s)).costs for s in (1, 1, 2))
    assert first == again != other


def test_a_rate_is_found_that_does_not_blow_up() -> None:
    module, big = Linear(), EASY.images * 3
    params = module.init(np.random.default_rng(0))
    rate = find_rate(module, params, big, EASY.targets("float64"), Settings(batch=10))
    assert rate in RATES and rate < max(RATES)
    assert not params["w"].any(), "the trials work on copies"


def test_one_step_is_p_minus_rate_times_gradient() -> None:
    run = train(Linear(), LEARN, KEEP, Settings(epochs=1, batch=len(LEARN), rate=0.5, dtype="float64"))
    start = {"w": np.zeros((10, 12))}
    _, gradients = Linear().cost_and_gradients(start, LEARN.images, LEARN.targets("float64"))
    np.testing.assert_allclose(run.params["w"], -0.5 * gradients["w"], rtol=1e-12, atol=1e-15)
