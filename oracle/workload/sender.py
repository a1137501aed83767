"""Sign calls with the workload's accounts and send them, in order."""

from collections.abc import Sequence
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3

from oracle.chain.connection import Chain
from oracle.errors import ConnectionFailed
from oracle.workload.calls import Call


class Sender:
    """Sends calls as real signed transactions and keeps the accounts' nonces."""

    def __init__(self, chain: Chain, accounts: Sequence[LocalAccount]) -> None:
        self._chain = chain
        self._accounts = accounts
        self._nonces = [chain.nonce(account.address) for account in accounts]

    def short_of(self, calls: Sequence[Call]) -> dict[int, int]:
        """The accounts, by index, that hold less than their calls may take, and how much that is in wei."""
        floor = self._floor()
        needs: dict[int, int] = {}
        for call in calls:
            price = max(call.gas_price_wei, floor)
            needs[call.sender] = needs.get(call.sender, 0) + call.value_wei + call.gas_limit * price
        return {
            index: need for index, need in needs.items() if self._chain.balance(self._accounts[index].address) < need
        }

    def _floor(self) -> int:
        """Least gas price to offer, in wei."""
        return 2 * self._chain.base_fee()

    def send(self, calls: Sequence[Call]) -> list[bytes]:
        """Send calls one after the other; their transaction hashes.

        Raises:
            ConnectionFailed: the node refuses one; those ahead of it are sent, and the next call goes on from there.
        """
        floor = self._floor()
        nonces = list(self._nonces)
        signed = []
        for call in calls:
            account = self._accounts[call.sender]
            fields: dict[str, Any] = {
                "chainId": self._chain.chain_id,
                "nonce": nonces[call.sender],
                "value": call.value_wei,
                "data": call.calldata,
                "gas": call.gas_limit,
                "gasPrice": max(call.gas_price_wei, floor),
            }
            if call.receiver is not None:
                fields["to"] = Web3.to_checksum_address(call.receiver)
            transaction = account.sign_transaction(fields)
            signed.append((bytes(transaction.raw_transaction), bytes(transaction.hash)))
            nonces[call.sender] += 1
        try:
            self._chain.send_raw_all(signed)
        except ConnectionFailed:
            # Which of them the node has is its to say.
            self._nonces = [self._chain.nonce(account.address, pending=True) for account in self._accounts]
            raise
        self._nonces = nonces
        return [transaction_hash for _, transaction_hash in signed]
