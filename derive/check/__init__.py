"""Checking what people derived by hand: a claim, a file of lecture notes, arrays, running code."""
