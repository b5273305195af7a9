"""Cost and gradients by backpropagation: x (m, 4, 3) -> a2 (m, 4, 2); 44 parameters.

    q1[s,h,t,i] = sum(w_q1[h,i,f]*x[s,t,f],f)
    k1[s,h,t,i] = sum(w_k1[h,i,f]*x[s,t,f],f)
    v1[s,h,t,i] = sum(w_v1[h,i,f]*x[s,t,f],f)
    e1[s,h,t,r] = sum(k1[s,h,r,i]*q1[s,h,t,i]/sqrt(d),i)
    u1[s,h,t,r] = exp(e1[s,h,t,r])
    rho1[s,h,t] = sum(u1[s,h,t,r],r)
    p1[s,h,t,r] = u1[s,h,t,r]/rho1[s,h,t]
    c1[s,h,t,i] = sum(p1[s,h,t,r]*v1[s,h,r,i],r)
    a1[s,t,j] = sum(c1[s,h,t,i]*w_o1[j,h,i],h,i)
    z2[s,t,j] = sum(a1[s,t,k]*w2[j,k],k) + b2[j]
    a2[s,t,j] = sigmoid(z2[s,t,j])
    C = sum((a2[s,t,j] - y[s,t,j])^2/(2*m),s,t,j)

Assumed: the activation of each layer that names none is sigmoid; the cost is quadratic; the factor 1/2 of the cost
follows Michael Nielsen; the cost is summed over all of the output, 4 by 2.

Written by derive 0.1.0; every gradient line carries the equation that it computes.
"""

import numpy as np

D = 3.0


def softmax(z):
    """softmax along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))  # the shift cancels; no exponent is above 0
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(z):
    """sigmoid(z), elementwise, safe for every z."""
    return 0.5 * np.tanh(0.5 * z) + 0.5  # 1/(1 + exp(-z)), without an exponential that could overflow


def init(rng, dtype=np.float64):
    """Random parameters: weights from N(0, 1/fan_in), biases zero."""
    return {
        "w_q1": rng.standard_normal((1, 3, 3), dtype) / 3**0.5,
        "w_k1": rng.standard_normal((1, 3, 3), dtype) / 3**0.5,
        "w_v1": rng.standard_normal((1, 3, 3), dtype) / 3**0.5,
        "w_o1": rng.standard_normal((3, 1, 3), dtype) / 3**0.5,
        "w2": rng.standard_normal((2, 3), dtype) / 3**0.5,
        "b2": np.zeros(2, dtype),
    }


def predict(params, x):
    """a2 (m, 4, 2) from x (m, 4, 3)."""
    w_q1, w_k1, w_v1, w_o1 = params["w_q1"], params["w_k1"], params["w_v1"], params["w_o1"]
    w2, b2 = params["w2"], params["b2"]
    q1 = np.tensordot(x, w_q1, axes=(2, 2)).transpose(0, 2, 1, 3)
    k1 = np.tensordot(x, w_k1, axes=(2, 2)).transpose(0, 2, 1, 3)
    v1 = np.tensordot(x, w_v1, axes=(2, 2)).transpose(0, 2, 1, 3)
    e1 = (q1 @ k1.transpose(0, 1, 3, 2)) / D**0.5
    p1 = softmax(e1)
    c1 = p1 @ v1
    a1 = np.tensordot(c1, w_o1, axes=((1, 3), (1, 2)))
    z2 = a1 @ w2.T + b2
    return sigmoid(z2)


def cost(params, x, y):
    """The cost C from x (m, 4, 3), y (m, 4, 2)."""
    m = len(x)
    a2 = predict(params, x)
    return ((a2 - y) ** 2).sum() / (2 * m)


def cost_and_gradients(params, x, y):
    """The cost C, and its gradient with respect to each parameter: a dict like params."""
    m = len(x)
    w_q1, w_k1, w_v1, w_o1 = params["w_q1"], params["w_k1"], params["w_v1"], params["w_o1"]
    w2, b2 = params["w2"], params["b2"]
    q1 = np.tensordot(x, w_q1, axes=(2, 2)).transpose(0, 2, 1, 3)
    k1 = np.tensordot(x, w_k1, axes=(2, 2)).transpose(0, 2, 1, 3)
    v1 = np.tensordot(x, w_v1, axes=(2, 2)).transpose(0, 2, 1, 3)
    e1 = (q1 @ k1.transpose(0, 1, 3, 2)) / D**0.5
    p1 = softmax(e1)
    c1 = p1 @ v1
    a1 = np.tensordot(c1, w_o1, axes=((1, 3), (1, 2)))
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    C = ((a2 - y) ** 2).sum() / (2 * m)

    grads = {}
    # (BP1) dC/dz2[s,t,j] = a2[s,t,j]*(1 - a2[s,t,j])*(a2[s,t,j] - y[s,t,j])/m
    delta2 = (a2 - y) * a2 * (1 - a2) / m
    # dC/da1[s,t,j] = sum(dC/dz2[s,t,i]*w2[i,j],i)
    dC_da1 = delta2 @ w2
    # (BP4) dC/dw2[j,k] = sum(a1[s,t,k]*dC/dz2[s,t,j],s,t)
    grads["w2"] = np.tensordot(delta2, a1, axes=((0, 1), (0, 1)))
    # (BP3) dC/db2[j] = sum(dC/dz2[s,t,j],s,t)
    grads["b2"] = delta2.sum(axis=(0, 1))
    # dC/dw_o1[j,h,i] = sum(c1[s,h,t,i]*dC/da1[s,t,j],s,t)
    grads["w_o1"] = np.tensordot(dC_da1, c1, axes=((0, 1), (0, 2)))
    # dC/dc1[s,h,t,i] = sum(dC/da1[s,t,j]*w_o1[j,h,i],j)
    dC_dc1 = np.tensordot(dC_da1, w_o1, axes=(2, 0)).transpose(0, 2, 1, 3)
    # dC/dv1[s,h,t,i] = sum(dC/dc1[s,h,r,i]*p1[s,h,r,t],r)
    dC_dv1 = p1.transpose(0, 1, 3, 2) @ dC_dc1
    # dC/dp1[s,h,t,r] = sum(dC/dc1[s,h,t,i]*v1[s,h,r,i],i)
    dC_dp1 = dC_dc1 @ v1.transpose(0, 1, 3, 2)
    # dC/de1[s,h,t,r] = p1[s,h,t,r]*(dC/dp1[s,h,t,r] - sum(dC/dp1[s,h,t,n]*p1[s,h,t,n],n))
    dC_de1 = (dC_dp1 - (dC_dp1 * p1).sum(axis=3)[:, :, :, None]) * p1
    # dC/dq1[s,h,t,i] = sum(dC/de1[s,h,t,r]*k1[s,h,r,i]/sqrt(d),r)
    dC_dq1 = (dC_de1 @ k1) / D**0.5
    # dC/dk1[s,h,t,i] = sum(dC/de1[s,h,r,t]*q1[s,h,r,i]/sqrt(d),r)
    dC_dk1 = (dC_de1.transpose(0, 1, 3, 2) @ q1) / D**0.5
    # dC/dw_v1[h,i,f] = sum(dC/dv1[s,h,t,i]*x[s,t,f],s,t)
    grads["w_v1"] = np.tensordot(dC_dv1, x, axes=((0, 2), (0, 1)))
    # dC/dw_k1[h,i,f] = sum(dC/dk1[s,h,t,i]*x[s,t,f],s,t)
    grads["w_k1"] = np.tensordot(dC_dk1, x, axes=((0, 2), (0, 1)))
    # dC/dw_q1[h,i,f] = sum(dC/dq1[s,h,t,i]*x[s,t,f],s,t)
    grads["w_q1"] = np.tensordot(dC_dq1, x, axes=((0, 2), (0, 1)))
    return C, grads
