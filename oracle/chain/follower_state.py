"""The state of a follower as bytes: what is pending, and how to take the last blocks back."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from oracle.chain.offers import Offer, Undo
from oracle.window.rounds import Round

_FORMAT = "catalyst follower 2"
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class Taken:
    """A block of the chain that was taken in."""

    number: int
    hash: bytes  # 32 bytes
    pending: int  # offers after it
    undo: Undo


@dataclass(frozen=True)
class FollowerState:
    """All that a follower knows after its last block."""

    pending: Sequence[Offer]
    count: int
    wasted: int
    taken: Sequence[Taken]  # the last blocks, oldest first; at least one
    rounds: Sequence[Round]  # the last ones that were won, oldest first


def encode_state(state: FollowerState, identity: str) -> bytes:
    """A digest, and the state of the follower that `identity` tells."""
    content = {
        "format": _FORMAT,
        "identity": identity,
        "count": state.count,
        "wasted": state.wasted,
        "pending": [_offer(offer) for offer in state.pending],
        "taken": [
            [
                taken.number,
                taken.hash.hex(),
                taken.pending,
                taken.undo.count,
                taken.undo.wasted,
                [_offer(offer) for offer in taken.undo.confirmed],
            ]
            for taken in state.taken
        ],
        "rounds": [astuple(won) for won in state.rounds],
    }
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), level=1)
    return hashlib.sha256(packed).digest() + packed


def decode_state(kept: bytes, identity: str) -> FollowerState:
    """The state in what `encode_state` gave.

    Raises:
        ValueError: it is damaged, of another version, or of another follower.
    """
    digest, packed = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
    if hashlib.sha256(packed).digest() != digest:
        raise ValueError("it is damaged")
    content = json.loads(zlib.decompress(packed))
    if content["format"] != _FORMAT or content["identity"] != identity:
        raise ValueError("it is of another version or another ledger")
    return FollowerState(
        pending=[_read_offer(raw) for raw in content["pending"]],
        count=content["count"],
        wasted=content["wasted"],
        taken=[
            Taken(number, bytes.fromhex(block_hash), pending, Undo(count, wasted, tuple(map(_read_offer, confirmed))))
            for number, block_hash, pending, count, wasted, confirmed in content["taken"]
        ],
        rounds=[Round(*won) for won in content["rounds"]],
    )


def _offer(offer: Offer) -> list[Any]:
    return [offer.number, offer.hash.hex(), offer.gas_price_wei, offer.chain_block, offer.timestamp_seconds]


def _read_offer(raw: list[Any]) -> Offer:
    number, transaction_hash, gas_price_wei, chain_block, timestamp_seconds = raw
    return Offer(number, bytes.fromhex(transaction_hash), gas_price_wei, chain_block, timestamp_seconds)
