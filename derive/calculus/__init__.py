"""From equations to gradients: the one rule, its pull form, the rewrites, the lines with their reasons."""
