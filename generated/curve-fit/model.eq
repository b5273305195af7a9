# A polynomial through 100 points.
sample    i = 100
data      x[i], y[i]
parameter k0, k1, k2, k3, k4, k5
f[i] = k0 + k1*x[i] + k2*x[i]^2 + k3*x[i]^3 + k4*x[i]^4 + k5*x[i]^5
C    = sum((f[i] - y[i])^2, i)
