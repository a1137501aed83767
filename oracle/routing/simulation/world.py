"""A simulated world: six chains and the bridges between them, minute by minute, decided by a seed alone.

What a leg comes to depends on its bridge and the minute in which it starts, and on nothing that anybody does. So every
way to choose routes meets the same world, and one that knows the future can be computed.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from oracle.routing.graph import WHOLE_BPS, Asset, Bridge, Kind

SLOT_SECONDS = 60
CHAINS = ("North", "East", "South", "West", "Upper", "Lower")
USDC = Asset("USDC", 6)
_UNIT = 10**USDC.decimals
_JOINED = 0.5  # chance that a bridge leads from one chain to another; a quarter of those have a second one
_SECOND = 0.25
_CALM = 0.9  # of what a logarithm of fee or liquidity was a quarter of an hour ago, that is left of it
_CALM_SLOTS = 15
_MOST_FEE_BPS = 300
_SHAKY = 0.5  # of the bridges, that have outages often
_PUBLIC_LEGS = 0.25  # of other people, by bridge and minute

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """How a leg ended."""

    paid_minor: int | None  # None where it failed, and all was refunded
    ended_at_seconds: float


@dataclass(frozen=True)
class Course:
    """A bridge over time; arrays are by minute."""

    name: str
    kind: Kind
    source: str
    target: str
    fee_fixed_minor: int
    refund_seconds: int
    usual_seconds: float  # median latency, as its operator states it
    fee_bps: NDArray[np.int64]
    liquidity_minor: NDArray[np.int64]
    latency_seconds: Floats  # of a leg that starts in that minute and succeeds
    fails: NDArray[np.bool_]  # whether such a leg fails
    is_public: NDArray[np.bool_]  # whether somebody else starts one

    def slot(self, at_seconds: float) -> int:
        """The minute of a time; what lies beyond the end is as the last minute."""
        return min(max(0, int(at_seconds // SLOT_SECONDS)), len(self.fails) - 1)

    def leg(self, start_seconds: float, amount_minor: int) -> Outcome:
        """What comes of a leg."""
        at = self.slot(start_seconds)
        fee = self.fee_fixed_minor + -(-amount_minor * int(self.fee_bps[at]) // WHOLE_BPS)
        paid = amount_minor - fee
        if self.fails[at] or not 0 < paid <= int(self.liquidity_minor[at]):
            return Outcome(None, start_seconds + self.refund_seconds)
        return Outcome(paid, start_seconds + float(self.latency_seconds[at]))


@dataclass(frozen=True)
class World:
    """All bridges over some hours."""

    seed: int
    hours: int

    @cached_property
    def courses(self) -> dict[str, Course]:
        """Bridges by name."""
        chance = np.random.default_rng(self.seed)
        made: dict[str, Course] = {}
        for source in CHAINS:
            for target in CHAINS:
                if source == target or chance.random() >= _JOINED:
                    continue
                for _ in range(1 + int(chance.random() < _SECOND)):
                    name = f"{source.lower()}-{target.lower()}-{len(made) + 1}"
                    made[name] = _course(name, source, target, self.hours * 3_600 // SLOT_SECONDS, chance)
        return made


def bridge_at(course: Course, seen_seconds: float, usual: Bridge | None = None) -> Bridge:
    """A bridge with the fee and liquidity of a moment; latency and success are those of `usual`, if it is given."""
    at = course.slot(seen_seconds)
    return Bridge(
        name=course.name,
        kind=course.kind,
        source=course.source,
        target=course.target,
        asset=USDC.name,
        fee_fixed_minor=course.fee_fixed_minor,
        fee_bps=int(course.fee_bps[at]),
        liquidity_minor=int(course.liquidity_minor[at]),
        latency_mean_seconds=usual.latency_mean_seconds if usual else course.usual_seconds,
        latency_p95_seconds=usual.latency_p95_seconds if usual else 2 * course.usual_seconds,
        success=usual.success if usual else 0.8,
        observations=usual.observations if usual else 0.0,
        refund_seconds=course.refund_seconds,
    )


def _course(name: str, source: str, target: str, slots: int, chance: np.random.Generator) -> Course:
    kind: Kind = "hash_lock" if chance.random() < 0.5 else "relay_pool"
    usual = math.exp(chance.uniform(math.log(30), math.log(600)))
    fee = math.exp(chance.uniform(math.log(3), math.log(40))) * np.exp(_wandering(slots, 0.4, chance))
    liquidity = math.exp(chance.uniform(math.log(3_000), math.log(60_000))) * np.exp(_wandering(slots, 0.5, chance))
    shaky = chance.random() < _SHAKY
    is_out = _outages(slots, up_minutes=150 if shaky else 1_500, down_minutes=45 if shaky else 20, chance=chance)
    flaw = chance.uniform(0.02, 0.10) if shaky else chance.uniform(0.002, 0.02)
    return Course(
        name=name,
        kind=kind,
        source=source,
        target=target,
        fee_fixed_minor=int(chance.uniform(0.02, 0.6) * _UNIT),
        refund_seconds=int(chance.uniform(1_800, 3_600) if kind == "hash_lock" else chance.uniform(600, 1_800)),
        usual_seconds=usual,
        fee_bps=np.clip(np.rint(fee), 0, _MOST_FEE_BPS).astype(np.int64),
        liquidity_minor=(liquidity * _UNIT).astype(np.int64),
        latency_seconds=usual * np.exp(0.4 * chance.standard_normal(slots)),
        fails=is_out | (chance.random(slots) < flaw),
        is_public=chance.random(slots) < _PUBLIC_LEGS,
    )


def _wandering(slots: int, sigma: float, chance: np.random.Generator) -> Floats:
    """A logarithm that wanders around 0: an autoregression in steps of a quarter of an hour."""
    steps = slots // _CALM_SLOTS + 2
    values = np.empty(steps)
    values[0] = sigma * chance.standard_normal()
    for at in range(1, steps):
        values[at] = _CALM * values[at - 1] + sigma * math.sqrt(1 - _CALM**2) * chance.standard_normal()
    return np.interp(np.arange(slots) / _CALM_SLOTS, np.arange(steps), values)


def _outages(slots: int, *, up_minutes: float, down_minutes: float, chance: np.random.Generator) -> NDArray[np.bool_]:
    """Whether a bridge is out, with times between and of outages that are exponential."""
    is_out = np.zeros(slots, dtype=bool)
    at = chance.exponential(up_minutes)
    while at < slots:
        end = at + chance.exponential(down_minutes)
        is_out[int(at) : int(end) + 1] = True
        at = end + chance.exponential(up_minutes)
    return is_out
