"""Backward passes of recurrent layers and of attention, as students write them."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_step_backward_at_the_new_state(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, next_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    h, cache = [h0], []
    for t in range(x.shape[1]):
        after, kept = rnn_step_forward(x[:, t], h[-1], Wx, Wh, b)
        h.append(after)
        cache.append(kept)
    return np.stack(h[1:], axis=1), cache


def rnn_backward(dh, cache, through_time=1):
    dx, dprev_h = [], 0
    dWx, dWh, db = 0, 0, 0
    for t in reversed(range(dh.shape[1])):
        dx_t, dprev_h, *parts = rnn_step_backward(dh[:, t] + through_time * dprev_h, cache[t])
        dx.insert(0, dx_t)
        dWx, dWh, db = dWx + parts[0], dWh + parts[1], db + parts[2]
    dx, dh0 = np.stack(dx, axis=1), dprev_h
    return dx, dh0, dWx, dWh, db


def rnn_backward_without_time(dh, cache):
    dx, dh0, dWx, dWh, db = rnn_backward(dh, cache, through_time=0)
    return dx, dh0, dWx, dWh, db


def rnn_backward_last_alone(dh, cache):
    dx, dh0, dWx, dWh, db = rnn_backward(dh, cache)
    dprev_h = 0
    for t in reversed(range(dh.shape[1])):
        _, dprev_h, dWx, dWh, db = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
    return dx, dh0, dWx, dWh, db


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tanh_c ** 2)
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * tanh_c * o * (1 - o),
                    dc * i * (1 - g ** 2)])
    dx, dprev_h, dprev_c = da @ Wx.T, da @ Wh.T, dc * f
    dWx, dWh, db = x.T @ da, prev_h.T @ da, da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_step_backward_without_cell(dnext_h, dnext_c, cache):
    dx, dprev_h, dprev_c, dWx, dWh, db = lstm_step_backward(dnext_h, 0, cache)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(x, Wq, Wk, Wv):
    Q, K, V = x @ Wq, x @ Wk, x @ Wv
    P = softmax(Q @ K.T / np.sqrt(Q.shape[-1]))
    return P @ V, (x, Q, K, V, P, Wq, Wk, Wv)


def attention_backward(dO, cache, slope=lambda P, dP: P * (dP - np.sum(dP * P, axis=-1, keepdims=True)), scaled=1):
    x, Q, K, V, P, Wq, Wk, Wv = cache
    dS = slope(P, dO @ V.T) / np.sqrt(Q.shape[-1]) ** scaled
    dQ, dK, dV = dS @ K, dS.T @ Q, P.T @ dO
    dx = dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T
    dWq, dWk, dWv = x.T @ dQ, x.T @ dK, x.T @ dV
    return dx, dWq, dWk, dWv


def attention_backward_diagonal(dO, cache):
    dx, dWq, dWk, dWv = attention_backward(dO, cache, slope=lambda P, dP: P * (1 - P) * dP)
    return dx, dWq, dWk, dWv


def attention_backward_unscaled(dO, cache):
    dx, dWq, dWk, dWv = attention_backward(dO, cache, scaled=0)
    return dx, dWq, dWk, dWv


def bptt(x, y, params):
    Wxh, Whh, bh, Why, by = (params[name] for name in ("Wxh", "Whh", "bh", "Why", "by"))
    T = len(x)
    h = {-1: np.zeros(len(Whh))}
    for t in range(T):
        h[t] = np.tanh(params["Wxh"] @ x[t] + params["Whh"] @ h[t - 1] + params["bh"])
    dy = params["Why"] @ h[T - 1] + params["by"] - y
    grads = {"Wxh": np.zeros_like(Wxh), "Whh": np.zeros_like(Whh), "bh": np.zeros_like(bh),
             "Why": np.outer(dy, h[T - 1]), "by": dy}
    dh = Why.T @ dy
    for t in reversed(range(T)):
        dv = (1 - h[t] ** 2) * dh
        grads["bh"] += dv
        grads["Wxh"] += np.outer(dv, x[t])
        grads["Whh"] += np.outer(dv, h[t - 1])
        dh = Whh.T @ dv
    return grads
