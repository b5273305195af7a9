# Where b acts along two paths.
parameter a, b
c = a + b
d = b + 1
e = c*d
