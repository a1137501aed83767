"""Proof of stake: deposits, exits, onions, and what two blocks of one slot cost."""

from dataclasses import replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.formulas.lottery import chance_q128
from tests.contracts.stakes import EMPTY, EXIT_TERMS, GRACE_SLOTS, P_SLOTS, STAKES, TERM_SLOTS, Onion, Stakes
from tests.trust.signing import address

REPORTER = address(77)


@pytest.fixture
def stakes() -> Stakes:
    made = Stakes()
    made.begin(STAKES)
    return made


# Onions


def test_each_block_reveals_the_next_preimage_and_a_new_onion_counts_two_terms_later(stakes: Stakes) -> None:
    assert stakes.failure("commit", 0, b"\x01" * 32, sender=5001)[0] == "NotStaker"
    fresh = Onion(b"\x07" * 32)
    stakes.to_slot(stakes.slot + GRACE_SLOTS)
    stakes.send("commit", 0, fresh.tip, node=0)
    revealed = stakes.win(0).reveal
    assert stakes.ledger.read("tipOf", 0) == revealed
    stakes.to_term(3)
    stakes.win(0)  # still the old one
    stakes.to_term(4)
    assert stakes.ledger.read("tipOf", 0) == fresh.tip
    stakes.next_draw([0])
    stale = stakes.block(0)
    assert stakes.refused(stale) == ("WrongReveal", 0, stale.reveal, fresh.tip)
    stakes.onions[0] = fresh
    stakes.ledger.send("submitBlock", *stakes.submission(stakes.block(0)))


def test_who_commits_again_and_again_reveals_the_old_onion_meanwhile(stakes: Stakes) -> None:
    stakes.to_slot(stakes.slot + GRACE_SLOTS)
    for _ in range(3):
        stakes.send("commit", 0, b"\x09" * 32, node=0)
        stakes.to_term(stakes.term + 1)
        assert stakes.ledger.read("tipOf", 0) == stakes.onions[0].tip
    stakes.win(0)


def test_a_commit_waits_until_no_block_of_the_term_before_can_come(stakes: Stakes) -> None:
    from_slot = 2 * TERM_SLOTS + GRACE_SLOTS
    stakes.to_slot(from_slot - 1)
    assert stakes.failure("commit", 0, b"\x09" * 32, sender=5000) == ("CommitTooSoon", 0, from_slot)
    stakes.to_slot(from_slot)
    stakes.send("commit", 0, b"\x09" * 32, node=0)


# Stake


def test_stake_counts_from_the_second_term_after_its_deposit(stakes: Stakes) -> None:
    stakes.deposit(4, 10**18)
    seen = []
    for term in range(stakes.term, stakes.term + 4):
        stakes.to_term(term)
        seen.append((stakes.ledger.read("stakeOf", 4, term), stakes.ledger.read("totalStake", term) - sum(STAKES)))
    assert seen == [(STAKES[4], 0)] * 2 + [(STAKES[4] + 10**18, 10**18)] * 2


def test_only_who_staked_first_stakes_on_and_that_is_the_key_of_the_node() -> None:
    made = Stakes()
    assert made.failure("deposit", 0, 5, sender=5001) == ("NotStaker", 0, address(5001), address(5000))
    made.deposit(0, 5)
    assert made.ledger.read("stakerOf", 0) == address(5000)
    made.scene.oracle.send("setMiner", 0, address(5003))
    for function in ("deposit", "exit"):
        assert made.failure(function, 0, 5, sender=5003) == ("NotStaker", 0, address(5003), address(5000))


@pytest.mark.parametrize(("amount", "value"), [(0, 0), (5, 4), (5, 0), (0, 5)])
def test_the_coin_that_comes_is_what_is_staked(amount: int, value: int) -> None:
    assert Stakes().failure("deposit", 0, amount, sender=5000, value=value) == ("WrongAmount", amount, value)


def test_a_token_is_staked_and_paid_back_and_takes_no_coin() -> None:
    made = Stakes(token=None)
    assert made.token is not None
    made.token.send("mint", address(5000), 100)
    made.token.send("approve", made.ledger.address, 100, sender=address(5000))
    assert made.failure("deposit", 0, 60, sender=5000, value=60) == ("WrongAmount", 60, 60)
    made.send("deposit", 0, 60, node=0)
    assert made.token.read("balanceOf", made.ledger.address) == 60
    made.send("exit", 0, 60, node=0)
    made.to_term(2 + EXIT_TERMS)
    made.send("withdraw", 0, node=0)
    assert made.token.read("balanceOf", address(5000)) == 100


def test_an_exit_is_paid_once_its_delay_is_over_and_once(stakes: Stakes) -> None:
    at, amount = stakes.term, STAKES[1]
    stakes.send("exit", 1, amount, node=1)
    assert stakes.ledger.read("exitOf", 1) == (amount, at + 2 + EXIT_TERMS)
    assert stakes.ledger.read("stakeOf", 1, at) == amount
    stakes.to_term(at + 2)
    assert stakes.ledger.read("stakeOf", 1, at + 2) == 0
    stakes.to_slot((at + 2 + EXIT_TERMS) * TERM_SLOTS - 1)
    assert stakes.failure("withdraw", 1) == ("ExitNotOver", 1, at + 1 + EXIT_TERMS, at + 2 + EXIT_TERMS)
    stakes.to_term(at + 2 + EXIT_TERMS)
    before = stakes.chain.evm.get_balance(address(5001))
    stakes.ledger.send("withdraw", 1, sender=REPORTER)
    assert stakes.chain.evm.get_balance(address(5001)) - before == amount
    assert stakes.failure("withdraw", 1) == ("NothingToWithdraw", 1)


def test_no_more_leaves_than_was_staked(stakes: Stakes) -> None:
    assert stakes.failure("exit", 1, STAKES[1] + 1, sender=5001) == ("AmountTooLarge", STAKES[1] + 1, STAKES[1])
    assert stakes.failure("exit", 1, 0, sender=5001) == ("WrongAmount", 0, 0)
    stakes.send("exit", 1, STAKES[1], node=1)
    assert stakes.failure("exit", 1, 1, sender=5001) == ("AmountTooLarge", 1, 0)


def test_a_further_exit_begins_the_delay_anew(stakes: Stakes) -> None:
    at = stakes.term
    stakes.send("exit", 1, 10, node=1)
    stakes.to_term(at + 1)
    stakes.send("exit", 1, 5, node=1)
    assert stakes.ledger.read("exitOf", 1) == (15, at + 3 + EXIT_TERMS)


def test_stake_of_a_retired_node_can_be_taken_out_by_anyone_for_who_staked(stakes: Stakes) -> None:
    assert stakes.failure("exitRetired", 2) == ("NothingToWithdraw", 2)
    stakes.scene.oracle.send("retire", 2)
    stakes.next_draw([2])
    assert stakes.refused(stakes.block(2)) == ("NodeIsRetired", 2)
    stakes.ledger.send("exitRetired", 2, sender=REPORTER)
    stakes.to_term(stakes.term + 2 + EXIT_TERMS)
    assert stakes.ledger.read("totalStake", stakes.term) == sum(STAKES) - STAKES[2]
    before = stakes.chain.evm.get_balance(address(5002))
    stakes.ledger.send("withdraw", 2, sender=REPORTER)
    assert stakes.chain.evm.get_balance(address(5002)) - before == STAKES[2]


# Slashing


def _evidence(stakes: Stakes, of: int, **changes: Any) -> tuple[Any, ...]:
    one = stakes.block(of)
    return stakes.evidence(one, replace(one, **({"body": b"\x05" * 32} | changes)))


def test_two_blocks_of_one_slot_take_the_stake_and_reward_who_shows_them(stakes: Stakes) -> None:
    stakes.send("exit", 0, 10**18, node=0)
    held = stakes.chain.evm.get_balance(stakes.ledger.address)
    stakes.ledger.send("slash", *_evidence(stakes, 0), sender=REPORTER)
    assert stakes.chain.evm.get_balance(REPORTER) == STAKES[0] // 10
    assert stakes.chain.evm.get_balance(stakes.ledger.address) == held - STAKES[0]
    assert stakes.ledger.read("equivocations", 0) == 1
    assert stakes.ledger.read("exitOf", 0)[0] == 0
    assert stakes.ledger.read("chanceQ128", 0) == 0
    # Others' chances stay what they were to the end of the next term.
    assert stakes.ledger.read("chanceQ128", 1) == chance_q128(P_SLOTS, STAKES[1], sum(STAKES))
    assert stakes.failure("slash", *_evidence(stakes, 0)) == ("NodeSlashed", 0)
    assert stakes.failure("deposit", 0, 5, sender=5000, value=5) == ("NodeSlashed", 0)
    assert stakes.failure("exit", 0, 5, sender=5000) == ("NodeSlashed", 0)
    assert stakes.failure("withdraw", 0) == ("NothingToWithdraw", 0)
    at = stakes.term
    stakes.to_term(at + 2)
    assert stakes.ledger.read("totalStake", at + 2) == sum(STAKES) - STAKES[0]
    stakes.win()


def test_a_slashed_node_makes_no_block_of_a_slot_it_has_drawn(stakes: Stakes) -> None:
    stakes.next_draw([0])
    stakes.ledger.send("slash", *_evidence(stakes, 0), sender=REPORTER)
    assert stakes.refused(stakes.block(0)) == ("NodeSlashed", 0)


def test_stake_on_its_way_out_can_be_slashed_until_it_is_paid(stakes: Stakes) -> None:
    evidence = _evidence(stakes, 1)
    stakes.send("exit", 1, STAKES[1], node=1)
    stakes.to_term(stakes.term + 2 + EXIT_TERMS)
    stakes.ledger.send("slash", *evidence, sender=REPORTER)
    assert stakes.chain.evm.get_balance(REPORTER) == STAKES[1] // 10
    assert stakes.failure("withdraw", 1) == ("NothingToWithdraw", 1)


@pytest.mark.parametrize(
    "changes", [{"body": bytes(keccak(EMPTY))}, {"slot": 999}, {"node": 1}], ids=["one block", "two slots", "two nodes"]
)
def test_what_is_no_evidence_slashes_nobody(stakes: Stakes, changes: dict[str, Any]) -> None:
    assert stakes.failure("slash", *_evidence(stakes, 0, **changes)) == ("NoEvidence",)


def test_evidence_needs_both_signatures(stakes: Stakes) -> None:
    one, signed, other, also_signed = _evidence(stakes, 0)
    assert stakes.failure("slash", one, signed, other, signed)[0] == "NotSignedBy"
    assert stakes.failure("slash", one, also_signed, other, also_signed)[0] == "NotSignedBy"


def test_blocks_of_two_rounds_and_one_slot_are_evidence_too(stakes: Stakes) -> None:
    stakes.ledger.send("slash", *_evidence(stakes, 0, round=2, parent=b"\x01" * 32), sender=REPORTER)
    assert stakes.ledger.read("equivocations", 0) == 1
