"""Cost and gradients by backpropagation: 2 parameters.

    c = a + b
    d = 1 + b
    e = c*d

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def init(rng, dtype=np.float64):
    """Random parameters from N(0, 1)."""
    return {
        "a": rng.standard_normal((), dtype),
        "b": rng.standard_normal((), dtype),
    }


def cost(params):
    """The cost e."""
    a, b = params["a"], params["b"]
    c = a + b
    d = 1 + b
    return c * d


def cost_and_gradients(params):
    """The cost e, and its gradient with respect to each parameter: a dict like params."""
    a, b = params["a"], params["b"]
    c = a + b
    d = 1 + b
    e = c * d

    grads = {}
    # de/da = d
    grads["a"] = d
    # de/db = c + d
    grads["b"] = c + d
    return e, grads
