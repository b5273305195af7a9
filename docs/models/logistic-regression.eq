# One sigmoid neuron, and the cross-entropy of a yes or no: y is 1 or 0.
data      x[k: 3], y
parameter w[k: 3], b
a = sigmoid(sum(w[k]*x[k], k) + b)
C = -y*log(a) - (1 - y)*log(1 - a)
