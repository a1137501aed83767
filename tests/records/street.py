"""A chain with a few transactions of different prices, for figures."""

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.chain.owned import OwnedBlocks
from oracle.chain.transactions import Fees, sign_transaction
from tests.records.stage import account

OFFICE = account("office")
GWEI = 10**9


class Street:
    """Five blocks with six transactions, at intervals of their own."""

    def __init__(self, owned: Any) -> None:
        self.owned, self.chain = owned, owned.chain
        blocks, payer = OwnedBlocks(owned), Account.from_key(owned.faucet_key)
        self.hashes: list[bytes] = []
        for number, (interval, tips) in enumerate([(3, [1, 2]), (5, []), (12, [4]), (4, [1, 1, 7]), (1, [])]):
            first = self.chain.nonce(payer.address)
            for offset, tip in enumerate(tips):
                self._send(payer, first + offset, tip, bytes(number * 40))
            blocks.next_block(interval)

    def _send(self, payer: LocalAccount, nonce: int, tip_gwei: int, data: bytes) -> None:
        signed = sign_transaction(
            chain=self.chain,
            account=payer,
            nonce=nonce,
            to=OFFICE.address,
            data=data,
            gas_limit=100_000,
            value_wei=1,
            fees=Fees(max_fee_wei=100 * GWEI, priority_fee_wei=tip_gwei * GWEI),
        )
        self.chain.send_raw(signed.raw, signed.hash)
        self.hashes.append(signed.hash)
