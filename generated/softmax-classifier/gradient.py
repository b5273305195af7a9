"""Cost and gradients by backpropagation: x (m, 4) -> a2 (m, 3); 43 parameters.

    z1[s,j] = sum(w1[j,k]*x[s,k],k) + b1[j]
    a1[s,j] = relu(z1[s,j])
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    e2[s,j] = exp(z2[s,j])
    s2[s] = sum(e2[s,j],j)
    a2[s,j] = e2[s,j]/s2[s]
    C = sum(-y[s,j]*log(a2[s,j])/m,s,j)

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def relu(z):
    """relu(z), elementwise, safe for every z."""
    return np.maximum(z, 0)


def softmax(z):
    """softmax along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))  # the shift cancels; no exponent is above 0
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(z):
    """log_softmax along the last axis."""
    shifted = z - z.max(axis=-1, keepdims=True)  # the shift cancels; no exponent is above 0
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w1": rng.standard_normal((5, 4), dtype) / 4**0.5,
        "b1": np.zeros(5, dtype),
        "w2": rng.standard_normal((3, 5), dtype) / 5**0.5,
        "b2": np.zeros(3, dtype),
    }


def predict(params, x):
    """a2 (m, 3) from x (m, 4)."""
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = relu(z1)
    z2 = a1 @ w2.T + b2
    return softmax(z2)


def cost(params, x, y):
    """The cost C from x (m, 4), y (m, 3)."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = relu(z1)
    z2 = a1 @ w2.T + b2
    return -(y * log_softmax(z2)).sum() / m


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = relu(z1)
    z2 = a1 @ w2.T + b2
    log_softmax_z2 = log_softmax(z2)
    a2 = np.exp(log_softmax_z2)
    C = -(y * log_softmax_z2).sum() / m

    grads = {}
    # (BP1) dC/dz2[s,j] = (a2[s,j] - y[s,j])/m
    delta2 = (a2 - y) / m
    # (BP4) dC/dw2[j,k] = sum(a1[s,k]*dC/dz2[s,j],s)
    grads["w2"] = delta2.T @ a1
    # (BP3) dC/db2[j] = sum(dC/dz2[s,j],s)
    grads["b2"] = delta2.sum(axis=0)
    # (BP2) dC/dz1[s,j] = sum(dC/dz2[s,q]*w2[q,j]*step(z1[s,j]),q)
    delta1 = (delta2 @ w2) * (z1 > 0)
    # (BP4) dC/dw1[j,k] = sum(dC/dz1[s,j]*x[s,k],s)
    grads["w1"] = delta1.T @ x
    # (BP3) dC/db1[j] = sum(dC/dz1[s,j],s)
    grads["b1"] = delta1.sum(axis=0)
    return C, grads
