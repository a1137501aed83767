"""The report that is due, derived from the settled chain alone: every honest operator derives the same bytes."""

from dataclasses import dataclass

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, OracleState
from oracle.chain.follower import Follower
from oracle.chain.proof.check import SealedBlock
from oracle.chain.watch import BlockWatcher, one_branch
from oracle.chain.windows import traffic_rule, window_of
from oracle.control.controller import Controller
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.log_lines import concerns
from oracle.report.due import Past, first_due, first_read, own_epoch_end, window_end
from oracle.report.signing import digest
from oracle.service.proposal import Inputs, Proposal, propose
from oracle.service.signatures import Reference
from oracle.settings import OracleSettings
from oracle.window.window import Window, traffic_of

_KEPT = 8  # proposals
_PREPARED_TEXTS = 16  # a step, which is a tenth of a second of one core


@dataclass(frozen=True)
class Derived:
    """A report that is due."""

    proposal: Proposal
    inputs: Inputs
    reference: Reference
    digest: bytes  # what operators sign
    due_block: int  # the first block from which it could be made: whose turn it is counts from there

    @property
    def epoch(self) -> int:
        """Its epoch."""
        return self.proposal.report.epoch


class Deriver:
    """Derives reports for one deployment."""

    def __init__(
        self,
        *,
        chain: Chain,
        contracts: Contracts,
        controller: Controller,
        settings: OracleSettings,
        follower: Follower | None,
    ) -> None:
        """`follower` follows the ledger of mined blocks, on chains that have one."""
        self._chain, self._contracts, self._controller = chain, contracts, controller
        self._settings, self._follower = settings, follower
        self._watcher = BlockWatcher(chain, keep_blocks=2 * controller.window_blocks)
        self._prepared: dict[bytes, None] = {}  # hashes of blocks that were read ahead whole, oldest first
        self._proposals: dict[tuple[bytes, bytes], tuple[Inputs, Proposal]] = {}  # by hashes of end and reference
        self._last: tuple[tuple[bytes, int], Derived | None] | None = None  # at which block and epoch, and what was due
        # Up to where the threshold of an epoch is known to hold nowhere: epoch, block and its hash.
        self._still: tuple[int, int, bytes] | None = None

    def block(self, number: int) -> SealedBlock:
        """A block of the chain, asked for once, as windows may hold it."""
        return self._watcher.block(number)

    def due(self, settled_block: int, epoch_in_force: int) -> Derived | None:
        """The report that is due at a settled block; None where none is, or its epoch is in force at the head already.

        Raises:
            ChainReorganised: the chain was reorganised meanwhile, below what counts as settled.
        """
        if settled_block <= self._contracts.anchor.height:
            return None
        key = self._chain.block_hash(settled_block), epoch_in_force
        if self._last is None or self._last[0] != key:
            self._last = key, self._due(settled_block, epoch_in_force)
        return self._last[1]

    def prepare(self, head: int, head_hash: bytes) -> None:
        """Read blocks ahead that the next window may hold, settled or not, some texts at a time.

        What is read is kept by the chain's own links and changes no report, so that it may be of a branch that is lost.

        Raises:
            ConnectionFailed: the node does not answer.
        """
        first = first_read(
            self._settings.triggers,
            anchor_block=self._contracts.anchor.height,
            head=head,
            window_blocks=self._controller.window_blocks,
        )
        if first > head or head_hash in self._prepared:
            return
        left, is_traffic = _PREPARED_TEXTS, traffic_rule(self._contracts, self._follower)
        for sealed in self._watcher.blocks(first, head):
            if sealed.block.hash in self._prepared:
                continue
            left -= self._controller.prepare(traffic_of(sealed.block, is_traffic), left)
            if left <= 0:
                return
            self._prepared[sealed.block.hash] = None
            while len(self._prepared) > 2 * self._controller.window_blocks:
                del self._prepared[next(iter(self._prepared))]

    def _due(self, settled_block: int, epoch_in_force: int) -> Derived | None:
        anchor_block = self._contracts.anchor.height
        with one_branch(self._chain, settled_block):
            state = self._contracts.oracle_state(settled_block)
            if state.paused or state.epoch != epoch_in_force:
                return None
            first = first_due(
                self._settings.triggers,
                Past(
                    start_block=max(anchor_block, state.to_block),
                    in_force_block=state.reported.number,
                    timestamp_seconds=state.reported.timestamp_seconds,
                    spacing_blocks=state.limits.min_spacing_blocks,
                ),
                anchor_block=anchor_block,
                settled_block=settled_block,
                depth_blocks=self._settings.depth_blocks,
                timestamp_of=self._chain.timestamp,
                moves_at=lambda block: self._moves(block, state.epoch + 1),
            )
            if first is None:
                return None
            end = self._window_end(first, settled_block)
            reference = max(end, state.reported.number)
            concerns(state.epoch + 1, reference)
            inputs, proposal = self._proposal(end, reference)
            return Derived(
                proposal=proposal,
                inputs=inputs,
                reference=Reference(reference, self._chain.block_hash(reference)),
                digest=digest(
                    proposal.report,
                    chain_id=self._chain.chain_id,
                    oracle_address=self._contracts.addresses.oracle,
                ),
                due_block=max(first, state.reported.number),
            )

    def _window_end(self, first: int, settled_block: int) -> int:
        settings, anchor = self._settings, self._contracts.anchor
        epoch_blocks = settings.triggers.epoch_blocks
        # Half of the deadline, which counts from the window's end, is left for the report to be sent.
        sendable_blocks = settings.deadline_seconds // (2 * anchor.interval_seconds)
        return window_end(
            first,
            settled_block,
            takeover_blocks=settings.takeover_blocks,
            own_end=own_epoch_end(first, anchor_block=anchor.height, epoch_blocks=epoch_blocks),
            patience_blocks=0 if epoch_blocks is None else min(epoch_blocks, sendable_blocks),
        )

    def _moves(self, block: int, epoch: int) -> float:
        """By how much the phi of some node would move at most, were the report made at this block."""
        if self._still is not None and self._still[0] == epoch and block <= self._still[1]:
            if self._chain.block_hash(self._still[1]) == self._still[2]:
                return 0.0
            self._still = None
        inputs, proposal = self._proposal(block, block)
        pairs = zip(proposal.lanes, inputs.nodes.lanes, strict=True)
        moved = max((abs(lane - in_force) for lane, in_force in pairs), default=0) / UNITS_PER_ONE
        threshold = self._settings.triggers.threshold_phi
        if threshold is None or moved < threshold:
            self._still = epoch, block, self._chain.block_hash(block)
        return moved

    def _proposal(self, end: int, reference: int) -> tuple[Inputs, Proposal]:
        """The report of a window at a reference block, with what it was made from."""
        key = self._chain.block_hash(end), self._chain.block_hash(reference)
        if key not in self._proposals:
            with one_branch(self._chain, reference):
                inputs = self._inputs(end, reference)
            while len(self._proposals) >= _KEPT:
                del self._proposals[next(iter(self._proposals))]
            self._proposals[key] = inputs, propose(inputs, self._controller, self._settings.deadline_seconds)
        return self._proposals[key]

    def _inputs(self, end: int, reference: int) -> Inputs:
        state: OracleState = self._contracts.oracle_state(reference)
        theta_bounds_wad = self._contracts.theta_bounds(reference)
        return Inputs(
            window=self._window(end, state, theta_bounds_wad),
            state=state,
            nodes=self._contracts.nodes(reference),
            theta_bounds_wad=theta_bounds_wad,
            timestamp_seconds=self._chain.timestamp(reference),
        )

    def _window(self, to_block: int, state: OracleState, theta_bounds_wad: tuple[int, int]) -> Window:
        first = max(self._contracts.anchor.height + 1, to_block - self._controller.window_blocks + 1)
        return window_of(
            self._contracts,
            self._follower,
            self._watcher.blocks(first, to_block),
            state=state,
            nodes=self._contracts.nodes(to_block),
            theta_bounds_wad=theta_bounds_wad,
            capacity_transactions=self._settings.capacity_transactions,
        )
