"""Proof of stake: whose slot it is, and what a block must bring."""

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.formulas.asert import Anchor
from oracle.formulas.body import encode_body
from oracle.formulas.lanes import WAD
from oracle.formulas.lottery import chance_q128
from oracle.formulas.snapshot import show_lane
from tests.contracts.stakes import (
    CAPACITY,
    COIN,
    CONFIRMATIONS,
    EMPTY,
    EXIT_TERMS,
    GRACE_SLOTS,
    HALF_LIFE_SECONDS,
    INTERVAL_SECONDS,
    P_SLOTS,
    SLOT_SECONDS,
    STAKES,
    TERM_SLOTS,
    SlotBlock,
    Stakes,
)
from tests.trust.evm import Reverted
from tests.trust.signing import address


@pytest.fixture
def stakes() -> Stakes:
    made = Stakes()
    made.begin(STAKES)
    return made


def hash_of(body: bytes) -> bytes:
    return bytes(keccak(body))


def test_rounds_begin_two_terms_after_deployment_when_first_stakes_count() -> None:
    made = Stakes()
    round_, seed, _, opened_at, d, p, _ = made.opening()
    assert (made.ledger.read("ENGINE"), round_, d, p) == ("pos", 1, P_SLOTS * 5, P_SLOTS)
    assert opened_at == made.start + 2 * TERM_SLOTS * SLOT_SECONDS
    where = made.scene.chain_id.to_bytes(32, "big") + bytes.fromhex(made.ledger.address[2:]).rjust(32, b"\0")
    assert seed == keccak(where)
    assert made.ledger.read("stakeSetup") == (COIN, SLOT_SECONDS, TERM_SLOTS, EXIT_TERMS, GRACE_SLOTS)
    for node, amount in enumerate(STAKES):
        made.deposit(node, amount)
        made.send("commit", node, made.onions[node].tip, node=node)
    last = 2 * TERM_SLOTS - 1
    made.to_slot(last)
    assert made.ledger.read("totalStake", 1) == 0  # a slot of term 1 is nobody's
    assert made.refused(made.block(0)) == ("SlotNotAdvancing", last, last)
    made.to_slot(last + 1)
    assert made.ledger.read("totalStake", 2) == sum(STAKES)


@pytest.mark.parametrize("change", [(1, 0), (2, 0), (3, 0), (4, TERM_SLOTS)])
def test_refuses_a_setup_that_cannot_work(change: tuple[int, int]) -> None:
    made = Stakes()
    rounds, stake_setup = made.setup
    index, value = change
    wrong = (*stake_setup[:index], value, *stake_setup[index + 1 :])
    with pytest.raises(Reverted) as refused:
        made.chain.deploy("StakeLedger", rounds, wrong, sender=made.scene.owner)
    assert refused.value.failure == ("InvalidStakeSetup",)


def test_a_drawn_slot_wins_its_round_and_opens_the_next(stakes: Stakes) -> None:
    block = stakes.win(body=encode_body(range(7)))
    seed = stakes.ledger.read("seedOf", block.slot // TERM_SLOTS)
    now = stakes.chain.timestamp
    assert stakes.ledger.read("roundOf", 1) == (seed, stakes.digest(block), P_SLOTS, block.node, now, 7, 0, 1)
    round_, parent, _, opened_at, *_ = stakes.opening()
    assert (round_, parent, opened_at) == (2, stakes.digest(block), now)
    assert stakes.ledger.read("hashOf", astuple(block)) == stakes.digest(block)


def test_d_follows_the_rounds_by_asert_to_the_integer(stakes: Stakes) -> None:
    start = stakes.start + 2 * TERM_SLOTS * SLOT_SECONDS
    anchor = Anchor(P_SLOTS * stakes.nodes, 0, start, INTERVAL_SECONDS, HALF_LIFE_SECONDS)
    for height in range(1, 40):
        stakes.win()
        expected = anchor.base_difficulty_at(height=height, timestamp_seconds=stakes.chain.timestamp)
        assert stakes.opening()[4] == expected
        assert stakes.opening()[5] == max(1, expected * WAD // stakes.scene.oracle.read("sumExpWad"))


def test_slots_are_drawn_by_the_twin_and_by_nothing_else(stakes: Stakes) -> None:
    drawn = 0
    for node in range(stakes.nodes):
        assert stakes.ledger.read("chanceQ128", node) == chance_q128(P_SLOTS, STAKES[node], sum(STAKES))
        for slot in range(2 * TERM_SLOTS, 3 * TERM_SLOTS):
            expected = stakes.drawn(slot, node)
            assert stakes.ledger.read("isDrawn", slot, node) == expected
            drawn += expected
    assert 3 < drawn < 20  # 8 of 32 slots have a block on average
    node = stakes.next_draw(is_drawn=False)
    assert stakes.refused(stakes.block(node)) == ("SlotNotWon", stakes.slot, node)


def test_the_seed_of_a_term_is_all_reveals_of_the_terms_before(stakes: Stakes) -> None:
    mix: bytes = stakes.ledger.read("seedOf", 2)
    seeds: dict[int, bytes] = {}
    while stakes.term < 7:
        stakes.next_draw([0, 1])
        seeds.setdefault(stakes.term, mix)
        assert stakes.ledger.read("seedOf", stakes.term) == seeds[stakes.term]
        if stakes.term == 4:
            continue  # nobody makes a block: the next term has the same seed
        node = 0 if stakes.drawn(stakes.slot, 0) else 1
        mix = bytes(keccak(mix + stakes.onions[node].next()))
        stakes.ledger.send("submitBlock", *stakes.submission(stakes.block(node)))
        stakes.onions[node].peel()
        assert stakes.ledger.read("seedOf", stakes.term) == seeds[stakes.term]
        if stakes.term == 5:
            assert stakes.ledger.read("seedOf", 4) == seeds[4]
    assert seeds[4] == seeds[5]
    assert len(set(seeds.values())) == len(seeds) - 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"round": 2}, lambda s, b: ("RoundNotOpen", 2, 1)),
        ({"parent": b"\x01" * 32}, lambda s, b: ("WrongParent", 1, b"\x01" * 32, s.opening()[1])),
        ({"body": b"\x02" * 32}, lambda s, b: ("WrongBody", hash_of(EMPTY), b"\x02" * 32)),
        ({"reveal": b"\x03" * 32}, lambda s, b: ("WrongReveal", b.node, b"\x03" * 32, s.onions[b.node].tip)),
        ({"node": 99}, lambda s, b: ("UnknownNode", 99, 5)),
    ],
    ids=["round", "parent", "body", "reveal", "node"],
)
def test_a_block_that_is_wrong_in_one_thing_is_refused(
    stakes: Stakes, changes: dict[str, Any], error: Callable[[Stakes, SlotBlock], tuple[Any, ...]]
) -> None:
    block = replace(stakes.block(stakes.next_draw()), **changes)
    assert stakes.refused(block) == error(stakes, block)


def test_only_the_key_of_the_node_signs_and_anyone_may_bring_it(stakes: Stakes) -> None:
    block = stakes.block(stakes.next_draw())
    wrong = 5000 + (block.node + 1) % 5
    details, body, signature, shown = stakes.submission(block)
    refused = stakes.failure("submitBlock", details, body, stakes.signature(block, key=wrong), shown)
    assert refused == ("NotSignedBy", block.node, address(wrong), address(5000 + block.node))
    stakes.ledger.send("submitBlock", details, body, signature, shown, sender=address(77))


def test_a_signature_is_good_for_one_ledger_on_one_chain(stakes: Stakes) -> None:
    block = stakes.block(stakes.next_draw())
    other = stakes.chain.deploy("StakeLedger", *stakes.setup, sender=stakes.scene.owner)
    details, body, _, shown = stakes.submission(block)
    ours, stakes.ledger = stakes.ledger, other
    foreign = stakes.signature(block)
    stakes.ledger = ours
    assert stakes.failure("submitBlock", details, body, foreign, shown)[0] == "NotSignedBy"


def test_a_block_comes_neither_ahead_of_its_slot_nor_long_after(stakes: Stakes) -> None:
    node = stakes.next_draw()
    slot, block = stakes.slot, stakes.block(node)
    stakes.to_slot(slot - 1)
    assert stakes.refused(block) == ("SlotNotYet", slot, slot - 1)
    stakes.to_slot(slot + GRACE_SLOTS + 1)
    assert stakes.refused(block) == ("SlotTooLate", slot, slot + GRACE_SLOTS + 1, GRACE_SLOTS)
    stakes.to_slot(slot + GRACE_SLOTS)
    stakes.ledger.send("submitBlock", *stakes.submission(block))


def test_a_slot_up_to_that_of_the_parent_is_over(stakes: Stakes) -> None:
    first = stakes.win()
    stakes.to_slot(first.slot + 1)
    for slot in (first.slot, first.slot - 1):
        assert stakes.refused(stakes.block(first.node, slot=slot)) == ("SlotNotAdvancing", slot, first.slot)


def test_the_clock_must_move_between_rounds(stakes: Stakes) -> None:
    """A block that comes late, and one of the slot after it, in one block of the chain."""
    late = stakes.block(stakes.next_draw())
    while True:
        stakes.to_slot(stakes.slot + 1)
        node = next((node for node in range(stakes.nodes) if stakes.drawn(stakes.slot, node)), None)
        if node is not None and stakes.slot - late.slot <= GRACE_SLOTS and node != late.node:
            break
        if node is not None:
            late = stakes.block(node)
    stakes.ledger.send("submitBlock", *stakes.submission(late))
    assert stakes.drawn(stakes.slot, node)
    now = stakes.chain.timestamp
    assert stakes.refused(stakes.block(node)) == ("TimestampNotAdvancing", now, now)


def test_a_late_block_competes_until_its_round_is_final(stakes: Stakes) -> None:
    """Two nodes draw one slot: the one that comes second competes."""
    both: list[int] = []
    while len(both) < 2:
        stakes.to_slot(stakes.slot + 1)
        both = [node for node in range(stakes.nodes) if stakes.drawn(stakes.slot, node)]
    first, second = (stakes.block(node) for node in both[:2])
    stakes.ledger.send("submitBlock", *stakes.submission(first))
    stakes.onions[first.node].peel()
    stakes.to_slot(stakes.slot + 1)
    assert stakes.refused(first) == ("NodeHasBlock", 1, first.node)
    body = encode_body(range(5))
    heavy = replace(second, body=hash_of(body))
    assert stakes.refused(heavy, body) == ("BlockTooHeavy", second.node, 5, 0)  # phi of the opening is not shown
    stakes.ledger.send("submitBlock", *stakes.submission(second))
    assert (stakes.ledger.read("competingBlocks"), stakes.ledger.read("roundOf", 1)[6]) == (1, 1)
    assert stakes.refused(second) == ("NodeHasBlock", 1, second.node)
    # What it revealed is not in the mix, and its onion stands as before.
    assert stakes.ledger.read("tipOf", second.node) == stakes.onions[second.node].tip
    for _ in range(CONFIRMATIONS):
        stakes.win()
    assert stakes.refused(replace(second, body=hash_of(body)), body) == ("RoundFinal", 1, 1)


def test_a_block_weighs_no_more_than_theta_allows(stakes: Stakes) -> None:
    limit = stakes.ledger.read("weightLimit", 0)
    assert limit == CAPACITY // 2
    node = stakes.next_draw()
    body = encode_body(range(limit + 1))
    assert stakes.refused(stakes.block(node, body), body) == ("BlockTooHeavy", node, limit + 1, limit)
    body = encode_body(range(limit))
    stakes.ledger.send("submitBlock", *stakes.submission(stakes.block(node, body), body))


def test_phi_at_the_opening_counts_where_it_allows_more(stakes: Stakes) -> None:
    stakes.scene.apply([2000] * stakes.nodes)
    stakes.win()
    words = stakes.scene.oracle.read("phiWords", 0, 9)
    stakes.scene.apply([0] * stakes.nodes)
    node = stakes.next_draw()
    weight = CAPACITY // 2 + 6
    body = encode_body(range(weight))
    block = stakes.block(node, body)
    assert stakes.refused(block, body) == ("BlockTooHeavy", node, weight, CAPACITY // 2)
    shown = show_lane(words, node)
    stakes.ledger.send("submitBlock", *stakes.submission(block, body, (list(shown.words), list(shown.pages))))


def test_p_falls_with_phi(stakes: Stakes) -> None:
    before = stakes.opening()[5]
    for lane in (2000, 4000, 6000):
        stakes.scene.apply([lane] * stakes.nodes)
    stakes.win()
    base, p = stakes.opening()[4:6]
    assert p == base * WAD // stakes.scene.oracle.read("sumExpWad") < before


def test_stakes_and_seeds_are_told_of_this_term_and_the_one_before(stakes: Stakes) -> None:
    for function, arguments in (("stakeOf", (0,)), ("totalStake", ()), ("seedOf", ())):
        for term in (stakes.term - 2, stakes.term + 1):
            with pytest.raises(Reverted) as refused:
                stakes.ledger.read(function, *arguments, term)
            assert refused.value.failure == ("TermNotTold", term, stakes.term)


def test_time_runs_in_slots_from_the_deployment(stakes: Stakes) -> None:
    assert stakes.ledger.read("slot") == stakes.slot == 2 * TERM_SLOTS
    assert [stakes.ledger.read("termOf", slot) for slot in (0, TERM_SLOTS - 1, TERM_SLOTS)] == [0, 0, 1]
