data x[k: 4]
data y[j: 3]
parameter w1[j: 5, k: 4]
parameter b1[j: 5]
parameter w2[j: 3, k: 5]
parameter b2[j: 3]
cost C
z1[j] = sum(w1[j, k]*x[k], k) + b1[j]
a1[j] = relu(z1[j])
z2[j] = sum(w2[j, k]*a1[k], k) + b2[j]
e2[j] = exp(z2[j])
s2 = sum(e2[j], j)
a2[j] = e2[j]/s2
C = sum(-y[j]*log(a2[j]), j)
fact e2[j] = s2*a2[j]
fact sum(y[j], j) = 1
