"""One report from what was read for it: decided, bounded, signed, and as a row of the journal. Pure functions."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from oracle.chain.contracts import OracleState
from oracle.control.controller import Controller
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.limits import bounded_lanes, quantise
from oracle.report.signing import Report, SignedReport, sign_report
from oracle.service.status import Status
from oracle.service.store import ReportRow
from oracle.window.window import Nodes, Window, window_hash


@dataclass(frozen=True)
class Inputs:
    """The inputs of one report: the window and the contract's state at the head, all read on one branch."""

    state: OracleState
    head_timestamp_seconds: int
    window: Window
    nodes: Nodes  # at the head
    theta_bounds_wad: tuple[int, int]


@dataclass(frozen=True)
class Proposal:
    """A report that is decided and not signed."""

    report: Report
    lanes: tuple[int, ...]
    milliseconds: Mapping[str, float]  # encode, decide


def propose(inputs: Inputs, controller: Controller, deadline_seconds: int) -> Proposal:
    """Decide phi for the window, within the contract's bounds."""
    window = inputs.window
    decision = controller.decide(window)
    decided = time.perf_counter()
    lanes = _bounded(quantise([float(value) for value in decision.phi]), inputs)
    return Proposal(
        report=Report(
            epoch=inputs.state.epoch + 1,
            from_block=window.from_block,
            to_block=window.to_block,
            deadline=inputs.head_timestamp_seconds + deadline_seconds,
            window_hash=window_hash(window),
            model_hash=controller.model_hash,
            phi_hash=phi_hash(pack(lanes)),
        ),
        lanes=tuple(lanes),
        milliseconds={
            "encode": decision.encode_milliseconds,
            "decide": decision.decide_milliseconds + 1e3 * (time.perf_counter() - decided),
        },
    )


def sign(
    proposal: Proposal, committee: Mapping[int, LocalAccount], *, threshold: int, chain_id: int, oracle_address: str
) -> tuple[SignedReport, Mapping[str, float]]:
    """Sign with `threshold` keys of the committee, in operator order; returns the milliseconds of all stages too."""
    started = time.perf_counter()
    signed = sign_report(
        proposal.report,
        proposal.lanes,
        committee=committee,
        threshold=threshold,
        chain_id=chain_id,
        oracle_address=oracle_address,
    )
    return signed, {**proposal.milliseconds, "sign": 1e3 * (time.perf_counter() - started)}


def journal_row(
    signed: SignedReport, lanes: tuple[int, ...], window: Window, milliseconds: Mapping[str, float]
) -> ReportRow:
    """A signed report as the journal keeps it before its transaction."""
    report = signed.report
    return ReportRow(
        epoch=report.epoch,
        status=Status.SIGNED,
        from_block=report.from_block,
        to_block=report.to_block,
        deadline=report.deadline,
        transactions=sum(len(block.transactions) for block in window.blocks),
        window_hash=report.window_hash,
        model_hash=report.model_hash,
        phi_hash=report.phi_hash,
        lanes=lanes,
        signers=signed.signers,
        milliseconds=dict(milliseconds),
    )


def _bounded(wish: list[int], inputs: Inputs) -> list[int]:
    """The wished lanes within the contract's bounds at the head; nodes that joined since the window get 0."""
    low, high = inputs.theta_bounds_wad
    nodes = inputs.nodes
    wish = wish + [0] * (nodes.count - len(wish))
    return bounded_lanes(wish, nodes=nodes, limits=inputs.state.limits, theta_min_wad=low, theta_max_wad=high)
