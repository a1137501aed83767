"""PowLedger on a chain: the open round, the blocks that were mined, and the calldata of a submission."""

from dataclasses import astuple, dataclass, replace
from typing import Any

from eth_utils.abi import event_abi_to_log_topic
from hexbytes import HexBytes
from web3 import Web3

from oracle.chain.artefacts import artefact
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.receipts import Log
from oracle.formulas.pow import challenge_block, round_challenge
from oracle.formulas.snapshot import NOTHING_SHOWN, OpeningPhi


@dataclass(frozen=True)
class OpenRound:
    """What miners need to know of the round that is open, at one block."""

    number: int
    challenge: bytes
    difficulty: int  # p, expected hashes; fixed since the opening
    opened_in_block: int
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
    """PowLedger of one deployment."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.contract = chain.w3.eth.contract(
            address=Web3.to_checksum_address(address), abi=artefact("PowLedger")["abi"]
        )
        self.address = bytes.fromhex(address.removeprefix("0x"))
        self._names = {
            event_abi_to_log_topic(event): str(event["name"])
            for event in artefact("PowLedger")["abi"]
            if event["type"] == "event"
        }
        self._calls = ContractCalls(chain, "PowLedger", address)
        self.capacity = int(self._calls.read("CAPACITY"))
        self.confirmations = int(self._calls.read("CONFIRMATIONS"))

    def open_round(self, block: int) -> OpenRound:
        """The round that is open after `block`, with the challenge for a submission in the block after."""
        number, seed, opened, _, _, difficulty, snapshot = self._calls.read("opening", block=block)
        # The contract does not know the hash of the block in which it runs, so `challenge` cannot be asked for here.
        entropy = self.chain.block_hash(challenge_block(opened, block + 1))
        return OpenRound(
            number=number,
            challenge=round_challenge(seed, number, entropy),
            difficulty=difficulty,
            opened_in_block=opened,
            phi_root=bytes(self._calls.read("phiRoot", snapshot, block=block)),
        )

    def mined(self, sealed: SealedBlock) -> list[MinedBlock]:
        """Blocks submitted in one block of the chain, in order.

        Raises:
            FalseAnswer: the header of that block disproves the logs that the node gives.
        """
        blocks: list[MinedBlock] = []
        for log in self.chain.logs(sealed, self.address):
            name = self._names[log.topics[0]]
            event = getattr(self.contract.events, name)().process_log(_as_web3(log))["args"]
            if name == "RoundWon":
                blocks.append(_mined(event, log, event["difficulty"], event["baseDifficulty"]))
            elif name == "BlockCompeted":
                blocks.append(_mined(event, log, None, None))
            elif name == "BodyPublished":
                # The log of a body follows that of its block, in the same call.
                blocks[-1] = replace(blocks[-1], body=bytes(event["data"]))
        return blocks

    @property
    def submission_selector(self) -> bytes:
        """First four bytes of the calldata of a submission."""
        return self.submission_calldata(0, 0, b"", 0)[:4]

    def submission_calldata(
        self, round_: int, node: int, body: bytes, nonce: int, opening: OpeningPhi = NOTHING_SHOWN
    ) -> bytes:
        """Calldata of `submitBlock`."""
        return self._calls.calldata("submitBlock", round_, node, body, nonce, astuple(opening))


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
