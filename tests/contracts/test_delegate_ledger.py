"""Delegated proof of stake: whose turn it is, what a block must bring, and what absence costs."""

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.formulas.asert import Anchor
from oracle.formulas.body import encode_body
from oracle.formulas.lanes import WAD
from oracle.formulas.snapshot import show_lane
from tests.contracts.delegates import (
    CAPACITY,
    HALF_LIFE_SECONDS,
    JAIL_TERMS,
    MIN_SIGNED,
    SEATS,
    TERM_SECONDS,
    TURN_SECONDS,
    VOTES,
    WINDOW,
    Delegates,
    TurnBlock,
)
from tests.contracts.stakes import COIN, EMPTY
from tests.trust.evm import Reverted
from tests.trust.signing import address
from tests.vectors.engine_cases import turn_order

REPORTER = address(77)


@pytest.fixture
def turns() -> Delegates:
    made = Delegates()
    made.begin(VOTES)
    return made


def hash_of(body: bytes) -> bytes:
    return bytes(keccak(body))


def test_rounds_begin_two_terms_after_deployment_when_first_votes_count() -> None:
    made = Delegates()
    round_, _, _, opened_at, d, p, _ = made.opening()
    assert (made.ledger.read("ENGINE"), round_, d, p) == ("dpos", 1, TURN_SECONDS * 5, TURN_SECONDS)
    assert opened_at == made.start + 2 * TERM_SECONDS
    assert made.ledger.read("delegateSetup") == (COIN, TERM_SECONDS, SEATS, WINDOW, MIN_SIGNED, JAIL_TERMS)
    for node, amount in enumerate(VOTES):
        made.vote(node, amount)
        made.stand(node)
    for term in (0, 1):
        made.to_term(term)
        assert made.failure("elect") == ("NoDelegates",)
    made.to_term(2)
    assert made.refused(made.block(0)) == ("NoDelegates",)
    made.ledger.send("elect")
    assert sorted(made.order()) == [0, 1, 2]
    assert made.ledger.read("turnAt", made.now) == (0, 0)  # none has begun


@pytest.mark.parametrize("change", [(1, 0), (2, 0), (2, 129), (3, 0), (3, 257), (4, WINDOW + 1), (5, 0)])
def test_refuses_a_setup_that_cannot_work(change: tuple[int, int]) -> None:
    made = Delegates()
    rounds, setup = made.setup
    index, value = change
    with pytest.raises(Reverted) as refused:
        wrong = (*setup[:index], value, *setup[index + 1 :])
        made.chain.deploy("DelegateLedger", rounds, wrong, sender=made.scene.owner)
    assert refused.value.failure == ("InvalidDelegateSetup",)


def test_delegates_take_turns_of_p_seconds_in_their_order(turns: Delegates) -> None:
    order, opened = turns.order(), turns.opening()[3]
    for number in range(1, 10):
        block = turns.win()
        assert block.node == order[(number - 1) % SEATS]
        assert block.turn_seconds == opened + TURN_SECONDS * number
        assert turns.ledger.read("roundOf", number)[3:6] == (block.node, block.turn_seconds, 0)
    assert all(turns.ledger.read("missedTurns", node) == 0 for node in order)


def test_the_order_is_drawn_from_the_block_of_the_election(turns: Delegates) -> None:
    turns.win()
    turns.to_term(3)
    parent = turns.opening()[1]
    turns.ledger.send("elect")
    entropy = turns.chain.evm.block_hash(turns.chain.number - 1)
    assert list(turns.order()) == turn_order([0, 1, 2], parent, 3, bytes(entropy))


def test_d_follows_the_rounds_by_asert_to_the_integer(turns: Delegates) -> None:
    anchor = Anchor(TURN_SECONDS * 5, 0, turns.start + 2 * TERM_SECONDS, TURN_SECONDS, HALF_LIFE_SECONDS)
    for height in range(1, 15):
        turns.win(skip=height % 3)
        expected = anchor.base_difficulty_at(height=height, timestamp_seconds=turns.now)
        assert turns.opening()[4] == expected
        assert turns.opening()[5] == max(1, expected * WAD // turns.scene.oracle.read("sumExpWad"))


def test_a_block_wins_its_round_and_opens_the_next(turns: Delegates) -> None:
    block = turns.win(body=encode_body(range(7)))
    won = turns.ledger.read("roundOf", 1)
    drawn_from = block.turn_seconds.to_bytes(32, "big")
    assert won == (drawn_from, turns.digest(block), TURN_SECONDS, block.node, turns.now, 7, 0, 1)
    assert turns.opening()[:2] == (2, turns.digest(block))
    assert turns.ledger.read("hashOf", astuple(block)) == turns.digest(block)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"round": 2}, lambda t, b: ("RoundNotOpen", 2, 1)),
        ({"parent": b"\x01" * 32}, lambda t, b: ("WrongParent", 1, b"\x01" * 32, t.opening()[1])),
        ({"body": b"\x02" * 32}, lambda t, b: ("WrongBody", hash_of(EMPTY), b"\x02" * 32)),
        ({"node": 4}, lambda t, b: ("NotItsTurn", 4, t.order()[0])),
        ({"turn_seconds": 5}, lambda t, b: ("NotInTurn", 5, t.opening()[3] + TURN_SECONDS)),
    ],
    ids=["round", "parent", "body", "node", "turn"],
)
def test_a_block_that_is_wrong_in_one_thing_is_refused(
    turns: Delegates, changes: dict[str, Any], error: Callable[[Delegates, TurnBlock], tuple[Any, ...]]
) -> None:
    block = replace(turns.block(turns.next_turn()), **changes)
    assert turns.refused(block) == error(turns, block)


def test_a_turn_is_neither_early_nor_late(turns: Delegates) -> None:
    node = turns.next_turn()
    block, began = turns.block(node), turns.now
    turns.at(began - 1)
    assert turns.refused(block) == ("NotInTurn", began, 0)
    turns.at(began + TURN_SECONDS)
    assert turns.refused(block) == ("NotInTurn", began, began + TURN_SECONDS)
    turns.at(began + TURN_SECONDS - 1)
    turns.ledger.send("submitBlock", *turns.submission(block))


def test_a_round_that_was_won_takes_no_block(turns: Delegates) -> None:
    block = turns.win()
    assert turns.refused(block) == ("RoundWasWon", 1)
    turns.next_turn()
    assert turns.refused(block) == ("RoundWasWon", 1)
    assert turns.ledger.read("competingBlocks") == 0


def test_only_the_key_of_the_node_signs_and_anyone_may_bring_it(turns: Delegates) -> None:
    block = turns.block(turns.next_turn())
    wrong = 5000 + (block.node + 1) % 5
    details, body, signature, shown = turns.submission(block)
    refused = turns.failure("submitBlock", details, body, turns.signature(block, key=wrong), shown)
    assert refused == ("NotSignedBy", block.node, address(wrong), address(5000 + block.node))
    turns.ledger.send("submitBlock", details, body, signature, shown, sender=REPORTER)


def test_a_block_weighs_no_more_than_theta_allows_at_the_opening_or_now(turns: Delegates) -> None:
    turns.scene.apply([2000] * turns.nodes)
    turns.win()
    words = turns.scene.oracle.read("phiWords", 0, 9)
    turns.scene.apply([0] * turns.nodes)
    node = turns.next_turn()
    weight = CAPACITY // 2 + 6
    body = encode_body(range(weight))
    block = turns.block(node, body)
    assert turns.refused(block, body) == ("BlockTooHeavy", node, weight, CAPACITY // 2)
    shown = show_lane(words, node)
    turns.ledger.send("submitBlock", *turns.submission(block, body, (list(shown.words), list(shown.pages))))


def test_a_retired_delegate_has_turns_and_no_blocks(turns: Delegates) -> None:
    node = turns.next_turn()
    turns.scene.oracle.send("retire", node)
    assert turns.refused(turns.block(node)) == ("NodeIsRetired", node)
    turns.to_term(3)
    turns.ledger.send("elect")
    assert node not in turns.order()


# Absence


def test_an_absent_delegate_costs_its_own_turns_and_no_more(turns: Delegates) -> None:
    order, opened = turns.order(), turns.opening()[3]
    absent = order[1]
    times: list[int] = []
    makers, missed = [], 0
    expected_at, place = opened, 0
    for _ in range(5):
        skip = 1 if order[place % SEATS] == absent else 0
        missed += skip
        block = turns.win(skip)
        p = turns.ledger.read("roundOf", len(times) + 1)[2]
        expected_at += p * (1 + skip)
        place += 1 + skip
        times.append(block.turn_seconds)
        makers.append(block.node)
        assert block.turn_seconds == expected_at
    assert absent not in makers
    assert makers == [order[0], order[2], order[0], order[2], order[0]]
    assert turns.ledger.read("missedTurns", absent) == missed == 2
    assert {turns.ledger.read("missedTurns", node) for node in makers} == {0}


def test_laps_that_all_missed_are_counted_of_none(turns: Delegates) -> None:
    """As after a halt of the chain: nobody is jailed for it, and turns go on where they stand by the clock."""
    order = turns.order()
    turns.win(skip=5 * SEATS + 1)
    assert [turns.ledger.read("missedTurns", node) for node in order] == [1, 0, 0]
    assert turns.ledger.read("roundOf", 1)[3] == order[1]
    assert turns.order() == (order[2], order[0], order[1])


def test_who_misses_too_many_turns_is_jailed_and_the_others_keep_their_order(turns: Delegates) -> None:
    order = turns.order()
    absent = order[0]
    allowed = WINDOW - MIN_SIGNED
    for _ in range(allowed):
        turns.win(skip=1)
        turns.win()
        assert turns.ledger.read("jailedUntil", absent) == 0
    turns.win(skip=1)
    assert turns.ledger.read("jailedUntil", absent) == turns.term + JAIL_TERMS
    assert turns.order() == (order[2], order[1])
    assert [turns.win().node for _ in range(4)] == [order[2], order[1]] * 2


def test_misses_leave_the_window_with_the_turns_that_follow(turns: Delegates) -> None:
    order = turns.order()
    turns.win(skip=1)  # order[0] missed its turn
    turns.win()
    for number in range(WINDOW):
        assert turns.ledger.read("missedTurns", order[0]) == 1, number
        for _ in range(SEATS):
            turns.win()
    assert turns.ledger.read("missedTurns", order[0]) == 0


def test_jail_ends_by_the_nodes_own_key_once_its_terms_are_over(turns: Delegates) -> None:
    absent = turns.order()[0]
    while not turns.ledger.read("jailedUntil", absent):
        turns.win(skip=1 if turns.order()[0] == absent else 0)
    until = turns.ledger.read("jailedUntil", absent)
    assert turns.failure("release", absent) == ("NotKeyOf", absent, address(3), address(5000 + absent))
    assert turns.failure("release", absent, sender=5000 + absent) == ("CannotRelease", absent, turns.term, until)
    turns.to_term(turns.term + 1)
    turns.ledger.send("elect")
    assert absent not in turns.order()  # the fourth has its place
    assert 3 in turns.order()
    turns.to_term(until)
    turns.ledger.send("elect")
    assert absent not in turns.order()
    turns.send("release", absent, key=5000 + absent)
    assert turns.ledger.read("missedTurns", absent) == 0
    assert turns.failure("release", absent, sender=5000 + absent) == ("CannotRelease", absent, until, 0)
    turns.to_term(until + 1)
    turns.ledger.send("elect")
    assert absent in turns.order()


def test_votes_that_move_and_standing_again_free_nobody_from_jail(turns: Delegates) -> None:
    absent = turns.order()[0]
    while not turns.ledger.read("jailedUntil", absent):
        turns.win(skip=1 if turns.order()[0] == absent else 0)
    assert turns.failure("stand", absent, 0, sender=5000 + absent) == ("StandsAlready", absent)
    turns.vote(absent, 1000)
    turns.to_term(turns.term + 2)
    turns.ledger.send("elect")
    assert absent not in turns.order()


def test_turns_missed_up_to_an_election_are_counted(turns: Delegates) -> None:
    order, p = turns.order(), turns.opening()[5]
    # 1 + 19 laps and a turn, and one that goes on and is no one's to answer for yet.
    turns.at(turns.opening()[3] + p * (20 * SEATS + 2) + 1)
    assert turns.term == 3
    turns.ledger.send("elect")
    assert [turns.ledger.read("missedTurns", node) for node in order] == [1, 0, 0]


# Evidence


def _evidence(turns: Delegates, of: int, **changes: Any) -> tuple[Any, ...]:
    one = turns.block(of)
    return turns.evidence(one, replace(one, **({"body": b"\x05" * 32} | changes)))


def test_two_blocks_of_one_turn_bar_their_node_for_good(turns: Delegates) -> None:
    node = turns.next_turn()
    turns.ledger.send("bar", *_evidence(turns, node), sender=REPORTER)
    assert turns.ledger.read("equivocations", node) == 1
    assert turns.refused(turns.block(node)) == ("NodeBarred", node)
    assert turns.failure("bar", *_evidence(turns, node)) == ("NodeBarred", node)
    turns.to_term(3)
    turns.ledger.send("elect")
    assert node not in turns.order()


@pytest.mark.parametrize(
    "changes",
    [{"body": bytes(keccak(EMPTY))}, {"turn_seconds": 999}, {"node": 4}],
    ids=["one block", "two turns", "two nodes"],
)
def test_what_is_no_evidence_bars_nobody(turns: Delegates, changes: dict[str, Any]) -> None:
    assert turns.failure("bar", *_evidence(turns, turns.next_turn(), **changes)) == ("NoEvidence",)


def test_evidence_needs_both_signatures(turns: Delegates) -> None:
    one, signed, other, also_signed = _evidence(turns, turns.next_turn())
    assert turns.failure("bar", one, signed, other, signed)[0] == "NotSignedBy"
    assert turns.failure("bar", one, also_signed, other, also_signed)[0] == "NotSignedBy"
