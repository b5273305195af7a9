"""Real digits, training with the emitted code alone, the picture of the cost."""
