"""From equations over indices to array expressions: what a target language prints."""
