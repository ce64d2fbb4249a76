"""The benchmarks: what a mail costs in the whole product, against a floor and against what is usual."""
