"""Cost and gradients by backpropagation: x (m, 4, 3) -> a2 (m, 1); 15 parameters.

    h1[s,0,j] = 0
    for t = 1, ..., 4:
        v1[s,t,j] = sum(x[s,t,k]*u1[j,k],k) + sum(h1[s,t - 1,q]*w1[j,q],q) + b1[j]
        h1[s,t,j] = tanh(v1[s,t,j])
    a1[s,j] = h1[s,4,j]
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    a2[s,j] = sigmoid(z2[s,j])
    C = sum((a2[s,j] - y[s,j])^2/(2*m),s,j)

Assumed: the activation of each layer that names none is sigmoid; the cost is quadratic; the factor 1/2 of the cost
follows Michael Nielsen.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "u1": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "w1": rng.standard_normal((2, 2), dtype) / 2**0.5,
        "b1": np.zeros(2, dtype),
        "w2": rng.standard_normal((1, 2), dtype) / 2**0.5,
        "b2": np.zeros(1, dtype),
    }


def predict(params, x):
    """a2 (m, 1) from x (m, 4, 3)."""
    m = len(x)
    u1, w1, b1 = params["u1"], params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    h1 = np.empty((5, m, 2), dtype=x.dtype)
    h1[0] = 0
    v1 = x.transpose(1, 0, 2) @ u1.T
    for t in range(1, 5):
        v1[t - 1] += h1[t - 1] @ w1.T + b1
        h1[t] = np.tanh(v1[t - 1])
    a1 = h1[4]
    z2 = a1 @ w2.T + b2
    return sigmoid(z2)


def cost(params, x, y):
    """The cost C from x (m, 4, 3), y (m, 1)."""
    m = len(x)
    a2 = predict(params, x)
    return ((a2 - y) ** 2).sum() / (2 * m)


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    u1, w1, b1 = params["u1"], params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    h1 = np.empty((5, m, 2), dtype=x.dtype)
    dC_dv1 = np.empty((4, m, 2), dtype=x.dtype)
    h1[0] = 0
    v1 = x.transpose(1, 0, 2) @ u1.T
    for t in range(1, 5):
        v1[t - 1] += h1[t - 1] @ w1.T + b1
        h1[t] = np.tanh(v1[t - 1])
    a1 = h1[4]
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
    for t in reversed(range(1, 5)):
        # dC/dv1[s,t,j] = sum(dC/dz2[s,q]*w2[q,j]*(1 - h1[s,t,j]^2),q) [t = 4] + sum(dC/dv1[s,t + 1,r]*w1[r,j]*(1
        #     - h1[s,t,j]^2),r) [t <= 3]
        if t == 4:
            dC_dv1[t - 1] = (delta2 @ w2) * (1 - h1[t]**2)
        else:
            dC_dv1[t - 1] = (dC_dv1[t] @ w1) * (1 - h1[t]**2)
    # dC/du1[j,k] = sum(dC/dv1[s,t,j]*x[s,t,k],t,s)
    grads["u1"] = np.tensordot(dC_dv1, x, axes=((0, 1), (1, 0)))
    # dC/dw1[j,q] = sum(dC/dv1[s,t,j]*h1[s,t - 1,q],t,s)
    grads["w1"] = np.tensordot(dC_dv1, h1[:4], axes=((0, 1), (0, 1)))
    # dC/db1[j] = sum(dC/dv1[s,t,j],t,s)
    grads["b1"] = dC_dv1.sum(axis=(0, 1))
    return C, grads
