"""theta, sum of exp(phi) and p in exact or 60-digit arithmetic, to check the chain's values against."""

from collections.abc import Sequence

from mpmath import mp, mpf

from oracle.errors import FormulaMismatch
from oracle.formulas.lanes import UNITS_PER_ONE, WAD, lane_to_wad

RELATIVE_TOLERANCE = mpf(10) ** -12
_DIGITS = 60


def theta_wad(theta0_wad: int, lane: int) -> int:
    """theta_{n,1} = theta_{n,0} + phi_n in WAD, exact."""
    return theta0_wad + lane_to_wad(lane)


def sum_exp(active_lanes: Sequence[int]) -> mpf:
    """Sum of exp(phi) over the lanes of active nodes, to 60 digits."""
    with mp.workdps(_DIGITS):
        return mp.fsum(mp.exp(mpf(lane) / UNITS_PER_ONE) for lane in active_lanes)


def adjusted_difficulty(base_difficulty: int, sum_of_exp: mpf) -> mpf:
    """P = d / sum of exp(phi), before it is rounded down and raised to at least 1."""
    with mp.workdps(_DIGITS):
        return mpf(base_difficulty) / sum_of_exp


def relative_error(got: int | mpf, expected: int | mpf) -> mpf:
    """|got - expected| / |expected|; |got| where expected is 0."""
    with mp.workdps(_DIGITS):
        difference = abs(mpf(got) - mpf(expected))
        return difference / abs(mpf(expected)) if expected else difference


def check_theta(*, node: int, got_wad: int, theta0_wad: int, lane: int) -> None:
    """Raise FormulaMismatch unless the chain's theta of `node` is the formula's, exactly."""
    expected = theta_wad(theta0_wad, lane)
    if got_wad != expected:
        raise FormulaMismatch(f"theta of node {node} is {got_wad} on chain but theta0 + phi is {expected}")


def check_sum_exp(*, got_wad: int, active_lanes: Sequence[int]) -> mpf:
    """Relative error of the chain's sum of exp(phi).

    Raises:
        FormulaMismatch: it is above 1e-12.
    """
    with mp.workdps(_DIGITS):
        error = relative_error(mpf(got_wad) / WAD, sum_exp(active_lanes))
    if error > RELATIVE_TOLERANCE:
        raise FormulaMismatch(f"sum of exp(phi) on chain is off by {mp.nstr(error, 3)} relative, above 1e-12")
    return error


def check_difficulty(*, got: int, base_difficulty: int, active_lanes: Sequence[int]) -> mpf:
    """Relative error of the chain's p beyond its own rounding.

    p is an integer rounded down and at least 1, so the true quotient lies in [p, p + 1) or below 1; the nearest value
    of that interval is compared.

    Raises:
        FormulaMismatch: it is above 1e-12.
    """
    exact = adjusted_difficulty(base_difficulty, sum_exp(active_lanes))
    with mp.workdps(_DIGITS):
        if exact < 1 or got < 1:
            error = mpf(0 if got == 1 else 1)
        else:
            error = relative_error(min(max(exact, mpf(got)), mpf(got) + 1), exact)
    if error > RELATIVE_TOLERANCE:
        raise FormulaMismatch(
            f"p on chain is {got} but d / sum of exp(phi) is {mp.nstr(exact, 20)}: off by {mp.nstr(error, 3)} relative"
        )
    return error
