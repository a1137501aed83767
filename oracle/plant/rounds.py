"""How long a round lasts on the plant, by what wins it: work, a slot drawn by stake, or a delegate's turn; compiled.

p follows from D, that is d relative to the start, and from mean exp(phi), as in p = d / sum(exp(phi)). Work counts
hashes, and a round lasts Exp(1) / rate. Slots and turns count whole slots and seconds, so p is rounded down to a whole
number of them, as the ledgers do. A round of slots lasts a geometric number of them, since some node draws a slot with
chance 1 / p whatever the stakes are (`formulas.lottery`). A round of turns lasts one turn more than were missed.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled

Floats = NDArray[np.float64]

WORK, SLOTS, TURNS = range(3)
# Competing blocks are tabled up to this many times p at phi = 0; beyond, they are as rare as there.
_TABLED = 8


@dataclass(frozen=True)
class Work:
    """Proof of work: blocks by hash rate, which changes; those found before the last one is heard of go stale."""


@dataclass(frozen=True)
class Slots:
    """Proof of stake: a slot that several nodes draw brings one block, and the others compete."""

    slots: int  # of an interval T: p at phi = 0
    stakes: tuple[float, ...]  # of each node, in any unit

    def __post_init__(self) -> None:
        if self.slots < 1 or not self.stakes or min(self.stakes) < 0 or sum(self.stakes) <= 0:
            raise ValueError("an interval has at least one slot, and stakes are 0 or more and not all 0")


@dataclass(frozen=True)
class Turns:
    """Turns of one node each, as of delegates: no competing blocks."""

    seconds: int  # of an interval T: p at phi = 0
    missed: float  # share of the turns

    def __post_init__(self) -> None:
        if self.seconds < 1 or not 0 <= self.missed < 1:
            raise ValueError("a turn lasts at least one second, and less than all turns are missed")


Engine = Work | Slots | Turns


class Rounds(NamedTuple):
    """An engine as the kernel takes it."""

    kind: int  # WORK, SLOTS or TURNS
    units: float  # slots or seconds of T
    missed: float  # share of turns
    competing: Floats  # expected beside a block, by p in slots


def rounds_of(engine: Engine) -> Rounds:
    """The law of an engine's rounds."""
    match engine:
        case Slots():
            shares = np.array(engine.stakes) / sum(engine.stakes)
            return Rounds(SLOTS, float(engine.slots), 0.0, _competing(shares, _TABLED * engine.slots))
        case Turns():
            return Rounds(TURNS, float(engine.seconds), engine.missed, np.zeros(1))
    return Rounds(WORK, 1.0, 0.0, np.zeros(1))


def _competing(shares: Floats, largest: int) -> Floats:
    """Expected nodes beyond the first that draw a slot that somebody draws, by p from 0 to the largest."""
    everybody = int((shares > 0).sum())
    drawn: list[float] = [everybody, everybody]  # p below 1 is 1
    for p in range(2, largest + 1):
        drawn.append(float((1 - (1 - 1 / p) ** shares).sum() * p))
    return np.array(drawn, dtype=np.float64) - 1


@compiled
def p_of_round(rounds: Rounds, hardness: float, mean_exp: float) -> float:
    """P: relative to the start under proof of work, else in slots or seconds, whole ones and at least one."""
    if rounds.kind == WORK:
        return float(hardness / mean_exp)
    return float(max(1.0, np.floor(hardness * rounds.units / mean_exp)))


@compiled
def rate_of_round(rounds: Rounds, p: float, hash_rate: float) -> float:
    """Blocks expected in a T."""
    if rounds.kind == WORK:
        return float(hash_rate / p)
    return float(rounds.units * (1.0 - rounds.missed) / p)


@compiled
def length_of_round(rounds: Rounds, p: float, hash_rate: float, luck: float) -> float:
    """How many T a round lasts; `luck` is an exponential variate of mean 1, of which a geometric one is a part."""
    if rounds.kind == WORK:
        return float(luck * p / hash_rate)
    if rounds.kind == SLOTS:
        failures = np.floor(luck / -np.log1p(-1.0 / p)) if p > 1.0 else 0.0
        return float((1.0 + failures) / rounds.units)
    failures = np.floor(luck / -np.log(rounds.missed)) if rounds.missed > 0.0 else 0.0
    return float((1.0 + failures) * p / rounds.units)


@compiled
def competing_blocks(rounds: Rounds, p: float) -> float:
    """Expected competing blocks beside one that a slot brought; 0 with turns. Those of work depend on the block."""
    if rounds.kind != SLOTS:
        return 0.0
    return float(rounds.competing[min(len(rounds.competing) - 1, int(p))])
