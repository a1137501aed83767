"""Sends what nodes submit to a ledger, each from its own key."""

from collections.abc import Mapping

from eth_account.signers.local import LocalAccount

from oracle.chain.ledger import Ledger
from oracle.chain.transactions import Fees, sign_transaction

# Nodes outbid the traffic by far, so that a block is judged before what came with it changes its round.
_FEES = Fees(max_fee_wei=2_000 * 10**9, priority_fee_wei=1_000 * 10**9)
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


class Submissions:
    """The keys of nodes, and their transactions to a ledger."""

    def __init__(self, ledger: Ledger, keys: Mapping[int, LocalAccount], node_count: int) -> None:
        """`keys` by node, of `node_count` that are registered."""
        self.ledger, self.keys = ledger, keys
        self._node_count = node_count

    def send(self, node: int, calldata: bytes, *, more_gas: int = 0, value_wei: int = 0) -> bytes:
        """Send a call of a node to the ledger; the hash of its transaction."""
        chain, key = self.ledger.chain, self.keys[node]
        transaction = sign_transaction(
            chain=chain,
            account=key,
            nonce=chain.nonce(key.address, pending=True),
            to=self.ledger.calls.address,
            data=calldata,
            gas_limit=submission_gas(len(calldata), self._node_count, more_gas),
            fees=_FEES,
            value_wei=value_wei,
        )
        chain.send_raw(transaction.raw, transaction.hash)
        return transaction.hash
