"""Cost and gradients by backpropagation: x (m, 3) -> a2 (m, 2); 14 parameters.

    u1[k] = sum(x[s,k]/m,s)
    v1[k] = sum((x[s,k] - u1[k])^2/m,s)
    r1[k] = sqrt(eps + v1[k])
    h1[s,k] = (x[s,k] - u1[k])/r1[k]
    a1[s,k] = b1[k] + h1[s,k]*g1[k]
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    a2[s,j] = sigmoid(z2[s,j])
    C = sum((a2[s,j] - y[s,j])^2/(2*m),s,j)

Assumed: the activation of each layer that names none is sigmoid; the cost is quadratic; the factor 1/2 of the cost
follows Michael Nielsen.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np

EPS = 1e-05


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero, gains one."""
    return {
        "g1": np.ones(3, dtype),
        "b1": np.zeros(3, dtype),
        "w2": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "b2": np.zeros(2, dtype),
    }


def predict(params, x):
    """a2 (m, 2) from x (m, 3)."""
    m = len(x)
    g1, b1 = params["g1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    u1 = x.sum(axis=0) / m
    v1 = ((x - u1) ** 2).sum(axis=0) / m
    r1 = np.sqrt(EPS + v1)
    h1 = (x - u1) / r1
    a1 = b1 + g1 * h1
    z2 = a1 @ w2.T + b2
    return sigmoid(z2)


def cost(params, x, y):
    """The cost C from x (m, 3), y (m, 2)."""
    m = len(x)
    a2 = predict(params, x)
    return ((a2 - y) ** 2).sum() / (2 * m)


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    g1, b1 = params["g1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    u1 = x.sum(axis=0) / m
    v1 = ((x - u1) ** 2).sum(axis=0) / m
    r1 = np.sqrt(EPS + v1)
    h1 = (x - u1) / r1
    a1 = b1 + g1 * h1
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    C = ((a2 - y) ** 2).sum() / (2 * m)

    grads = {}
    # (BP1) dC/dz2[s,j] = a2[s,j]*(1 - a2[s,j])*(a2[s,j] - y[s,j])/m
    delta2 = (a2 - y) * a2 * (1 - a2) / m
    # dC/da1[s,k] = sum(dC/dz2[s,j]*w2[j,k],j)
    dC_da1 = delta2 @ w2
    # (BP4) dC/dw2[j,k] = sum(a1[s,k]*dC/dz2[s,j],s)
    grads["w2"] = delta2.T @ a1
    # (BP3) dC/db2[j] = sum(dC/dz2[s,j],s)
    grads["b2"] = delta2.sum(axis=0)
    # dC/dg1[k] = sum(dC/da1[s,k]*h1[s,k],s)
    grads["g1"] = (dC_da1 * h1).sum(axis=0)
    # dC/db1[k] = sum(dC/da1[s,k],s)
    grads["b1"] = dC_da1.sum(axis=0)
    return C, grads
