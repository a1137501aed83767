"""exp(x) by additions and multiplications alone, compiled, so that every machine gets the same bits.

Libraries of mathematics differ in the last bit between processors, and committees sign what follows from it.

    x = k ln 2 + r, |r| <= ln(2) / 2;  exp(x) = 2^k (1 + r + r^2 / 2! + ... + r^13 / 13!)

ln 2 is taken in two parts, whose first has zeros at its end, so that k times it is exact (Cody and Waite 1980).
"""

import math

import numpy as np

from oracle.formulas.compiled import compiled

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_LARGEST = 700.0  # beyond, the result would leave the range of float64
_POWERS_OF_2 = np.array([2.0**k for k in range(-1_022, 1_024)])
_FIRST_POWER = 1_022
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = (1.0 / math.factorial(n) for n in range(2, 14))
LN2 = 0.6931471805599453


@compiled
def exponential(x: float) -> float:
    """exp(x), within 1e-15 of it relatively; x beyond +-700 counts as that."""
    x = min(_LARGEST, max(-_LARGEST, x))
    k = np.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = r * (_C8 + r * (_C9 + r * (_C10 + r * (_C11 + r * (_C12 + r * _C13)))))
    series = 1.0 + r * (1.0 + r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * (_C7 + series)))))))
    return float(series * _POWERS_OF_2[int(k) + _FIRST_POWER])
