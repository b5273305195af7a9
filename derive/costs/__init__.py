"""One file a cost: its equations for one example, from outputs a[j] and targets y[j]."""
