"""What a claim means: its letters in a context, and its values at random points."""
