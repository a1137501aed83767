"""Answers of the HTTP interface, field by field, from a snapshot of the test's own."""

from dataclasses import replace

import pytest

from oracle.chain.contracts import DifficultyReading, MinersDifficulty
from oracle.formulas.lanes import WAD
from oracle.service.answers import difficulty_answer, node_answer
from oracle.service.snapshot import Snapshot
from oracle.window.window import Nodes

SNAPSHOT = Snapshot(
    number=1,
    block=77,
    block_hash=b"\x01" * 32,
    timestamp_seconds=1234,
    base_fee_wei=0,
    nodes=Nodes(theta0_wad=(WAD // 2, 0, WAD // 4), lanes=(-(1 << 13), 0, 1 << 14), active=(True, False, True)),
    difficulty=DifficultyReading(
        height=76, timestamp_seconds=1234, base_difficulty=5000, sum_exp_wad=5 * WAD // 2, difficulty=2000
    ),
    miners_difficulty=MinersDifficulty(difficulty=1900, contract="PowLedger", round=12),
    stale=True,
    age_seconds=33,
    since=0.0,
    looked_at=0.0,
)


def test_a_nodes_theta_is_theta0_plus_phi_exactly_and_as_a_fraction() -> None:
    assert node_answer(SNAPSHOT, 0).model_dump() == {
        "node": 0,
        "block": 77,
        "theta0": 0.5,
        "phi": -0.25,
        "theta": 0.25,
        "theta0_wad": str(WAD // 2),
        "phi_wad": str(-WAD // 4),
        "theta_wad": str(WAD // 4),
        "retired": False,
        "miner": None,
        "won": None,
        "stake": None,
        "votes": None,
    }
    assert (node_answer(SNAPSHOT, 2).theta, node_answer(SNAPSHOT, 2).theta_wad) == (0.75, str(3 * WAD // 4))
    assert node_answer(SNAPSHOT, 1).retired


@pytest.mark.parametrize("node", [-1, 3, -3])
def test_a_node_that_is_not_there_is_an_index_error(node: int) -> None:
    with pytest.raises(IndexError, match=str(node) if node < 0 else "range"):
        node_answer(SNAPSHOT, node)


def test_the_difficulty_that_miners_meet_stands_beside_the_controllers() -> None:
    answer = difficulty_answer(SNAPSHOT)
    assert answer is not None
    assert answer.model_dump() == {
        "height": 76,
        "timestamp_seconds": 1234,
        "base_difficulty": "5000",
        "sum_exp": 2.5,
        "sum_exp_wad": str(5 * WAD // 2),
        "difficulty": "1900",
        "contract": "PowLedger",
        "round": 12,
        "controller_difficulty": "2000",
    }


def test_without_an_active_node_there_is_no_difficulty() -> None:
    assert difficulty_answer(replace(SNAPSHOT, difficulty=None)) is None
    assert difficulty_answer(replace(SNAPSHOT, miners_difficulty=None)) is None
