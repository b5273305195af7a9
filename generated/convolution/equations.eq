index i = 4
index j = 4
index i1 = 2
index u = 2
index v = 2
data x[c: 1, p: 6, q: 6]
data y[j: 2]
parameter w1[o: 2, c: 1, u: 3, v: 3]
parameter b1[o: 2]
parameter w4[j: 2, k: 8]
parameter b4[j: 2]
cost C
z1[o, i, j] = sum(w1[o, c, u1, v1]*x[c, i + u1, j + v1], c, u1, v1) + b1[o]
a1[o, i, j] = relu(z1[o, i, j])
a2[c, i1, j1] = max(a1[c, 2*i1 + u, 2*j1 + v], u, v)
a3[2*p + 4*c + q] = a2[c, p, q]
z4[i1] = sum(w4[i1, k]*a3[k], k) + b4[i1]
e4[i1] = exp(z4[i1])
s4 = sum(e4[i1], i1)
a4[i1] = e4[i1]/s4
C = sum(-y[i1]*log(a4[i1]), i1)
fact e4[j] = s4*a4[j]
fact sum(y[j], j) = 1
