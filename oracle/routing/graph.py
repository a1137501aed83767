"""Chains and the bridges between them, as last observed. A bridge leads one way; several may join the same two chains.

What a bridge takes of an amount is the rule of its contract, in integers of minor units:

    fee = fee_fixed + ⌈amount · fee_bps / 10⁴⌉        paid out = amount − fee, at most the liquidity
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from oracle.errors import InputError

WHOLE_BPS = 10_000
MOST_LATENCY_SECONDS = 1e9
_MOST_DECIMALS = 36

Kind = Literal["hash_lock", "relay_pool"]
KINDS: tuple[Kind, ...] = ("hash_lock", "relay_pool")


@dataclass(frozen=True)
class Asset:
    """What is moved; the same on all chains that have it."""

    name: str
    decimals: int

    def __post_init__(self) -> None:
        """Refuse decimals that no token has.

        Raises:
            InputError: names the asset.
        """
        if not self.name or not 0 <= self.decimals <= _MOST_DECIMALS:
            raise InputError(f"asset {self.name!r} has {self.decimals} decimals; it must have 0 to {_MOST_DECIMALS}")


@dataclass(frozen=True)
class Bridge:
    """A way from one chain to another, with its terms and what was measured of it."""

    name: str
    kind: Kind
    source: str
    target: str
    asset: str
    fee_fixed_minor: int
    fee_bps: int
    liquidity_minor: int  # the most that it can pay out on the target now
    latency_mean_seconds: float  # from the start of a leg until it is paid out, of legs that succeed
    latency_p95_seconds: float
    success: float  # chance that a leg succeeds: mean of the posterior
    observations: float  # how many it rests on; old ones count less than 1
    refund_seconds: int  # how long a leg that fails holds the money before it is refunded

    def __post_init__(self) -> None:
        """Refuse values that no bridge has.

        Raises:
            InputError: names the bridge and the value.
        """
        if not self.name or self.source == self.target or self.kind not in KINDS:
            raise InputError(f"bridge {self.name!r} ({self.kind}) must have a name, a known kind, and join two chains")
        if self.fee_fixed_minor < 0 or not 0 <= self.fee_bps <= WHOLE_BPS or self.liquidity_minor < 0:
            raise InputError(f"bridge {self.name} has a negative fee or liquidity, or a fee above the whole")
        mean, p95 = self.latency_mean_seconds, self.latency_p95_seconds
        if not 0 < mean <= p95 <= MOST_LATENCY_SECONDS:  # false for NaN too
            raise InputError(
                f"bridge {self.name} takes {mean} s on average and {p95} s at p95; 0 < mean ≤ p95 must hold"
            )
        if not 0 <= self.success <= 1 or not (math.isfinite(self.observations) and self.observations >= 0):
            raise InputError(f"bridge {self.name} succeeds by {self.success} after {self.observations} observations")
        if self.refund_seconds < 0:
            raise InputError(f"bridge {self.name} refunds after {self.refund_seconds} s; it cannot be before the start")

    def fee_minor(self, amount_minor: int) -> int:
        """What is kept of an amount, rounded up as the contracts round; may exceed a small amount."""
        return self.fee_fixed_minor + -(-amount_minor * self.fee_bps // WHOLE_BPS)

    def paid_minor(self, amount_minor: int) -> int | None:
        """What is paid out of an amount; None where the fee leaves nothing, or liquidity does not suffice."""
        paid = amount_minor - self.fee_minor(amount_minor)
        return paid if 0 < paid <= self.liquidity_minor else None


@dataclass(frozen=True)
class Graph:
    """Chains, assets and bridges; names are unique among all chains and bridges, whatever their case."""

    chains: tuple[str, ...]
    assets: tuple[Asset, ...]
    bridges: tuple[Bridge, ...]

    def __post_init__(self) -> None:
        """Refuse graphs whose names are ambiguous or dangle.

        Raises:
            InputError: names the culprit.
        """
        names = [name.casefold() for name in (*self.chains, *(bridge.name for bridge in self.bridges))]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"two chains or bridges are called {twice!r}; give each a name of its own")
        assets = {asset.name for asset in self.assets}
        if len(assets) != len(self.assets):
            raise InputError("two assets have the same name; give each a name of its own")
        for bridge in self.bridges:
            if not {bridge.source, bridge.target} <= set(self.chains) or bridge.asset not in assets:
                raise InputError(f"bridge {bridge.name} joins chains or carries an asset that the graph does not list")

    @cached_property
    def by_name(self) -> dict[str, Bridge]:
        """Bridges by their names."""
        return {bridge.name: bridge for bridge in self.bridges}

    def decimals(self, asset: str) -> int:
        """Decimals of an asset.

        Raises:
            InputError: the graph has no such asset.
        """
        for each in self.assets:
            if each.name == asset:
                return each.decimals
        raise InputError(f"the graph has no asset {asset}; it has {', '.join(each.name for each in self.assets)}")
