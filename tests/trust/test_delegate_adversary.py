"""What someone who wants harm could try with a DelegateLedger, beside test_delegate_ledger.py and test_votes.py."""

from dataclasses import astuple, replace
from typing import Any

import pytest

from oracle.formulas.body import encode_body
from oracle.formulas.snapshot import show_lane
from tests.contracts.delegates import CAPACITY, SEATS, VOTER, VOTES, Delegates
from tests.contracts.recovery import mirrored
from tests.contracts.stakes import EMPTY, NOTHING_SHOWN
from tests.trust.hostile import REENTRANCY, Hostile
from tests.trust.scene import OWNER
from tests.trust.signing import address

OTHER_BODY = b"\x05" * 32
OWN_KEY, NEW_KEY = 5000, 5099


@pytest.fixture
def turns() -> Delegates:
    made = Delegates()
    made.begin(VOTES)
    return made


# Replay


def test_a_block_is_good_for_one_chain_and_one_ledger_alone(turns: Delegates) -> None:
    """The same ledger at the same address on another chain, and another ledger on this one, in the same turn."""
    block = turns.block(turns.next_turn())
    twin = Delegates(chain_id=turns.scene.chain_id + 1)
    twin.begin(VOTES)
    assert twin.ledger.address == turns.ledger.address
    twin.at(turns.now)
    there = twin.block(twin.ledger.read("turnAt", twin.now)[1])
    assert there.turn_seconds == block.turn_seconds
    ours = turns.signature(there)
    assert twin.failure("submitBlock", astuple(there), EMPTY, ours, NOTHING_SHOWN)[:2] == ("NotSignedBy", there.node)
    ledger = turns.ledger
    turns.ledger = turns.chain.deploy("DelegateLedger", *turns.setup, sender=turns.scene.owner)
    other = turns.signature(block)
    turns.ledger = ledger
    assert turns.failure("submitBlock", astuple(block), EMPTY, other, NOTHING_SHOWN)[:2] == ("NotSignedBy", block.node)
    # Nor is what a node signed for two chains or ledgers evidence.
    second = replace(block, body=OTHER_BODY)
    twins_pair = (astuple(block), turns.signature(block), astuple(second), other)
    assert turns.failure("bar", *twins_pair)[0] == "NotSignedBy"
    turns.ledger.send("submitBlock", *turns.submission(block))


def test_a_signature_serves_no_other_round_or_turn(turns: Delegates) -> None:
    block = turns.win()
    _, body, signature, shown = turns.submission(block)
    for _ in range(SEATS):
        turns.next_turn()
    assert turns.ledger.read("turnAt", turns.now)[1] == block.node
    moved = replace(block, round=2, turn_seconds=turns.block(0).turn_seconds, parent=turns.opening()[1])
    assert turns.failure("submitBlock", astuple(moved), body, signature, shown)[:2] == ("NotSignedBy", block.node)
    turns.ledger.send("submitBlock", *turns.submission(moved))


def test_a_mirrored_signature_makes_no_second_block_and_no_evidence(turns: Delegates) -> None:
    block = turns.block(turns.next_turn())
    low, high = turns.signature(block), mirrored(turns.signature(block))
    assert turns.failure("bar", astuple(block), low, astuple(block), high) == ("NoEvidence",)
    turns.ledger.send("submitBlock", astuple(block), EMPTY, high, NOTHING_SHOWN)
    assert turns.opening()[:2] == (2, turns.digest(block))
    assert turns.refused(block) == ("RoundWasWon", 1)


# Turns


def test_a_turn_makes_one_block(turns: Delegates) -> None:
    """Whoever won in its turn has no other until the rest had theirs, even while the turn would have lasted."""
    block = turns.win()
    turns.at(turns.now + 1)
    again = replace(turns.block(block.node), turn_seconds=block.turn_seconds)
    assert turns.refused(again) == ("NotInTurn", block.turn_seconds, 0)
    for _ in range(SEATS - 1):
        node = turns.next_turn()
        assert node != block.node
        assert turns.refused(turns.block(block.node)) == ("NotItsTurn", block.node, node)


def test_parents_that_are_not_the_last_winner_are_refused(turns: Delegates) -> None:
    first, second = turns.win(), turns.win()
    node = turns.next_turn()
    last = turns.digest(second)
    for parent in (turns.digest(first), b"\0" * 32, turns.digest(turns.block(node))):
        assert turns.refused(turns.block(node, parent=parent)) == ("WrongParent", 3, parent, last)
    turns.ledger.send("submitBlock", *turns.submission(turns.block(node)))


def test_phi_that_is_not_of_the_opening_lets_no_heavier_block_in(turns: Delegates) -> None:
    turns.scene.apply([1200] * turns.nodes)
    turns.win()
    (word, *_), number = turns.scene.oracle.read("phiWords", 0, 1), turns.opening()[6]
    root = turns.ledger.read("phiRoot", number)
    turns.scene.apply([0] * turns.nodes)
    node = turns.next_turn()
    body = encode_body(range(CAPACITY // 2 + 20))
    block = turns.block(node, body)
    more = word + (3000 << 16 * node)
    for words, pages in (([more], []), ([more], show_lane([more], node).pages), ([word, 0], []), ([0], [root])):
        assert turns.refused(block, body, opening=(words, list(pages))) == ("WrongOpeningPhi", node, root)
    honest = show_lane([word], node)
    refused = turns.refused(block, body, opening=(list(honest.words), list(honest.pages)))
    assert refused[:3] == ("BlockTooHeavy", node, CAPACITY // 2 + 20)


def test_nobody_moves_turns_by_elections_more_than_once_a_term(turns: Delegates) -> None:
    """Anyone may call for one where the last block came in an earlier term; then turns begin anew, and go on."""
    turns.to_term(3)
    turns.ledger.send("elect", sender=address(78))
    for node in turns.order():
        turns.at(turns.now + turns.opening()[5])
        assert turns.failure("elect", sender=78) == ("TermHasDelegates", 3)
        turns.ledger.send("submitBlock", *turns.submission(turns.block(node)))


# One stake, many votes


def counted(turns: Delegates) -> int:
    return sum(turns.ledger.read("votesOf", node, turns.term) for node in range(turns.nodes))


def test_stake_that_moves_and_leaves_and_returns_counts_once_at_most(turns: Delegates) -> None:
    """From node to node, out and in again within a term and from term to term."""
    turns.send("vote", 0, 100, key=VOTER + 1, value=100)
    for step in range(8):
        turns.to_term(turns.term + 1)
        for node in range(4):
            turns.send("move", node, node + 1, 100, key=VOTER + 1)
        turns.send("move", 4, 0, 100, key=VOTER + 1)
        assert counted(turns) == sum(VOTES) + (100 if step > 0 else 0)
        assert turns.failure("move", 1, 2, 1, sender=VOTER + 1)[0] == "NotSoManyVotes"
    turns.send("unvote", 0, 100, key=VOTER + 1)
    assert turns.failure("withdraw", sender=VOTER + 1)[0] == "VotesStillCount"
    turns.to_term(turns.term + 2)
    assert counted(turns) == sum(VOTES)
    turns.send("withdraw", key=VOTER + 1)
    turns.send("vote", 1, 100, key=VOTER + 1, value=100)
    assert counted(turns) == sum(VOTES)


def test_one_stake_does_not_unseat_many_candidates_in_one_term() -> None:
    """All places are taken, and a voter moves its stake from newcomer to newcomer, each of which asks for a place."""
    made = Delegates(nodes=132, seats=3)
    for node in range(128):
        made.send("stand", node, 0, key=5000 + node % 64)
    for node in range(3):
        made.vote(node, 50)
    made.vote(128, 100)
    # What came in this very term helps nobody.
    assert made.failure("stand", 128, 0, sender=5000) == ("CannotReplace", 128, 0)
    made.to_term(1)
    made.send("stand", 128, 0, key=5000)
    made.send("move", 128, 129, 100, key=VOTER)
    assert made.failure("stand", 129, 1, sender=5001) == ("CannotReplace", 129, 1)
    # Who was unseated comes back at once: the one in its place has no votes any more.
    made.send("stand", 0, 128, key=5000)
    # Nor does stake that was taken back.
    made.to_term(2)
    made.send("unvote", 129, 100, key=VOTER)
    assert made.failure("stand", 129, 1, sender=5001) == ("CannotReplace", 129, 1)


# Out of jail


def jailed(turns: Delegates) -> int:
    """A delegate that missed its turns until it was jailed."""
    absent = turns.order()[0]
    while not turns.ledger.read("jailedUntil", absent):
        turns.win(skip=1 if turns.order()[0] == absent else 0)
    return absent


def test_no_key_old_or_new_leaves_jail_early(turns: Delegates) -> None:
    absent = jailed(turns)
    until = turns.ledger.read("jailedUntil", absent)
    turns.scene.oracle.send("setMiner", absent, address(NEW_KEY))
    assert turns.failure("release", absent, sender=5000 + absent)[0] == "NotKeyOf"
    assert turns.failure("stand", absent, 0, sender=NEW_KEY) == ("StandsAlready", absent)
    for term in range(turns.term, until):
        turns.to_term(max(term, turns.term))
        assert turns.failure("release", absent, sender=NEW_KEY) == ("CannotRelease", absent, term, until)
    turns.to_term(until)
    turns.send("release", absent, key=NEW_KEY)


def test_losing_the_place_and_standing_again_is_no_way_out_of_jail() -> None:
    made = Delegates(nodes=129)
    for node in range(128):
        made.send("stand", node, 0, key=5000 + node % 64)
    for node, amount in enumerate(VOTES):
        made.vote(node, amount)
    made.vote(128, 1000)
    made.to_term(2)
    made.ledger.send("elect")
    absent = jailed(made)
    made.send("stand", 128, absent, key=5000)
    assert absent not in made.ledger.read("candidates")
    made.vote(absent, 2000)
    made.to_term(made.term + 1)
    made.send("stand", absent, 9, key=5000 + absent)
    made.to_term(made.term + 1)
    assert made.ledger.read("jailedUntil", absent) != 0
    made.ledger.send("elect")
    assert absent not in made.order()
    assert 128 in made.order()


def test_a_barred_node_comes_back_by_no_way(turns: Delegates) -> None:
    """Neither released, nor with a new key, nor standing anew; its voters take their stake back."""
    node = turns.next_turn()
    one = turns.block(node)
    turns.ledger.send("bar", *turns.evidence(one, replace(one, body=OTHER_BODY)))
    turns.scene.oracle.send("setMiner", node, address(NEW_KEY))
    assert turns.failure("release", node, sender=NEW_KEY)[0] == "CannotRelease"
    assert turns.failure("stand", node, 0, sender=NEW_KEY) == ("NodeBarred", node)
    turns.to_term(3)
    turns.ledger.send("elect")
    assert node not in turns.order()
    turns.send("unvote", node, VOTES[node], key=VOTER)
    turns.to_term(5)
    turns.send("withdraw", key=VOTER)


def test_a_new_key_is_not_barred_for_what_the_old_one_signed(turns: Delegates) -> None:
    node = turns.next_turn()
    one = turns.block(node)
    evidence = turns.evidence(one, replace(one, body=OTHER_BODY))
    turns.scene.oracle.send("setMiner", node, address(NEW_KEY))
    assert turns.failure("bar", *evidence)[:2] == ("NotSignedBy", node)


# Contracts that call back, and tokens that take a fee


def hostile_voter(*, token: bool) -> tuple[Delegates, Hostile]:
    """A ledger on which the hostile account votes, with its own token or the coin."""
    made = Delegates()
    hostile = Hostile(made.chain, address(OWNER))
    if token:
        rounds, setup = made.setup
        made.setup = (rounds, (hostile.address, *setup[1:]))
        made.ledger = made.chain.deploy("DelegateLedger", *made.setup, sender=made.scene.owner)
        for account in (hostile.address, address(VOTER)):
            hostile.send("mint", account, 1000)
    made.chain.evm.set_balance(address(OWNER), 10**24)
    return made, hostile


@pytest.mark.parametrize("function", ["withdraw", "vote"])
def test_a_receiver_that_calls_back_is_paid_once(function: str) -> None:
    made, hostile = hostile_voter(token=False)
    made.vote(1, 500)
    hostile.act(made.ledger, "vote", 0, 100, value=100)
    hostile.act(made.ledger, "unvote", 0, 100)
    made.to_term(2)
    arguments: tuple[Any, ...] = () if function == "withdraw" else (0, 0)
    hostile.arm(made.ledger, function, *arguments)
    hostile.act(made.ledger, "withdraw")
    assert hostile.struck() == (1, False, REENTRANCY)
    assert made.chain.evm.get_balance(hostile.address) == 100
    assert made.chain.evm.get_balance(made.ledger.address) == 500


@pytest.mark.parametrize("function", ["vote", "withdraw"])
def test_a_token_that_calls_back_votes_as_far_as_it_came(function: str) -> None:
    made, hostile = hostile_voter(token=True)
    hostile.arm(made.ledger, function, *((0, 100) if function == "vote" else ()))
    hostile.act(made.ledger, "vote", 0, 100)
    assert hostile.struck() == (1, False, REENTRANCY)
    assert made.ledger.read("votesBy", hostile.address, 0) == hostile.read("balanceOf", made.ledger.address) == 100


@pytest.mark.parametrize("arguments", [("unvote", 0, 60), ("move", 0, 1, 60)])
def test_votes_taken_from_within_a_vote_are_those_from_before(arguments: tuple[Any, ...]) -> None:
    """They are not guarded: they move no money, and the vote under way is added after them."""
    made, hostile = hostile_voter(token=True)
    hostile.act(made.ledger, "vote", 0, 60)
    hostile.arm(made.ledger, *arguments)
    hostile.act(made.ledger, "vote", 0, 100)
    assert hostile.struck()[:2] == (1, True)
    by_node = [made.ledger.read("votesBy", hostile.address, node) for node in (0, 1)]
    leaving = made.ledger.read("leaving", hostile.address)[0]
    assert (by_node, leaving) == (([100, 0], 60) if arguments[0] == "unvote" else ([100, 60], 0))
    assert hostile.read("balanceOf", made.ledger.address) == 160
    made.to_term(2)
    assert [made.ledger.read("votesOf", node, 2) for node in (0, 1)] == by_node


def test_of_a_token_that_takes_a_fee_what_arrives_votes_and_each_gets_the_own_back() -> None:
    made, hostile = hostile_voter(token=True)
    hostile.send("setFee", 10)
    hostile.act(made.ledger, "vote", 0, 1000)
    made.send("vote", 0, 1000, key=VOTER)
    assert hostile.read("balanceOf", made.ledger.address) == 1800
    assert made.failure("unvote", 0, 901, sender=VOTER) == ("NotSoManyVotes", address(VOTER), 0, 901, 900)
    made.send("unvote", 0, 900, key=VOTER)
    hostile.act(made.ledger, "unvote", 0, 900)
    made.to_term(2)
    made.send("withdraw", key=VOTER)
    hostile.act(made.ledger, "withdraw")
    assert hostile.read("balanceOf", made.ledger.address) == 0
    assert [hostile.read("balanceOf", who) for who in (hostile.address, address(VOTER))] == [810, 810]
