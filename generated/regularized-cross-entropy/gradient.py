"""Cost and gradients by backpropagation: x (m, 3) -> a2 (m, 2); 26 parameters.

    z1[s,j] = sum(w1[j,k]*x[s,k],k) + b1[j]
    a1[s,j] = sigmoid(z1[s,j])
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    a2[s,j] = sigmoid(z2[s,j])
    C0[s] = sum(-log(1 - a2[s,j])*(1 - y[s,j]) - y[s,j]*log(a2[s,j]),j)
    R = sum(lam*w1[j,k]^2/(2*m),j,k) + sum(lam*w2[j,k]^2/(2*m),j,k)
    C = sum(C0[s]/m,s) + R

Assumed: the activation of every layer is sigmoid.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np

LAMBDA = 0.1


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def softplus(z):
    """softplus(z), elementwise, safe for every z."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # exp of at most 0


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
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    C0 = ((1 - y) * softplus(z2) + y * softplus(-z2)).sum(axis=1)
    R = LAMBDA * (w1**2).sum() / (2 * m) + LAMBDA * (w2**2).sum() / (2 * m)
    return C0.sum() / m + R


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    C0 = ((1 - y) * softplus(z2) + y * softplus(-z2)).sum(axis=1)
    R = LAMBDA * (w1**2).sum() / (2 * m) + LAMBDA * (w2**2).sum() / (2 * m)
    C = C0.sum() / m + R

    grads = {}
    # (BP1) dC/dz2[s,j] = (a2[s,j] - y[s,j])/m
    delta2 = (a2 - y) / m
    # (BP4) dC/dw2[j,k] = lam*w2[j,k]/m + sum(a1[s,k]*dC/dz2[s,j],s)
    grads["w2"] = LAMBDA * w2 / m + delta2.T @ a1
    # (BP3) dC/db2[j] = sum(dC/dz2[s,j],s)
    grads["b2"] = delta2.sum(axis=0)
    # (BP2) dC/dz1[s,j] = sum(a1[s,j]*dC/dz2[s,q]*w2[q,j]*(1 - a1[s,j]),q)
    delta1 = (delta2 @ w2) * a1 * (1 - a1)
    # (BP4) dC/dw1[j,k] = lam*w1[j,k]/m + sum(dC/dz1[s,j]*x[s,k],s)
    grads["w1"] = LAMBDA * w1 / m + delta1.T @ x
    # (BP3) dC/db1[j] = sum(dC/dz1[s,j],s)
    grads["b1"] = delta1.sum(axis=0)
    return C, grads
