"""What layers, costs and regularizers are: fragments of forward equations."""
