layer l = 1..L
data x[k: n[0]]
data y[j: n[L]]
parameter w[l: 1..L, j: n[l], k: n[l - 1]]
parameter b[l: 1..L, j: n[l]]
cost C
a[0, k] = x[k]
for l:
    z[l, j] = sum(w[l, j, k]*a[l - 1, k], k) + b[l, j]
    a[l, j] = sigmoid(z[l, j])
C = sum((a[L, j] - y[j])^2/2, j)
