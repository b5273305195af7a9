# One against all: y is 1 for the class and -1 for the others; a half of the squared weights is the width of the margin.
data      x[k: 3], y[j: 4]
constant  lam = 1/10
parameter w[j: 4, k: 3], b[j: 4]
z[j] = sum(w[j,k]*x[k], k) + b[j]
C0   = sum(max(1 - y[j]*z[j], 0), j)
C    = C0 + lam/2*sum(w[j,k]^2, j, k)
