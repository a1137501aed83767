"""What mining rounds cost, to the unit, for networks of several sizes.

To refresh after a wanted change: `UPDATE_GAS=1 python -m pytest tests/contracts/test_ledger_gas.py`, then commit
ledger_gas.json and the table in `docs/contracts.md`, which it writes too.
"""

import json
import os
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.engines.sending import submission_gas
from oracle.formulas.body import encode_body
from oracle.formulas.lanes import pack
from oracle.formulas.snapshot import NOTHING_SHOWN, OpeningPhi, show_lane
from oracle.markdown import section_of, with_section
from tests.contracts.stage import (
    BLOCK_SECONDS,
    GENESIS_TIMESTAMP_SECONDS,
    HALF_LIFE_SECONDS,
    LIMITS,
    WAD,
    account,
    deploy_stage,
)
from tests.trust.scene import Scene
from tests.trust.signing import address

SNAPSHOT = Path(__file__).parent / "ledger_gas.json"
PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
SECTION = "ledger gas"
SIZES = (100, 1_000, 10_000)
NODE = 7
OTHER = 8  # which comes second
CAPACITY = 1_000
BODY = encode_body(range(400))
HEADER = (
    "| nodes | win | with φ of the opening shown | first win after a report | a node more "
    "| that needs φ of the opening | competing |\n| --- | --- | --- | --- | --- | --- | --- |\n"
)


class Rounds:
    """A ledger whose every hash is a block (p = 1), over a network of some size."""

    def __init__(self, blocks: AnvilChain, nodes: int) -> None:
        self.stage = deploy_stage(blocks, theta0_wad=[WAD // 2] * nodes)
        for node in (NODE, OTHER):
            self.stage.chain.request("anvil_setBalance", [account(5000 + node).address, hex(10**20)])
        self.nodes = nodes
        arguments = (self.stage.oracle.address, nodes, BLOCK_SECONDS, HALF_LIFE_SECONDS, CAPACITY, 6)
        self.ledger = self.stage.deploy("PowLedger", arguments)
        self.round = 1

    def submit(self, round_: int, body: bytes = BODY, opening: OpeningPhi = NOTHING_SHOWN, node: int = NODE) -> int:
        call = self.ledger.functions.submitBlock(round_, node, body, 0, astuple(opening))
        gas = int(self.stage.send(call, sender=account(5000 + node))["gasUsed"])
        # What miners send it with is enough, with room to spare.
        assert gas * 1.1 < submission_gas(len(call._encode_transaction_data()) // 2 - 1, self.nodes)
        return gas

    def win(self, **changes: Any) -> int:
        gas = self.submit(self.round, **changes)
        self.round += 1
        return gas


def _measured(nodes: int) -> dict[str, int]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        rounds = Rounds(blocks, nodes)
        rounds.win()
        lanes = [(37 * node) % LIMITS.max_step_lane - 1000 for node in range(nodes)]
        lower = [lane // 2 - 400 for lane in lanes]
        plain = rounds.win()
        competing = rounds.submit(rounds.round - 1, opening=show_lane(pack([0] * nodes), OTHER), node=OTHER)
        rounds.stage.apply(lanes)
        after_report = rounds.win()
        shown = show_lane(pack(lanes), NODE)
        rounds.stage.apply(lower)
        functions = rounds.ledger.functions
        allowed = functions.weightLimitWith(rounds.round, NODE, astuple(shown)).call()
        assert allowed > functions.weightLimit(NODE).call()
        # The dearest of all: a full block of before the report, which takes a snapshot for the next round.
        dearest = rounds.win(body=encode_body(range(allowed)), opening=shown)
        with_opening = rounds.win(opening=show_lane(pack(lower), NODE))
    finally:
        blocks.close()
    return {
        "nodes": nodes,
        "win": plain,
        "win, opening shown": with_opening,
        "win after a report": after_report,
        "win after a report, opening needed": dearest,
        "competing": competing,
    }


def _table(rows: list[dict[str, int]]) -> str:
    lines = []
    for row in rows:
        a_node = (row["win after a report"] - row["win"]) / row["nodes"]
        cells = [row["nodes"], row["win"], row["win, opening shown"], row["win after a report"]]
        cells += [round(a_node), row["win after a report, opening needed"], row["competing"]]
        lines.append("| " + " | ".join(f"{cell:,}".replace(",", " ") for cell in cells) + " |")
    return HEADER + "\n".join(lines) + "\n"


@pytest.mark.parametrize("nodes", SIZES)
def test_rounds_cost_what_the_snapshot_says(nodes: int) -> None:
    measured = _measured(nodes)
    rows = {row["nodes"]: row for row in json.loads(SNAPSHOT.read_text())} if SNAPSHOT.exists() else {}
    if os.environ.get("UPDATE_GAS"):
        rows[nodes] = measured
        kept = [rows[size] for size in SIZES if size in rows]
        SNAPSHOT.write_text(json.dumps(kept, indent=1) + "\n")
        PAGE.write_text(with_section(PAGE.read_text(), SECTION, _table(kept)))
    assert measured == rows[nodes]


def test_the_table_in_the_docs_is_of_these_figures() -> None:
    assert section_of(PAGE.read_text(), SECTION) == _table(json.loads(SNAPSHOT.read_text()))


def test_in_a_network_too_large_for_a_snapshot_theta_in_force_counts() -> None:
    """And a win costs no more than without a report: nothing grows with the network beyond the limit."""
    scene = Scene(nodes=16_385)
    ledger = scene.chain.deploy(
        "PowLedger", (scene.oracle.address, scene.nodes, 10, 2880, CAPACITY, 6), sender=scene.owner
    )

    def win(round_: int) -> int:
        scene.mine()
        return ledger.send("submitBlock", round_, NODE, BODY, 0, ((), ()), sender=address(5000 + NODE))

    win(1)
    plain = win(2)
    scene.apply([100] * scene.nodes)
    assert win(3) < plain + 60_000
    assert ledger.read("phiRoot", ledger.read("opening")[5]) == bytes(32)
