# Two inputs, one network: same = 1 draws their codes together, same = 0 pushes them apart up to a margin of 1.
data      x[k: 3], q[k: 3], same
parameter w[j: 2, k: 3], b[j: 2]
f[j] = tanh(sum(w[j,k]*x[k], k) + b[j])
g[j] = tanh(sum(w[j,k]*q[k], k) + b[j])
r    = sqrt(sum((f[j] - g[j])^2, j))
C    = same*r^2 + (1 - same)*max(1 - r, 0)^2
