"""A dense network in plain array code for `autograd`: an oracle that shares nothing with derive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad
from autograd.scipy.special import erf

SQRT_2_PI = np.sqrt(2 / np.pi)


def softmax(z: Any) -> Any:
    e = anp.exp(z - anp.max(z, axis=-1, keepdims=True))
    return e / anp.sum(e, axis=-1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.maximum(z, 0),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(anp.minimum(z, 0)) - 1),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "gelu_tanh": lambda z: z / 2 * (1 + anp.tanh(SQRT_2_PI * (z + 0.044715 * z**3))),
    "softmax": softmax,
    "log_softmax": lambda z: anp.log(softmax(z)),
}

COSTS: dict[str, Callable[[Any, Any], Any]] = {
    "quadratic": lambda a, y: anp.sum((a - y) ** 2),
    "mean_squared_error": lambda a, y: anp.sum((a - y) ** 2) / y.shape[1],
    "mean_absolute_error": lambda a, y: anp.sum(anp.abs(a - y)) / y.shape[1],
    "huber": lambda a, y: anp.sum(anp.where(anp.abs(a - y) <= 1, (a - y) ** 2 / 2, anp.abs(a - y) - 0.5)),
    "hinge": lambda a, y: anp.sum(anp.maximum(0, 1 - y * a)),
    "binary_cross_entropy": lambda a, y: -anp.sum(y * anp.log(a) + (1 - y) * anp.log(1 - a)),
    "binary_cross_entropy_logits": lambda a, y: anp.sum(anp.log(1 + anp.exp(a)) - y * a),
    "cross_entropy": lambda a, y: -anp.sum(y * anp.log(a)),
    "cross_entropy_logits": lambda a, y: -anp.sum(y * anp.log(softmax(a))),
}
OUTPUTS = {"binary_cross_entropy": ("sigmoid",), "cross_entropy": ("softmax", "sigmoid")}
"""Costs that need probabilities, and the activations that give them."""
PENALTIES = {"l1": lambda w: anp.sum(anp.abs(w)), "l2": lambda w: anp.sum(w**2) / 2}


@dataclass(frozen=True)
class Dense:
    """What is computed: widths, activations by layer, cost, its factor, regularizer with strength, mean or sum."""

    widths: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str
    factor: float = 1.0
    penalty: str = ""
    strength: float = 0.0
    mean: bool = True

    def output(self, params: dict[str, Any], x: Any) -> Any:
        for number, activation in enumerate(self.activations, 1):
            z = anp.dot(x, params[f"w{number}"].T) + params.get(f"b{number}", 0)
            x = ACTIVATIONS[activation](z)
        return x

    def value(self, params: dict[str, Any], x: Any, y: Any) -> Any:
        total = self.factor * COSTS[self.cost](self.output(params, x), y) / (len(x) if self.mean else 1)
        if self.penalty:
            weights = [array for name, array in params.items() if name.startswith("w")]
            total = total + self.strength * sum(PENALTIES[self.penalty](w) for w in weights)
        return total

    def gradients(self, params: dict[str, Any], x: Any, y: Any) -> dict[str, Any]:
        return grad(self.value)(params, x, y)

    def nearest_kink(self, params: dict[str, Any], x: Any, y: Any) -> float:
        """How near anything is to a point without a slope: there differences cannot be trusted."""
        found = [np.inf]
        for number, activation in enumerate(self.activations, 1):
            z = np.dot(x, params[f"w{number}"].T) + params.get(f"b{number}", 0)
            x = ACTIVATIONS[activation](z)
            found += [np.abs(z).min()] if activation in ("relu", "leaky_relu", "elu") else []
        kinks = {"mean_absolute_error": x - y, "huber": np.abs(x - y) - 1, "hinge": 1 - y * x}
        found += [np.abs(kinks[self.cost]).min()] if self.cost in kinks else []
        if self.penalty == "l1":
            found += [np.abs(array).min() for name, array in params.items() if name.startswith("w")]
        return float(min(found))


def targets(cost: str, shape: tuple[int, int], rng: np.random.Generator) -> Any:
    """Targets as the cost wants them: a distribution where its derivation says so, signs for the hinge; for the Huber
    cost errors on both sides of delta."""
    y = rng.uniform(0.05, 0.95, shape)
    if cost.startswith("cross_entropy"):
        return y / y.sum(axis=1, keepdims=True)
    return np.sign(y - 0.5) if cost == "hinge" else 3 * y if cost == "huber" else y


def differences(value: Callable[..., Any], params: dict[str, Any], *data: Any) -> dict[str, Any]:
    """Central differences of two widths, extrapolated: error of the order h^4."""
    found = {}
    for name, array in params.items():
        found[name] = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            slopes = []
            for h in (2e-4, 1e-4):
                moved = []
                for sign in (1, -1):
                    other = array.copy()
                    other[place] += sign * h
                    moved.append(value({**params, name: other}, *data))
                slopes.append((moved[0] - moved[1]) / (2 * h))
            found[name][place] = (4 * slopes[1] - slopes[0]) / 3
    return found
