"""Calls `relax` once it is due: what anyone may do where the oracle is silent, and miners have reason to."""

import logging

from eth_account.signers.local import LocalAccount

from oracle.chain.contracts import Contracts
from oracle.chain.transactions import SignedTransaction, sign_transaction
from oracle.engines.sending import Price

log = logging.getLogger(__name__)

_GAS_FACTOR = 1.2  # above the estimate: words may be touched that were cold when it was made


class Keeper:
    """Looks after each block whether phi must be halved."""

    def __init__(self, contracts: Contracts, key: LocalAccount, price: Price) -> None:
        self._contracts, self._key, self._price = contracts, key, price

    def step(self) -> SignedTransaction | None:
        """Send `relax` where the last report is stale and a halving is due; None where there is nothing to do.

        Raises:
            ConnectionFailed: the node does not answer.
            FeesTooHigh: `relax` would have to bid more than it may.
        """
        stale, age_seconds, _ = self._contracts.staleness()
        if not stale:
            return None
        gas = self._contracts.relax_gas(self._key.address)
        if gas is None:
            return None
        chain = self._contracts.chain
        transaction = sign_transaction(
            chain=chain,
            account=self._key,
            nonce=chain.nonce(self._key.address, pending=True),
            to=self._contracts.addresses.oracle,
            data=self._contracts.relax_calldata(),
            gas_limit=int(gas * _GAS_FACTOR),
            fees=self._price(None),
        )
        chain.send_raw(transaction.raw, transaction.hash)
        log.info("the last report is %d s old: phi is halved", age_seconds)
        return transaction
