"""The project's own traffic: seeded and synthetic.

Arrivals are Poisson around the rate of `Traffic`. What comes on top in a flash crowd is of the kinds that the crowd is
about. Announcements change the words of transactions and not one number: words draw on a source of chance of their own
and are all of one length (docs/workload.md, tests/workload/test_generator.py).
"""

import math
import random
from collections.abc import Iterator, Mapping

from oracle.formulas.lanes import WAD
from oracle.workload.calldata import Details, call_of
from oracle.workload.calls import Call, Venue
from oracle.workload.crowds import Traffic
from oracle.workload.kinds import BASE_SHARES, WORDED, Kind
from oracle.workload.wordings import HELD_OUT, Wordings, wordings
from oracle.workload.words import family_of, words_for

GWEI = 10**9
PRICE_SPREAD = 0.3  # standard deviation of the logarithm of gas prices
OTHERS = 4_096  # accounts that are paid, batches, records: some come again and again, and the chain's state stays small
_OTHERS = b"\xca" * 18


def generate(traffic: Traffic, venue: Venue, speech: Wordings | None = None) -> Iterator[list[Call]]:
    """Calls of block 0, 1, 2, …, without end.

    Args:
        traffic: The workload; equal workloads give equal calls.
        venue: The contracts to call.
        speech: The words that there are; where None, those that no policy was trained on.
    """
    numbers = random.Random(traffic.seed)  # noqa: S311 - simulation, not secrets
    words = random.Random(f"words {traffic.seed}")  # noqa: S311 - simulation, not secrets
    speech = speech or wordings(HELD_OUT)
    block = 0
    while True:
        calls = []
        for _ in range(_poisson(numbers, traffic.rate(block))):
            kind = _kind(numbers, traffic, block, speech)
            details = Details(
                sender=numbers.randrange(traffic.accounts),
                gas_price_wei=round(numbers.lognormvariate(math.log(4 * GWEI), PRICE_SPREAD)),
                amount=round(numbers.lognormvariate(0, 1.5) * WAD / 1000),
                other=_OTHERS + numbers.randrange(OTHERS).to_bytes(2, "big"),
            )
            said = b""
            if kind in WORDED:
                said = words_for(words, kind, traffic.crowds, block, speech, traffic.interval_seconds)
            calls.append(call_of(kind, details, said, venue))
        yield calls
        block += 1


def _kind(random_: random.Random, traffic: Traffic, block: int, speech: Wordings) -> Kind:
    shares: Mapping[Kind, float] = BASE_SHARES
    here = [crowd for crowd in traffic.crowds if crowd.load_factor(block) > 1]
    if here and random_.random() < 1 - 1 / math.prod(crowd.factor for crowd in here):
        shares = family_of(random_.choice(here), speech).crowd
    return random_.choices(list(shares), list(shares.values()))[0]


def _poisson(random_: random.Random, mean: float) -> int:
    """A Poisson variate: the sum of some of small mean, each by Knuth's product of uniforms, which needs exp(-mean)."""
    parts = max(1, math.ceil(mean / 500))
    limit, count = math.exp(-mean / parts), 0
    for _ in range(parts):
        product = random_.random()
        while product > limit:
            product *= random_.random()
            count += 1
    return count
