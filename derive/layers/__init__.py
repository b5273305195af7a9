"""One file a layer: its forward equations, and nothing else."""
