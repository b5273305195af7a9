"""Cost and gradients by backpropagation: x (m, 3) -> D (m,); 20 parameters.

    z[s,j] = sum(w[j,k]*x[s,k],k) + b[j]
    a[s,j] = tanh(z[s,j])
    D[s] = sum(a[s,j]*u[j],j)
    dD_dz[s,j] = u[j]*tanh'(z[s,j])
    g[s,k] = sum(dD_dz[s,j]*w[j,k],j)
    s1[s] = sum(g[s,k]^2,k)
    n[s] = sqrt(s1[s])
    C = sum((10*(n[s] - 1)^2 - D[s])/m,s)

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w": rng.standard_normal((4, 3), dtype) / 3**0.5,
        "b": np.zeros(4, dtype),
        "u": rng.standard_normal(4, dtype) / 4**0.5,
    }


def predict(params, x):
    """D (m,) from x (m, 3)."""
    w, b, u = params["w"], params["b"], params["u"]
    z = x @ w.T + b
    a = np.tanh(z)
    return a @ u


def cost(params, x):
    """The cost C from x (m, 3)."""
    m = len(x)
    w, b, u = params["w"], params["b"], params["u"]
    z = x @ w.T + b
    a = np.tanh(z)
    D = a @ u
    dD_dz = u * (1 - a**2)
    g = dD_dz @ w
    s1 = (g**2).sum(axis=1)
    n = np.sqrt(s1)
    return (10 * (n - 1) ** 2 - D).sum() / m


def cost_and_gradients(params, x):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w, b, u = params["w"], params["b"], params["u"]
    z = x @ w.T + b
    a = np.tanh(z)
    D = a @ u
    dD_dz = u * (1 - a**2)
    g = dD_dz @ w
    s1 = (g**2).sum(axis=1)
    n = np.sqrt(s1)
    C = (10 * (n - 1) ** 2 - D).sum() / m

    grads = {}
    # dC/dg[s,k] = 20*g[s,k]*(n[s] - 1)/(m*n[s])
    dC_dg = 20 * g * (n - 1)[:, None] / m / n[:, None]
    # dC/d(dD/dz)[s,j] = sum(dC/dg[s,k]*w[j,k],k)
    dC_ddD_dz = dC_dg @ w.T
    # dC/du[j] = sum(dC/d(dD/dz)[s,j]*(1 - a[s,j]^2),s) + sum(-a[s,j]/m,s)
    grads["u"] = (dC_ddD_dz * (1 - a**2)).sum(axis=0) - a.sum(axis=0) / m
    # dC/dz[s,j] = -2*a[s,j]*dC/d(dD/dz)[s,j]*u[j]*(1 - a[s,j]^2) - u[j]*(1 - a[s,j]^2)/m
    delta = -2 * dC_ddD_dz * u * a * (1 - a**2) - u * (1 - a**2) / m
    # dC/dw[j,k] = sum((dD/dz)[s,j]*dC/dg[s,k],s) + sum(dC/dz[s,j]*x[s,k],s)
    grads["w"] = dD_dz.T @ dC_dg + delta.T @ x
    # dC/db[j] = sum(dC/dz[s,j],s)
    grads["b"] = delta.sum(axis=0)
    return C, grads
