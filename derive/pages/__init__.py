"""One file a page: LaTeX to paste, an article, and the rest."""
