"""Who carries tokens between the chains of a world, on what terms, and with how much."""

from dataclasses import dataclass

LEAST, MOST = 1_000, 40_000_000


@dataclass(frozen=True)
class Way:
    """One direction that a provider serves. Amounts are in hundredths of the token."""

    provider: str
    kind: str  # hash_lock or relay_pool
    source: str
    target: str
    fee_fixed: int
    fee_bps: int
    most: int = MOST  # that it carries at once


CHAINS = ("A", "B", "C")
STOCK = 50_000_000  # what each provider holds on each chain
BOND = 10_000_000  # what each relayer deposits on each chain
POOL = 20_000_000  # what the liquidity provider deposits on each chain
# Cheap, dear and in between, of both kinds, so that there is something to choose on every way.
WAYS = (
    Way("heron", "hash_lock", "A", "B", 50, 4),
    Way("heron", "hash_lock", "B", "C", 50, 4),
    Way("heron", "hash_lock", "B", "A", 50, 4),
    Way("osprey", "hash_lock", "A", "C", 200, 30),
    Way("osprey", "hash_lock", "A", "B", 20, 9),
    Way("petrel", "relay_pool", "A", "C", 100, 12),
    Way("petrel", "relay_pool", "A", "B", 80, 6),
    Way("petrel", "relay_pool", "B", "C", 80, 6),
    Way("petrel", "relay_pool", "C", "A", 80, 6),
)


def names(kind: str) -> tuple[str, ...]:
    """The providers of a kind."""
    return tuple(dict.fromkeys(way.provider for way in WAYS if way.kind == kind))
