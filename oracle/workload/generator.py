"""The project's own traffic: seeded, synthetic, with flash crowds that words sometimes announce.

Arrivals are Poisson around a base load with a daily cycle; a crowd multiplies the rate for some blocks. A fixed share
of transactions are notes; while a crowd is announced some notes speak of it in place of small talk, so the announcement
shows in words and in nothing else. An announcement may be called off, in words again, and then no crowd comes.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.formulas.lanes import WAD
from oracle.workload.calls import Call, Venue
from oracle.workload.wordings import ANNOUNCEMENTS, CANCELLATIONS, CHATTER, THINGS, WHENS

GWEI = 10**9
DAILY_SWING = 0.15
DAY_BLOCKS = 1440
NOTE_SHARE = 0.2
ANNOUNCING_SHARE = 0.7  # of the notes, while an announcement stands

# Kinds of the other transactions: (kind, weight at base load, weight in a crowd).
_KINDS = (("payment", 4.0, 2.0), ("token transfer", 3.0, 3.0), ("approval", 1.5, 2.0), ("mint", 1.5, 5.0))


def _selector(signature: str) -> bytes:
    return bytes(keccak(signature.encode())[:4])


_TRANSFER, _APPROVE = _selector("transfer(address,uint256)"), _selector("approve(address,uint256)")
_MINT, _POST = _selector("mint(address,uint256)"), _selector("post(string)")


@dataclass(frozen=True)
class Crowd:
    """A flash crowd, or the announcement of one that is called off."""

    start_block: int
    length_blocks: int
    factor: float
    announced_ahead_blocks: int = 0  # 0: not announced
    called_off: bool = False
    family: str = "sale"

    def load_factor(self, block: int) -> float:
        """What the arrival rate is multiplied by at `block`."""
        comes = not self.called_off and self.start_block <= block < self.start_block + self.length_blocks
        return self.factor if comes else 1.0

    def said_at(self, block: int) -> str | None:
        """`announced`, `called off` or None: what notes say at `block`.

        A called-off crowd is announced for the first half of its lead and taken back in the second.
        """
        first = self.start_block - self.announced_ahead_blocks
        if not first <= block < self.start_block:
            return None
        return "called off" if self.called_off and block >= first + self.announced_ahead_blocks // 2 else "announced"


@dataclass(frozen=True)
class Traffic:
    """What a workload is: rate, crowds, accounts."""

    base_load: float  # mean transactions per block
    crowds: Sequence[Crowd]
    accounts: int
    seed: int

    def rate(self, block: int) -> float:
        """Mean arrivals at `block`."""
        daily = 1.0 + DAILY_SWING * math.sin(2 * math.pi * block / DAY_BLOCKS)
        return self.base_load * daily * math.prod(crowd.load_factor(block) for crowd in self.crowds)


def generate(traffic: Traffic, venue: Venue, families: Sequence[str] | None = None) -> Iterator[list[Call]]:
    """Calls of block 0, 1, 2, …, without end.

    Args:
        traffic: The workload; equal workloads give equal calls.
        venue: The contracts to call.
        families: Phrase families that announcements are worded in; a crowd's own family where None.
    """
    random_ = random.Random(traffic.seed)  # noqa: S311 - simulation, not secrets
    block = 0
    while True:
        rate = traffic.rate(block)
        crowded = any(crowd.load_factor(block) > 1 for crowd in traffic.crowds)
        yield [
            _call(random_, traffic, venue, block=block, crowded=crowded, families=families)
            for _ in range(_poisson(random_, rate))
        ]
        block += 1


def _call(
    random_: random.Random,
    traffic: Traffic,
    venue: Venue,
    *,
    block: int,
    crowded: bool,
    families: Sequence[str] | None,
) -> Call:
    sender = random_.randrange(traffic.accounts)
    gas_price = round(random_.lognormvariate(math.log(4 * GWEI), 0.3))
    amount = round(random_.lognormvariate(0, 1.5) * WAD / 1000)
    other = random_.randbytes(20)
    if random_.random() < NOTE_SHARE:
        text = _note(random_, traffic.crowds, block, families).encode()
        if random_.random() < 0.3:
            # A payment with a memo: the bytes of the text as they are.
            return Call(sender, other, amount, gas_price, 21_000 + 40 * len(text) + 1_000, text)
        data = _POST + encode(["string"], [text.decode()])
        return Call(sender, venue.noticeboard, 0, gas_price, 60_000 + 60 * len(data), data)
    weights = [in_crowd if crowded else base for _, base, in_crowd in _KINDS]
    kind = random_.choices([name for name, _, _ in _KINDS], weights)[0]
    if kind == "payment":
        return Call(sender, other, amount, gas_price, 21_000, b"")
    selector, holder = {"token transfer": (_TRANSFER, other), "approval": (_APPROVE, other), "mint": (_MINT, other)}[
        kind
    ]
    data = selector + encode(["address", "uint256"], [holder, amount])
    return Call(sender, venue.token, 0, gas_price, 120_000, data)


def _note(random_: random.Random, crowds: Sequence[Crowd], block: int, families: Sequence[str] | None) -> str:
    speaking = [(crowd, said) for crowd in crowds if (said := crowd.said_at(block)) is not None]
    if speaking and random_.random() < ANNOUNCING_SHARE:
        crowd, said = random_.choice(speaking)
        family = random_.choice(families) if families else crowd.family
        wording = random_.choice(ANNOUNCEMENTS[family] if said == "announced" else CANCELLATIONS)
    else:
        wording = random_.choice(CHATTER)
    when = random_.choice(WHENS).format(count=random_.randrange(5, 40))
    return wording.format(thing=random_.choice(THINGS), when=when, count=random_.randrange(2, 5000))


def _poisson(random_: random.Random, mean: float) -> int:
    """A Poisson variate by Knuth's product of uniforms; fine for the means of a block."""
    limit, product, count = math.exp(-mean), random_.random(), 0
    while product > limit:
        product *= random_.random()
        count += 1
    return count
