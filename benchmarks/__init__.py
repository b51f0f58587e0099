"""The performance budgets, measured. `python -m benchmarks --help`; what they mean is in `benchmarks.budget`."""
