"""Transactions of one key on several chains, each for one purpose, written down before they are sent."""

import logging
from enum import Enum

from web3.exceptions import ContractLogicError

from oracle.chain.calls import ContractCalls
from oracle.chain.transactions import bid, sign_transaction
from oracle.crossing.journal import Journal, Posted
from oracle.crossing.places import Place
from oracle.errors import CallRefused
from oracle.report.signer import Signer

log = logging.getLogger(__name__)

_GAS_FACTOR_PERCENT = 130  # of the estimate: what is cold or 0 may be another word by then
_MOST_GAS = 1 << 24  # EIP-7825: what one transaction may use


class Fate(Enum):
    """What has become of a transaction."""

    PENDING = "pending"  # not mined, or not settled yet
    DONE = "done"  # mined, and settled
    FAILED = "failed"  # mined and reverted, and settled


class Outbox:
    """One key, with its journal."""

    def __init__(self, journal: Journal, key: Signer, *, max_fee_wei: int | None = None) -> None:
        """An outbox that bids at most `max_fee_wei` per gas."""
        self.journal, self.key, self._max_fee_wei = journal, key, max_fee_wei

    @property
    def address(self) -> str:
        """Of the key, checksummed."""
        return self.key.address

    def refresh(self, place: Place) -> None:
        """Send again what a node does not have: it never arrived, or a reorganisation dropped it.

        Raises:
            ConnectionFailed: the node does not answer.
        """
        for posted in self.journal.unsettled(place.name):
            self._fate(place, posted)

    def send(self, place: Place, purpose: str, contract: ContractCalls, function: str, *arguments: object) -> Fate:
        """See that a call is made once, whatever happens to this process. Returns what has become of it so far.

        Args:
            place: The chain.
            purpose: What it is for; one transaction is sent for each.
            contract: What is called.
            function: Its function.
            arguments: Of the function.

        Raises:
            CallRefused: the contract would refuse it now; nothing was sent.
            ConnectionFailed: the node does not answer, or refuses it.
            FeesTooHigh: it needs more per gas than it may bid.
        """
        posted = self.journal.posted(f"{place.name} {purpose}")
        if posted is not None:
            fate = self._fate(place, posted)
            if fate is not None:
                return fate
        data = contract.calldata(function, *arguments)
        gas = self._gas(place, contract, data)
        transaction = sign_transaction(
            chain=place.chain,
            account=self.key,
            nonce=self._nonce(place),
            to=contract.address,
            data=data,
            gas_limit=min(gas * _GAS_FACTOR_PERCENT // 100, _MOST_GAS),
            fees=bid(place.chain, cap_wei=self._max_fee_wei),
        )
        posted = Posted(
            f"{place.name} {purpose}", place.name, transaction.nonce, transaction.raw, transaction.hash, settled=False
        )
        self.journal.post(posted)
        place.chain.send_raw(posted.raw, posted.hash)
        log.info("%s: sent %s", place.name, purpose)
        return Fate.PENDING

    def was_sent(self, place: Place, purpose: str) -> bool:
        """Whether a transaction was signed for this, and can still be mined or was."""
        return self.journal.posted(f"{place.name} {purpose}") is not None

    def retry(self, place: Place, purpose: str) -> None:
        """Allow another transaction for a purpose whose last one failed and is settled."""
        self.journal.forget(f"{place.name} {purpose}")

    def _gas(self, place: Place, contract: ContractCalls, data: bytes) -> int:
        try:
            return place.chain.estimate_gas(sender=self.key.address, to=contract.address, calldata=data)
        except ContractLogicError as error:
            contract.try_call(data, sender=self.key.address)  # says why
            raise CallRefused(f"{contract.name} refused the call a moment ago; try again", "") from error

    def _nonce(self, place: Place) -> int:
        """The next one: after what the chain knows, and after what the journal may still have to send."""
        waiting = [posted.nonce + 1 for posted in self.journal.unsettled(place.name)]
        return max([place.chain.nonce(self.key.address, pending=True), *waiting])

    def _fate(self, place: Place, posted: Posted) -> Fate | None:
        """What became of a transaction; None where it can never be mined, and was dropped from the journal."""
        chain = place.chain
        receipt = chain.receipt(posted.hash)
        if receipt is None and posted.settled:
            self.journal.forget(posted.id)  # a reorganisation deeper than what counts as settled
            return None
        if receipt is None:
            if chain.nonce(self.key.address, block=place.settled) > posted.nonce:
                log.warning("%s: the nonce of %s was used by another transaction", place.name, posted.id)
                self.journal.forget(posted.id)
                return None
            if chain.nonce(self.key.address) <= posted.nonce:
                chain.send_raw(posted.raw, posted.hash)
            return Fate.PENDING
        if receipt["blockNumber"] > place.settled:
            return Fate.PENDING
        if not posted.settled:
            self.journal.settle(posted.id)
        return Fate.DONE if receipt["status"] == 1 else Fate.FAILED
