"""SlotLottery and its twin give the same integers."""

import random

from oracle.formulas.lottery import MAX_P, chance_q128
from tests.contracts.harness import Harness


def test_chances_are_the_twins(harness: Harness) -> None:
    drawn = random.Random(4)
    ps = [0, 1, 2, 3, MAX_P, MAX_P + 1, 2**256 - 1] + [
        drawn.randrange(1, 2 ** drawn.randrange(1, 40)) for _ in range(493)
    ]
    totals = [drawn.randrange(1, 2 ** drawn.randrange(1, 128)) for _ in ps]
    stakes = [drawn.choice([0, 1, total, drawn.randrange(total + 1)]) for total in totals]
    expected = [chance_q128(p, stake, total) for p, stake, total in zip(ps, stakes, totals, strict=True)]
    assert harness("chances", ps, stakes, totals) == expected
