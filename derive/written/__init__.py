"""What people write, read into one neutral tree: LaTeX and Python, every node with its place in the source."""
