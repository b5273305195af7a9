"""Cost and gradients by backpropagation: x (m, n[0]) -> a (m, n[L]); 2 arrays of parameters.

    a[s,0,k] = x[s,k]
    z[s,l,j] = sum(a[s,l - 1,k]*w[l,j,k],k) + b[l,j]
    a[s,l,j] = sigmoid(z[s,l,j])
    C = sum((a[s,L,j] - y[s,j])^2/(2*m),s,j)

Assumed: the activation of every layer is sigmoid; the cost is quadratic; the factor 1/2 of the cost follows
Michael Nielsen.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def init(rng, widths, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    L = len(widths) - 1
    params = {}
    for layer in range(1, L + 1):
        params[f"w{layer}"] = rng.standard_normal((widths[layer], widths[layer - 1]), dtype) / widths[layer - 1]**0.5
        params[f"b{layer}"] = np.zeros(widths[layer], dtype)
    return params


def predict(params, x):
    """a (m, n[L]) from x (m, n[0])."""
    L = sum(name.startswith("w") for name in params)
    a, z = {}, {}
    a[0] = x
    for layer in range(1, L + 1):
        z[layer] = a[layer - 1] @ params[f"w{layer}"].T + params[f"b{layer}"]
        a[layer] = sigmoid(z[layer])
    return a[L]


def cost(params, x, y):
    """The cost C from x (m, n[0]), y (m, n[L])."""
    L = sum(name.startswith("w") for name in params)
    m = len(x)
    a, z = {}, {}
    a[0] = x
    for layer in range(1, L + 1):
        z[layer] = a[layer - 1] @ params[f"w{layer}"].T + params[f"b{layer}"]
        a[layer] = sigmoid(z[layer])
    return ((a[L] - y) ** 2).sum() / (2 * m)


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    L = sum(name.startswith("w") for name in params)
    m = len(x)
    a, z, delta = {}, {}, {}
    a[0] = x
    for layer in range(1, L + 1):
        z[layer] = a[layer - 1] @ params[f"w{layer}"].T + params[f"b{layer}"]
        a[layer] = sigmoid(z[layer])
    C = ((a[L] - y) ** 2).sum() / (2 * m)

    grads = {}
    for layer in reversed(range(1, L + 1)):
        # (BP1, BP2) dC/dz[s,l,j] = a[s,L,j]*(1 - a[s,L,j])*(a[s,L,j] - y[s,j])/m [l = L] + sum(a[s,l,j]*dC/dz[s,l
        #     + 1,q]*w[l + 1,q,j]*(1 - a[s,l,j]),q) [l <= L - 1]
        if layer == L:
            delta[layer] = (a[L] - y) * a[L] * (1 - a[L]) / m
        else:
            delta[layer] = (delta[layer + 1] @ params[f"w{layer + 1}"]) * a[layer] * (1 - a[layer])
        # (BP4) dC/dw[l,j,k] = sum(a[s,l - 1,k]*dC/dz[s,l,j],s)
        grads[f"w{layer}"] = delta[layer].T @ a[layer - 1]
        # (BP3) dC/db[l,j] = sum(dC/dz[s,l,j],s)
        grads[f"b{layer}"] = delta[layer].sum(axis=0)
    return C, grads
