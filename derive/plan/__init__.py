"""From equations to fast array code: a plan, the passes over it, and its text."""
