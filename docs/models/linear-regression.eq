# One neuron without an activation, and half of the squared error.
data      x[k: 3], y
parameter w[k: 3], b
a = sum(w[k]*x[k], k) + b
C = 1/2*(a - y)^2
