"""The mistakes of a backward pass, one file a kind: each states its ENTRY, a `Kind`."""
