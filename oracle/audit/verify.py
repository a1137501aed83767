"""Every report of a chain against what it is recomputed to be, up to the first difference."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from oracle.audit.differences import Difference, first_difference
from oracle.audit.recompute import History, Recomputed
from oracle.audit.standing import standing_difference
from oracle.errors import StatePruned
from oracle.formulas.lanes import unpack
from oracle.window.numbers import mean_phi
from oracle.window.window import Nodes


@dataclass(frozen=True)
class VerifiedReport:
    """A report that is what it should be."""

    epoch: int
    from_block: int
    to_block: int
    applied_in_block: int
    transactions: int  # of its window
    mean_phi: float  # of the active nodes
    window_hash: str


@dataclass(frozen=True)
class Verification:
    """What was found; `difference` is of `epoch`, after the reports that are as they should be."""

    reports: tuple[VerifiedReport, ...]
    epoch: int | None
    difference: Difference | None
    without_state: int  # reports after which the node keeps no state to compare theta and p with

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def verify_reports(
    say: Callable[[str], None], history: History, *, life_seconds: int | None, epoch: int | None = None
) -> Verification:
    """Verify all reports up to the head, or the one of an epoch.

    Args:
        say: Gets a line for each report.
        history: Not read yet.
        life_seconds: From a report's reference block to its deadline; None: that of the first report verified.
        epoch: The one to verify; None: all.

    Raises:
        ChainReorganised: a block was replaced meanwhile.
        ConnectionFailed: the node does not answer, or not with what a header vouches for.
        SettingsError: that epoch is not in force.
    """
    verified: list[VerifiedReport] = []
    without_state = 0
    for found in history.reports(epoch):
        report = found.applied.published.report
        if life_seconds is None:
            life_seconds = report.deadline - found.proposal.report.deadline
        difference = first_difference(found, history.chain.chain_id, history.contracts.addresses.oracle, life_seconds)
        if difference is None:
            try:
                difference = standing_difference(history.contracts, found.applied.block_number, _after(found, history))
            except StatePruned:
                without_state += 1
        if difference is not None:
            say(f"epoch {report.epoch}: {difference.name} differs: {difference.says}")
            return Verification(tuple(verified), report.epoch, difference, without_state)
        row = _row(found)
        verified.append(row)
        say(f"epoch {row.epoch}: blocks {row.from_block} to {row.to_block}, mean φ {row.mean_phi:+.6f}: as recomputed")
    say(f"{len(verified)} reports are as recomputed, by {history.controller.name}")
    if without_state:
        say(f"θ, d and p were not compared after {without_state} of them: the node keeps no state that old")
    return Verification(tuple(verified), None, None, without_state)


def _after(found: Recomputed, history: History) -> Nodes:
    return history.held_after(found.applied.block_number).nodes


def _row(found: Recomputed) -> VerifiedReport:
    applied, window = found.applied, found.inputs.window
    nodes = applied.before.nodes
    return VerifiedReport(
        epoch=applied.published.report.epoch,
        from_block=window.from_block,
        to_block=window.to_block,
        applied_in_block=applied.block_number,
        transactions=sum(len(block.transactions) for block in window.blocks),
        mean_phi=mean_phi(unpack(applied.published.phi_words, nodes.count), nodes),
        window_hash="0x" + applied.published.report.window_hash.hex(),
    )
