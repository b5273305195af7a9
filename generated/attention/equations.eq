data x[t: 1..4, k: 3]
data y[t: 1..4, j: 2]
parameter w_q1[h: 1, i: 3, f: 3]
parameter w_k1[h: 1, i: 3, f: 3]
parameter w_v1[h: 1, i: 3, f: 3]
parameter w_o1[j: 3, h: 1, i: 3]
constant d = 3
parameter w2[j: 2, k: 3]
parameter b2[j: 2]
cost C
q1[h, t, i] = sum(w_q1[h, i, f]*x[t, f], f)
k1[h, t, i] = sum(w_k1[h, i, f]*x[t, f], f)
v1[h, t, i] = sum(w_v1[h, i, f]*x[t, f], f)
e1[h, t, r] = sum(k1[h, r, i]*q1[h, t, i]/sqrt(d), i)
u1[h, t, r] = exp(e1[h, t, r])
rho1[h, t] = sum(u1[h, t, r], r)
p1[h, t, r] = u1[h, t, r]/rho1[h, t]
c1[h, t, i] = sum(p1[h, t, r]*v1[h, r, i], r)
a1[t, j] = sum(c1[h, t, i]*w_o1[j, h, i], h, i)
z2[t, j] = sum(a1[t, k]*w2[j, k], k) + b2[j]
a2[t, j] = sigmoid(z2[t, j])
C = sum((a2[t, j] - y[t, j])^2/2, t, j)
fact u1[h, t, r] = p1[h, t, r]*rho1[h, t]
