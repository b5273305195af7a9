"""One file a notation: the ten choices of one author."""
