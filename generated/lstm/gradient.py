"""Cost and gradients by backpropagation: x (m, 4, 3) -> a2 (m, 1); 51 parameters.

    h1[s,0,j] = 0
    c1[s,0,j] = 0
    for t = 1, ..., 4:
        z_f1[s,t,j] = sum(x[s,t,k]*u_f1[j,k],k) + sum(h1[s,t - 1,q]*w_f1[j,q],q) + b_f1[j]
        z_i1[s,t,j] = sum(x[s,t,k]*u_i1[j,k],k) + sum(h1[s,t - 1,q]*w_i1[j,q],q) + b_i1[j]
        z_g1[s,t,j] = sum(x[s,t,k]*u_g1[j,k],k) + sum(h1[s,t - 1,q]*w_g1[j,q],q) + b_g1[j]
        z_o1[s,t,j] = sum(x[s,t,k]*u_o1[j,k],k) + sum(h1[s,t - 1,q]*w_o1[j,q],q) + b_o1[j]
        f1[s,t,j] = sigmoid(z_f1[s,t,j])
        i1[s,t,j] = sigmoid(z_i1[s,t,j])
        g1[s,t,j] = tanh(z_g1[s,t,j])
        o1[s,t,j] = sigmoid(z_o1[s,t,j])
        c1[s,t,j] = c1[s,t - 1,j]*f1[s,t,j] + g1[s,t,j]*i1[s,t,j]
        h1[s,t,j] = o1[s,t,j]*tanh(c1[s,t,j])
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
        "u_f1": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "w_f1": rng.standard_normal((2, 2), dtype) / 2**0.5,
        "b_f1": np.zeros(2, dtype),
        "u_i1": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "w_i1": rng.standard_normal((2, 2), dtype) / 2**0.5,
        "b_i1": np.zeros(2, dtype),
        "u_g1": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "w_g1": rng.standard_normal((2, 2), dtype) / 2**0.5,
        "b_g1": np.zeros(2, dtype),
        "u_o1": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "w_o1": rng.standard_normal((2, 2), dtype) / 2**0.5,
        "b_o1": np.zeros(2, dtype),
        "w2": rng.standard_normal((1, 2), dtype) / 2**0.5,
        "b2": np.zeros(1, dtype),
    }


def predict(params, x):
    """a2 (m, 1) from x (m, 4, 3)."""
    m = len(x)
    u_f1, w_f1, b_f1, u_i1 = params["u_f1"], params["w_f1"], params["b_f1"], params["u_i1"]
    w_i1, b_i1, u_g1, w_g1 = params["w_i1"], params["b_i1"], params["u_g1"], params["w_g1"]
    b_g1, u_o1, w_o1, b_o1 = params["b_g1"], params["u_o1"], params["w_o1"], params["b_o1"]
    w2, b2 = params["w2"], params["b2"]
    h1 = np.empty((5, m, 2), dtype=x.dtype)
    c1 = np.empty((5, m, 2), dtype=x.dtype)
    h1[0] = 0
    c1[0] = 0
    z_f1 = x.transpose(1, 0, 2) @ u_f1.T
    z_i1 = x.transpose(1, 0, 2) @ u_i1.T
    z_g1 = x.transpose(1, 0, 2) @ u_g1.T
    z_o1 = x.transpose(1, 0, 2) @ u_o1.T
    for t in range(1, 5):
        z_f1[t - 1] += h1[t - 1] @ w_f1.T + b_f1
        z_i1[t - 1] += h1[t - 1] @ w_i1.T + b_i1
        z_g1[t - 1] += h1[t - 1] @ w_g1.T + b_g1
        z_o1[t - 1] += h1[t - 1] @ w_o1.T + b_o1
        f1 = sigmoid(z_f1[t - 1])
        i1 = sigmoid(z_i1[t - 1])
        g1 = np.tanh(z_g1[t - 1])
        o1 = sigmoid(z_o1[t - 1])
        c1[t] = c1[t - 1] * f1 + i1 * g1
        h1[t] = o1 * np.tanh(c1[t])
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
    u_f1, w_f1, b_f1, u_i1 = params["u_f1"], params["w_f1"], params["b_f1"], params["u_i1"]
    w_i1, b_i1, u_g1, w_g1 = params["w_i1"], params["b_i1"], params["u_g1"], params["w_g1"]
    b_g1, u_o1, w_o1, b_o1 = params["b_g1"], params["u_o1"], params["w_o1"], params["b_o1"]
    w2, b2 = params["w2"], params["b2"]
    h1 = np.empty((5, m, 2), dtype=x.dtype)
    c1 = np.empty((5, m, 2), dtype=x.dtype)
    f1 = np.empty((4, m, 2), dtype=x.dtype)
    i1 = np.empty((4, m, 2), dtype=x.dtype)
    g1 = np.empty((4, m, 2), dtype=x.dtype)
    o1 = np.empty((4, m, 2), dtype=x.dtype)
    dC_dh1 = np.zeros((5, m, 2), dtype=x.dtype)
    dC_dc1 = np.zeros((5, m, 2), dtype=x.dtype)
    dC_dz_o1 = np.empty((4, m, 2), dtype=x.dtype)
    dC_dz_g1 = np.empty((4, m, 2), dtype=x.dtype)
    dC_dz_i1 = np.empty((4, m, 2), dtype=x.dtype)
    dC_dz_f1 = np.empty((4, m, 2), dtype=x.dtype)
    h1[0] = 0
    c1[0] = 0
    z_f1 = x.transpose(1, 0, 2) @ u_f1.T
    z_i1 = x.transpose(1, 0, 2) @ u_i1.T
    z_g1 = x.transpose(1, 0, 2) @ u_g1.T
    z_o1 = x.transpose(1, 0, 2) @ u_o1.T
    for t in range(1, 5):
        z_f1[t - 1] += h1[t - 1] @ w_f1.T + b_f1
        z_i1[t - 1] += h1[t - 1] @ w_i1.T + b_i1
        z_g1[t - 1] += h1[t - 1] @ w_g1.T + b_g1
        z_o1[t - 1] += h1[t - 1] @ w_o1.T + b_o1
        f1[t - 1] = sigmoid(z_f1[t - 1])
        i1[t - 1] = sigmoid(z_i1[t - 1])
        g1[t - 1] = np.tanh(z_g1[t - 1])
        o1[t - 1] = sigmoid(z_o1[t - 1])
        c1[t] = c1[t - 1] * f1[t - 1] + i1[t - 1] * g1[t - 1]
        h1[t] = o1[t - 1] * np.tanh(c1[t])
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
    # dC/da1[s,k] = sum(dC/dz2[s,j]*w2[j,k],j)
    dC_da1 = delta2 @ w2
    # dC/dh1[s,4,j] += dC/da1[s,j]
    dC_dh1[4] += dC_da1
    for t in reversed(range(1, 5)):
        tanh_c1 = np.tanh(c1[t])
        # dC/dc1[s,t,j] += dC/dh1[s,t,j]*o1[s,t,j]*(1 - tanh(c1[s,t,j])^2)
        dC_dc1[t] += dC_dh1[t] * o1[t - 1] * (1 - tanh_c1**2)
        # dC/do1[s,t,j] = dC/dh1[s,t,j]*tanh(c1[s,t,j])
        dC_do1 = dC_dh1[t] * tanh_c1
        # dC/dc1[s,t - 1,j] += dC/dc1[s,t,j]*f1[s,t,j]
        dC_dc1[t - 1] += dC_dc1[t] * f1[t - 1]
        # dC/df1[s,t,j] = c1[s,t - 1,j]*dC/dc1[s,t,j]
        dC_df1 = dC_dc1[t] * c1[t - 1]
        # dC/dg1[s,t,j] = dC/dc1[s,t,j]*i1[s,t,j]
        dC_dg1 = dC_dc1[t] * i1[t - 1]
        # dC/di1[s,t,j] = dC/dc1[s,t,j]*g1[s,t,j]
        dC_di1 = dC_dc1[t] * g1[t - 1]
        # dC/dz_o1[s,t,j] = dC/do1[s,t,j]*o1[s,t,j]*(1 - o1[s,t,j])
        dC_dz_o1[t - 1] = dC_do1 * o1[t - 1] * (1 - o1[t - 1])
        # dC/dz_g1[s,t,j] = dC/dg1[s,t,j]*(1 - g1[s,t,j]^2)
        dC_dz_g1[t - 1] = dC_dg1 * (1 - g1[t - 1]**2)
        # dC/dz_i1[s,t,j] = dC/di1[s,t,j]*i1[s,t,j]*(1 - i1[s,t,j])
        dC_dz_i1[t - 1] = dC_di1 * i1[t - 1] * (1 - i1[t - 1])
        # dC/dz_f1[s,t,j] = dC/df1[s,t,j]*f1[s,t,j]*(1 - f1[s,t,j])
        dC_dz_f1[t - 1] = dC_df1 * f1[t - 1] * (1 - f1[t - 1])
        # dC/dh1[s,t - 1,q] += sum(dC/dz_o1[s,t,j]*w_o1[j,q],j)
        dC_dh1[t - 1] += dC_dz_o1[t - 1] @ w_o1
        # dC/dh1[s,t - 1,q] += sum(dC/dz_g1[s,t,j]*w_g1[j,q],j)
        dC_dh1[t - 1] += dC_dz_g1[t - 1] @ w_g1
        # dC/dh1[s,t - 1,q] += sum(dC/dz_i1[s,t,j]*w_i1[j,q],j)
        dC_dh1[t - 1] += dC_dz_i1[t - 1] @ w_i1
        # dC/dh1[s,t - 1,q] += sum(dC/dz_f1[s,t,j]*w_f1[j,q],j)
        dC_dh1[t - 1] += dC_dz_f1[t - 1] @ w_f1
    # dC/du_o1[j,k] = sum(dC/dz_o1[s,t,j]*x[s,t,k],t,s)
    grads["u_o1"] = np.tensordot(dC_dz_o1, x, axes=((0, 1), (1, 0)))
    # dC/dw_o1[j,q] = sum(dC/dz_o1[s,t,j]*h1[s,t - 1,q],t,s)
    grads["w_o1"] = np.tensordot(dC_dz_o1, h1[:4], axes=((0, 1), (0, 1)))
    # dC/db_o1[j] = sum(dC/dz_o1[s,t,j],t,s)
    grads["b_o1"] = dC_dz_o1.sum(axis=(0, 1))
    # dC/du_g1[j,k] = sum(dC/dz_g1[s,t,j]*x[s,t,k],t,s)
    grads["u_g1"] = np.tensordot(dC_dz_g1, x, axes=((0, 1), (1, 0)))
    # dC/dw_g1[j,q] = sum(dC/dz_g1[s,t,j]*h1[s,t - 1,q],t,s)
    grads["w_g1"] = np.tensordot(dC_dz_g1, h1[:4], axes=((0, 1), (0, 1)))
    # dC/db_g1[j] = sum(dC/dz_g1[s,t,j],t,s)
    grads["b_g1"] = dC_dz_g1.sum(axis=(0, 1))
    # dC/du_i1[j,k] = sum(dC/dz_i1[s,t,j]*x[s,t,k],t,s)
    grads["u_i1"] = np.tensordot(dC_dz_i1, x, axes=((0, 1), (1, 0)))
    # dC/dw_i1[j,q] = sum(dC/dz_i1[s,t,j]*h1[s,t - 1,q],t,s)
    grads["w_i1"] = np.tensordot(dC_dz_i1, h1[:4], axes=((0, 1), (0, 1)))
    # dC/db_i1[j] = sum(dC/dz_i1[s,t,j],t,s)
    grads["b_i1"] = dC_dz_i1.sum(axis=(0, 1))
    # dC/du_f1[j,k] = sum(dC/dz_f1[s,t,j]*x[s,t,k],t,s)
    grads["u_f1"] = np.tensordot(dC_dz_f1, x, axes=((0, 1), (1, 0)))
    # dC/dw_f1[j,q] = sum(dC/dz_f1[s,t,j]*h1[s,t - 1,q],t,s)
    grads["w_f1"] = np.tensordot(dC_dz_f1, h1[:4], axes=((0, 1), (0, 1)))
    # dC/db_f1[j] = sum(dC/dz_f1[s,t,j],t,s)
    grads["b_f1"] = dC_dz_f1.sum(axis=(0, 1))
    return C, grads
