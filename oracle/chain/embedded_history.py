"""Blocks, transactions, receipts and logs of the embedded chain, found without a walk over the chain.

eth-tester looks a transaction up by decoding every block from the head back to it, and for a log filter it looks up
every transaction of the range: 75 blocks of traffic took 95 seconds of CPU. Here transactions are found by the index
that py-evm keeps, decoded blocks stay in a cache, and each block's logs are decoded once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth.exceptions import HeaderNotFound
from eth.exceptions import TransactionNotFound as EvmTransactionNotFound
from eth.vm.spoof import SpoofTransaction
from eth_tester import PyEVMBackend
from eth_tester.backends.pyevm.serializers import serialize_block, serialize_transaction, serialize_transaction_receipt
from eth_tester.exceptions import BlockNotFound, TransactionNotFound
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes

# Decoded blocks that are kept: two windows of the policy, and what a page reads.
_DECODED_BLOCKS = 128
_LATEST = ("latest", "safe", "finalized")


@dataclass(frozen=True)
class _Log:
    """One log with its place; the position counts through the block, as JSON-RPC has it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    transaction_hash: bytes
    transaction_index: int
    position: int


class CallReverted(Exception):
    """A call reverted, with what it returned. No error of eth-tester, since web3 keeps only the text of those."""

    def __init__(self, data: bytes) -> None:
        super().__init__("execution reverted")
        self.data = data


class IndexedBackend(PyEVMBackend):  # type: ignore[misc] # eth-tester has no types
    """eth-tester's backend over py-evm, with reads of the past that cost the same however long the chain is."""

    def __init__(self, genesis_parameters: Mapping[str, Any]) -> None:
        super().__init__(genesis_parameters=genesis_parameters)
        self._decoded = lru_cache(maxsize=_DECODED_BLOCKS)(self._decode)
        # By number of the block: its hash and its logs, for all blocks up to the head as of the last search.
        self._hashes: list[bytes] = []
        self._logs: list[tuple[_Log, ...]] = []

    @property
    def head(self) -> int:
        """Number of the latest block."""
        return int(self.chain.get_canonical_head().block_number)

    def call(self, transaction: dict[str, Any], block_number: int | str = "latest") -> bytes:
        """What a call returns upon the state after a block.

        Raises:
            CallReverted: it reverts.
        """
        unsigned = self._get_normalized_and_unsigned_evm_transaction(
            {"gas": self._max_available_gas(), **transaction}, block_number
        )
        header = self._decoded(self._hash(block_number if isinstance(block_number, int) else self.head))[0].header
        state, sender = self.chain.get_vm(at_header=header).state, transaction["from"]
        # As of a node, the gas of a call costs its sender nothing: a contract that holds no coins may be one.
        state.set_balance(sender, state.get_balance(sender) + unsigned.gas * unsigned.max_fee_per_gas)
        computation = state.apply_transaction(SpoofTransaction(unsigned, from_=sender))
        if computation.is_error:
            raise CallReverted(computation.output)
        return bytes(computation.output)

    def get_block_by_number(self, block_number: int | str, full_transaction: bool = True) -> Any:
        """A block, in eth-tester's form."""
        if block_number == "pending":
            return super().get_block_by_number(block_number, full_transaction)
        if block_number in _LATEST:
            block_number = self.head
        elif block_number == "earliest":
            block_number = 0
        assert isinstance(block_number, int)  # noqa: S101 - eth-tester checks it ahead
        return serialize_block(self._decoded(self._hash(block_number))[0], full_transaction, False)

    def get_block_by_hash(self, block_hash: bytes, full_transaction: bool = True) -> Any:
        """A block, in eth-tester's form."""
        return serialize_block(self._decoded(self._hash(self._number(block_hash)))[0], full_transaction, False)

    def get_transaction_by_hash(self, transaction_hash: bytes) -> Any:
        """A mined transaction, in eth-tester's form."""
        block, _, index = self._find(transaction_hash)
        return serialize_transaction(block, block.transactions[index], index, False)

    def get_transaction_receipt(self, transaction_hash: bytes) -> Any:
        """The receipt of a mined transaction, in eth-tester's form."""
        block, receipts, index = self._find(transaction_hash)
        receipt = serialize_transaction_receipt(
            block, receipts, block.transactions[index], index, False, self.chain.get_vm()
        )
        # eth-tester counts logs from 0 in each transaction; JSON-RPC counts through the block.
        ahead = sum(len(earlier.logs) for earlier in receipts[:index])
        for log in receipt["logs"]:
            log["log_index"] += ahead
        return receipt

    def logs(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The logs that a filter of `eth_getLogs` selects, in chain order and in JSON-RPC's names.

        Args:
            query: The filter in eth-tester's names: `from_block` and `to_block` (numbers, or names of blocks; the
                latest where absent) or `blockHash`; `address` (one or a list); `topics`.

        Raises:
            ValidationError: the filter is malformed.
        """
        addresses = {bytes(HexBytes(address)) for address in _listed(query.get("address"))}
        topics = [{bytes(HexBytes(topic)) for topic in _listed(choice)} for choice in query.get("topics") or ()]
        first, last = self._range(query)
        self.index_logs()
        return [
            self._log_as_json(number, log)
            for number in range(first, last + 1)
            for log in self._logs[number]
            if (not addresses or log.address in addresses) and _has_topics(log, topics)
        ]

    def _range(self, query: Mapping[str, Any]) -> tuple[int, int]:
        if query.get("blockHash") is not None:
            number = self._number(bytes(HexBytes(query["blockHash"])))
            return number, number
        first, last = (self._height(query.get(name)) for name in ("from_block", "to_block"))
        return first, min(last, self.head)  # nodes take ends beyond the head

    def _height(self, block: int | str | None) -> int:
        if isinstance(block, int) and block >= 0:
            return block
        if block is None or block == "pending" or block in _LATEST:
            return self.head
        if block == "earliest":
            return 0
        raise ValidationError(f"not a block: {block!r}")

    def _hash(self, number: int) -> bytes:
        """Hash of a block of the chain as it is."""
        if not 0 <= number <= self.head:
            raise BlockNotFound(f"No block found for block number: {number}")
        return bytes(self.chain.chaindb.get_canonical_block_hash(number))

    def _number(self, block_hash: bytes) -> int:
        """Number of a block of the chain as it is."""
        try:
            number = int(self.chain.get_block_header_by_hash(block_hash).block_number)
        except HeaderNotFound:
            raise BlockNotFound(f"No block found for block hash: 0x{block_hash.hex()}") from None
        if self._hash(number) != block_hash:
            raise BlockNotFound(f"No block found for block hash: 0x{block_hash.hex()}")
        return number

    def _find(self, transaction_hash: bytes) -> tuple[Any, Any, int]:
        """The block that holds a transaction, the block's receipts, and the transaction's place in it."""
        missing = TransactionNotFound(f"No transaction found for transaction hash: 0x{transaction_hash.hex()}")
        try:
            number, index = self.chain.chaindb.get_transaction_index(transaction_hash)
            block, receipts = self._decoded(self._hash(number))
        except (EvmTransactionNotFound, BlockNotFound):
            raise missing from None
        # After a return to a snapshot, py-evm's index still names blocks that are gone.
        if index >= len(block.transactions) or block.transactions[index].hash != transaction_hash:
            raise missing
        return block, receipts, index

    def _decode(self, block_hash: bytes) -> tuple[Any, Any]:
        """A block and its receipts."""
        block = self.chain.get_block_by_hash(block_hash)
        return block, block.get_receipts(self.chain.chaindb)

    def index_logs(self) -> None:
        """Take in the logs of new blocks, and leave out those of blocks that a return to a snapshot took back."""
        while self._hashes and (
            len(self._hashes) > self.head + 1 or self._hash(len(self._hashes) - 1) != self._hashes[-1]
        ):
            self._hashes.pop()
            self._logs.pop()
        for number in range(len(self._hashes), self.head + 1):
            block_hash = self._hash(number)
            self._logs.append(tuple(_logs_of(*self._decoded(block_hash))))
            self._hashes.append(block_hash)

    def _log_as_json(self, number: int, log: _Log) -> dict[str, Any]:
        return {
            "address": to_checksum_address(log.address),
            "topics": ["0x" + topic.hex() for topic in log.topics],
            "data": "0x" + log.data.hex(),
            "blockNumber": number,
            "blockHash": "0x" + self._hashes[number].hex(),
            "transactionHash": "0x" + log.transaction_hash.hex(),
            "transactionIndex": log.transaction_index,
            "logIndex": log.position,
            "removed": False,
        }


def _logs_of(block: Any, receipts: Any) -> Iterator[_Log]:
    position = 0
    for index, (transaction, receipt) in enumerate(zip(block.transactions, receipts, strict=True)):
        for log in receipt.logs:
            yield _Log(
                address=bytes(log.address),
                topics=tuple(topic.to_bytes(32, "big") for topic in log.topics),
                data=bytes(log.data),
                transaction_hash=bytes(transaction.hash),
                transaction_index=index,
                position=position,
            )
            position += 1


def _listed(choice: Any) -> list[Any]:
    """The values that a field of a filter allows, none meaning any."""
    if choice is None:
        return []
    return list(choice) if isinstance(choice, list | tuple) else [choice]


def _has_topics(log: _Log, topics: list[set[bytes]]) -> bool:
    """Whether a log has a topic at each place of the filter, and there one of those that the filter names, if any."""
    return len(log.topics) >= len(topics) and all(
        not allowed or topic in allowed for allowed, topic in zip(topics, log.topics, strict=False)
    )
