"""One cycle of the oracle, as a step that never waits: look, follow what is in flight, or make the next report.

`catalyst oracle` calls `Cycle.step` from a scheduler, `catalyst local` after each block. All that must survive a crash
is in the store; a step may be cut off anywhere and the next process goes on from there.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eth_account.signers.local import LocalAccount

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, OracleState, operator_positions
from oracle.chain.transactions import sign_transaction
from oracle.chain.watch import BlockWatcher
from oracle.errors import ChainReorganised, DeploymentError, ReportRefused, SettingsError
from oracle.formulas.lanes import pack, phi_hash
from oracle.model.bundle import Bundle
from oracle.model.decide import decide
from oracle.model.features import window_features
from oracle.report.limits import bounded_lanes, quantise
from oracle.report.signing import Report, sign_report
from oracle.service.store import ReportRow, Store
from oracle.settings import OracleSettings
from oracle.window.window import Window, build_window, window_hash

log = logging.getLogger(__name__)

_MAX_TRANSACTION_GAS = 1 << 24  # EIP-7825


@dataclass(frozen=True)
class Step:
    """What a step did: `waiting`, `sent`, `applied`, or another end of a report as the store names it."""

    outcome: str
    row: ReportRow | None = None


@dataclass(frozen=True)
class _Due:
    """The one block reference of a cycle: head, window end, and the contract's state at the head."""

    head: int
    head_timestamp_seconds: int
    to_block: int
    state: OracleState


class Cycle:
    """Everything one oracle process holds, and its step."""

    def __init__(
        self,
        *,
        chain: Chain,
        contracts: Contracts,
        bundle: Bundle,
        operators: Sequence[LocalAccount],
        submitter: LocalAccount,
        settings: OracleSettings,
        store: Store,
    ) -> None:
        """Check that this process can report at all.

        Raises:
            SettingsError: too few of the keys are operators', or the depth leaves no room between reports.
            DeploymentError: the contract expects another model.
        """
        self.chain = chain
        self.contracts = contracts
        self.store = store
        self.settings = settings
        self._bundle = bundle
        self._operators = tuple(operators)
        self._submitter = submitter
        self._watcher = BlockWatcher(chain, keep_blocks=2 * bundle.policy.config.window_blocks)
        state = contracts.oracle_state()
        held = operator_positions(self._operators, state.operators)
        if len(held) < state.threshold:
            raise SettingsError(
                f"{len(held)} of the keys given are operators of {contracts.addresses.oracle}, but "
                f"{state.threshold} must sign; give the keys of that many operators"
            )
        if state.model_hash != bundle.model_hash:
            raise DeploymentError(
                f"the contract expects model 0x{state.model_hash.hex()[:16]}… but the bundle is "
                f"0x{bundle.model_hash.hex()[:16]}…; give --bundle that model, or have the owner call setModelHash"
            )

    def step(self) -> Step:
        """Do what is due now, without waiting for blocks.

        Raises:
            ConnectionFailed: the node does not answer; call again later.
            SettingsError: the committee was changed and too few of its keys are held.
        """
        in_flight = self.store.in_flight()
        if in_flight is not None:
            return self._follow(in_flight)
        due = self._due()
        if due is None:
            return Step("waiting")
        try:
            return self._report(due)
        except ChainReorganised as error:
            log.warning("%s; reading again at the next step", error)
            return Step("waiting")

    def _due(self) -> _Due | None:
        """The window to report on now, if one is due. All operators who see the same head find the same window."""
        head = self.chain.head()
        state = self.contracts.oracle_state(head)
        start = self.contracts.anchor.height
        settled = head - self.settings.depth_blocks
        if state.paused or settled <= max(start, state.to_block):
            return None
        if head < state.report_block + state.limits.min_spacing_blocks:
            return None
        if self.settings.epoch_blocks is not None:
            to_block = start + (settled - start) // self.settings.epoch_blocks * self.settings.epoch_blocks
            if to_block <= max(start, state.to_block):
                return None
        else:
            assert self.settings.epoch_seconds is not None  # noqa: S101 - settings hold exactly one of the two
            to_block = settled
            if self.chain.timestamp(settled) < state.report_timestamp_seconds + self.settings.epoch_seconds:
                return None
        refused = self.store.last_refused()
        if refused is not None and (refused.epoch, refused.to_block) == (state.epoch + 1, to_block):
            return None  # one try for each window; the next one may fare better
        return _Due(head=head, head_timestamp_seconds=self.chain.timestamp(head), to_block=to_block, state=state)

    def _window(self, to_block: int) -> Window:
        first = max(self.contracts.anchor.height + 1, to_block - self._bundle.policy.config.window_blocks + 1)
        own = {
            bytes.fromhex(address[2:])
            for address in (
                self.contracts.addresses.oracle,
                self.contracts.addresses.controller,
            )
        }
        return build_window(
            chain_id=self.chain.chain_id,
            blocks=self._watcher.blocks(first, to_block),
            nodes=self.contracts.nodes(to_block),
            capacity_transactions=self.settings.capacity_transactions,
            interval_seconds=self.contracts.anchor.interval_seconds,
            is_traffic=lambda receiver: receiver not in own,
        )

    def _report(self, due: _Due) -> Step:
        window = self._window(due.to_block)
        started = time.perf_counter()
        features = window_features(window, self._bundle.encoder)
        encoded = time.perf_counter()
        phi = decide(self._bundle.policy, features)
        lanes = self._bounded(quantise([float(value) for value in phi]), due)
        decided = time.perf_counter()
        report = Report(
            epoch=due.state.epoch + 1,
            from_block=window.from_block,
            to_block=window.to_block,
            deadline=due.head_timestamp_seconds + self.settings.deadline_seconds,
            window_hash=window_hash(window),
            model_hash=self._bundle.model_hash,
            phi_hash=phi_hash(pack(lanes)),
        )
        signed = sign_report(
            report,
            lanes,
            committee=operator_positions(self._operators, due.state.operators),
            threshold=due.state.threshold,
            chain_id=self.chain.chain_id,
            oracle_address=self.contracts.addresses.oracle,
        )
        finished = time.perf_counter()
        row = ReportRow(
            epoch=report.epoch,
            status="signed",
            from_block=report.from_block,
            to_block=report.to_block,
            deadline=report.deadline,
            transactions=sum(len(block.transactions) for block in window.blocks),
            window_hash="0x" + report.window_hash.hex(),
            model_hash="0x" + report.model_hash.hex(),
            phi_hash="0x" + report.phi_hash.hex(),
            lanes=tuple(lanes),
            signers=signed.signers,
            milliseconds={
                "encode": 1e3 * (encoded - started),
                "decide": 1e3 * (decided - encoded),
                "sign": 1e3 * (finished - decided),
            },
        )
        try:
            gas = self.contracts.check_report(signed, self._submitter.address)
        except ReportRefused as refusal:
            log.warning("epoch %d: %s; trying again with the next window", report.epoch, refusal)
            return Step("refused", self.store.add(replace(row, status="refused", reason=str(refusal))))
        return self._send(row, self.contracts.report_calldata(signed), gas)

    def _bounded(self, wish: list[int], due: _Due) -> list[int]:
        """The wish within the contract's bounds as they are at the head; nodes that joined since the window get 0."""
        nodes = self.contracts.nodes(due.head)
        low, high = self.contracts.theta_bounds(due.head)
        wish = wish + [0] * (nodes.count - len(wish))
        return bounded_lanes(wish, nodes=nodes, limits=due.state.limits, theta_min_wad=low, theta_max_wad=high)

    def _send(self, row: ReportRow, calldata: bytes, gas: int) -> Step:
        nonce = self.chain.nonce(self._submitter.address)
        stuck = self.store.expired_with_nonce(nonce)
        transaction = sign_transaction(
            chain=self.chain,
            account=self._submitter,
            nonce=nonce,
            to=self.contracts.addresses.oracle,
            data=calldata,
            gas_limit=min(_MAX_TRANSACTION_GAS, gas * 6 // 5),
            outbid_wei=stuck.max_fee_wei if stuck else None,
        )
        row = self.store.add(
            replace(
                row,
                raw_transaction=transaction.raw,
                transaction_hash="0x" + transaction.hash.hex(),
                nonce=nonce,
                max_fee_wei=transaction.max_fee_wei,
                milliseconds=row.milliseconds | {"sent_at": time.time()},
            )
        )
        self.chain.send_raw(transaction.raw, transaction.hash)
        log.info(
            "epoch %d sent: blocks %d to %d, transaction %s",
            row.epoch,
            row.from_block,
            row.to_block,
            row.transaction_hash,
        )
        return Step("sent", self.store.update(replace(row, status="sent")))

    def _follow(self, row: ReportRow) -> Step:
        assert row.transaction_hash is not None and row.raw_transaction is not None  # noqa: S101 - rows in flight have both
        transaction_hash, raw = bytes.fromhex(row.transaction_hash[2:]), row.raw_transaction
        receipt = self.chain.receipt(transaction_hash)
        if receipt is not None:
            sent_at = row.milliseconds["sent_at"]
            times = {name: value for name, value in row.milliseconds.items() if name != "sent_at"}
            status = "applied" if receipt["status"] == 1 else "reverted"
            row = replace(
                row,
                status=status,
                block_number=receipt["blockNumber"],
                gas_used=receipt["gasUsed"],
                milliseconds=times | {"submit": 1e3 * (time.time() - sent_at)},
            )
            log.info("epoch %d %s in block %d, %d gas", row.epoch, status, receipt["blockNumber"], receipt["gasUsed"])
            return Step(status, self.store.update(row))
        head = self.chain.head()
        if self.contracts.oracle_state(head).epoch >= row.epoch:
            return Step("superseded", self.store.update(replace(row, status="superseded")))
        if self.chain.timestamp(head) > row.deadline:
            log.warning("epoch %d was not mined by its deadline; a new report takes its place", row.epoch)
            return Step("expired", self.store.update(replace(row, status="expired")))
        if row.status == "signed" or not self.chain.knows_transaction(transaction_hash):
            # The very bytes that were journalled: the same nonce, so at most one of them is ever mined.
            self.chain.send_raw(raw, transaction_hash)
            row = self.store.update(replace(row, status="sent"))
        return Step("waiting", row)
