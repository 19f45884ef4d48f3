"""Benchmarks: real rows, figures beside what they should reach, twins in the same run."""
