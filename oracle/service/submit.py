"""Bring the transactions of journalled reports into blocks: nonces, fees, broadcasting."""

import logging
import time
from dataclasses import replace

from oracle.chain.connection import Chain
from oracle.chain.transactions import Content, Fees, bid, content, sign_transaction
from oracle.report.signer import Signer
from oracle.service.status import Status
from oracle.service.store import ReportRow, Store

log = logging.getLogger(__name__)

_MAX_TRANSACTION_GAS = 1 << 24  # EIP-7825
_PATIENCE_BLOCKS = 2


class Submitter:
    """Sends from one account, which must send nothing else, since nonces are taken from mined transactions."""

    def __init__(self, *, chain: Chain, account: Signer, oracle_address: str, max_fee_wei: int, store: Store) -> None:
        self._chain = chain
        self._account = account
        self._oracle_address = oracle_address
        self._max_fee_wei = max_fee_wei
        self._store = store

    @property
    def address(self) -> str:
        """Address of the account that pays."""
        return self._account.address

    def terms(self) -> tuple[int, Fees]:
        """Nonce and fees of a transaction now: enough to replace what an ended report left in the pool.

        Raises:
            SettingsError: these fees are above the cap.
        """
        nonce = self._chain.nonce(self.address)
        left = self._store.left_in_pool(nonce)
        pending: Fees | None = None
        if left is not None and left.raw_transaction is not None and left.transaction_hash is not None:
            former = content(left.raw_transaction)
            known = self._chain.knows_transaction(left.transaction_hash)
            if known and former.sender == self.address:
                pending = former.fees
        return nonce, bid(self._chain, cap_wei=self._max_fee_wei, outbid=pending)

    def send(self, row: ReportRow, *, calldata: bytes, gas_limit: int, terms: tuple[int, Fees]) -> ReportRow:
        """Journal and broadcast the report of a row, in its first transaction or in place of an earlier one.

        Raises:
            ConnectionFailed: the node does not accept it; the row is in the journal.
        """
        nonce, fees = terms
        transaction = sign_transaction(
            chain=self._chain,
            account=self._account,
            nonce=nonce,
            to=self._oracle_address,
            data=calldata,
            gas_limit=min(_MAX_TRANSACTION_GAS, gas_limit),
            fees=fees,
        )
        former = () if row.transaction_hash is None else (*row.former_hashes, row.transaction_hash)
        row = replace(
            row,
            raw_transaction=transaction.raw,
            transaction_hash=transaction.hash,
            former_hashes=former,
            nonce=nonce,
            max_fee_wei=transaction.max_fee_wei,
            sent_block=self._chain.head(),
            milliseconds={"sent_at": time.time()} | row.milliseconds,
        )
        row = self._store.add(row) if row.id is None else self._store.update(row)
        self._chain.send_raw(transaction.raw, transaction.hash)
        log.info(
            "sent: blocks %d to %d, transaction 0x%s",
            row.from_block,
            row.to_block,
            transaction.hash.hex(),
        )
        return self._taken(row)

    def keep_pending(self, row: ReportRow) -> ReportRow:
        """Make sure that the node holds the transaction of a report that may still be mined; returns the updated row.

        Raises:
            ConnectionFailed: the node does not accept it.
            FeesTooHigh: it must bid more to be mined, or be sent anew, and that is above the cap.
        """
        assert row.transaction_hash is not None and row.raw_transaction is not None and row.nonce is not None  # noqa: S101 - open rows have all
        ours = content(row.raw_transaction)
        # Read the nonce first, so that the look-up finds every transaction that it counts.
        next_nonce = self._chain.nonce(ours.sender)
        if self._chain.knows_transaction(row.transaction_hash):
            taken = self._taken(row)
            return self._raised(taken, ours) if next_nonce <= row.nonce else taken
        if next_nonce > row.nonce:
            return self._after_another(row, ours)
        # The same bytes as in the journal, with the same nonce, so at most one of them is ever mined.
        self._chain.send_raw(row.raw_transaction, row.transaction_hash)
        return self._taken(row)

    def _raised(self, row: ReportRow, ours: Content) -> ReportRow:
        """The row with a higher bid under the same nonce, where its own is too low, or was passed over for long."""
        assert row.nonce is not None  # noqa: S101 - open rows have one
        head = self._chain.head()
        waited = _PATIENCE_BLOCKS if row.sent_block is None else head - row.sent_block
        if waited <= 0 or (waited < _PATIENCE_BLOCKS and self._chain.base_fee() <= ours.fees.max_fee_wei):
            return row
        fees = bid(self._chain, cap_wei=self._max_fee_wei, outbid=ours.fees)
        log.warning(
            "not mined at %d wei per gas; it goes out again under the same nonce at %d",
            ours.fees.max_fee_wei,
            fees.max_fee_wei,
        )
        return self.send(row, calldata=ours.data, gas_limit=ours.gas_limit, terms=(row.nonce, fees))

    def _after_another(self, row: ReportRow, ours: Content) -> ReportRow:
        """The row under the next nonce, once it is sure that a transaction that is not its own took its nonce.

        A backend that lags behind another may not know of the row's own transaction, mined or not, so a nonce counts as
        taken only if it was some blocks ago: by then the row's receipt would have been found.
        """
        assert row.nonce is not None  # noqa: S101 - open rows have one
        since = max(0, self._chain.head() - _PATIENCE_BLOCKS)
        if self._chain.nonce(ours.sender, block=since) <= row.nonce:
            return row
        log.warning(
            "another transaction of %s took nonce %d; the same report goes out under the next",
            ours.sender,
            row.nonce,
        )
        return self.send(row, calldata=ours.data, gas_limit=ours.gas_limit, terms=self.terms())

    def _taken(self, row: ReportRow) -> ReportRow:
        """The row once a node holds its transaction."""
        return self._store.update(replace(row, status=Status.SENT)) if row.status == Status.SIGNED else row
