"""Cost and gradients by backpropagation: a; 1 parameter.

    a = i*w
    C = (a - y)^2

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np

I_ = 1.5
Y = 0.8


def init(rng, dtype=np.float64):
    """Random parameters from N(0, 1)."""
    return {
        "w": rng.standard_normal((), dtype),
    }


def predict(params):
    """a."""
    w = params["w"]
    return I_ * w


def cost(params):
    """The cost C."""
    a = predict(params)
    return (a - Y) ** 2


def cost_and_gradients(params):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    w = params["w"]
    a = I_ * w
    C = (a - Y) ** 2

    grads = {}
    # dC/dw = 2*i*(a - y)
    grads["w"] = 2 * I_ * (a - Y)
    return C, grads
