"""What calls to the ledgers of stake and of delegates cost, to the unit; UPDATE_GAS=1 writes file and page anew."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.engines.dpos.terms import ELECTION_GAS
from oracle.engines.sending import submission_gas
from oracle.formulas.body import encode_body
from oracle.markdown import section_of, with_section
from tests.contracts.delegates import TERM_SECONDS, Delegates
from tests.contracts.stakes import EXIT_TERMS, STAKES, Stakes
from tests.trust.signing import address

SNAPSHOT = Path(__file__).parent / "engine_gas.json"
PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
SECTION = "engine gas"
BODY = encode_body(range(40))
# A transaction of any size; chains take up to 2^24.
_MOST_GAS = 1 << 24
_BY_ITSELF_GAS = 60_000  # a transaction, and its calldata


def _of_stakes() -> dict[str, int]:
    made = Stakes()
    gas = {"deposit, the first of a node": made.deposit(0, STAKES[0])}
    gas["commit"] = made.send("commit", 0, made.onions[0].tip, node=0)
    for node, amount in enumerate(STAKES[1:], 1):
        made.deposit(node, amount)
        made.send("commit", node, made.onions[node].tip, node=node)
    gas["deposit, a later one"] = made.deposit(0, 1)
    made.to_term(2)
    made.win(0)

    def block(name: str) -> None:
        made.next_draw([0])
        arguments = made.submission(made.block(0, BODY), BODY)
        gas[name] = made.ledger.send("submitBlock", *arguments, sender=address(5000))
        made.onions[0].peel()

    block("a block that wins")
    made.to_term(made.term + 1)
    block("the first of a term")
    gas["exit"] = made.send("exit", 1, STAKES[1], node=1)
    made.to_term(made.term + 2 + EXIT_TERMS)
    gas["withdraw"] = made.send("withdraw", 1, node=1)
    one = made.block(2)
    evidence = made.evidence(one, replace(one, body=b"\x05" * 32))
    gas["slash"] = made.ledger.send("slash", *evidence, sender=address(77))
    return gas


def _of_delegates(candidates: int) -> dict[str, int]:
    made = Delegates(nodes=candidates, seats=21)
    gas: dict[str, int] = {}
    for node in range(candidates):
        voted = made.vote(node, 1000 + node)
        stood = made.send("stand", node, 0, key=5000 + node % 64)
    gas["vote"], gas["stand"] = voted, stood
    made.to_term(2)
    gas["elect"] = made.ledger.send("elect")

    def block(name: str, skip: int = 0) -> None:
        node = made.next_turn(skip)
        turn_block = made.block(node, BODY)
        signature = made.signature(turn_block, key=5000 + node % 64)
        arguments = (tuple(vars(turn_block).values()), BODY, signature, ((), ()))
        gas[name] = made.ledger.send("submitBlock", *arguments)

    block("the first block")
    block("a block that wins")
    block("after a turn missed", skip=1)
    made.at(made.start + 3 * TERM_SECONDS)
    block("the first of a term, which elects")
    gas["unvote"] = made.send("unvote", 0, 500, key=9000)
    gas["move"] = made.send("move", 1, 2, 500, key=9000)
    return gas


def _measured() -> dict[str, dict[str, int]]:
    return {
        "StakeLedger": _of_stakes(),
        "DelegateLedger, 21 of 21 candidates": _of_delegates(21),
        "DelegateLedger, 21 of 128 candidates": _of_delegates(128),
    }


def _table(measured: dict[str, dict[str, int]]) -> str:
    lines = ["| ledger | call | gas |", "| --- | --- | --- |"]
    for ledger, calls in measured.items():
        lines += [f"| {ledger} | {call} | {gas} |" for call, gas in calls.items()]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, int]]:
    return _measured()


def test_calls_cost_what_the_snapshot_says(measured: dict[str, dict[str, int]]) -> None:
    if os.environ.get("UPDATE_GAS"):
        SNAPSHOT.write_text(json.dumps(measured, indent=1) + "\n")
        PAGE.write_text(with_section(PAGE.read_text(), SECTION, _table(measured)))
    assert measured == json.loads(SNAPSHOT.read_text())
    assert section_of(PAGE.read_text(), SECTION) == _table(measured)


def test_what_nodes_send_their_blocks_with_is_enough_for_an_election(measured: dict[str, dict[str, int]]) -> None:
    dearest = max(gas for calls in measured.values() for gas in calls.values())
    assert 1.1 * dearest + _BY_ITSELF_GAS < submission_gas(0, 0, ELECTION_GAS) < _MOST_GAS
