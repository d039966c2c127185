"""Speed and accuracy, measured: `make bench` runs all parts, `python -m benchmarks PART…` some."""
