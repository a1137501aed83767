"""What someone who wants harm could try with a PowLedger, beside `tests/contracts/test_pow_ledger.py`."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.formulas.body import encode_body
from oracle.formulas.pow import block_hash, meets
from tests.contracts.stakes import EMPTY, NOTHING_SHOWN
from tests.trust.evm import Deployed, Reverted
from tests.trust.scene import Scene
from tests.trust.signing import address

HASHES = 64  # p at phi = 0
NODES, CAPACITY = 5, 100
HEAVY = encode_body(range(CAPACITY))


class Mine:
    """A PowLedger on pyrevm; nodes have the keys 5000, 5001, …"""

    def __init__(self, chain_id: int = 31_337) -> None:
        self.scene = Scene(nodes=NODES, chain_id=chain_id)
        self.setup = (self.scene.oracle.address, HASHES * NODES, 10, 2880, CAPACITY, 3)
        self.ledger = self.deploy()
        self.scene.mine()

    def deploy(self) -> Deployed:
        return self.scene.chain.deploy("PowLedger", self.setup, sender=self.scene.owner)

    def finds(self, node: int, body: bytes = EMPTY) -> Iterator[int]:
        """Nonces that meet p of the open round."""
        challenge, p = self.ledger.read("challenge"), self.ledger.read("difficulty")
        return (n for n in itertools.count() if meets(block_hash(challenge, node, bytes(keccak(body)), n), p))

    def submit(self, round_: int, node: int, nonce: int, body: bytes = EMPTY, *, key: int | None = None) -> None:
        sender = address(5000 + node if key is None else key)
        self.ledger.send("submitBlock", round_, node, body, nonce, NOTHING_SHOWN, sender=sender)

    def refused(self, *arguments: Any, **more: Any) -> tuple[Any, ...]:
        try:
            self.submit(*arguments, **more)
        except Reverted as error:
            return error.failure
        raise AssertionError("the block was meant to be refused")


@pytest.fixture
def mine() -> Mine:
    return Mine()


def test_a_find_is_good_for_one_ledger_and_one_chain_alone(mine: Mine) -> None:
    """Another chain has another challenge, at the same address and from the same hashes of blocks; so has a twin."""
    other_chain = Mine(chain_id=mine.scene.chain_id + 1)
    assert other_chain.ledger.address == mine.ledger.address
    challenge = mine.ledger.read("challenge")
    assert other_chain.ledger.read("challenge") != challenge
    there = other_chain.ledger.read("challenge")
    nonce = next(n for n in mine.finds(0) if not meets(block_hash(there, 0, bytes(keccak(EMPTY)), n), HASHES))
    assert other_chain.refused(1, 0, nonce)[0] == "NotEnoughWork"
    ours, mine.ledger = mine.ledger, mine.deploy()
    mine.scene.mine()
    assert mine.ledger.read("challenge") != challenge
    mine.ledger = ours
    mine.submit(1, 0, nonce)


def test_a_find_that_is_seen_on_its_way_is_of_no_use_to_who_copies_it(mine: Mine) -> None:
    """Neither under the finder's index, nor under the copier's own, nor with another body."""
    challenge = mine.ledger.read("challenge")
    other_body = encode_body([7])

    def serves_the_thief(nonce: int) -> bool:
        hashes = (
            block_hash(challenge, 1, bytes(keccak(EMPTY)), nonce),
            block_hash(challenge, 0, bytes(keccak(other_body)), nonce),
        )
        return any(meets(each, HASHES) for each in hashes)

    nonce = next(nonce for nonce in mine.finds(0) if not serves_the_thief(nonce))
    assert mine.refused(1, 0, nonce, key=5001) == ("NotMiner", 0, address(5001), address(5000))
    assert mine.refused(1, 1, nonce)[0] == "NotEnoughWork"
    assert mine.refused(1, 0, nonce, other_body)[0] == "NotEnoughWork"
    mine.submit(1, 0, nonce)


def test_a_find_counts_once(mine: Mine) -> None:
    nonce = next(mine.finds(0))
    mine.submit(1, 0, nonce)
    mine.scene.mine()
    assert mine.refused(1, 0, nonce) == ("NodeHasBlock", 1, 0)
    assert mine.refused(3, 0, nonce) == ("RoundNotOpen", 3, 2)
    challenge = mine.ledger.read("challenge")
    if not meets(block_hash(challenge, 0, bytes(keccak(EMPTY)), nonce), mine.ledger.read("difficulty")):
        assert mine.refused(2, 0, nonce)[0] == "NotEnoughWork"


def test_a_find_held_back_is_no_head_start(mine: Mine) -> None:
    """The next challenge takes the hash of the chain's block that holds the win: it is not known before that block."""
    mine.submit(1, 0, next(mine.finds(0)))
    with pytest.raises(Reverted) as unknown:
        mine.ledger.read("challenge")
    assert unknown.value.failure == ("ChallengeNotDrawn", 2, mine.scene.chain.number)
    mine.scene.mine()
    mine.submit(2, 1, next(mine.finds(1)))


def test_work_on_a_body_that_is_too_heavy_is_lost(mine: Mine) -> None:
    limit = mine.ledger.read("weightLimit", 0)
    nonce = next(mine.finds(0, HEAVY))
    assert mine.refused(1, 0, nonce, HEAVY) == ("BlockTooHeavy", 0, CAPACITY, limit)
    assert limit < CAPACITY


def test_a_ledger_takes_no_coin(mine: Mine) -> None:
    """There is none in it, and none to get out."""
    mine.scene.chain.evm.set_balance(address(5000), 10**18)
    data = mine.ledger.data("submitBlock", 1, 0, EMPTY, next(mine.finds(0)), NOTHING_SHOWN)
    with pytest.raises(Reverted):
        mine.scene.chain.call(mine.ledger.address, data, sender=address(5000), value=1)
    with pytest.raises(Reverted):
        mine.scene.chain.call(mine.ledger.address, b"", sender=address(5000), value=1)
