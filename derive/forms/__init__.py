"""The same derivation at another level: single neurons, cases of a loop, matrices, minibatches."""
