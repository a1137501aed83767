"""What texts add to the load to come: when crowds are said to begin, and that they are called off.

Each block brings evidence: the weight of the texts that announce a crowd, by how many T ahead it is to begin, and the
weight of those that call one off. Evidence is added up by the T in which the crowd begins; what is older counts less:

    m <- FORGETTING * kept * m + announced of this block

`kept` falls from 1 to 0 where as much is said against as for: with a and c the exponential means of what was announced
and called off over about five blocks, it is 1 for c / a up to HEEDED and 0 from DISBELIEVED on. So whoever calls
off what others announce must outweigh them. A crowd that has begun shows in the load, so
what was said of it counts no longer. With S(t) the chance that a crowd lasts longer than t T, what is added k T from
now is

    usual load * EXCESS * (1 - exp(-WEIGHT * sum over j of m_j S(k - j)))

It is 0 where nothing is announced, it never falls when more is announced nor rises when more is called off, and it is
below usual load * EXCESS whatever is written.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.control.load import HORIZON
from oracle.formulas.compiled import compiled
from oracle.formulas.exponential import exponential

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AHEAD = 64  # T ahead of a block; what is to begin later adds nothing
EXCESS = 0.875  # of the usual load, that a crowd brings on average
WEIGHT = 2.0  # of a block that announces by all its weight
FORGETTING = 0.9  # per block
_SMOOTHING = 0.8  # per block, of the means of what is said for and against
HEEDED, DISBELIEVED = 1.0, 1.6
_SHORTEST, _LONGEST = 15, 60  # T that crowds last


@compiled
def announced_load(times: Ints, announced: Floats, against: Floats, usual: Floats) -> Floats:
    """What texts add to the load of each T to come, [runs, HORIZON], in the unit of the usual load.

    Args:
        times: [runs, blocks]: the T of each block, oldest first; the last one is now.
        announced: [runs, blocks, AHEAD]: weight that announces, by T from the block to the crowd's beginning.
        against: [runs, blocks]: weight that calls off.
        usual: [runs]: the usual load.
    """
    runs, blocks = times.shape
    added = np.zeros((runs, HORIZON))
    for run in range(runs):
        now = times[run, blocks - 1]
        believed = np.zeros(2 * AHEAD)  # by the T in which a crowd begins, from AHEAD T ago on
        for_it, against_it = 0.0, 0.0
        for block in range(blocks):
            weight = 0.0
            for ahead in range(AHEAD):
                weight += announced[run, block, ahead]
            for_it = _SMOOTHING * for_it + (1.0 - _SMOOTHING) * weight
            against_it = _SMOOTHING * against_it + (1.0 - _SMOOTHING) * against[run, block]
            kept = (DISBELIEVED * for_it - against_it) / max(1e-12, (DISBELIEVED - HEEDED) * for_it)
            kept = min(1.0, max(0.0, kept)) if against_it > 0.0 else 1.0
            # What a block from before that announces is over; and whatever the clocks say, it stays in the array.
            begin = min(AHEAD, max(0, times[run, block] - now + AHEAD))
            for at in range(len(believed)):
                believed[at] *= FORGETTING * kept
            for ahead in range(AHEAD):
                believed[begin + ahead] += announced[run, block, ahead]
        for at in range(AHEAD, 2 * AHEAD):
            if believed[at] == 0.0:
                continue
            for k in range(at - AHEAD, HORIZON):
                lasted = AHEAD + k - at
                if lasted >= _LONGEST:
                    break
                added[run, k] += believed[at] * min(1.0, (_LONGEST - lasted) / (_LONGEST - _SHORTEST))
        for k in range(HORIZON):
            added[run, k] = usual[run] * EXCESS * (1.0 - exponential(-WEIGHT * added[run, k]))
    return added
