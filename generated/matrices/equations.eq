data x[k: n0]
data y[j: n2]
parameter w1[j: n1, k: n0]
parameter b1[j: n1]
parameter w2[j: n2, k: n1]
parameter b2[j: n2]
cost C
z1[j] = sum(w1[j, k]*x[k], k) + b1[j]
a1[j] = sigmoid(z1[j])
z2[j] = sum(w2[j, k]*a1[k], k) + b2[j]
a2[j] = sigmoid(z2[j])
C = sum((a2[j] - y[j])^2/2, j)
