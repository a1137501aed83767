"""A whole network on Anvil in driven time: exact accounting, the formulas at every block, and an oracle that dies."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.controller import Controller
from oracle.control.feedback import FeedbackController
from oracle.control.policy import PolicyController
from oracle.lab.network.audit import Audit, Auditor
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.driven import DrivenNetwork
from oracle.lab.network.outage import Outage
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site, build_site
from oracle.model.bundle import Bundle
from tests.conftest import Figure

HALF_LIFE = 30
SMALL = {
    "nodes": 8,
    "half_life_intervals": HALF_LIFE,
    "accounts": 10,
    "capacity_transactions": 30,
    "crowd_every": 60.0,
    "tau": 0.1,
}


@dataclass
class Run:
    """A run that is over."""

    plan: NetworkPlan
    site: Site
    blocks: list[NetworkBlock]
    audit: Audit

    @property
    def sent(self) -> dict[bytes, float]:
        return {transaction: time for block in self.blocks for transaction, time in block.sent}


Play = Callable[[int, Controller | None, tuple[Outage, ...]], Run]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    chains = []

    def run(intervals: int, controller: Controller | None, outages: tuple[Outage, ...]) -> Run:
        small = NetworkPlan(seed=4, intervals=intervals, controller=controller, **SMALL)  # type: ignore[arg-type]
        plan = replace(small, outages=outages)
        chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
        chains.append(chain)
        site = build_site(plan, chain)
        network = DrivenNetwork(plan, chain, site, tmp_path / f"{len(chains)}.sqlite")
        blocks = list(network.play())
        network.committee.stop()
        auditor = Auditor(site)
        auditor.check(site.chain.head())
        return Run(plan, site, blocks, auditor.result)

    yield run
    for chain in chains:
        chain.close()


def _check_accounts(run: Run) -> None:
    """Every transaction sent is confirmed once or pending; nothing else is."""
    sent = run.sent
    assert run.audit.confirmed.keys() <= sent.keys()
    assert run.audit.offered == len(sent)
    assert len(run.audit.confirmed) + run.audit.pending == len(sent)
    assert run.audit.wasted == 0
    seen = [c.offer.hash for block in run.blocks for c in block.followed.confirmations]
    assert len(seen) == len(set(seen)) == len(run.audit.confirmed)
    for block in run.blocks:
        for confirmation in block.followed.confirmations:
            assert confirmation.latency_seconds > 0


def _check_schedule(run: Run) -> None:
    """The height follows ASERT: dh/dt = hash rate * sum(exp(phi)) / (N * 2^((h - t) / half-life)), times in T.

    Chance moves it away from that by a standard deviation of sqrt(half-life / (2 ln 2)), 4.7 blocks; four are allowed.
    """
    allowed = 4 * math.sqrt(HALF_LIFE / (2 * math.log(2)))
    expected, before = 0.0, 0.0
    pull = run.plan.nodes * 10**18
    for height, block in enumerate(run.blocks, 1):
        now = block.time_seconds / run.plan.interval_seconds
        rate = block.hash_rate / run.plan.hash_rate * pull / (run.plan.nodes * 10**18)
        steps = max(1, math.ceil(10 * (now - before)))
        for step in range(steps):
            time = before + (now - before) * step / steps
            expected += rate / 2 ** ((expected - time) / HALF_LIFE) * (now - before) / steps
        assert abs(height - expected) < allowed, (height, expected)
        before, pull = now, block.sum_exp_wad


@pytest.mark.parametrize("intervals", [90, pytest.param(180, marks=pytest.mark.long)])
def test_all_parts_together_account_for_every_transaction(
    play: Play, bundle: Bundle, figure: Figure, intervals: int
) -> None:
    run = play(intervals, PolicyController(bundle), ())
    _check_accounts(run)
    assert run.audit.rounds == len(run.blocks)
    _check_schedule(run)
    assert run.blocks[-1].epoch >= run.plan.intervals // run.plan.epoch_blocks - 4
    assert any(theta != run.blocks[0].theta_wad[0] for theta in run.blocks[-1].theta_wad)
    assert run.audit.max_relative_error < 1e-12
    figure(
        f"driven network: {run.audit.rounds} rounds, {run.audit.offered} transactions, {run.blocks[-1].epoch} reports, "
        f"{run.audit.competing} competing blocks, largest relative error {run.audit.max_relative_error:.1e}"
    )


@pytest.mark.long
def test_a_dead_oracle_costs_the_gain_alone_and_resumes_where_it_stood(play: Play) -> None:
    controller = FeedbackController(gain=0.2, constant=0.2)
    # Stale after 60 intervals; phi then halves every 10.
    run = play(240, controller, (Outage(None, 60, 210),))
    _check_accounts(run)
    dead = [block for block in run.blocks if run.plan.is_dead(None, block.time_seconds)]
    epochs = [block.epoch for block in dead]
    assert epochs[0] >= 3
    assert set(epochs[2:]) == {epochs[2]}  # one report may have been pending
    assert run.blocks[-1].epoch > epochs[-1]
    # Blocks went on meanwhile.
    assert len(dead) > 100
    # Phi was relaxed, by whoever cares to call, until theta is theta_0 again; then the oracle moved it anew.
    assert dead[0].theta_wad != dead[-1].theta_wad
    assert dead[-1].sum_exp_wad == pytest.approx(run.plan.nodes * 10**18, rel=0.02)
    assert run.blocks[-1].sum_exp_wad > dead[-1].sum_exp_wad


def test_runs_of_one_seed_see_the_same_traffic(play: Play) -> None:
    off, fed = play(40, None, ()), play(40, FeedbackController(gain=0.3), ())
    common = min(off.blocks[-1].time_seconds, fed.blocks[-1].time_seconds)
    times = [[t for t in run.sent.values() if t < common] for run in (off, fed)]
    assert times[0] == times[1]
    assert len(times[0]) > 200
    assert {block.epoch for block in off.blocks} == {0}
    assert all(theta == 5 * 10**17 for theta in off.blocks[-1].theta_wad)
