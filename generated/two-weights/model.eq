# Two weights, one after the other.
constant  i = 1.5, y = 0.8
parameter w1, w2
a1 = i*w1
a2 = a1*w2
C  = (a2 - y)^2
