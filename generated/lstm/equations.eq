time t = 1..4
index j = 2
data x[t: 1..4, k: 3]
data y[j: 1]
parameter u_f1[j: 2, k: 3]
parameter w_f1[j: 2, q: 2]
parameter b_f1[j: 2]
parameter u_i1[j: 2, k: 3]
parameter w_i1[j: 2, q: 2]
parameter b_i1[j: 2]
parameter u_g1[j: 2, k: 3]
parameter w_g1[j: 2, q: 2]
parameter b_g1[j: 2]
parameter u_o1[j: 2, k: 3]
parameter w_o1[j: 2, q: 2]
parameter b_o1[j: 2]
parameter w2[j: 1, k: 2]
parameter b2[j: 1]
cost C
h1[0, j] = 0
c1[0, j] = 0
for t:
    z_f1[t, j] = sum(u_f1[j, k]*x[t, k], k) + sum(h1[t - 1, q]*w_f1[j, q], q) + b_f1[j]
    z_i1[t, j] = sum(u_i1[j, k]*x[t, k], k) + sum(h1[t - 1, q]*w_i1[j, q], q) + b_i1[j]
    z_g1[t, j] = sum(u_g1[j, k]*x[t, k], k) + sum(h1[t - 1, q]*w_g1[j, q], q) + b_g1[j]
    z_o1[t, j] = sum(u_o1[j, k]*x[t, k], k) + sum(h1[t - 1, q]*w_o1[j, q], q) + b_o1[j]
    f1[t, j] = sigmoid(z_f1[t, j])
    i1[t, j] = sigmoid(z_i1[t, j])
    g1[t, j] = tanh(z_g1[t, j])
    o1[t, j] = sigmoid(z_o1[t, j])
    c1[t, j] = c1[t - 1, j]*f1[t, j] + g1[t, j]*i1[t, j]
    h1[t, j] = o1[t, j]*tanh(c1[t, j])
a1[j] = h1[4, j]
z2[j1] = sum(w2[j1, k]*a1[k], k) + b2[j1]
a2[j1] = sigmoid(z2[j1])
C = sum((a2[j1] - y[j1])^2/2, j1)
