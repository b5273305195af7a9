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
