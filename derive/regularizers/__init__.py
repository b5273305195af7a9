"""One file a regularizer: what it adds to the cost for one weight array w (biases are not regularized)."""
