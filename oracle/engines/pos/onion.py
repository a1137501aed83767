"""Hash onions: what a staker commits to, and what each of its blocks reveals.

All layers follow from the node's key, so that no state has to be kept: the one on the chain says where the node stands.
"""

from functools import lru_cache

from eth_hash.auto import keccak

LAYERS = 4096
# Fewer left than this, and the next onion is committed to.
RENEW_BELOW = 512
_GENERATIONS = 32  # onions of one node that are looked through


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


@lru_cache(maxsize=64)
def _places(key: bytes, ledger: bytes, node: int, generation: int) -> dict[bytes, int]:
    return {layer: place for place, layer in enumerate(layers(key, ledger, node, generation))}


def place_of(key: bytes, ledger: bytes, node: int, tip: bytes) -> tuple[int, int] | None:
    """Generation and place of the layer that is on the chain; None where it is of no onion of this key."""
    for generation in range(_GENERATIONS):
        place = _places(key, ledger, node, generation).get(tip)
        if place is not None:
            return generation, place
    return None
