"""Cost and gradients by backpropagation: x (m, 3) -> a2 (m, 2); 26 parameters.

    z1[s,j] = sum(w1[j,k]*x[s,k],k) + b1[j]
    a1[s,j] = sigmoid(z1[s,j])
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    a2[s,j] = sigmoid(z2[s,j])
    C = sum((a2[s,j] - y[s,j])^2/m,s,j)

Assumed: the activation of every layer is sigmoid; the cost is quadratic; the factor 1 of the cost follows
3Blue1Brown.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w1": rng.standard_normal((4, 3), dtype) / 3**0.5,
        "b1": np.zeros(4, dtype),
        "w2": rng.standard_normal((2, 4), dtype) / 4**0.5,
        "b2": np.zeros(2, dtype),
    }


def predict(params, x):
    """a2 (m, 2) from x (m, 3)."""
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    return sigmoid(z2)


def cost(params, x, y):
    """The cost C from x (m, 3), y (m, 2)."""
    m = len(x)
    a2 = predict(params, x)
    return ((a2 - y) ** 2).sum() / m


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    C = ((a2 - y) ** 2).sum() / m

    grads = {}
    # dC/dz2[s,j] = 2*a2[s,j]*(1 - a2[s,j])*(a2[s,j] - y[s,j])/m
    delta2 = 2 * (a2 - y) * a2 * (1 - a2) / m
    # dC/dw2[j,k] = sum(a1[s,k]*dC/dz2[s,j],s)
    grads["w2"] = delta2.T @ a1
    # dC/db2[j] = sum(dC/dz2[s,j],s)
    grads["b2"] = delta2.sum(axis=0)
    # dC/dz1[s,j] = sum(a1[s,j]*dC/dz2[s,q]*w2[q,j]*(1 - a1[s,j]),q)
    delta1 = (delta2 @ w2) * a1 * (1 - a1)
    # dC/dw1[j,k] = sum(dC/dz1[s,j]*x[s,k],s)
    grads["w1"] = delta1.T @ x
    # dC/db1[j] = sum(dC/dz1[s,j],s)
    grads["b1"] = delta1.sum(axis=0)
    return C, grads
