"""Sign calls with the workload's accounts and send them, in order."""

from collections.abc import Sequence
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3

from oracle.chain.connection import Chain
from oracle.workload.calls import Call


class Sender:
    """Sends calls as real signed transactions and keeps the accounts' nonces."""

    def __init__(self, chain: Chain, accounts: Sequence[LocalAccount]) -> None:
        self._chain = chain
        self._accounts = accounts
        self._nonces = [chain.nonce(account.address) for account in accounts]

    def send(self, calls: Sequence[Call]) -> list[bytes]:
        """Send calls one after the other; their transaction hashes.

        Raises:
            ConnectionFailed: the node refuses one; the nonce it had stays free.
        """
        floor = 2 * self._chain.base_fee()
        hashes = []
        for call in calls:
            account = self._accounts[call.sender]
            fields: dict[str, Any] = {
                "chainId": self._chain.chain_id,
                "nonce": self._nonces[call.sender],
                "value": call.value_wei,
                "data": call.calldata,
                "gas": call.gas_limit,
                "gasPrice": max(call.gas_price_wei, floor),
            }
            if call.receiver is not None:
                fields["to"] = Web3.to_checksum_address(call.receiver)
            signed = account.sign_transaction(fields)
            self._chain.send_raw(bytes(signed.raw_transaction), bytes(signed.hash))
            self._nonces[call.sender] += 1
            hashes.append(bytes(signed.hash))
        return hashes
