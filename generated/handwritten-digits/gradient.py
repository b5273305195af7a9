"""Cost and gradients by backpropagation: x (m, 784) -> a3 (m, 10); 13,002 parameters.

    z1[s,j] = sum(w1[j,k]*x[s,k],k) + b1[j]
    a1[s,j] = sigmoid(z1[s,j])
    z2[s,j] = sum(a1[s,k]*w2[j,k],k) + b2[j]
    a2[s,j] = sigmoid(z2[s,j])
    z3[s,j] = sum(a2[s,k]*w3[j,k],k) + b3[j]
    a3[s,j] = sigmoid(z3[s,j])
    C = sum((a3[s,j] - y[s,j])^2/m,s,j)

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
        "w1": rng.standard_normal((16, 784), dtype) / 784**0.5,
        "b1": np.zeros(16, dtype),
        "w2": rng.standard_normal((16, 16), dtype) / 16**0.5,
        "b2": np.zeros(16, dtype),
        "w3": rng.standard_normal((10, 16), dtype) / 16**0.5,
        "b3": np.zeros(10, dtype),
    }


def predict(params, x):
    """a3 (m, 10) from x (m, 784)."""
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    w3, b3 = params["w3"], params["b3"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    z3 = a2 @ w3.T + b3
    return sigmoid(z3)


def cost(params, x, y):
    """The cost C from x (m, 784), y (m, 10)."""
    m = len(x)
    a3 = predict(params, x)
    return ((a3 - y) ** 2).sum() / m


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    w3, b3 = params["w3"], params["b3"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    z3 = a2 @ w3.T + b3
    a3 = sigmoid(z3)
    C = ((a3 - y) ** 2).sum() / m

    grads = {}
    # dC/dz3[s,j] = 2*a3[s,j]*(1 - a3[s,j])*(a3[s,j] - y[s,j])/m
    delta3 = 2 * (a3 - y) * a3 * (1 - a3) / m
    # dC/dw3[j,k] = sum(a2[s,k]*dC/dz3[s,j],s)
    grads["w3"] = delta3.T @ a2
    # dC/db3[j] = sum(dC/dz3[s,j],s)
    grads["b3"] = delta3.sum(axis=0)
    # dC/dz2[s,j] = sum(a2[s,j]*dC/dz3[s,q]*w3[q,j]*(1 - a2[s,j]),q)
    delta2 = (delta3 @ w3) * a2 * (1 - a2)
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
