sample s = m
data x[s: m, k: 3]
data y[s: m, j: 2]
constant eps = 1/100000
parameter g1[k: 3]
parameter b1[k: 3]
parameter w2[j: 2, k: 3]
parameter b2[j: 2]
cost C
u1[k] = sum(x[s, k]/m, s)
v1[k] = sum((x[s, k] - u1[k])^2/m, s)
r1[k] = sqrt(eps + v1[k])
h1[s, k] = (x[s, k] - u1[k])/r1[k]
a1[s, k] = b1[k] + h1[s, k]*g1[k]
z2[s, j] = sum(a1[s, k]*w2[j, k], k) + b2[j]
a2[s, j] = sigmoid(z2[s, j])
C = sum((a2[s, j] - y[s, j])^2/(2*m), s, j)
