time t = 1..4
index j = 2
data x[t: 1..4, k: 3]
data y[j: 1]
parameter u1[j: 2, k: 3]
parameter w1[j: 2, q: 2]
parameter b1[j: 2]
parameter w2[j: 1, k: 2]
parameter b2[j: 1]
cost C
h1[0, j] = 0
for t:
    v1[t, j] = sum(u1[j, k]*x[t, k], k) + sum(h1[t - 1, q]*w1[j, q], q) + b1[j]
    h1[t, j] = tanh(v1[t, j])
a1[j] = h1[4, j]
z2[j1] = sum(w2[j1, k]*a1[k], k) + b2[j1]
a2[j1] = sigmoid(z2[j1])
C = sum((a2[j1] - y[j1])^2/2, j1)
