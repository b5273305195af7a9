"""Cost and gradients by backpropagation: x (m, n0) -> a2 (m, n2); 4 arrays of parameters.

    z1[s,j] = sum(w1[j,k]*x[s,k],k) + b1[j]
    a1[s,j] = sigmoid(z1[s,j])
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    a2[s,j] = sigmoid(z2[s,j])
    C = sum((a2[s,j] - y[s,j])^2/(2*m),s,j)

Assumed: the activation of every layer is sigmoid; the cost is quadratic; the factor 1/2 of the cost follows
Michael Nielsen.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def init(rng, n0, n1, n2, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w1": rng.standard_normal((n1, n0), dtype) / n0**0.5,
        "b1": np.zeros(n1, dtype),
        "w2": rng.standard_normal((n2, n1), dtype) / n1**0.5,
        "b2": np.zeros(n2, dtype),
    }


def predict(params, x):
    """a2 (m, n2) from x (m, n0)."""
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    return sigmoid(z2)


def cost(params, x, y):
    """The cost C from x (m, n0), y (m, n2)."""
    m = len(x)
    a2 = predict(params, x)
    return ((a2 - y) ** 2).sum() / (2 * m)


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    C = ((a2 - y) ** 2).sum() / (2 * m)

    grads = {}
    # (BP1) dC/dz2[s,j] = a2[s,j]*(1 - a2[s,j])*(a2[s,j] - y[s,j])/m
    delta2 = (a2 - y) * a2 * (1 - a2) / m
    # (BP4) dC/dw2[j,k] = sum(a1[s,k]*dC/dz2[s,j],s)
    grads["w2"] = delta2.T @ a1
    # (BP3) dC/db2[j] = sum(dC/dz2[s,j],s)
    grads["b2"] = delta2.sum(axis=0)
    # (BP2) dC/dz1[s,j] = sum(a1[s,j]*dC/dz2[s,q]*w2[q,j]*(1 - a1[s,j]),q)
    delta1 = (delta2 @ w2) * a1 * (1 - a1)
    # (BP4) dC/dw1[j,k] = sum(dC/dz1[s,j]*x[s,k],s)
    grads["w1"] = delta1.T @ x
    # (BP3) dC/db1[j] = sum(dC/dz1[s,j],s)
    grads["b1"] = delta1.sum(axis=0)
    return C, grads
