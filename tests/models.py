"""Models written as equations, for the tests of the engine: name -> (text, sizes)."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.evaluate import evaluate
from derive.ir import Derivation, Loop, tensor_of
from derive.text import read_equations

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "one layer": ("""
        data      x[k: 3], y[j: 2]
        parameter w[j: 2, k: 3], b[j: 2]
        z[j] = sum(w[j,k]*x[k], k) + b[j]
        a[j] = sigmoid(z[j])
        C    = sum((a[j] - y[j])^2, j)
        """, {}),
    "two layers, tanh": ("""
        data      x[k: 3], y[j: 2]
        parameter w1[j: 4, k: 3], b1[j: 4], w2[j: 2, k: 4], b2[j: 2]
        z1 = w1 @ x + b1
        a1 = tanh(z1)
        z2 = w2 @ a1 + b2
        C  = 1/2*sum((z2 - y)^2)
        """, {}),
    "softmax, cross-entropy": ("""
        data      x[k: 3], y[j: 4]
        parameter w[j: 4, k: 3], b[j: 4]
        z[j] = sum(w[j,k]*x[k], k) + b[j]
        e[j] = exp(z[j])
        s    = sum(e[j], j)
        a[j] = e[j]/s
        C    = -sum(y[j]*log(a[j]), j)
        fact e[j] = s*a[j]
        """, {}),
    "sigmoid, binary cross-entropy": ("""
        data      x[k: 3], y[j: 2]
        parameter w[j: 2, k: 3]
        z[j] = sum(w[j,k]*x[k], k)
        a[j] = sigmoid(z[j])
        C    = sum(-y[j]*log(a[j]) - (1 - y[j])*log(1 - a[j]), j)
        """, {}),
    "regularized": ("""
        data      x[k: 3], y[j: 2]
        constant  lam = 1/10
        parameter w[j: 2, k: 3]
        z[j] = sum(w[j,k]*x[k], k)
        C0   = sum((z[j] - y[j])^2, j)
        R    = lam/2*sum(w[j,k]^2, j, k)
        C    = C0 + R
        """, {}),
    "any depth": ("""
        layer l = 1..L
        data x[k: n[0]], y[j: n[L]]
        parameter w[l, j: n[l], k: n[l-1]], b[l, j: n[l]]
        a[0,k] = x[k]
        for l:
            z[l,j] = sum(w[l,j,k]*a[l-1,k], k) + b[l,j]
            a[l,j] = sigmoid(z[l,j])
        C = 1/2*sum((a[L,j] - y[j])^2, j)
        """, {"L": 3, "n": [3, 4, 2, 3]}),
    "strided convolution": ("""
        data x[p: 9], y[i: 4]
        parameter w[k: 3]
        index i = 4, k = 3
        z[i] = sum(x[2*i+k]*w[k], k)
        C = sum((z[i] - y[i])^2, i)
        """, {}),
    "recurrent": ("""
        time t = 1..5
        index j = 3, k = 2
        data x[t, k], y[j]
        parameter u[j, k], w[j, q: 3], b[j]
        h[0, j] = 0
        for t:
            v[t,j] = sum(u[j,k]*x[t,k], k) + sum(w[j,q]*h[t-1,q], q) + b[j]
            h[t,j] = tanh(v[t,j])
        C = sum((h[5,j] - y[j])^2, j)
        """, {}),
    "long short-term memory": ("""
        time t = 1..4
        index j = 3, k = 2
        data x[t, k], y[j]
        parameter wf[j, k], uf[j, q: 3], bf[j], wi[j, k], ui[j, q: 3], wo[j, k], uo[j, q: 3], wg[j, k], ug[j, q: 3]
        h[0, j] = 0
        c[0, j] = 0
        for t:
            f[t,j] = sigmoid(sum(wf[j,k]*x[t,k], k) + sum(uf[j,q]*h[t-1,q], q) + bf[j])
            i[t,j] = sigmoid(sum(wi[j,k]*x[t,k], k) + sum(ui[j,q]*h[t-1,q], q))
            o[t,j] = sigmoid(sum(wo[j,k]*x[t,k], k) + sum(uo[j,q]*h[t-1,q], q))
            g[t,j] = tanh(sum(wg[j,k]*x[t,k], k) + sum(ug[j,q]*h[t-1,q], q))
            c[t,j] = f[t,j]*c[t-1,j] + i[t,j]*g[t,j]
            h[t,j] = o[t,j]*tanh(c[t,j])
        C = 1/2*sum((h[4,j] - y[j])^2, j)
        """, {}),
    "gated recurrent unit": ("""
        time t = 1..3
        index j = 3, k = 2
        data x[t, k], y[t, j]
        parameter h0[j], wu[j, k], uu[j, q: 3], wr[j, k], ur[j, q: 3], wg[j, k], ug[j, q: 3]
        h[0, j] = h0[j]
        for t:
            u[t,j] = sigmoid(sum(wu[j,k]*x[t,k], k) + sum(uu[j,q]*h[t-1,q], q))
            r[t,j] = sigmoid(sum(wr[j,k]*x[t,k], k) + sum(ur[j,q]*h[t-1,q], q))
            g[t,j] = tanh(sum(wg[j,k]*x[t,k], k) + sum(ug[j,q]*r[t,q]*h[t-1,q], q))
            h[t,j] = (1 - u[t,j])*h[t-1,j] + u[t,j]*g[t,j]
        C = sum((h[t,j] - y[t,j])^2, t, j)
        """, {}),
    "residual": ("""
        data x[j: 3], y[j: 3]
        parameter w[j: 3, k: 3], v[j: 3, k: 3]
        a[j] = tanh(sum(w[j,k]*x[k], k))
        h[j] = a[j] + x[j]
        z[j] = sum(v[j,k]*h[k], k) + h[j]
        C = sum((z[j] - y[j])^2, j)
        """, {}),
    "polynomial": ("""
        sample i = 7
        data x[i], y[i]
        parameter k[p: 6]
        f[i] = sum(k[p]*x[i]^p, p)
        C = sum((f[i] - y[i])^2, i)
        """, {}),
    "a tensor read in several places": ("""
        index i = 4
        data v[i]
        parameter x[i]
        z[i] = x[i]*x[0] + x[i]^2
        C = sum(v[i]*z[i], i)
        """, {}),
    "one weight": ("""
        data i, y
        parameter w
        a = i*w
        C = (a - y)^2
        """, {}),
    "colah": ("""
        parameter a, b
        c = a + b
        d = b + 1
        e = c*d
        """, {}),
}


def model(name: str) -> tuple[Derivation, dict[str, Any]]:
    text, sizes = MODELS[name]
    return read_equations("\n".join(line[8:] for line in text.splitlines())), sizes


def drawn(derivation: Derivation, sizes: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    """Random arrays for all that is given, in (0.1, 0.9) so that logarithms and powers are smooth."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for tensor in derivation.of_role("data", "parameter"):
        if tensor.axes and tensor.axes[0].kind == "layer":
            n = sizes["n"]
            shapes = [[n[layer - back] for back in range(len(tensor.axes) - 1)] for layer in range(1, sizes["L"] + 1)]
            found[tensor.name] = [rng.uniform(0.1, 0.9, shape) for shape in shapes]
        else:
            known = {"n[0]": sizes.get("n", [0])[0], "n[L]": sizes.get("n", [0])[-1], "m": sizes.get("m")}
            shape = [int(a.size) if a.size.is_Integer else known[str(a.size)] for a in tensor.axes]
            found[tensor.name] = rng.uniform(0.1, 0.9, shape) if tensor.among is None else \
                rng.integers(0, int(tensor.among.size), shape)
    for fact in derivation.facts:  # what is declared must hold: sum_j y[j] = 1
        if fact.left.summed and fact.right == 1 and (name := tensor_of(fact.left.body)) in found:
            found[name] = found[name] / found[name].sum(axis=-1, keepdims=True)
    return found


def run(derivation: Derivation, given: dict[str, Any], sizes: dict[str, Any]) -> dict[str, Any]:
    """Every tensor of a derivation, with numbers for the sizes that the arrays do not show."""
    return evaluate(derivation, given, sizes)


def has_loop(derivation: Derivation) -> bool:
    return any(isinstance(s, Loop) for s in derivation.statements)
