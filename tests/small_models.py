"""Small models as people write them down, as equations: name -> text. tests/test_layers_models.py checks each."""

from __future__ import annotations

AUTOENCODER = """
# What comes out is to be what came in, through a narrow middle.
data      x[k: 5]
parameter w[j: 2, k: 5], b[j: 2], v[k: 5, j: 2], c[k: 5]
h[j] = tanh(sum(w[j,k]*x[k], k) + b[j])
r[k] = sum(v[k,j]*h[j], j) + c[k]
C    = 1/2*sum((r[k] - x[k])^2, k)
"""

VAE = """
# Reparametrised: the noise e is data, and the code h = mu + sd*e is an ordinary value. A normal code costs no more.
data      x[k: 5], e[j: 2]
parameter u[j: 2, k: 5], b[j: 2], v[j: 2, k: 5], c[j: 2], w[k: 5, j: 2], d[k: 5]
mu[j]  = sum(u[j,k]*x[k], k) + b[j]
rho[j] = sum(v[j,k]*x[k], k) + c[j]                  # the logarithm of the variance
h[j]   = mu[j] + exp(rho[j]/2)*e[j]
r[k]   = sum(w[k,j]*h[j], j) + d[k]
K      = 1/2*sum(exp(rho[j]) + mu[j]^2 - 1 - rho[j], j)
R      = 1/2*sum((r[k] - x[k])^2, k)
C      = R + K
"""

GAN = """
# A generator makes a point f of noise e; a discriminator says how real a point is. Each has a cost of its own.
data      x[k: 2], e[i: 3]
parameter v[k: 2, i: 3], c[k: 2]              # the generator's
parameter w[j: 4, k: 2], b[j: 4], u[j: 4]     # the discriminator's
f[k] = tanh(sum(v[k,i]*e[i], i) + c[k])
h[j] = tanh(sum(w[j,k]*x[k], k) + b[j])
g[j] = tanh(sum(w[j,k]*f[k], k) + b[j])
p    = sigmoid(sum(u[j]*h[j], j))             # the real point
q    = sigmoid(sum(u[j]*g[j], j))             # the one that was made
D    = -log(p) - log(1 - q)
G    = -log(q)
cost D by w, b, u
cost G by v, c
"""

SIAMESE = """
# Two inputs, one network: same = 1 draws their codes together, same = 0 pushes them apart up to a margin of 1.
data      x[k: 3], q[k: 3], same
parameter w[j: 2, k: 3], b[j: 2]
f[j] = tanh(sum(w[j,k]*x[k], k) + b[j])
g[j] = tanh(sum(w[j,k]*q[k], k) + b[j])
r    = sqrt(sum((f[j] - g[j])^2, j))
C    = same*r^2 + (1 - same)*max(1 - r, 0)^2
"""

EXPERTS = """
# A gate p, a softmax of its own, weighs what each expert i says.
data      x[k: 3], y[j: 2]
parameter v[i: 4, k: 3], w[i: 4, j: 2, k: 3]
g[i]   = sum(v[i,k]*x[k], k)
q[i]   = exp(g[i])
n      = sum(q[i], i)
p[i]   = q[i]/n
o[i,j] = sum(w[i,j,k]*x[k], k)
a[j]   = sum(p[i]*o[i,j], i)
C      = 1/2*sum((a[j] - y[j])^2, j)
fact q[i] = n*p[i]
"""

SVM = """
# One against all: y is 1 for the class and -1 for the others; a half of the squared weights is the width of the margin.
data      x[k: 3], y[j: 4]
constant  lam = 1/10
parameter w[j: 4, k: 3], b[j: 4]
z[j] = sum(w[j,k]*x[k], k) + b[j]
C0   = sum(max(1 - y[j]*z[j], 0), j)
C    = C0 + lam/2*sum(w[j,k]^2, j, k)
"""

GAUSSIANS = """
# A sum of three bells through a hundred points.
sample    s = 100
data      x[s], y[s]
parameter h[j: 3], mu[j: 3], sd[j: 3]
f[s] = sum(h[j]*exp(-(x[s] - mu[j])^2/(2*sd[j]^2)), j)
C    = sum((f[s] - y[s])^2, s)
"""

POLYNOMIAL = """
sample    s = 100
data      x[s], y[s]
parameter k[i: 6]
f[s] = sum(k[i]*x[s]^i, i)
C    = sum((f[s] - y[s])^2, s)
"""

LINEAR = """
data      x[k: 3], y
parameter w[k: 3], b
a = sum(w[k]*x[k], k) + b
C = 1/2*(a - y)^2
"""

LOGISTIC = """
data      x[k: 3], y
parameter w[k: 3], b
a = sigmoid(sum(w[k]*x[k], k) + b)
C = -y*log(a) - (1 - y)*log(1 - a)
"""

MODELS = {
    "autoencoder": (AUTOENCODER, None), "variational autoencoder": (VAE, None), "discriminator": (GAN, "D"),
    "generator": (GAN, "G"), "siamese": (SIAMESE, None), "mixture of experts": (EXPERTS, None),
    "support vector machine": (SVM, None), "Gaussian curves": (GAUSSIANS, None), "polynomial": (POLYNOMIAL, None),
    "linear regression": (LINEAR, None), "logistic regression": (LOGISTIC, None),
}
