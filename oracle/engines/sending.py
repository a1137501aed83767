"""Sends what nodes submit to a ledger, each from its own key."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from oracle.chain.ledger import Ledger
from oracle.chain.transactions import Fees, sign_transaction
from oracle.errors import CallRefused, ConnectionFailed

log = logging.getLogger(__name__)

# The fees that a transaction offers now. If it replaces a pending one, it offers more than that one.
Price = Callable[[Fees | None], Fees]

_SUBMISSION_GAS = 400_000
_GAS_PER_BYTE = 60  # of a body, and of what shows phi at the opening
# Where a report landed since the round opened, a win takes a snapshot of phi for the next.
_SNAPSHOT_GAS_PER_NODE = 160


def submission_gas(calldata_bytes: int, node_count: int, more: int = 0) -> int:
    """Gas to send a submission with: enough where a report landed since its round opened, in whatever order.

    Args:
        calldata_bytes: Length of the calldata.
        node_count: Nodes registered.
        more: What the engine may do besides, as an election.
    """
    return _SUBMISSION_GAS + _GAS_PER_BYTE * calldata_bytes + _SNAPSHOT_GAS_PER_NODE * node_count + more


@dataclass(frozen=True)
class _Sent:
    """A node's block that was sent, and the chain's head when it was sent."""

    nonce: int
    fees: Fees
    head: int


class Submissions:
    """The keys of nodes, and their transactions to a ledger."""

    def __init__(self, ledger: Ledger, keys: Mapping[int, LocalAccount], node_count: int, price: Price) -> None:
        """`keys` by node, of `node_count` that are registered."""
        self.ledger, self.keys, self.price = ledger, keys, price
        self._node_count = node_count
        self._blocks: dict[int, _Sent] = {}  # the last of each node

    def send_block(self, node: int, calldata: bytes, *, more_gas: int = 0) -> bytes:
        """Send a node's block and return the hash; it replaces a block that the chain's last block left out.

        Raises:
            FeesTooHigh: it would have to bid more than it may.
        """
        chain, address = self.ledger.chain, self.keys[node].address
        nonce, head, left = chain.nonce(address, pending=True), chain.head(), self._blocks.get(node)
        # A block that was left out is for a round, slot or turn that is over, and later transactions wait behind it.
        is_left_out = left is not None and left.head < head and chain.nonce(address) <= left.nonce < nonce
        if left is not None and is_left_out:
            nonce, fees = left.nonce, self.price(left.fees)
        else:
            fees = self.price(None)
        try:
            transaction_hash = self._send(node, calldata, nonce, fees, more_gas=more_gas)
        except ConnectionFailed:
            if chain.nonce(address) <= nonce:
                raise
            nonce = chain.nonce(address, pending=True)  # the block left out was mined meanwhile
            transaction_hash = self._send(node, calldata, nonce, fees, more_gas=more_gas)
        self._blocks[node] = _Sent(nonce, fees, head)
        return transaction_hash

    def send(self, node: int, calldata: bytes, *, more_gas: int = 0, value_wei: int = 0) -> bytes:
        """Send a node's call to the ledger, after what is pending, and return the hash of its transaction."""
        nonce = self.ledger.chain.nonce(self.keys[node].address, pending=True)
        return self._send(node, calldata, nonce, self.price(None), more_gas=more_gas, value_wei=value_wei)

    def ask(self, node: int, function: str, *arguments: object, more_gas: int = 0) -> bool:
        """Send a node's call if the ledger would accept it now; returns whether it was sent."""
        calldata = self.ledger.calls.calldata(function, *arguments)
        try:
            self.ledger.calls.try_call(calldata, sender=self.keys[node].address)
        except CallRefused as error:
            log.warning("node %d does not call %s: %s", node, function, error)
            return False
        self.send(node, calldata, more_gas=more_gas)
        return True

    def _send(
        self, node: int, calldata: bytes, nonce: int, fees: Fees, *, more_gas: int = 0, value_wei: int = 0
    ) -> bytes:
        chain = self.ledger.chain
        transaction = sign_transaction(
            chain=chain,
            account=self.keys[node],
            nonce=nonce,
            to=self.ledger.calls.address,
            data=calldata,
            gas_limit=submission_gas(len(calldata), self._node_count, more_gas),
            fees=fees,
            value_wei=value_wei,
        )
        chain.send_raw(transaction.raw, transaction.hash)
        return transaction.hash
