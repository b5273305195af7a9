"""What every benchmark stands on: one thread, a clock, the workloads, and the machine in words."""
