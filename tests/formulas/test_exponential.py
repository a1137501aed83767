"""exp by additions and multiplications alone."""

import math

import mpmath
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oracle.formulas.exponential import exponential
from tests.control.interpreted import interpreted


@given(st.floats(-700, 700))
def test_it_is_exp_to_1e_15_relative(x: float) -> None:
    with mpmath.workdps(30):
        exact = mpmath.exp(mpmath.mpf(x))
        assert abs(mpmath.mpf(exponential(x)) / exact - 1) < 1e-15


@given(st.floats(-800, 800))
def test_compiled_it_gives_the_bits_of_plain_floating_point(x: float) -> None:
    with interpreted(exponential) as plain:
        assert exponential(x) == plain(x)


def test_it_is_one_at_zero_and_finite_at_any_number() -> None:
    assert exponential(0.0) == 1.0
    assert all(math.isfinite(exponential(x)) for x in (-math.inf, math.inf, -1e300, 1e300))
    assert exponential(-math.inf) > 0
    assert np.isclose(exponential(1.0), math.e, rtol=1e-15)
