"""Cost and gradients by backpropagation: x (m, 1, 6, 6) -> a4 (m, 2); 38 parameters.

    z1[s,o,i,j] = sum(w1[o,c,u,v]*x[s,c,i + u,j + v],c,u,v) + b1[o]
    a1[s,o,i,j] = relu(z1[s,o,i,j])
    a2[s,c,i,j] = max(a1[s,c,2*i + u,2*j + v],u,v)
    n_a2[s,c,i,j] = sum(equal(a1[s,c,2*i + u,2*j + v],a2[s,c,i,j]),u,v)
    a3[s,2*p + 4*c + q] = a2[s,c,p,q]
    z4[s,j] = sum(a3[s,k]*w4[j,k],k) + b4[j]
    e4[s,j] = exp(z4[s,j])
    s4[s] = sum(e4[s,j],j)
    a4[s,j] = e4[s,j]/s4[s]
    C = sum(-y[s,j]*log(a4[s,j])/m,s,j)

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np


def windows(x, axis, number, size, step=1, gap=1, first=0):
    """x[first + step*i + gap*u] along an axis, i < number in its place and u < size as a new last axis: a view."""
    view = np.lib.stride_tricks.sliding_window_view(x, gap * (size - 1) + 1, axis)[..., ::gap]
    return view[(slice(None),) * axis + (slice(first, first + step * (number - 1) + 1, step),)]


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


def relu_slope(z):
    """The derivative of relu."""
    return np.heaviside(z, 0)


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w1": rng.standard_normal((2, 1, 3, 3), dtype) / 9**0.5,
        "b1": np.zeros(2, dtype),
        "w4": rng.standard_normal((2, 8), dtype) / 8**0.5,
        "b4": np.zeros(2, dtype),
    }


def predict(params, x):
    """a4 (m, 2) from x (m, 1, 6, 6)."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w4, b4 = params["w4"], params["b4"]
    z1 = (
        np.tensordot(w1, windows(windows(x, 2, 4, 3), 3, 4, 3), axes=((1, 2, 3), (1, 4, 5))).transpose(1, 0, 2, 3)
        + b1[:, None, None]
    )
    a1 = relu(z1)
    a2 = a1.reshape(m, 2, 2, 2, 2, 2).max(axis=(3, 5))
    a3 = a2.reshape(m, 8)
    z4 = a3 @ w4.T + b4
    return softmax(z4)


def cost(params, x, y):
    """The cost C from x (m, 1, 6, 6), y (m, 2)."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w4, b4 = params["w4"], params["b4"]
    z1 = (
        np.tensordot(w1, windows(windows(x, 2, 4, 3), 3, 4, 3), axes=((1, 2, 3), (1, 4, 5))).transpose(1, 0, 2, 3)
        + b1[:, None, None]
    )
    a1 = relu(z1)
    a2 = a1.reshape(m, 2, 2, 2, 2, 2).max(axis=(3, 5))
    a3 = a2.reshape(m, 8)
    z4 = a3 @ w4.T + b4
    return -(y * log_softmax(z4)).sum() / m


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w1, b1 = params["w1"], params["b1"]
    w4, b4 = params["w4"], params["b4"]
    z1 = (
        np.tensordot(w1, windows(windows(x, 2, 4, 3), 3, 4, 3), axes=((1, 2, 3), (1, 4, 5))).transpose(1, 0, 2, 3)
        + b1[:, None, None]
    )
    a1 = relu(z1)
    a2 = a1.reshape(m, 2, 2, 2, 2, 2).max(axis=(3, 5))
    n_a2 = (a1.reshape(m, 2, 2, 2, 2, 2) == a2[:, :, :, None, :, None]).astype(x.dtype).sum(axis=(3, 5))
    a3 = a2.reshape(m, 8)
    z4 = a3 @ w4.T + b4
    log_softmax_z4 = log_softmax(z4)
    a4 = np.exp(log_softmax_z4)
    C = -(y * log_softmax_z4).sum() / m

    grads = {}
    # (BP1) dC/dz4[s,j] = (a4[s,j] - y[s,j])/m
    delta4 = (a4 - y) / m
    # (BP4) dC/dw4[j,k] = sum(a3[s,k]*dC/dz4[s,j],s)
    grads["w4"] = delta4.T @ a3
    # (BP3) dC/db4[j] = sum(dC/dz4[s,j],s)
    grads["b4"] = delta4.sum(axis=0)
    # dC/da3[s,k] = sum(dC/dz4[s,j]*w4[j,k],j)
    dC_da3 = delta4 @ w4
    # dC/da2[s,c,p,q] = dC/da3[s,2*p + 4*c + q]
    dC_da2 = dC_da3.reshape(m, 2, 2, 2)
    # dC/da1[s,c,2*i + u,2*j + v] = dC/da2[s,c,i,j]*equal(a1[s,c,2*i + u,2*j + v],a2[s,c,i,j])/n_a2[s,c,i,j]
    dC_da1 = (
        dC_da2[:, :, :, None, :, None]
        * (a1.reshape(m, 2, 2, 2, 2, 2) == a2[:, :, :, None, :, None])
        / n_a2[:, :, :, None, :, None]
    ).reshape(m, 2, 4, 4)
    # dC/dz1[s,o,i,j] = dC/da1[s,o,i,j]*relu'(z1[s,o,i,j])
    delta1 = dC_da1 * relu_slope(z1)
    # dC/dw1[o,c,u,v] = sum(dC/dz1[s,o,i,j]*x[s,c,i + u,j + v],s,i,j)
    grads["w1"] = np.tensordot(
        windows(windows(x, 2, 4, 3), 3, 4, 3), delta1, axes=((0, 2, 3), (0, 2, 3))
    ).transpose(3, 0, 1, 2)
    # dC/db1[o] = sum(dC/dz1[s,o,i,j],s,i,j)
    grads["b1"] = delta1.sum(axis=(0, 2, 3))
    return C, grads
