"""Hash onions: what a staker commits to, and what each of its blocks reveals.

All layers follow from the node's key, so that no state has to be kept: the one on the chain says where the node stands.
"""

from functools import lru_cache
from typing import NamedTuple

from eth_hash.auto import keccak

LAYERS = 4096
# Fewer left than this, and the next onion is committed to.
RENEW_BELOW = 512
_GENERATIONS = 32  # onions of one node that are looked through


class Place(NamedTuple):
    """A layer of one of a node's onions."""

    generation: int
    layer: int  # from the tip, 0, down to the secret, LAYERS

    @property
    def left(self) -> int:
        """Layers that can be revealed yet."""
        return LAYERS - self.layer


@lru_cache(maxsize=64)
def layers(key: bytes, ledger: bytes, node: int, generation: int) -> tuple[bytes, ...]:
    """An onion of LAYERS + 1 layers, from the tip that is committed to down to the secret.

    The secret is keccak256(key || ledger || node || generation); the key does not follow from it.
    """
    words = node.to_bytes(32, "big") + generation.to_bytes(32, "big")
    found = [bytes(keccak(key + ledger + words))]
    for _ in range(LAYERS):
        found.append(bytes(keccak(found[-1])))
    return tuple(reversed(found))


def place_of(key: bytes, ledger: bytes, node: int, tip: bytes) -> Place | None:
    """Place of the layer that is on the chain; None where it is of no onion of this key."""
    if not any(tip):
        return None  # nothing was committed to
    for generation in range(_GENERATIONS):
        onion = layers(key, ledger, node, generation)
        if tip in onion:
            return Place(generation, onion.index(tip))
    return None
