"""Cost and gradients by backpropagation: x (m, 5) -> rho (m, 2); 39 parameters.

    mu[s,j] = sum(u[j,k]*x[s,k],k) + b[j]
    rho[s,j] = sum(v[j,k]*x[s,k],k) + c[j]
    h[s,j] = e[s,j]*exp(rho[s,j]/2) + mu[s,j]
    r[s,k] = sum(h[s,j]*w[k,j],j) + d[k]
    K[s] = sum(exp(rho[s,j])/2 + mu[s,j]^2/2 - 1/2 - rho[s,j]/2,j)
    R[s] = sum((r[s,k] - x[s,k])^2/2,k)
    C = sum((K[s] + R[s])/m,s)

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "u": rng.standard_normal((2, 5), dtype) / 5**0.5,
        "b": np.zeros(2, dtype),
        "v": rng.standard_normal((2, 5), dtype) / 5**0.5,
        "c": np.zeros(2, dtype),
        "w": rng.standard_normal((5, 2), dtype) / 2**0.5,
        "d": np.zeros(5, dtype),
    }


def predict(params, x):
    """rho (m, 2) from x (m, 5)."""
    v, c = params["v"], params["c"]
    return x @ v.T + c


def cost(params, x, e):
    """The cost C from x (m, 5), e (m, 2)."""
    m = len(x)
    u, b, w, d = params["u"], params["b"], params["w"], params["d"]
    rho = predict(params, x)
    mu = x @ u.T + b
    h = mu + e * np.exp(rho / 2)
    r = h @ w.T + d
    K = np.exp(rho).sum(axis=1) / 2 + (mu**2).sum(axis=1) / 2 - 2 / 2 - rho.sum(axis=1) / 2
    R = ((r - x) ** 2).sum(axis=1) / 2
    return (K + R).sum() / m


def cost_and_gradients(params, x, e):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    u, b, v, c = params["u"], params["b"], params["v"], params["c"]
    w, d = params["w"], params["d"]
    mu = x @ u.T + b
    rho = x @ v.T + c
    exp_rho = np.exp(rho / 2)
    h = mu + e * exp_rho
    r = h @ w.T + d
    exp_rho_ = np.exp(rho)
    K = exp_rho_.sum(axis=1) / 2 + (mu**2).sum(axis=1) / 2 - 2 / 2 - rho.sum(axis=1) / 2
    R = ((r - x) ** 2).sum(axis=1) / 2
    C = (K + R).sum() / m

    grads = {}
    # dC/dr[s,k] = (r[s,k] - x[s,k])/m
    dC_dr = (r - x) / m
    # dC/dw[k,j] = sum(dC/dr[s,k]*h[s,j],s)
    grads["w"] = dC_dr.T @ h
    # dC/dd[k] = sum(dC/dr[s,k],s)
    grads["d"] = dC_dr.sum(axis=0)
    # dC/dh[s,j] = sum(dC/dr[s,k]*w[k,j],k)
    dC_dh = dC_dr @ w
    # dC/dmu[s,j] = mu[s,j]/m + dC/dh[s,j]
    dC_dmu = mu / m + dC_dh
    # dC/drho[s,j] = (exp(rho[s,j]) - 1)/(2*m) + dC/dh[s,j]*e[s,j]*exp(rho[s,j]/2)/2
    dC_drho = (exp_rho_ - 1) / (2 * m) + dC_dh * e * exp_rho / 2
    # dC/dv[j,k] = sum(dC/drho[s,j]*x[s,k],s)
    grads["v"] = dC_drho.T @ x
    # dC/dc[j] = sum(dC/drho[s,j],s)
    grads["c"] = dC_drho.sum(axis=0)
    # dC/du[j,k] = sum(dC/dmu[s,j]*x[s,k],s)
    grads["u"] = dC_dmu.T @ x
    # dC/db[j] = sum(dC/dmu[s,j],s)
    grads["b"] = dC_dmu.sum(axis=0)
    return C, grads
