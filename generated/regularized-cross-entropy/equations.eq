data x[k: 3]
data y[j: 2]
parameter w1[j: 4, k: 3]
parameter b1[j: 4]
parameter w2[j: 2, k: 4]
parameter b2[j: 2]
constant lam = 0.1
cost C
z1[j] = sum(w1[j, k]*x[k], k) + b1[j]
a1[j] = sigmoid(z1[j])
z2[j] = sum(w2[j, k]*a1[k], k) + b2[j]
a2[j] = sigmoid(z2[j])
C0 = sum(-log(1 - a2[j])*(1 - y[j]) - y[j]*log(a2[j]), j)
R = sum(lam*w1[j, k]^2/(2*m), j, k) + sum(lam*w2[j, k]^2/(2*m), j, k)
C = C0 + R
