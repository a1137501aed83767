"""One operator's cycle, as a step that never waits: follow unsettled reports; derive, sign and send the next one.

`catalyst oracle` calls `Cycle.step` from a scheduler, `catalyst local` after each block. All that must survive a crash
is in the store. A step may be cut off anywhere, and the next process continues from there.
"""

import logging
import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.follower import Follower
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
from oracle.log_lines import concerns, lines_of_a_step
from oracle.report.limits import Moment, is_spaced
from oracle.report.signer import Signer
from oracle.report.signing import CompactSignature, SignedReport, assemble
from oracle.service.derive import Derived, Deriver
from oracle.service.dry_run import compared
from oracle.service.follow import fate, said
from oracle.service.lookout import Lookout
from oracle.service.peers import Peers
from oracle.service.reasons import reason_of
from oracle.service.signatory import Signatory
from oracle.service.status import OPEN, Status
from oracle.service.store import ReportRow, Store
from oracle.service.submit import Submitter
from oracle.service.turns import Turns
from oracle.settings import OracleSettings

log = logging.getLogger(__name__)

_PREPARE_AFTER_SECONDS = 1.0


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
        operators: Sequence[Signer],
        submitter: Signer,
        settings: OracleSettings,
        store: Store,
        follower: Follower | None = None,
        peers: Peers | None = None,
    ) -> None:
        """Check that this process can report at all.

        `follower` follows the ledger of mined blocks, on chains that have one; `peers` are the daemons of operators
        whose keys are not held here.

        Raises:
            SettingsError: too few of the keys are operators'.
            DeploymentError: the contract expects another model.
        """
        self.chain = chain
        self.contracts = contracts
        self.store = store
        self.settings = settings
        self._submitter = Submitter(
            chain=chain,
            account=submitter,
            oracle_address=contracts.addresses.oracle,
            max_fee_wei=settings.max_fee_wei,
            store=store,
        )
        self.peers = peers or Peers(())
        self._deriver = Deriver(
            chain=chain, contracts=contracts, controller=controller, settings=settings, follower=follower
        )
        self.lookout = Lookout(
            chain=chain,
            contracts=contracts,
            settings=settings,
            store=store,
            payer=self._submitter.address,
            block=self._deriver.block,
            follower=follower,
        )
        self._controller = controller
        self._due: Derived | None = None  # the report that was due last
        self._signatory = Signatory(contracts, operators, store.signatures)
        self._turns = Turns(contracts, settings.takeover_blocks)
        # Of the report that was due last: what was signed, and how long each stage of it took.
        self.stages: tuple[bytes, Mapping[str, float]] | None = None
        self._derived = b"", -math.inf  # digest of the report that was due last, and since when, by the monotonic clock
        self.settled_block: int | None = None  # as the last step found it
        self.signatures = 0, 0  # of the report that was due last: collected, and needed
        state = contracts.oracle_state()
        held = self._signatory.held(state.operators)
        # Who sends nothing may sign nothing: a daemon for readers needs no operator's key.
        is_operator_needed = not settings.dry_run
        if (is_operator_needed and not held) or len(held) + len(self.peers.urls) < state.threshold:
            raise SettingsError(
                f"{len(held)} of the keys given are operators of {contracts.addresses.oracle}, and "
                f"{len(self.peers.urls)} peers are named, but {state.threshold} must sign; give keys of operators, "
                "and --peer once for each daemon of the others"
            )
        self._check_deadline()
        if state.model_hash != controller.model_hash:
            raise DeploymentError(
                f"the contract expects model 0x{state.model_hash.hex()} but φ is by {controller.name}, model "
                f"0x{controller.model_hash.hex()}; give --bundle that model (none, where the feedback is "
                "expected), or have the owner call setModelHash"
            )

    def _check_deadline(self) -> None:
        """A deadline counts from a block that is settled, so it must leave time to settle, and for some turns."""
        settings, interval_seconds = self.settings, self.contracts.anchor.interval_seconds
        least_seconds = settings.least_deadline_seconds(interval_seconds)
        if settings.deadline_seconds < least_seconds:
            raise SettingsError(
                f"--deadline-seconds {settings.deadline_seconds} leaves no time to send a report: it counts from a "
                f"block {settings.depth_blocks} deep, and blocks are {interval_seconds} s apart; give at least "
                f"{least_seconds}"
            )

    def step(self) -> Step:
        """Do what is due now, without waiting for blocks.

        Raises:
            ConnectionFailed: the node does not answer; call again later.
            SignerFailed: a remote signer is away, or did not sign; call again later.
            SettingsError: the committee was changed and too few of its keys are held, or fees exceed the cap.
        """
        with lines_of_a_step():
            try:
                step = self._advance()
            except ConnectionFailed:
                raise  # readers keep the old snapshot: a new one would wait for the same node
            except CatalystError:
                self.lookout.look()
                raise
            self.lookout.look()
            self._prepare()
            return step

    def _prepare(self) -> None:
        """Read ahead for the next report; a failure delays none.

        It waits where a report was derived a moment ago: operators on one machine would take its cores from the one
        that collects and sends.
        """
        seen, due = self.lookout.snapshot, self._due
        if seen is None or time.monotonic() - self._derived[1] < _PREPARE_AFTER_SECONDS:
            return
        try:
            self._deriver.prepare(seen.block, seen.block_hash)
            if due is not None and not self.store.applied.has_reason(due.epoch, due.proposal.report.window_hash):
                reason = reason_of(self._controller, due.inputs.window)
                if reason is not None:
                    self.store.applied.keep_reason(due.epoch, due.proposal.report.window_hash, reason)
                self._due = None
        except CatalystError as error:
            log.debug("reading ahead failed: %s", error)

    @property
    def refusal(self) -> str | None:
        """Why the contract refused the report that is due at the last try; None if it did not."""
        last = self.store.last()
        return f"epoch {last.epoch}: {last.reason}" if last is not None and last.status == Status.REFUSED else None

    def _advance(self) -> Step:
        head = self.chain.head()
        settled_block = self._settled(head)
        self.chain.survey(settled_block)
        self.settled_block = settled_block
        # Oldest first: a report that a reorganisation undid must be mined again before those that build on it. An
        # applied report, settled or not, delays no other: only contract and windows say when the next is due.
        followed = (self._follow(row, settled_block) for row in self.store.unsettled())
        step = next((each for each in followed if each is not None), None)
        if step is not None and step.outcome != "waiting":
            return step  # told at once: what comes below may fail
        try:
            now = self.contracts.oracle_state(head)
            block = Moment(head, self.chain.timestamp(head))
            concerns(now.epoch + 1, None)
            derived = self._deriver.due(settled_block, now.epoch)
            if derived is not None:
                concerns(derived.epoch, derived.reference.block)
            # Signed whatever becomes of an own report that is pending: others may need the signature to take over.
            is_paused = self.store.signing_paused
            own = {} if derived is None or is_paused else self._signatory.signed(derived)
            self.peers.take_in()
            if derived is not None:
                self.peers.ask(derived)
                if derived.digest != self._derived[0]:
                    self._derived, self._due = (derived.digest, time.monotonic()), derived
                self.stages = derived.digest, {**derived.proposal.milliseconds, "sign": self._signatory.milliseconds}
        except ChainReorganised as error:
            log.warning("%s; reading again at the next step", error)
            return step or Step("waiting")
        self._turns.see(now.epoch, settled_block)
        if step is not None or derived is None or is_paused:
            return step or Step("waiting")
        is_early = now.paused or not is_spaced(now.limits, last=now.reported, block=block)
        is_late = block.timestamp_seconds > derived.proposal.report.deadline
        if is_early or is_late or self._tried(derived):
            return Step("waiting")
        if not self.settings.dry_run and not self._may_send(derived, own, head=head, settled_block=settled_block):
            return Step("waiting")
        return self._report(derived, own)

    def _may_send(self, derived: Derived, own: Collection[int], *, head: int, settled_block: int) -> bool:
        """Whether it is this process's turn, and nobody's transaction is on its way."""
        return self._turns.has_come(derived, own, settled_block) and not self._turns.is_coming(derived.epoch, head)

    def _settled(self, head: int) -> int:
        """The last settled block, by the chain's own word or by depth."""
        if self.settings.finality is None:
            return head - self.settings.depth_blocks
        return self.chain.block_named(self.settings.finality)

    def _report(self, derived: Derived, own: Mapping[int, CompactSignature]) -> Step:
        """Collect what is missing beside the signatures made here, and send the report if there are enough."""
        terms = self._submitter.terms()  # fees above the cap are found before the work is done
        threshold = derived.inputs.state.threshold
        signatures = dict(own)
        if len(own) < threshold:
            signatures = {**self.peers.collect(derived, threshold - len(own)), **own}
        self.signatures = len(signatures), threshold
        if len(signatures) < threshold:
            return Step("waiting")
        proposal = derived.proposal
        signed = assemble(proposal.report, proposal.lanes, signatures, threshold=threshold)
        row = _row(derived, signed, self._signatory.milliseconds)
        words_in_force = pack(self.contracts.nodes(self.chain.head()).lanes)
        try:
            calldata, gas = self.contracts.cheapest_submission(signed, words_in_force, self._submitter.address)
        except ReportRefused as refusal:
            return self._refuse(replace(row, status=Status.REFUSED, reason=str(refusal), settled=True))
        if self.settings.dry_run:
            log.info("would be sent: blocks %d to %d", row.from_block, row.to_block)
            return Step(Status.PROPOSED, self.store.add(replace(row, status=Status.PROPOSED)))
        return Step(Status.SENT, self._submitter.send(row, calldata=calldata, gas_limit=gas * 6 // 5, terms=terms))

    def _tried(self, derived: Derived) -> bool:
        """Whether this very report was refused by the contract, or proposed; a refusal of an epoch in force is over."""
        last = self.store.last()
        if last is None or last.status not in (Status.REFUSED, Status.PROPOSED):
            return False
        if last.status == Status.REFUSED and last.epoch < derived.epoch:
            self.store.update(replace(last, status=Status.SUPERSEDED))
            return False
        report = derived.proposal.report
        return (last.epoch, last.deadline, last.window_hash, last.phi_hash) == (
            report.epoch,
            report.deadline,
            report.window_hash,
            report.phi_hash,
        )

    def _refuse(self, row: ReportRow) -> Step:
        """Journal a refusal, in place of the last one if that is of the same epoch."""
        last = self.store.last()
        again = last is not None and last.status == Status.REFUSED and last.epoch == row.epoch
        if last is None or not again or last.reason != row.reason:
            log.warning("%s; trying again with later windows", row.reason)
        if last is not None and again:
            return Step(Status.REFUSED, self.store.update(replace(row, id=last.id)))
        return Step(Status.REFUSED, self.store.add(row))

    def _follow(self, row: ReportRow, settled_block: int) -> Step | None:
        """Bring a row up to date; None if it delays nothing and its status did not change."""
        concerns(row.epoch, self.store.signatures.reference_block(row.epoch, row.phi_hash, row.deadline))
        if row.status == Status.PROPOSED:
            self._compare(row, settled_block)
            return None
        # Once more as deep: a reorganisation below what counts as settled is then mended by the same transaction.
        kept_block = max(self.contracts.anchor.height, settled_block - self.settings.depth_blocks)
        now = fate(row, chain=self.chain, contracts=self.contracts, settled_block=kept_block)
        if now != row:
            self.store.update(now)
        changed = now.status != row.status
        if changed and now.status == Status.REORGED:
            log.warning("the block that ended its report was reorganised away; it is open again")
        elif changed:
            log.info("%s", said(now))
        if now.status in OPEN:
            if not changed and self._turns.is_coming(now.epoch, self.chain.head()):
                return Step("waiting", now)  # by this transaction, or by another's that would make it a waste
            operators = self.contracts.oracle_state().operators
            assert now.transaction_hash is not None  # noqa: S101 - open rows have one
            held = self._signatory.held(operators)
            if not self._turns.may_send_again(now.epoch, held, len(operators), now.transaction_hash):
                return Step("waiting", now)
            pending = self._submitter.keep_pending(now)
            if pending.transaction_hash != now.transaction_hash:
                return Step(Status.SENT, pending)
            return Step(Status.REORGED if changed else "waiting", pending)
        return Step(now.status, now) if changed else None

    def _compare(self, row: ReportRow, settled_block: int) -> None:
        """Keep beside a proposal what the committee did, which delays nothing."""
        now = compared(row, chain=self.chain, contracts=self.contracts, settled_block=settled_block)
        if now != row:
            self.store.update(now)
            log.info("blocks %d to %d were %s", now.from_block, now.to_block, said(now))


def _row(derived: Derived, signed: SignedReport, sign_milliseconds: float) -> ReportRow:
    """A signed report as the journal keeps it before its transaction."""
    report = signed.report
    return ReportRow(
        epoch=report.epoch,
        status=Status.SIGNED,
        from_block=report.from_block,
        to_block=report.to_block,
        deadline=report.deadline,
        transactions=sum(len(block.transactions) for block in derived.inputs.window.blocks),
        window_hash=report.window_hash,
        model_hash=report.model_hash,
        phi_hash=report.phi_hash,
        lanes=derived.proposal.lanes,
        signers=signed.signers,
        milliseconds={**derived.proposal.milliseconds, "sign": sign_milliseconds},
    )
