"""One cycle of the oracle, as a step that never waits: follow unsettled reports, or make the next one.

`catalyst oracle` calls `Cycle.step` from a scheduler, `catalyst local` after each block. All that must survive a crash
is in the store. A step may be cut off anywhere, and the next process continues from there.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eth_account.signers.local import LocalAccount

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, OracleState, operator_positions
from oracle.chain.follower import Follower
from oracle.chain.proof.check import SealedBlock
from oracle.chain.watch import BlockWatcher, one_branch
from oracle.control.controller import Controller
from oracle.errors import (
    CatalystError,
    ChainReorganised,
    ConnectionFailed,
    DeploymentError,
    ReportRefused,
    SettingsError,
)
from oracle.formulas.lanes import pack
from oracle.report.limits import Moment, is_spaced
from oracle.service.follow import fate, said
from oracle.service.proposal import Inputs, journal_row, propose, sign
from oracle.service.snapshot import Snapshot, look
from oracle.service.status import OPEN, Status
from oracle.service.store import ReportRow, Store
from oracle.service.submit import Submitter
from oracle.settings import OracleSettings
from oracle.window.window import Window, build_window

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """What a step did: it waited, or it brought a report to a status."""

    outcome: Status | Literal["waiting"]
    row: ReportRow | None = None


class Cycle:
    """Everything one oracle process holds, and its step."""

    def __init__(
        self,
        *,
        chain: Chain,
        contracts: Contracts,
        controller: Controller,
        operators: Sequence[LocalAccount],
        submitter: LocalAccount,
        settings: OracleSettings,
        store: Store,
        follower: Follower | None = None,
    ) -> None:
        """Check that this process can report at all.

        `follower` follows the ledger of mined blocks, on chains that have one.

        Raises:
            SettingsError: too few of the keys are operators'.
            DeploymentError: the contract expects another model.
        """
        self.chain = chain
        self.contracts = contracts
        self.store = store
        self.settings = settings
        self.snapshot: Snapshot | None = None  # what readers see; replaced as a whole after each step
        self._controller = controller
        self._follower = follower
        self._operators = tuple(operators)
        self._submitter = Submitter(
            chain=chain,
            account=submitter,
            oracle_address=contracts.addresses.oracle,
            max_fee_wei=settings.max_fee_wei,
            store=store,
        )
        self._watcher = BlockWatcher(chain, keep_blocks=2 * controller.window_blocks)
        state = contracts.oracle_state()
        held = operator_positions(self._operators, state.operators)
        if len(held) < state.threshold:
            raise SettingsError(
                f"{len(held)} of the keys given are operators of {contracts.addresses.oracle}, but "
                f"{state.threshold} must sign; give the keys of that many operators"
            )
        if state.model_hash != controller.model_hash:
            raise DeploymentError(
                f"the contract expects model 0x{state.model_hash.hex()} but φ is by {controller.name}, model "
                f"0x{controller.model_hash.hex()}; give --bundle that model (none, where the feedback is "
                "expected), or have the owner call setModelHash"
            )

    def step(self) -> Step:
        """Do what is due now, without waiting for blocks.

        Raises:
            ConnectionFailed: the node does not answer; call again later.
            SettingsError: the committee was changed and too few of its keys are held, or fees exceed the cap.
        """
        try:
            step = self._advance()
        except ConnectionFailed:
            raise  # readers keep the old snapshot: a new one would wait for the same node
        except CatalystError:
            self.snapshot = look(self.chain, self.contracts, self.snapshot)
            raise
        self.snapshot = look(self.chain, self.contracts, self.snapshot)
        return step

    @property
    def refusal(self) -> str | None:
        """Why the contract refused the report that is due at the last try; None if it did not."""
        last = self.store.last()
        return f"epoch {last.epoch}: {last.reason}" if last is not None and last.status == Status.REFUSED else None

    def _advance(self) -> Step:
        # Oldest first: a report that a reorganisation undid must be mined again before those that build on it. An
        # applied report, settled or not, delays no other: only contract and windows say when the next is due.
        for row in self.store.unsettled():
            step = self._follow(row)
            if step is not None:
                return step
        try:
            inputs = self._inputs()
            return Step("waiting") if inputs is None else self._report(inputs)
        except ChainReorganised as error:
            log.warning("%s; reading again at the next step", error)
            return Step("waiting")

    def _inputs(self) -> Inputs | None:
        """All that the report due now is made from; None if none is due."""
        head = self.chain.head()
        with one_branch(self.chain, head) as header:
            state = self.contracts.oracle_state(head)
            to_block = self._due(Moment(head, header.timestamp_seconds), state)
            if to_block is None:
                return None
            return Inputs(
                state=state,
                head_timestamp_seconds=header.timestamp_seconds,
                window=self._window(to_block),
                nodes=self.contracts.nodes(head),
                theta_bounds_wad=self.contracts.theta_bounds(head),
            )

    def _due(self, head: Moment, state: OracleState) -> int | None:
        """Last block of the window to report on, if one is due. Everyone at the same head finds the same window."""
        start = self.contracts.anchor.height
        settled = head.number - self.settings.depth_blocks
        if state.paused or settled <= max(start, state.to_block):
            return None
        if not is_spaced(state.limits, last=state.reported, block=head):
            return None
        refused = self._refused(state)
        if self.settings.epoch_blocks is not None:
            to_block = start + (settled - start) // self.settings.epoch_blocks * self.settings.epoch_blocks
            if to_block <= max(start, state.to_block):
                return None
        else:
            assert self.settings.epoch_seconds is not None  # noqa: S101 - settings hold exactly one of the two
            to_block = settled
            last = state.reported.timestamp_seconds if refused is None else self.chain.timestamp(refused.to_block)
            if self.chain.timestamp(settled) < last + self.settings.epoch_seconds:
                return None
        # One try per window, and windows an epoch apart; the next one may succeed.
        return None if refused is not None and refused.to_block == to_block else to_block

    def _refused(self, state: OracleState) -> ReportRow | None:
        """The report that the contract refused at the last try, while its epoch is still to come."""
        last = self.store.last()
        if last is None or last.status != Status.REFUSED:
            return None
        if last.epoch <= state.epoch:
            self.store.update(replace(last, status=Status.SUPERSEDED))
            return None
        return last

    def _window(self, to_block: int) -> Window:
        first = max(self.contracts.anchor.height + 1, to_block - self._controller.window_blocks + 1)
        own = self.contracts.addresses.own | (frozenset() if self._follower is None else self._follower.own)
        read = self._watcher.blocks(first, to_block)
        return build_window(
            chain_id=self.chain.chain_id,
            blocks=[sealed.block for sealed in read],
            nodes=self.contracts.nodes(to_block),
            capacity_transactions=self.settings.capacity_transactions,
            interval_seconds=self.contracts.anchor.interval_seconds,
            is_traffic=lambda receiver: receiver not in own,
            backlog_transactions=self._backlog(to_block, read),
        )

    def _backlog(self, to_block: int, read: Sequence[SealedBlock]) -> int | None:
        if self._follower is None:
            return None
        self._follower.catch_up(to_block, read)
        return self._follower.pending_after(to_block)

    def _report(self, inputs: Inputs) -> Step:
        terms = self._submitter.terms()  # fees above the cap are found before the work is done
        proposal = propose(inputs, self._controller, self.settings.deadline_seconds)
        signed, milliseconds = sign(
            proposal,
            operator_positions(self._operators, inputs.state.operators),
            threshold=inputs.state.threshold,
            chain_id=self.chain.chain_id,
            oracle_address=self.contracts.addresses.oracle,
        )
        row = journal_row(signed, proposal.lanes, inputs.window, milliseconds)
        try:
            calldata, gas = self.contracts.cheapest_submission(
                signed, pack(inputs.nodes.lanes), self._submitter.address
            )
        except ReportRefused as refusal:
            return self._refuse(replace(row, status=Status.REFUSED, reason=str(refusal), settled=True))
        return Step(Status.SENT, self._submitter.send(row, calldata=calldata, gas_limit=gas * 6 // 5, terms=terms))

    def _refuse(self, row: ReportRow) -> Step:
        """Journal a refusal, in place of the last one if that is of the same epoch."""
        last = self.store.last()
        again = last is not None and last.status == Status.REFUSED and last.epoch == row.epoch
        if last is None or not again or last.reason != row.reason:
            log.warning("epoch %d: %s; trying again with later windows", row.epoch, row.reason)
        if last is not None and again:
            return Step(Status.REFUSED, self.store.update(replace(row, id=last.id)))
        return Step(Status.REFUSED, self.store.add(row))

    def _follow(self, row: ReportRow) -> Step | None:
        """Bring a row up to date; None if it delays nothing and its status did not change."""
        now = fate(row, chain=self.chain, contracts=self.contracts, depth_blocks=self.settings.depth_blocks)
        if now != row:
            self.store.update(now)
        changed = now.status != row.status
        if changed and now.status == Status.REORGED:
            log.warning("epoch %d: the block that ended its report was reorganised away; it is open again", row.epoch)
        elif changed:
            log.info("epoch %d %s", row.epoch, said(now))
        if now.status in OPEN:
            pending = self._submitter.keep_pending(now)
            if pending.transaction_hash != now.transaction_hash:
                return Step(Status.SENT, pending)
            return Step(Status.REORGED if changed else "waiting", pending)
        return Step(now.status, now) if changed else None
