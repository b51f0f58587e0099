"""Settings in layers, and where things lie."""
