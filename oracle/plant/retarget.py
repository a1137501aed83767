"""Difficulty by ASERT and by the retargets that other chains use, relative to that at the start; compiled.

Each sees the log of blocks alone. Windows are in blocks, solve times in T.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled

Floats = NDArray[np.float64]

ASERT, BITCOIN, LWMA, DIGISHIELD = range(4)
NAMES = {"asert": ASERT, "bitcoin": BITCOIN, "lwma": LWMA, "digishield": DIGISHIELD}
_MEDIAN = 11  # blocks whose median time DigiShield takes for the time of the last of them


@compiled
def difficulty(kind: int, parameter: float, block: int, times: Floats, difficulties: Floats) -> float:
    """D of block `block`, from the times and difficulties of those before it.

    `parameter` is ASERT's half-life in T, or the window of the others: every so many blocks Bitcoin scales D by how
    much too fast they came, within a factor of 4; LWMA weighs the last so many solve times by how recent they are;
    DigiShield damps the timespan of the last so many to a quarter and bounds it (as Zcash does).
    """
    if block == 0:
        return 1.0
    if kind == ASERT:
        return float(2.0 ** ((block - times[block - 1]) / parameter))
    window = int(parameter)
    if kind == BITCOIN:
        return _bitcoin(window, block, times, difficulties)
    if kind == LWMA:
        return _lwma(min(window, block), block, times, difficulties)
    return _digishield(window, block, times, difficulties)


@compiled
def _bitcoin(window: int, block: int, times: Floats, difficulties: Floats) -> float:
    if block % window:
        return float(difficulties[block - 1])
    began = times[block - window - 1] if block > window else 0.0
    return float(difficulties[block - 1] * min(4.0, max(0.25, window / max(1e-9, times[block - 1] - began))))


@compiled
def _lwma(count: int, block: int, times: Floats, difficulties: Floats) -> float:
    weighted, total = 0.0, 0.0
    for i in range(1, count + 1):
        at = block - count + i - 1
        solve_time = times[at] - (times[at - 1] if at else 0.0)
        weighted += i * min(6.0, solve_time)
        total += difficulties[at]
    return float(total * (count + 1) / 2 / max(1e-9, weighted))


@compiled
def _digishield(window: int, block: int, times: Floats, difficulties: Floats) -> float:
    if block <= window + _MEDIAN:
        return 1.0
    inverse = 0.0
    for at in range(block - window, block):
        inverse += 1.0 / difficulties[at]
    span = np.median(times[block - _MEDIAN : block]) - np.median(times[block - window - _MEDIAN : block - window])
    damped = window + (span - window) / 4
    return float(window / inverse * window / min(1.32 * window, max(0.84 * window, damped)))
