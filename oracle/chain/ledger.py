"""A ledger of rounds on a chain, whatever its consensus: the open round, and the blocks that were made."""

from dataclasses import dataclass, replace
from typing import Any

from eth_utils.abi import event_abi_to_log_topic
from hexbytes import HexBytes
from web3 import Web3

from oracle.chain.artefacts import artefact
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
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


class Ledger:
    """The ledger of rounds of one deployment, whatever its consensus (`IConsensusLedger`)."""

    def __init__(self, chain: Chain, address: str, contract: str = "PowLedger") -> None:
        """`contract` is the ledger's name."""
        self.chain = chain
        abi = artefact(contract)["abi"]
        self.contract = chain.w3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)
        self.address = bytes.fromhex(address.removeprefix("0x"))
        events = [event for event in abi if event["type"] == "event" and event["name"] in _EVENTS]
        self._names = {event_abi_to_log_topic(event): str(event["name"]) for event in events}
        self.calls = ContractCalls(chain, contract, address)
        self.capacity = int(self.calls.read("CAPACITY"))
        self.confirmations = int(self.calls.read("CONFIRMATIONS"))

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
            name = self._names.get(log.topics[0])
            if name is None:
                continue  # an engine's own
            event = getattr(self.contract.events, name)().process_log(_as_web3(log))["args"]
            if name == "RoundWon":
                blocks.append(_mined(event, log, event["difficulty"], event["baseDifficulty"]))
            elif name == "BlockCompeted":
                blocks.append(_mined(event, log, None, None))
            elif name == "BodyPublished":
                # The log of a body follows that of its block, in the same call.
                blocks[-1] = replace(blocks[-1], body=bytes(event["data"]))
        return blocks


def _as_web3(log: Log) -> Any:
    """A log as web3 decodes it."""
    return {
        "address": Web3.to_checksum_address(log.address),
        "topics": [HexBytes(topic) for topic in log.topics],
        "data": HexBytes(log.data),
        "blockNumber": log.block_number,
        "blockHash": HexBytes(log.block_hash),
        "transactionHash": HexBytes(log.transaction_hash),
        "transactionIndex": log.transaction_index,
        "logIndex": log.index,
    }


def _mined(event: Any, log: Log, difficulty: int | None, base_difficulty: int | None) -> MinedBlock:
    return MinedBlock(
        round=event["round"],
        node=event["node"],
        block_hash=bytes(event["blockHash"]),
        weight=event["weight"],
        difficulty=difficulty,
        base_difficulty=base_difficulty,
        body=None,
        chain_block=log.block_number,
    )
