"""A ledger of rounds on a chain, whatever its consensus: the open round, and the blocks that were made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eth_utils.address import to_canonical_address

from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.events import event
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.receipts import Log

# Events of every ledger; an engine has more of its own.
_EVENTS = ("RoundWon", "BlockCompeted", "BodyPublished")


@dataclass(frozen=True)
class OpenRound:
    """What binds the round that is open, at one block; fixed since it opened."""

    number: int
    parent: bytes  # hash of the block that won the round before
    base_difficulty: int  # d
    difficulty: int  # p, in what the engine counts
    opened_in_block: int
    opened_at_seconds: int  # time of the win before
    phi_root: bytes  # commits to phi at the opening (`formulas/snapshot.py`); zero where the ledger does not keep it


@dataclass(frozen=True)
class MinedBlock:
    """A valid block of the ledger, as the log of its submission tells."""

    round: int
    node: int
    block_hash: bytes
    weight: int
    difficulty: int | None  # p that a winner met; None of a competing block
    base_difficulty: int | None  # d of a winner's round
    body: bytes | None  # None until the log of its body is read, which follows its own
    chain_block: int

    @property
    def won(self) -> bool:
        """Whether it won its round."""
        return self.difficulty is not None


@dataclass(frozen=True)
class LedgerFacts:
    """What never changes of a ledger: its blocks are made for it."""

    chain_id: int
    address: str  # checksummed
    capacity: int  # transactions of a block at theta = 1


class Ledger:
    """The ledger of rounds of one deployment, whatever its consensus (`IConsensusLedger`)."""

    def __init__(self, chain: Chain, address: str, contract: str = "PowLedger") -> None:
        """`contract` is the ledger's name."""
        self.chain = chain
        self.address = to_canonical_address(address)
        self._events = {each.topic: each for each in (event(contract, name) for name in _EVENTS)}
        self.calls = ContractCalls(chain, contract, address)
        self.capacity = int(self.calls.read("CAPACITY"))
        self.confirmations = int(self.calls.read("CONFIRMATIONS"))
        self.unit_seconds = _unit_seconds(contract, self.calls)
        self.facts = LedgerFacts(chain.chain_id, self.calls.address, self.capacity)

    def open_round(self, block: int) -> OpenRound:
        """The round that is open after `block`."""
        number, parent, opened, opened_at, base, difficulty, snapshot = self.calls.read("opening", block=block)
        return OpenRound(
            number=number,
            parent=bytes(parent),
            base_difficulty=base,
            difficulty=difficulty,
            opened_in_block=opened,
            opened_at_seconds=opened_at,
            phi_root=bytes(self.calls.read("phiRoot", snapshot, block=block)),
        )

    def mined(self, sealed: SealedBlock) -> list[MinedBlock]:
        """Blocks submitted in one block of the chain, in order.

        Raises:
            FalseAnswer: the header of that block disproves the logs that the node gives.
        """
        blocks: list[MinedBlock] = []
        for log in self.chain.logs(sealed, self.address):
            known = self._events.get(log.topics[0])
            if known is None:
                continue  # an engine's own
            said = known.arguments(log)
            if known.name == "RoundWon":
                blocks.append(_mined(said, log, said["difficulty"], said["baseDifficulty"]))
            elif known.name == "BlockCompeted":
                blocks.append(_mined(said, log, None, None))
            elif known.name == "BodyPublished":
                # The log of a body follows that of its block, in the same call.
                blocks[-1] = replace(blocks[-1], body=said["data"])
        return blocks


def _unit_seconds(contract: str, calls: ContractCalls) -> int | None:
    """Seconds of the clock that a unit of p takes: of a slot, or of a second of a turn; None where p counts hashes."""
    if contract == "StakeLedger":
        return int(calls.read("stakeSetup")[1])
    return 1 if contract == "DelegateLedger" else None


def _mined(said: Mapping[str, Any], log: Log, difficulty: int | None, base_difficulty: int | None) -> MinedBlock:
    return MinedBlock(
        round=said["round"],
        node=said["node"],
        block_hash=said["blockHash"],
        weight=said["weight"],
        difficulty=difficulty,
        base_difficulty=base_difficulty,
        body=None,
        chain_block=log.block_number,
    )
