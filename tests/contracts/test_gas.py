"""What calls cost, to the unit: a change in `gas.json` shows in review what a change in the contracts costs.

To refresh after a wanted change: `UPDATE_GAS=1 python -m pytest tests/contracts/test_gas.py`, then commit gas.json.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.chain.embedded import EmbeddedChain
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    LIMITS,
    STRANGER,
    WAD,
    WIDE,
    Stage,
    account,
    deploy_stage,
)

SNAPSHOT = Path(__file__).parent / "gas.json"
NODE_COUNT = 100


@pytest.fixture(scope="module")
def hundred() -> Iterator[Stage]:
    """A hundred nodes, two of three operators sign."""
    blocks = EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    yield deploy_stage(
        blocks,
        theta0_wad=[WAD // 2] * NODE_COUNT,
        operators=[account(1000 + index) for index in range(3)],
        threshold=2,
        limits=LIMITS,
    )
    blocks.close()


def _measured(stage: Stage) -> dict[str, int]:
    def report(lanes: list[int]) -> int:
        stage.space()
        return int(stage.send(stage.submission(stage.signed(lanes, signers=(0, 1))), sender=STRANGER)["gasUsed"])

    stage.mine(5)
    first = report([(-1) ** node * (20 * node + 1) for node in range(NODE_COUNT)])
    warm = report([(-1) ** node * (19 * node + 2) for node in range(NODE_COUNT)])
    relax = stage.send(stage.oracle.functions.relax(), at=stage.now + WIDE.max_age_seconds + 1)["gasUsed"]
    retire = stage.send(stage.oracle.functions.retire(50))["gasUsed"]
    register = stage.send(stage.oracle.functions.register([STRANGER.address], [WAD // 2]))["gasUsed"]
    return {
        "report, 100 nodes, 2 signatures, from phi 0": first,
        "report, 100 nodes, 2 signatures, warm": warm,
        "relax, 100 nodes": int(relax),
        "retire": int(retire),
        "register 1 node": int(register),
    }


def test_calls_cost_what_the_snapshot_says(hundred: Stage) -> None:
    measured = _measured(hundred)
    if os.environ.get("UPDATE_GAS"):
        SNAPSHOT.write_text(json.dumps(measured, indent=2) + "\n")
    assert measured == json.loads(SNAPSHOT.read_text())
