"""Cost and gradients by backpropagation: x (100,) -> f (100,); 6 parameters.

    f[i] = k0 + k1*x[i] + k2*x[i]^2 + k3*x[i]^3 + k4*x[i]^4 + k5*x[i]^5
    C = sum((f[i] - y[i])^2,i)

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def init(rng, dtype=np.float64):
    """Random parameters from N(0, 1)."""
    return {
        "k0": rng.standard_normal((), dtype),
        "k1": rng.standard_normal((), dtype),
        "k2": rng.standard_normal((), dtype),
        "k3": rng.standard_normal((), dtype),
        "k4": rng.standard_normal((), dtype),
        "k5": rng.standard_normal((), dtype),
    }


def predict(params, x):
    """f (100,) from x (100,)."""
    k0, k1, k2, k3 = params["k0"], params["k1"], params["k2"], params["k3"]
    k4, k5 = params["k4"], params["k5"]
    return k0 + x * k1 + k2 * x**2 + k3 * x**3 + k4 * x**4 + k5 * x**5


def cost(params, x, y):
    """The cost C from x (100,), y (100,)."""
    f = predict(params, x)
    return ((f - y) ** 2).sum()


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    k0, k1, k2, k3 = params["k0"], params["k1"], params["k2"], params["k3"]
    k4, k5 = params["k4"], params["k5"]
    f = k0 + x * k1 + k2 * x**2 + k3 * x**3 + k4 * x**4 + k5 * x**5
    C = ((f - y) ** 2).sum()

    grads = {}
    # dC/df[i] = 2*f[i] - 2*y[i]
    dC_df = 2 * (f - y)
    # dC/dk0 = sum(dC/df[i],i)
    grads["k0"] = dC_df.sum()
    # dC/dk1 = sum(dC/df[i]*x[i],i)
    grads["k1"] = (dC_df * x).sum()
    # dC/dk2 = sum(dC/df[i]*x[i]^2,i)
    grads["k2"] = (dC_df * x**2).sum()
    # dC/dk3 = sum(dC/df[i]*x[i]^3,i)
    grads["k3"] = (dC_df * x**3).sum()
    # dC/dk4 = sum(dC/df[i]*x[i]^4,i)
    grads["k4"] = (dC_df * x**4).sum()
    # dC/dk5 = sum(dC/df[i]*x[i]^5,i)
    grads["k5"] = (dC_df * x**5).sum()
    return C, grads
