"""Blocks and logs from a node that may be wrong: what a block's own header disproves is asked again, then refused."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from web3.exceptions import Web3RPCError

from oracle.chain.proof.check import ChainForm, Disproved, SealedBlock, check_block, check_header, check_logs
from oracle.chain.proof.headers import Header
from oracle.chain.proof.receipts import Log, may_hold
from oracle.chain.refusals import refusal_code
from oracle.errors import ChainReorganised, ConnectionFailed, FalseAnswer
from oracle.window.blocks import Block

T = TypeVar("T")

# A node that answers what a header disproves may have been caught between two blocks: it is asked again, so often.
_TRIES = 3
_PAUSE_SECONDS = 0.2
_NO_SUCH_METHOD = -32601


class RpcNode(Protocol):
    """What is asked."""

    name: str

    def request(self, method: str, params: list[Any]) -> Any:
        """The result of one JSON-RPC request."""
        ...

    def request_each(self, method: str, params: Sequence[list[Any]]) -> list[Any]:
        """The results of as many requests of one method."""
        ...


class BlockReader:
    """Reads blocks of one node, each checked against its header."""

    def __init__(self, node: RpcNode) -> None:
        self._node = node
        self._form = ChainForm(node.name)
        self._serves_block_receipts = True

    def header(self, number: int) -> Header:
        """The header of block `number`.

        Raises:
            FalseAnswer: its fields do not give its hash, again and again.
        """
        return self._checked(number, lambda: check_header(self._block(number, full=False), number, self._form))

    def block(self, number: int) -> SealedBlock:
        """Block `number` with full transactions.

        Raises:
            FalseAnswer: the header disproves what the node says, again and again.
        """
        return self._checked(number, lambda: check_block(self._block(number, full=True), number, self._form))

    def logs(self, sealed: SealedBlock, address: bytes) -> list[Log]:
        """All logs of the contract at `address` in a block, in order.

        Raises:
            ChainReorganised: another block has its place now.
            FalseAnswer: the header disproves what the node says, again and again.
        """
        header = sealed.header
        if header.proven and not may_hold(header.logs_bloom, [address]):
            return []  # for certain, and without a request

        def read() -> list[Log]:
            try:
                return check_logs(self._receipts(sealed.block), sealed, self._form)
            except (Disproved, ValueError):
                if self.header(header.number).hash != header.hash:
                    raise ChainReorganised(f"block {header.number} was replaced while its logs were read") from None
                raise

        return [each for each in self._checked(header.number, read) if each.address == address]

    def _checked(self, number: int, read: Callable[[], T]) -> T:
        """What `read` makes of the node's answers about block `number`, asked again where the header disproves them."""
        disproof = ""
        for attempt in range(_TRIES):
            time.sleep(_PAUSE_SECONDS * attempt)
            try:
                return read()
            except Disproved as error:
                disproof = str(error)
            except ValueError as error:
                raise ConnectionFailed(
                    f"{self._node.name} answered for block {number} what is no block: {error}"
                ) from error
        raise FalseAnswer(
            f"{self._node.name} says of block {number} what the block's own header disproves: {disproof}; nothing is "
            "made of it, so mend that node or give --rpc another"
        )

    def _block(self, number: int, *, full: bool) -> Mapping[str, Any]:
        raw = self._node.request("eth_getBlockByNumber", [hex(number), full])
        if raw is None:
            raise ConnectionFailed(f"{self._node.name} does not have block {number}; is it in sync?")
        if not isinstance(raw, Mapping):
            raise ConnectionFailed(f"{self._node.name} answered a {type(raw).__name__} in place of block {number}")
        return raw

    def _receipts(self, block: Block) -> list[Mapping[str, Any]]:
        """Receipts of a block, in one request where the node offers that, else one by one."""
        whole: Any = None
        if self._serves_block_receipts:
            try:
                whole = self._node.request("eth_getBlockReceipts", [hex(block.number)])
            except ConnectionFailed as error:
                if not isinstance(error.__cause__, Web3RPCError):
                    raise
                self._serves_block_receipts = refusal_code(error) != _NO_SUCH_METHOD
        if whole is None:
            hashes = [["0x" + each.hash.hex()] for each in block.transactions]
            whole = self._node.request_each("eth_getTransactionReceipt", hashes)
        if not isinstance(whole, list | tuple) or not all(isinstance(each, Mapping) for each in whole):
            raise Disproved("some of its transactions have no receipt")
        return list(whole)
