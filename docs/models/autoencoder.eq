# What comes out is to be what came in, through a narrow middle.
data      x[k: 5]
parameter w[j: 2, k: 5], b[j: 2], v[k: 5, j: 2], c[k: 5]
h[j] = tanh(sum(w[j,k]*x[k], k) + b[j])
r[k] = sum(v[k,j]*h[j], j) + c[k]
C    = 1/2*sum((r[k] - x[k])^2, k)
