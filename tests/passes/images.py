"""Backward passes of convolution and pooling in loops, as students write them."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    n, _, height, width = x.shape
    f, _, hh, ww = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((n, f, 1 + (height + 2 * pad - hh) // stride, 1 + (width + 2 * pad - ww) // stride))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            patch = xp[:, :, i * stride:i * stride + hh, j * stride:j * stride + ww]
            out[:, :, i, j] = np.tensordot(patch, w, ([1, 2, 3], [1, 2, 3])) + b
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache, flipped=False, adding=True):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    hh, ww = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for n in range(len(x)):
        for f in range(len(w)):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows, columns = slice(i * stride, i * stride + hh), slice(j * stride, j * stride + ww)
                    dw[f] += dout[n, f, i, j] * xp[n, :, rows, columns]
                    back = dout[n, f, i, j] * (w[f, :, ::-1, ::-1] if flipped else w[f])
                    dxp[n, :, rows, columns] = back + (dxp[n, :, rows, columns] if adding else 0)
    dx = dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
    return dx, dw, db


def conv_backward_flipped(dout, cache):
    dx, dw, db = conv_backward_naive(dout, cache, flipped=True)
    return dx, dw, db


def conv_backward_overwritten(dout, cache):
    dx, dw, db = conv_backward_naive(dout, cache, adding=False)
    return dx, dw, db


def conv_backward_last_place(dout, cache):
    last = np.zeros_like(dout)
    last[-1, :, -1, -1] = dout[-1, :, -1, -1]
    (dx, _, db), (_, dw, _) = conv_backward_naive(dout, cache), conv_backward_naive(last, cache)
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    out = np.zeros((*x.shape[:2], 1 + (x.shape[2] - ph) // stride, 1 + (x.shape[3] - pw) // stride))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + ph, j * stride:j * stride + pw].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache, shared=False):
    x, pool_param = cache
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        rows, columns = slice(i * stride, i * stride + ph), slice(j * stride, j * stride + pw)
        window = x[n, c, rows, columns]
        share = 1 / (ph * pw) if shared else window == window.max()
        dx[n, c, rows, columns] += share * dout[n, c, i, j]
    return dx


def max_pool_backward_shared(dout, cache):
    return max_pool_backward_naive(dout, cache, shared=True)


def max_pool_backward_rounded(dout, cache):
    dx = max_pool_backward_naive(dout * 3.1, cache) / 3.1
    return dx


def word_embedding_forward(x, W):
    return W[x], (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


def word_embedding_backward_overwritten(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW
