"""One file a bridge: why a sum, a transpose, an outer product, ... stands where it does."""
