"""The outcome of a report, read from the chain each time, since a reorganisation may undo any of it."""

import logging
import time
from dataclasses import replace

from web3.types import TxReceipt

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, holds_report
from oracle.chain.transactions import content
from oracle.errors import ConnectionFailed
from oracle.service.status import OPEN, Status
from oracle.service.store import ReportRow

log = logging.getLogger(__name__)


def fate(row: ReportRow, *, chain: Chain, contracts: Contracts, settled_block: int) -> ReportRow:
    """The row as the chain shows it now.

    Its status is final, or one of `OPEN` while its transaction may still be mined: `reorged` if it had been final.

    Args:
        row: A row that was sent or is to be; not settled.
        chain: The chain that the report is for.
        contracts: The contracts there.
        settled_block: The last block whose outcomes are final.

    Raises:
        ConnectionFailed: the node does not answer.
    """
    assert row.transaction_hash is not None  # noqa: S101 - refused rows are settled; all others have one
    # The head is read first. If it were read after the receipt, a block between the two reads could hold the
    # transaction although the receipt was missing.
    head = chain.head()
    receipt = _receipt(row, chain)
    if receipt is not None:
        head = max(head, receipt["blockNumber"])
        if receipt["status"] == 1:
            return _mined(row, Status.APPLIED, receipt, settled_block)
    epoch = contracts.epoch(head)
    if epoch >= row.epoch:
        settled = contracts.epoch(settled_block) >= row.epoch
        return replace(_as_brought(row, head, chain, contracts), settled=settled)
    if receipt is not None:
        return _mined(row, Status.REVERTED, receipt, settled_block)
    return _unmined(row, epoch, head, chain)


def _unmined(row: ReportRow, epoch: int, head: int, chain: Chain) -> ReportRow:
    """A row whose epoch is to come, and whose transaction is in no block."""
    assert row.transaction_hash is not None  # noqa: S101 - as above
    if chain.timestamp(head) > row.deadline:
        # It can be pending only if a node accepted it, or may have: a process that died while sending may
        # still have reached the node.
        unsent = row.status == Status.SIGNED and not chain.knows_transaction(row.transaction_hash)
        return replace(row, status=Status.UNSENT if unsent else Status.EXPIRED, settled=True)
    if epoch < row.epoch - 1:
        reason = f"epoch {epoch} is in force again, so that it cannot follow"
        return replace(row, status=Status.STRANDED, settled=True, reason=reason)
    if row.status in OPEN:
        return row
    return replace(row, status=Status.REORGED, block_number=None, gas_used=None, reason=None)


def _receipt(row: ReportRow, chain: Chain) -> TxReceipt | None:
    """Of the transaction of a row, or of one that it took the place of: whichever was mined."""
    assert row.transaction_hash is not None  # noqa: S101 - as above
    found = (chain.receipt(each) for each in (row.transaction_hash, *row.former_hashes))
    return next((receipt for receipt in found if receipt is not None), None)


def _mined(row: ReportRow, status: Status, receipt: TxReceipt, settled_block: int) -> ReportRow:
    ended = _applied(row, receipt["blockNumber"], receipt["gasUsed"])
    paid_wei = int(receipt["gasUsed"]) * int(receipt.get("effectiveGasPrice", 0))
    return replace(ended, paid_wei=paid_wei, status=status, settled=receipt["blockNumber"] <= settled_block)


def _applied(row: ReportRow, block_number: int, gas_used: int | None) -> ReportRow:
    times = dict(row.milliseconds)
    if "sent_at" in times:
        times["submit"] = 1e3 * (time.time() - times.pop("sent_at"))
    return replace(
        row, status=Status.APPLIED, block_number=block_number, gas_used=gas_used, milliseconds=times, reason=None
    )


def _as_brought(row: ReportRow, head: int, chain: Chain, contracts: Contracts) -> ReportRow:
    """The row, if its epoch is in force although the node shows no success of its own transaction.

    The block that applied the epoch says who did, and its header proves it. So our own report is not taken for
    another's when a node has lost the receipt, never had it, or lags behind another node of the same address.
    """
    assert row.raw_transaction is not None and row.transaction_hash is not None  # noqa: S101 - open rows have both
    try:
        # A report is about blocks before its own.
        block = block_that_brought(row.epoch, row.to_block, head, contracts)
        sealed = chain.sealed_block(block)
        by = contracts.applied_by(row.epoch, sealed)
    except ConnectionFailed as error:
        # Not every node keeps old states. As far as can be told, our own transaction did not succeed.
        if row.status == Status.APPLIED:
            return row
        log.warning("which transaction brought it cannot be read: %s", error)
        return replace(row, status=Status.SUPERSEDED, reason="brought by a transaction that the node does not tell of")
    if by is None:
        return (
            row
            if row.status == Status.APPLIED
            else replace(row, status=Status.SUPERSEDED, reason=f"brought in block {block}")
        )
    if by in (row.transaction_hash, *row.former_hashes):
        return _applied(row, block, row.gas_used) if row.status != Status.APPLIED else row
    receipt = chain.receipt(by)
    calldata = next(each.calldata for each in sealed.block.transactions if each.hash == by)
    if holds_report(calldata, content(row.raw_transaction).data):
        ended = _applied(row, block, None if receipt is None else receipt["gasUsed"])
        return replace(ended, reason=f"applied by transaction 0x{by.hex()}, a copy of it")
    reason = f"transaction 0x{by.hex()} brought it in block {block}"
    return replace(row, status=Status.SUPERSEDED, block_number=None, gas_used=None, reason=reason)


def block_that_brought(epoch: int, before: int, since: int, contracts: Contracts) -> int:
    """The block from which an epoch is in force.

    Args:
        epoch: The epoch.
        before: A block after which it is not.
        since: A block after which it is.
        contracts: Of the chain.
    """
    while since - before > 1:
        middle = (before + since) // 2
        before, since = (before, middle) if contracts.epoch(middle) >= epoch else (middle, since)
    return since


def said(row: ReportRow) -> str:
    """The outcome of a report as a log line says it: what is known and no more."""
    where = "" if row.block_number is None else f" in block {row.block_number}"
    gas = "" if row.gas_used is None else f", {row.gas_used} gas"
    why = "" if row.reason is None else f": {row.reason}"
    return f"{row.status}{where}{gas}{why}"
