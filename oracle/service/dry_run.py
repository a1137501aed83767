"""What the committee applied, beside what a dry run proposed for the same epoch."""

from collections.abc import Sequence
from dataclasses import replace

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.errors import StatePruned
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.service.follow import block_that_brought
from oracle.service.store import ReportRow


def compared(row: ReportRow, *, chain: Chain, contracts: Contracts, settled_block: int) -> ReportRow:
    """The row of a proposal, whose `reason` says what was applied once that is settled; until then as it was.

    Args:
        row: Proposed, and not settled.
        chain: The chain that the proposal is for.
        contracts: The contracts there.
        settled_block: The last block that counts as settled.

    Raises:
        ConnectionFailed: the node does not answer.
    """
    if contracts.epoch(settled_block) < row.epoch:
        if chain.timestamp(settled_block) <= row.deadline:
            return row
        return replace(row, settled=True, reason="no report of its epoch came before its deadline")
    try:
        block = block_that_brought(row.epoch, row.to_block, settled_block, contracts)
        said = contracts.applied_report(row.epoch, chain.sealed_block(block))
        if said is None:
            reason = f"epoch {row.epoch} came in block {block}, by no report that the node shows"
        elif said["phiHash"] == row.phi_hash and said["windowHash"] == row.window_hash:
            reason = f"the committee applied the same window and φ in block {block}"
        else:
            what = _difference(row, said, contracts.nodes(block).lanes)
            reason = f"the committee applied another report in block {block}: {what}"
    except StatePruned as error:
        return replace(row, settled=True, reason=f"what the committee applied cannot be read: {error}")
    return replace(row, settled=True, block_number=block, reason=reason)


def _difference(row: ReportRow, said: dict[str, object], theirs: Sequence[int]) -> str:
    """Of which blocks the report was, and how far its φ is from the proposal's."""
    window = f"of blocks {said['fromBlock']} to {said['toBlock']}"
    if len(theirs) != len(row.lanes):
        return f"{window}, for {len(theirs)} nodes and not {len(row.lanes)}"
    apart = [abs(theirs_ - ours) for theirs_, ours in zip(theirs, row.lanes, strict=True)]
    node = max(range(len(apart)), key=apart.__getitem__)
    return f"{window}, where φ of node {node} differs most, by {apart[node] / UNITS_PER_ONE:.5f}"
