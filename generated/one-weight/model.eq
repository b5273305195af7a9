# The smallest network: one weight, no bias, no activation.
constant  i = 1.5, y = 0.8
parameter w
a = i*w
C = (a - y)^2
