"""What has become of a report, read from the chain anew each time, since a reorganisation may undo any of it."""

import time
from dataclasses import replace

from web3.types import TxReceipt

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, OracleState, holds_report
from oracle.chain.transactions import content
from oracle.service.store import OPEN, ReportRow


def fate(row: ReportRow, *, chain: Chain, contracts: Contracts, depth_blocks: int) -> ReportRow:
    """The row as the chain at hand has it.

    Its status is an end, or one of `OPEN` while its transaction may still be mined: `reorged` where it had ended.

    Args:
        row: A row that was sent or is to be; not settled.
        chain: Where it is for.
        contracts: The contracts there.
        depth_blocks: Blocks below the head that count as settled.

    Raises:
        ConnectionFailed: the node does not answer.
    """
    assert row.transaction_hash is not None  # noqa: S101 - refused rows are settled; all others have one
    head = chain.head()  # ahead of the receipt: what is mined up to here has one, so that none cannot mean too early
    transaction_hash = bytes.fromhex(row.transaction_hash[2:])
    receipt = chain.receipt(transaction_hash)
    if receipt is not None:
        head = max(head, receipt["blockNumber"])
        if receipt["status"] == 1:
            return _mined(row, "applied", receipt, head - depth_blocks)
    state = contracts.oracle_state(head)
    if state.epoch >= row.epoch:
        settled = contracts.oracle_state(head - depth_blocks).epoch >= row.epoch
        return replace(_by_another(row, state, chain, contracts), settled=settled)
    if receipt is not None:
        return _mined(row, "reverted", receipt, head - depth_blocks)
    if chain.timestamp(head) > row.deadline:
        # A node took it, or it may have been: only then can it be pending still.
        # A process that died while it sent may have reached the node all the same.
        unsent = row.status == "signed" and not chain.knows_transaction(transaction_hash)
        return replace(row, status="unsent" if unsent else "expired", settled=True)
    if row.status in OPEN:
        return row
    return replace(row, status="reorged", block_number=None, gas_used=None, reason=None)


def _mined(row: ReportRow, status: str, receipt: TxReceipt, settled_block: int) -> ReportRow:
    times = dict(row.milliseconds)
    if "sent_at" in times:
        times["submit"] = 1e3 * (time.time() - times.pop("sent_at"))
    return replace(
        row,
        status=status,
        block_number=receipt["blockNumber"],
        gas_used=receipt["gasUsed"],
        milliseconds=times,
        settled=receipt["blockNumber"] <= settled_block,
    )


def _by_another(row: ReportRow, state: OracleState, chain: Chain, contracts: Contracts) -> ReportRow:
    """The row where another transaction brought its epoch: a copy of it, or another report."""
    if state.epoch > row.epoch:
        # Which block brought it is not at hand any more. A copy that was found while it was has a reason.
        return row if row.status == "applied" and row.reason else replace(row, status="superseded")
    assert row.raw_transaction is not None  # noqa: S101 - as the hash
    applied_by = contracts.applied_by(row.epoch, state.report_block)
    if applied_by is not None and holds_report(chain.calldata(applied_by) or b"", content(row.raw_transaction).data):
        receipt = chain.receipt(applied_by)
        if receipt is not None:
            reason = f"applied by transaction 0x{applied_by.hex()}, a copy of it"
            return replace(_mined(row, "applied", receipt, 0), reason=reason)
    return replace(row, status="superseded")
