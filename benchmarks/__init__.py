"""Timings, as ratios measured in one run: `python -m benchmarks gradient | derivation | scaling`."""
