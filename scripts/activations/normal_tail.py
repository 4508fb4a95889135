"""Prints the polynomial of tk_normal_distribution (Sources/CKernels/loops/tk_math.h): python3 scripts/activations/normal_tail.py

The lower tail of the normal distribution is exp(-t^2 / 2) r(t) for x = -t, and r falls slowly from 1/2 to 1 / (t sqrt(2
pi)). In u = 1 / (1 + 0.35 t) it is u times a smooth function; the polynomial has the smallest relative error up to t = 14,
beyond which exp(-t^2 / 2) is no normal number. Lawson's iteration finds it: least squares whose weights grow where the
error is large.
"""
import math

import numpy as np

SCALE, LAST, DEGREE = 0.35, 14.0, 8


def tail(t):
    return 0.5 * math.erfc(t / math.sqrt(2)) * math.exp(t * t / 2)


def main():
    lowest = 1 / (1 + SCALE * LAST)
    nodes = np.polynomial.chebyshev.chebpts1(400)
    u = (1 + lowest) / 2 + (1 - lowest) / 2 * nodes
    exact = np.array([tail((1 / value - 1) / SCALE) for value in u])
    basis = u[:, None] * np.polynomial.chebyshev.chebvander(nodes, DEGREE) / exact[:, None]
    weights = np.ones(len(u))
    for _ in range(200):
        root = np.sqrt(weights)
        series = np.linalg.lstsq(basis * root[:, None], root, rcond=None)[0]
        weights *= np.abs(basis @ series - 1)
        weights /= weights.sum()
    polynomial = np.polynomial.Chebyshev(series, domain=[lowest, 1]).convert(
        kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1])
    for power, coefficient in reversed(list(enumerate(np.float32(polynomial.coef)))):
        print(f"u^{power}: {coefficient:.8e}")
    print(f"relative error {np.abs(basis @ series - 1).max():.1e} in exact arithmetic")


main()
