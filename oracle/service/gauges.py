"""What a daemon is like now, as Prometheus reads it: computed from what the last step left, when it is asked for."""

import time
from collections.abc import Iterator
from platform import python_version
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from oracle import __version__
from oracle.formulas.lanes import WAD, lane_to_wad
from oracle.service.cycle import Cycle
from oracle.service.snapshot import Snapshot

if TYPE_CHECKING:
    from oracle.service.daemon import Daemon


class Gauges:
    """A collector of one daemon's gauges."""

    def __init__(self, daemon: "Daemon") -> None:
        self._daemon = daemon

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        cycle = self._daemon.cycle
        build = {"version": __version__, "python": python_version(), "chain_id": str(cycle.chain.chain_id)}
        yield InfoMetricFamily("catalyst_build", "Versions, and the chain", build)
        now_seconds = time.monotonic()
        yield _gauge(
            "catalyst_last_step_timestamp_seconds",
            "When the last step ended, or the daemon was made",
            time.time() - (now_seconds - self._daemon.last_step_at),
        )
        if cycle.lookout.snapshot is not None:
            yield from _of_snapshot(cycle.lookout.snapshot, now_seconds)
        yield from _of_cycle(cycle)
        yield from _of_endpoints(cycle)
        yield from _of_peers(cycle)


def _of_snapshot(snapshot: Snapshot, now_seconds: float) -> Iterator[Metric]:
    yield _gauge("catalyst_head_age_seconds", "Since the latest block was first seen", now_seconds - snapshot.since)
    yield _gauge("catalyst_report_age_seconds", "Of the report in force, in chain time", snapshot.age_seconds)
    yield _gauge("catalyst_report_stale", "1 where the report in force is stale", snapshot.stale)
    nodes = [
        (theta0 / WAD, lane_to_wad(lane) / WAD)
        for theta0, lane, active in zip(
            snapshot.nodes.theta0_wad, snapshot.nodes.lanes, snapshot.nodes.active, strict=True
        )
        if active
    ]
    if not nodes:
        return
    for name, values in (("phi", [phi for _, phi in nodes]), ("theta", [theta0 + phi for theta0, phi in nodes])):
        family = GaugeMetricFamily(f"catalyst_{name}", f"{name} in force over active nodes", labels=["of"])
        family.add_metric(["least"], min(values))
        family.add_metric(["mean"], sum(values) / len(values))
        family.add_metric(["most"], max(values))
        yield family


def _of_cycle(cycle: Cycle) -> Iterator[Metric]:
    seen = cycle.lookout
    blocks = GaugeMetricFamily("catalyst_block_number", "Blocks as the last step saw them", labels=["state"])
    if seen.snapshot is not None:
        blocks.add_metric(["latest"], seen.snapshot.block)
    if cycle.settled_block is not None:
        blocks.add_metric(["settled"], cycle.settled_block)
    yield blocks
    if seen.in_force is not None:
        yield _gauge("catalyst_epoch", "Epoch in force at the latest block, whoever sent it", seen.in_force.epoch)
        yield _gauge("catalyst_paused", "1 where the guardian has paused reports", seen.in_force.paused)
        if seen.in_force.epoch:
            yield _gauge(
                "catalyst_last_report_timestamp_seconds",
                "Of the block that applied the report in force",
                seen.in_force.reported.timestamp_seconds,
            )
    yield _gauge("catalyst_head_age_limit_seconds", "Oldest head that is healthy", seen.max_head_age_seconds)
    if seen.epoch_seconds is not None:
        yield _gauge("catalyst_epoch_seconds", "Expected from one report to the next", seen.epoch_seconds)
    signatures = GaugeMetricFamily("catalyst_signatures", "Of the report that was due last", labels=["kind"])
    for kind, count in zip(("collected", "needed"), cycle.signatures, strict=True):
        signatures.add_metric([kind], count)
    yield signatures
    if seen.funds is not None:
        balance = GaugeMetricFamily(
            "catalyst_account_balance_wei",
            "Of the account that pays; above 2^53 wei rounded to what a float holds",
            labels=["account"],
        )
        balance.add_metric([seen.funds.address], seen.funds.balance_wei)
        yield balance
        if seen.funds.reports_left is not None:
            yield _gauge("catalyst_reports_left", "Reports that the balance pays for", seen.funds.reports_left)


def _of_endpoints(cycle: Cycle) -> Iterator[Metric]:
    if cycle.chain.endpoints is None:
        return
    up = GaugeMetricFamily("catalyst_rpc_up", "1 where a node answered last", labels=["endpoint"])
    heads = GaugeMetricFamily("catalyst_rpc_block_number", "Latest block of a node", labels=["endpoint"])
    errors = CounterMetricFamily("catalyst_rpc_errors", "Requests that failed", labels=["endpoint"])
    for endpoint in cycle.chain.endpoints.endpoints:
        up.add_metric([endpoint.shown], float(endpoint.failures == 0))
        errors.add_metric([endpoint.shown], endpoint.errors)
        if endpoint.head is not None:
            heads.add_metric([endpoint.shown], endpoint.head)
    yield from (up, heads, errors)


def _of_peers(cycle: Cycle) -> Iterator[Metric]:
    up = GaugeMetricFamily("catalyst_peer_up", "1 where a peer answered last", labels=["peer"])
    agrees = GaugeMetricFamily(
        "catalyst_peer_agrees", "1 where its digest of the last report that both signed was ours", labels=["peer"]
    )
    disagreed = CounterMetricFamily(
        "catalyst_peer_disagreements", "Other digests that a peer signed, or false signatures", labels=["peer"]
    )
    for state in list(cycle.peers.states.values()):
        up.add_metric([state.url], float(state.reachable))
    for peer, same in list(cycle.peers.agreed.items()):
        agrees.add_metric([peer], float(same))
    for peer, count in cycle.peers.disagreements.items():
        disagreed.add_metric([peer], count)
    yield from (up, agrees, disagreed)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=float(value))
