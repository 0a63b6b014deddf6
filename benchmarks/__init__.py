"""Speed against programs written by hand, in one run and interleaved: `python -m benchmarks`."""
