"""Exact numbers for small theories, from quadrature, transfer matrices and momentum sums; numpy and scipy only."""
