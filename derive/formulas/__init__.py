"""Formulas that a user types: read, with the shortest slope, in a form that is safe to compute."""
