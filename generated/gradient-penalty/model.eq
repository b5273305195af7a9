# A critic D(x) and its penalty: how far the length of dD/dx is from 1.
data x[k: 3]
parameter w[j: 4, k: 3], b[j: 4], u[j: 4]
z[j] = sum(w[j,k]*x[k], k) + b[j]
a[j] = tanh(z[j])
D    = sum(u[j]*a[j], j)
g[k] = grad(D, x[k])
n    = sqrt(sum(g[k]^2, k))
C    = 10*(n - 1)^2 - D
