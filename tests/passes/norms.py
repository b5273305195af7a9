"""Backward passes of norms, as students write them."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] != "train":
        raise ValueError("only training here")
    mu, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + eps)
    x_hat = (x - mu) / std
    return gamma * x_hat + beta, (x, x_hat, mu, var, std, gamma, eps)


def batchnorm_backward(dout, cache, path_of_variance=1):
    x, x_hat, mu, var, std, gamma, eps = cache
    n = len(x)
    dx_hat = dout * gamma
    dvar = path_of_variance * np.sum(dx_hat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=0)
    dmu = np.sum(-dx_hat / std, axis=0) + dvar * np.mean(-2 * (x - mu), axis=0)
    dx = dx_hat / std + dvar * 2 * (x - mu) / n + dmu / n
    return dx, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_without_variance(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache, path_of_variance=0)
    return dx, dgamma, dbeta


def batchnorm_backward_straight(dout, cache):
    x, x_hat, mu, var, std, gamma, eps = cache
    return gamma * dout / std, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_alt(dout, cache):
    x, x_hat, mu, var, std, gamma, eps = cache
    n = len(x)
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    dx = gamma / (n * std) * (n * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


def batchnorm_backward_alt_without_mean(dout, cache):
    x, x_hat, mu, var, std, gamma, eps = cache
    n = len(x)
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    dx = gamma / (n * std) * (n * dout - x_hat * dgamma)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(var + ln_param.get("eps", 1e-5))
    xn = (x - mean) * inv_std
    return gamma * xn + beta, (xn, inv_std, gamma)


def layernorm_backward(dout, cache):
    xn, inv_std, gamma = cache
    dgamma, dbeta = np.sum(dout * xn, axis=0), np.sum(dout, axis=0)
    dxn = dout * gamma
    dx = inv_std * (dxn - dxn.mean(axis=1, keepdims=True) - xn * (dxn * xn).mean(axis=1, keepdims=True))
    return dx, dgamma, dbeta


def layernorm_backward_gain_outside(dout, cache):
    xn, inv_std, gamma = cache
    dx = gamma * inv_std * (dout - dout.mean(axis=1, keepdims=True) - xn * (dout * xn).mean(axis=1, keepdims=True))
    return dx


def layernorm_backward_sums(dout, cache):
    xn, inv_std, gamma = cache
    dxn = dout * gamma
    dx = inv_std * (dxn - dxn.sum(axis=1, keepdims=True) - xn * (dxn * xn).sum(axis=1, keepdims=True))
    return dx


def scaled_forward(x, gamma, beta):
    return gamma * x + beta, (x, gamma)


def scaled_backward(dout, cache):
    dx = dout * cache[1]
    return dx


def backward_alone(dout, cache):
    return dout


def noisy_forward(x, gamma, beta, noise):
    return gamma * x + beta + noise, x


def noisy_backward(dout, cache):
    return dout
