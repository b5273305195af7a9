"""Cost and gradients by backpropagation: a2; 2 parameters.

    a1 = i*w1
    a2 = a1*w2
    C = (a2 - y)^2

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np

I_ = 1.5
Y = 0.8


def init(rng, dtype=np.float64):
    """Random parameters from N(0, 1)."""
    return {
        "w1": rng.standard_normal((), dtype),
        "w2": rng.standard_normal((), dtype),
    }


def predict(params):
    """a2."""
    w1, w2 = params["w1"], params["w2"]
    a1 = I_ * w1
    return w2 * a1


def cost(params):
    """The cost C."""
    a2 = predict(params)
    return (a2 - Y) ** 2


def cost_and_gradients(params):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    w1, w2 = params["w1"], params["w2"]
    a1 = I_ * w1
    a2 = w2 * a1
    C = (a2 - Y) ** 2

    grads = {}
    # dC/dw2 = 2*a1*(a2 - y)
    grads["w2"] = 2 * a1 * (a2 - Y)
    # dC/da1 = 2*w2*(a2 - y)
    dC_da1 = 2 * w2 * (a2 - Y)
    # dC/dw1 = dC/da1*i
    grads["w1"] = I_ * dC_da1
    return C, grads
