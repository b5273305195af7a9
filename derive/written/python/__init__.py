"""Python as people write a backward pass: read with `ast` against a list of what may stand there, never executed."""
