data x[k: 784]
data y[j: 10]
parameter w1[j: 16, k: 784]
parameter b1[j: 16]
parameter w2[j: 16, k: 16]
parameter b2[j: 16]
parameter w3[j: 10, k: 16]
parameter b3[j: 10]
cost C
z1[j] = sum(w1[j, k]*x[k], k) + b1[j]
a1[j] = sigmoid(z1[j])
z2[j] = sum(w2[j, k]*a1[k], k) + b2[j]
a2[j] = sigmoid(z2[j])
z3[j] = sum(w3[j, k]*a2[k], k) + b3[j]
a3[j] = sigmoid(z3[j])
C = sum((a3[j] - y[j])^2, j)
