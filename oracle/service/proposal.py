"""One report from what was read for it: decided and bounded. Pure functions."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from oracle.chain.contracts import OracleState
from oracle.control.controller import Controller
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.limits import bounded_lanes, quantise
from oracle.report.signing import Report
from oracle.window.window import Nodes, Window, window_hash


@dataclass(frozen=True)
class Inputs:
    """The inputs of one report: the window, and what the contract holds at the reference block."""

    window: Window
    state: OracleState
    nodes: Nodes
    theta_bounds_wad: tuple[int, int]
    timestamp_seconds: int  # of the reference block


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
            deadline=inputs.timestamp_seconds + deadline_seconds,
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


def _bounded(wish: list[int], inputs: Inputs) -> list[int]:
    """The wished lanes within the contract's bounds; nodes that joined since the window get 0."""
    low, high = inputs.theta_bounds_wad
    nodes = inputs.nodes
    wish = wish + [0] * (nodes.count - len(wish))
    return bounded_lanes(wish, nodes=nodes, limits=inputs.state.limits, theta_min_wad=low, theta_max_wad=high)
