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
