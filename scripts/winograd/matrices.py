"""Prints Sources/CKernels/loops/winograd_matrices.h: python3 scripts/winograd/matrices.py > THE-FILE

F(m, r) computes m outputs of a correlation with r taps by m + r - 1 multiplications (Winograd 1980; Lavin and Gray 2015,
arXiv:1509.09308): y = A'((G g) * (B' d)). The polynomials with the m outputs and the r taps as coefficients are
evaluated at m + r - 2 points and at infinity, multiplied there, and interpolated (Toom and Cook); transposing that turns
the product of polynomials into a correlation. Points such as +-3/4 and +-3/2 lose fewer digits than +-1 and +-2 (see
Barabasz et al. 2020, arXiv:1803.10986); fractions of powers of two are exact as floats.
"""
from fractions import Fraction as F

SCHEMES = {  # (outputs, taps): the points besides infinity
    (2, 3): [0, 1, -1],
    (4, 3): [0, F(3, 4), F(-3, 4), F(3, 2), F(-3, 2)],
    (6, 3): [0, 1, -1, F(1, 2), F(-1, 2), 2, -2],
    (3, 2): [0, 1, -1],
    (4, 2): [0, F(3, 4), F(-3, 4), 2],
}


def times_linear(polynomial, root):
    """polynomial * (x - root); coefficients from the lowest power up."""
    shifted = [F(0)] + polynomial
    return [high - root * low for high, low in zip(shifted, polynomial + [F(0)])]


def matrices(points, outputs, taps):
    points = [F(point) for point in points]
    size = outputs + taps - 1
    g, b = [], []
    for point in points:
        others = [other for other in points if other != point]
        numerator, denominator = [F(1)], F(1)
        for other in others:
            numerator = times_linear(numerator, other)
            denominator *= point - other
        g.append([point**power / denominator for power in range(taps)])
        b.append(numerator + [F(0)] * (size - len(numerator)))
    numerator = [F(1)]
    for point in points:
        numerator = times_linear(numerator, point)
    g.append([F(0)] * (taps - 1) + [F(1)])
    b.append(numerator)
    a = [[point**power for power in range(outputs)] for point in points] + [[F(0)] * (outputs - 1) + [F(1)]]
    return {"A": a, "G": g, "Bt": b}


def text(number):
    if number.denominator == 1:
        return str(number.numerator)
    return f"{number.numerator}.0f / {number.denominator}"


def main():
    print("// Written by scripts/winograd/matrices.py, which says what these are.\n#pragma once")
    for (outputs, taps), points in SCHEMES.items():
        size = outputs + taps - 1
        shown = ", ".join(str(point) for point in points)
        print(f"\n// F({outputs}, {taps}) at {shown} and infinity.")
        for name, matrix in matrices(points, outputs, taps).items():
            print(f"static const float tk_winograd_{name}_{outputs}_{taps}[{size}][{len(matrix[0])}] = {{")
            for row in matrix:
                print("  {" + ", ".join(text(number) for number in row) + "},")
            print("};")


main()
