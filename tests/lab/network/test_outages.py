"""Nodes and oracle that are killed in driven time, under each consensus: what they cost, and what they do not."""

from dataclasses import replace

import pytest

from oracle.control.feedback import FeedbackController
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.registry import ENGINES
from oracle.engines.terms import Terms
from oracle.errors import SettingsError
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.outage import read_outage
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import Played, play
from tests.conftest import Refusal

PLAN = NetworkPlan(
    seed=11,  # half of the stake is with the nodes that are killed
    intervals=100,
    controller=FeedbackController(),
    nodes=8,
    accounts=8,
    capacity_transactions=30,
    half_life_intervals=30,
    outages=(read_outage("0-2@20-60"), read_outage("oracle@30-80")),
)
# Jailed after five misses of the last eight turns, so that those who come back ask for release.
TURNS = DelegateTerms(term_seconds=200, delegates=6, signed_blocks_window=8, min_signed_per_window=4, jail_terms=1)
TERMS: dict[str, Terms] = {engine: terms.of_run(10) for engine, terms in ENGINES.items()} | {"dpos": TURNS}


def _play(plan: NetworkPlan) -> tuple[Played, list[NetworkBlock]]:
    blocks: list[NetworkBlock] = []
    return play(plan, blocks.append), blocks


@pytest.mark.long
@pytest.mark.parametrize("engine", TERMS)
def test_dead_nodes_and_a_dead_oracle_cost_their_own_part_and_no_difference(engine: str) -> None:
    plan = replace(PLAN, terms=TERMS[engine])
    played, blocks = _play(plan)
    assert played.audit.max_relative_error < 1e-12
    assert played.audit.wasted == 0
    assert len(played.audit.confirmed) + played.audit.pending == len(played.transactions)

    def won(first: int, last: int) -> list[int]:
        rows = [row for row in played.rounds if first * 10 <= row.time_seconds < last * 10]
        return [row.node for row in rows if row.node is not None]

    # The nodes that were killed have won before and win again, and meanwhile the others go on without them.
    killed = {0, 1, 2}
    assert killed & set(won(0, 20))
    assert not killed & set(won(20, 60))
    assert len(won(20, 60)) > 8
    assert killed & set(won(60, 100))
    # What was pending as the oracle died may still come; nothing more until it is back.
    epochs = [block.epoch for block in blocks if plan.is_dead(None, block.time_seconds)]
    assert epochs[0] > 0
    assert set(epochs[2:]) == {epochs[2]}
    assert blocks[-1].epoch > epochs[-1]


@pytest.mark.long
def test_dead_hash_rate_is_lost() -> None:
    """Half of the nodes dead from the start on: blocks come half as often, but for what ASERT gives back."""
    plan = replace(PLAN, controller=None, half_life_intervals=10_000, intervals=60, outages=())
    whole, _ = _play(plan)
    half, _ = _play(replace(plan, outages=(read_outage("0-3@0"),)))
    assert half.rounds[0].hash_rate == whole.rounds[0].hash_rate / 2
    assert half.audit.rounds / whole.audit.rounds == pytest.approx(0.5, abs=0.2)


@pytest.mark.long
def test_where_every_delegate_is_dead_blocks_wait_until_one_is_there() -> None:
    """Terms without a block pass, in which nobody can call an election, and then the next turn has its block."""
    terms = replace(TURNS, delegates=8, term_seconds=100)
    plan = replace(PLAN, terms=terms, intervals=80, outages=(read_outage("0-7@20-50"),))
    played, _ = _play(plan)
    times = [row.time_seconds for row in played.rounds if row.round is not None]
    assert not [time for time in times if 200 <= time < 500]
    assert [time for time in times if time >= 500]
    assert played.audit.max_relative_error < 1e-12


def test_a_kill_is_read_as_it_is_written() -> None:
    for text in ("oracle@60-210", "3@20", "0-3@20-40", "7@0"):
        assert str(read_outage(text)) == text
    outage = read_outage("1-2@20-40")
    assert [outage.holds(node, 20) for node in (0, 1, 2, 3, None)] == [False, True, True, False, False]
    assert [outage.holds(1, interval) for interval in (19.9, 20, 39.9, 40)] == [False, True, True, False]


@pytest.mark.parametrize("text", ["oracle", "3@", "@3", "3-1@5", "3@9-9", "all@3", "3@1.5"])
def test_a_kill_of_nobody_or_no_time_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--kill"):
        read_outage(text)


def test_kills_that_a_run_cannot_have_are_refused(refusal: Refusal) -> None:
    assert "there is no node 9" in refusal("network", "--nodes", "4", "--kill", "9@3")
    assert "--kill is of --time driven" in refusal("network", "--time", "real", "--kill", "1@3")
