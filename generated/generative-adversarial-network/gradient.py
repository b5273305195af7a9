"""Cost and gradients by backpropagation: e (m, 3) -> q (m,); 24 parameters.

    s1[s,k] = sum(e[s,i]*v[k,i],i) + c[k]
    f[s,k] = tanh(s1[s,k])
    s2[s,j] = sum(w[j,k]*x[s,k],k) + b[j]
    h[s,j] = tanh(s2[s,j])
    s3[s,j] = sum(f[s,k]*w[j,k],k) + b[j]
    g[s,j] = tanh(s3[s,j])
    s4[s] = sum(h[s,j]*u[j],j)
    p[s] = sigmoid(s4[s])
    s5[s] = sum(g[s,j]*u[j],j)
    q[s] = sigmoid(s5[s])
    D = sum((-log(1 - q[s]) - log(p[s]))/m,s)

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def softplus(z):
    """softplus(z), elementwise, safe for every z."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # exp of at most 0


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "v": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "c": np.zeros(2, dtype),
        "w": rng.standard_normal((4, 2), dtype) / 2**0.5,
        "b": np.zeros(4, dtype),
        "u": rng.standard_normal(4, dtype) / 4**0.5,
    }


def predict(params, e):
    """q (m,) from e (m, 3)."""
    v, c, w, b = params["v"], params["c"], params["w"], params["b"]
    u = params["u"]
    s1 = e @ v.T + c
    f = np.tanh(s1)
    s3 = f @ w.T + b
    g = np.tanh(s3)
    s5 = g @ u
    return sigmoid(s5)


def cost(params, x, e):
    """The cost D from x (m, 2), e (m, 3)."""
    m = len(x)
    v, c, w, b = params["v"], params["c"], params["w"], params["b"]
    u = params["u"]
    s1 = e @ v.T + c
    f = np.tanh(s1)
    s2 = x @ w.T + b
    h = np.tanh(s2)
    s3 = f @ w.T + b
    g = np.tanh(s3)
    s4 = h @ u
    s5 = g @ u
    return (softplus(-s4) + softplus(s5)).sum() / m


def cost_and_gradients(params, x, e):
    """The cost D, and its gradient with respect to w, b, u: a dict."""
    m = len(x)
    v, c, w, b = params["v"], params["c"], params["w"], params["b"]
    u = params["u"]
    s1 = e @ v.T + c
    f = np.tanh(s1)
    s2 = x @ w.T + b
    h = np.tanh(s2)
    s3 = f @ w.T + b
    g = np.tanh(s3)
    s4 = h @ u
    p = sigmoid(s4)
    s5 = g @ u
    q = sigmoid(s5)
    D = (softplus(-s4) + softplus(s5)).sum() / m

    grads = {}
    # dD/ds5[s] = q[s]/m
    dD_ds5 = q / m
    # dD/ds4[s] = -(1 - p[s])/m
    dD_ds4 = -(1 - p) / m
    # dD/du[j] = sum(g[s,j]*dD/ds5[s],s) + sum(h[s,j]*dD/ds4[s],s)
    grads["u"] = dD_ds5 @ g + dD_ds4 @ h
    # dD/ds3[s,j] = dD/ds5[s]*u[j]*(1 - g[s,j]^2)
    dD_ds3 = dD_ds5[:, None] * u * (1 - g**2)
    # dD/ds2[s,j] = dD/ds4[s]*u[j]*(1 - h[s,j]^2)
    dD_ds2 = dD_ds4[:, None] * u * (1 - h**2)
    # dD/dw[j,k] = sum(dD/ds3[s,j]*f[s,k],s) + sum(dD/ds2[s,j]*x[s,k],s)
    grads["w"] = dD_ds3.T @ f + dD_ds2.T @ x
    # dD/db[j] = sum(dD/ds3[s,j],s) + sum(dD/ds2[s,j],s)
    grads["b"] = dD_ds3.sum(axis=0) + dD_ds2.sum(axis=0)
    return D, grads
