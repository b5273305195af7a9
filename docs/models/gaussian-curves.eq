# A sum of three bells through a hundred points.
sample    s = 100
data      x[s], y[s]
parameter h[j: 3], mu[j: 3], sd[j: 3]
f[s] = sum(h[j]*exp(-(x[s] - mu[j])^2/(2*sd[j]^2)), j)
C    = sum((f[s] - y[s])^2, s)
