# A polynomial of degree 5 through a hundred points.
sample    s = 100
data      x[s], y[s]
parameter k[i: 6]
f[s] = sum(k[i]*x[s]^i, i)
C    = sum((f[s] - y[s])^2, s)
