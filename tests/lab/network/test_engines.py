"""Whole networks under every consensus by the clock, in driven time, audited block by block."""

from dataclasses import replace
from pathlib import Path

import pytest

from oracle.control.feedback import FeedbackController
from oracle.engines.registry import ENGINES
from oracle.lab.bench.fidelity import compare_with_plant
from oracle.lab.bench.fidelity_page import page
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import Played, play
from oracle.lab.network.run_directory import write_run

BY_CLOCK = [engine for engine, terms in ENGINES.items() if terms.by_clock]
PLAN = NetworkPlan(
    seed=6,
    intervals=80,
    controller=None,
    nodes=12,
    accounts=10,
    capacity_transactions=30,
    half_life_intervals=30,
    crowd_every=60.0,
)


@pytest.fixture(scope="module")
def off() -> dict[str, Played]:
    """A run without phi under each."""
    nothing: list[NetworkBlock] = []
    return {engine: play(replace(PLAN, terms=ENGINES[engine].of_run(10)), nothing.append) for engine in BY_CLOCK}


def _check(played: Played) -> None:
    assert played.audit.max_relative_error < 1e-12
    assert played.audit.wasted == 0
    assert len(played.audit.confirmed) + played.audit.pending == len(played.transactions)
    assert played.audit.rounds > 40


@pytest.mark.long
@pytest.mark.parametrize("engine", BY_CLOCK)
def test_every_transaction_is_accounted_for_and_phi_makes_them_wait_less(engine: str, off: dict[str, Played]) -> None:
    blocks: list[NetworkBlock] = []
    plan = replace(PLAN, terms=ENGINES[engine].of_run(10), controller=FeedbackController())
    feedback = play(plan, blocks.append)
    for played in (off[engine], feedback):
        _check(played)
    assert feedback.summary.reports > 2
    assert feedback.summary.latency_p95 < off[engine].summary.latency_p95
    assert len({mined.node for block in blocks for mined in block.followed.mined}) > 2


@pytest.mark.long
def test_slots_that_several_draw_make_competing_blocks_and_turns_make_none(off: dict[str, Played]) -> None:
    assert off["pos"].audit.competing > 0 == off["dpos"].audit.competing
    # Turns come after p seconds unless they are missed; slots by chance.
    assert off["dpos"].summary.interval_deviation < 0.5 < off["pos"].summary.interval_deviation


@pytest.mark.parametrize(("interval", "p"), [(4, 4), (10, 10), (12, 12), (25, 25), (60, 10), (75, 15), (89, 89)])
def test_slots_are_whole_seconds_and_divide_the_interval(interval: int, p: int) -> None:
    assert ENGINES["pos"].of_run(interval).p(interval, 1) == p


@pytest.mark.long
@pytest.mark.parametrize("engine", BY_CLOCK)
def test_the_plant_plays_a_recorded_network_as_it_was(engine: str, off: dict[str, Played], tmp_path: Path) -> None:
    played = off[engine]
    write_run(
        tmp_path,
        name="off",
        plan=played.plan,
        rounds=played.rounds,
        transactions=played.transactions,
        blocks=played.blocks,
        summary=played.summary,
    )
    found = compare_with_plant(tmp_path)
    assert found.plant_p95 == pytest.approx(found.network_p95, rel=0.15)
    assert found.plant_mean_theta == found.network_mean_theta == 0.5
    assert found.plant_stale == pytest.approx(found.network_stale, abs=0.06)
    assert found.plant_low <= found.plant_any_p95 <= found.plant_high
    assert f"| {played.plan.seed} | {found.network_p95:.2f} | {found.plant_p95:.2f} |" in page([found])
