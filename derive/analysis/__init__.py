"""What students ask of a network: how its gradients fade, why backpropagation won, how long a formula would be."""
