"""One file an activation: its value, its slope in terms of (z, a), its LaTeX, its safe NumPy."""
