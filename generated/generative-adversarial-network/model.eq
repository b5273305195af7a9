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
