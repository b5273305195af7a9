"""Cost and gradients by backpropagation: x (m, 2) -> a2 (m, 1); 9 parameters.

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


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w1": rng.standard_normal((2, 2), dtype) / 2**0.5,
        "b1": np.zeros(2, dtype),
        "w2": rng.standard_normal((1, 2), dtype) / 2**0.5,
        "b2": np.zeros(1, dtype),
    }


def predict(params, x):
    """a2 (m, 1) from x (m, 2)."""
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    return sigmoid(z2)


def cost(params, x, y):
    """The cost C from x (m, 2), y (m, 1)."""
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


def hessian_vector_product(params, v, x, y):
    """The Hessian of C times v, a dict like params: how the gradient changes along v."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w2, b2 = params["w2"], params["b2"]
    v_w1, v_b1 = v["w1"], v["b1"]
    v_w2, v_b2 = v["w2"], v["b2"]
    hv = {}
    z1 = x @ w1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    # dC/dz2[s,j] = a2[s,j]*(1 - a2[s,j])*(a2[s,j] - y[s,j])/m
    delta2 = (a2 - y) * a2 * (1 - a2) / m
    # R{z1}[s,j] = sum(v_w1[j,k]*x[s,k],k) + v_b1[j]
    R_z1 = x @ v_w1.T + v_b1
    # R{a1}[s,j] = R{z1}[s,j]*a1[s,j]*(1 - a1[s,j])
    R_a1 = a1 * R_z1 * (1 - a1)
    # R{z2}[s,j] = sum(R{a1}[s,k]*w2[j,k],k) + sum(a1[s,k]*v_w2[j,k],k) + v_b2[j]
    R_z2 = R_a1 @ w2.T + a1 @ v_w2.T + v_b2
    # R{a2}[s,j] = R{z2}[s,j]*a2[s,j]*(1 - a2[s,j])
    R_a2 = a2 * R_z2 * (1 - a2)
    # R{dC/dz2}[s,j] = R{a2}[s,j]*a2[s,j]*(1 - a2[s,j])/m + R{z2}[s,j]*a2[s,j]*(1 - 2*a2[s,j])*(1 -
    #     a2[s,j])*(a2[s,j] - y[s,j])/m
    R_delta2 = a2 * R_a2 * (1 - a2) / m + (a2 - y) * a2 * R_z2 * (1 - 2 * a2) * (1 - a2) / m
    # R{dC/dw2}[j,k] = sum(R{a1}[s,k]*dC/dz2[s,j],s) + sum(R{dC/dz2}[s,j]*a1[s,k],s)
    hv["w2"] = delta2.T @ R_a1 + R_delta2.T @ a1
    # R{dC/db2}[j] = sum(R{dC/dz2}[s,j],s)
    hv["b2"] = R_delta2.sum(axis=0)
    # R{dC/dz1}[s,j] = sum(R{dC/dz2}[s,q]*a1[s,j]*w2[q,j]*(1 - a1[s,j]),q) +
    #     sum(a1[s,j]*dC/dz2[s,q]*v_w2[q,j]*(1 - a1[s,j]),q) + sum(R{z1}[s,j]*a1[s,j]*dC/dz2[s,q]*w2[q,j]*(1 -
    #     2*a1[s,j])*(1 - a1[s,j]),q)
    R_delta1 = (
        (R_delta2 @ w2) * a1 * (1 - a1)
        + (delta2 @ v_w2) * a1 * (1 - a1)
        + (delta2 @ w2) * a1 * R_z1 * (1 - 2 * a1) * (1 - a1)
    )
    # R{dC/dw1}[j,k] = sum(R{dC/dz1}[s,j]*x[s,k],s)
    hv["w1"] = R_delta1.T @ x
    # R{dC/db1}[j] = sum(R{dC/dz1}[s,j],s)
    hv["b1"] = R_delta1.sum(axis=0)
    return hv


def hessian(params, x, y):
    """The Hessian of C: a row and a column for each number in params, in their order."""
    columns = []
    for name, array in params.items():
        for place in np.ndindex(np.shape(array)):
            unit = {other: np.zeros_like(value) for other, value in params.items()}
            unit[name][place] = 1
            column = hessian_vector_product(params, unit, x, y)
            columns.append(np.concatenate([np.ravel(column[other]) for other in params]))
    return np.stack(columns, axis=1)
