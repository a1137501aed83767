"""Delegated proof of stake: votes, candidates and elections."""

import random

import pytest

from tests.contracts.delegates import SEATS, VOTER, VOTES, Delegates
from tests.trust.evm import Reverted
from tests.trust.signing import address


@pytest.fixture
def turns() -> Delegates:
    made = Delegates()
    made.begin(VOTES)
    return made


def test_votes_count_from_the_second_term_after_they_are_given_and_taken(turns: Delegates) -> None:
    turns.vote(4, 100)
    turns.send("unvote", 0, 50, key=VOTER)
    seen = []
    for term in range(turns.term, turns.term + 3):
        turns.to_term(term)
        seen.append((turns.ledger.read("votesOf", 4, term), turns.ledger.read("votesOf", 0, term)))
    assert seen == [(10, 50), (10, 50), (110, 0)]
    turns.ledger.send("elect")
    assert sorted(turns.order()) == [1, 2, 4]


def test_what_is_unvoted_is_paid_once_it_does_not_count_and_once(turns: Delegates) -> None:
    at = turns.term
    turns.send("unvote", 0, 50, key=VOTER)
    assert turns.ledger.read("leaving", address(VOTER)) == (50, at + 2)
    turns.to_term(at + 1)
    assert turns.failure("withdraw", sender=VOTER) == ("VotesStillCount", at + 1, at + 2)
    turns.to_term(at + 2)
    assert turns.ledger.read("votesOf", 0, at + 2) == 0
    before = turns.chain.evm.get_balance(address(VOTER))
    turns.send("withdraw", key=VOTER)
    assert turns.chain.evm.get_balance(address(VOTER)) - before == 50
    assert turns.failure("withdraw", sender=VOTER) == ("NothingToWithdraw", address(VOTER))


def test_votes_that_move_count_at_one_node_at_a_time(turns: Delegates) -> None:
    at = turns.term
    turns.send("move", 0, 4, 50, key=VOTER)
    for term in range(at, at + 4):
        turns.to_term(term)
        counted = [turns.ledger.read("votesOf", node, term) for node in (0, 4)]
        assert sum(counted) == 60
        assert counted == ([50, 10] if term < at + 2 else [0, 60])
    assert turns.ledger.read("votesBy", address(VOTER), 4) == 60


def test_nobody_takes_votes_of_another_or_more_than_were_given(turns: Delegates) -> None:
    other = address(VOTER + 1)
    assert turns.failure("unvote", 0, 1, sender=VOTER + 1) == ("NotSoManyVotes", other, 0, 1, 0)
    assert turns.failure("move", 0, 1, 1, sender=VOTER + 1) == ("NotSoManyVotes", other, 0, 1, 0)
    assert turns.failure("unvote", 0, 51, sender=VOTER) == ("NotSoManyVotes", address(VOTER), 0, 51, 50)
    assert turns.failure("unvote", 0, 0, sender=VOTER) == ("WrongAmount", 0, 0)
    turns.send("unvote", 0, 50, key=VOTER)
    assert turns.failure("move", 0, 1, 1, sender=VOTER) == ("NotSoManyVotes", address(VOTER), 0, 1, 0)


@pytest.mark.parametrize(("amount", "value"), [(0, 0), (5, 4), (5, 0), (0, 5)])
def test_the_coin_that_comes_is_what_votes_weigh(turns: Delegates, amount: int, value: int) -> None:
    assert turns.failure("vote", 0, amount, sender=VOTER, value=value) == ("WrongAmount", amount, value)


def test_votes_weigh_a_token_where_there_is_one_and_take_no_coin() -> None:
    made = Delegates(token=None)
    assert made.token is not None
    voter = address(VOTER)
    made.token.send("mint", voter, 100)
    made.token.send("approve", made.ledger.address, 100, sender=voter)
    assert made.failure("vote", 0, 60, sender=VOTER, value=60) == ("WrongAmount", 60, 60)
    made.send("vote", 0, 60, key=VOTER)
    assert made.token.read("balanceOf", made.ledger.address) == 60
    made.send("unvote", 0, 60, key=VOTER)
    made.to_term(2)
    made.send("withdraw", key=VOTER)
    assert made.token.read("balanceOf", voter) == 100


def test_votes_for_a_node_that_is_none_are_refused(turns: Delegates) -> None:
    assert turns.failure("vote", 9, 5, sender=VOTER, value=5) == ("UnknownNode", 9, 5)
    assert turns.failure("move", 0, 9, 5, sender=VOTER) == ("UnknownNode", 9, 5)


def test_only_those_who_stand_are_elected_and_by_their_own_key() -> None:
    made = Delegates()
    for node, amount in enumerate(VOTES):
        made.vote(node, amount)
    assert made.failure("stand", 1, 0, sender=5002) == ("NotKeyOf", 1, address(5002), address(5001))
    for node in (1, 3):
        made.stand(node)
    assert made.failure("stand", 1, 0, sender=5001) == ("StandsAlready", 1)
    made.to_term(2)
    made.ledger.send("elect")
    assert sorted(made.order()) == [1, 3] == sorted(made.ledger.read("candidates"))
    assert made.failure("elect") == ("TermHasDelegates", 2)


@pytest.mark.parametrize("seed", range(6))
def test_the_elected_are_those_with_most_votes_and_of_equals_the_lower_index(seed: int) -> None:
    drawn = random.Random(seed)
    nodes = drawn.randrange(1, 40)
    made = Delegates(nodes=nodes, seats=drawn.choice([1, 3, 21]))
    votes = [drawn.choice([0, 1, 2, 3, drawn.randrange(1, 10**6)]) for _ in range(nodes)]
    for node in drawn.sample(range(nodes), nodes):
        made.stand(node)
        if votes[node]:
            made.vote(node, votes[node])
    made.to_term(2)
    expected = sorted((-amount, node) for node, amount in enumerate(votes) if amount)[: made.setup[1][2]]
    if not expected:
        assert made.failure("elect") == ("NoDelegates",)
        return
    made.ledger.send("elect")
    assert sorted(made.order()) == sorted(node for _, node in expected)


def test_the_first_block_of_a_term_elects_for_the_rounds_after_its_own(turns: Delegates) -> None:
    turns.vote(4, 100)
    while turns.term < 4:
        before = turns.order()
        block = turns.win()
        assert block.node == before[0]
    assert sorted(turns.order()) == [0, 1, 4]
    assert turns.failure("elect") == ("TermHasDelegates", 4)


def test_an_election_begins_the_count_of_turns_anew(turns: Delegates) -> None:
    turns.to_term(3)
    turns.at(turns.now + 3)
    turns.ledger.send("elect")
    p = turns.opening()[5]
    assert turns.ledger.read("turnAt", turns.now + p - 1) == (0, 0)
    assert turns.ledger.read("turnAt", turns.now + p) == (turns.now + p, turns.order()[0])
    assert turns.ledger.read("turnAt", turns.now + 3 * p - 1) == (turns.now + 2 * p, turns.order()[1 % SEATS])


def test_where_as_many_stand_as_can_a_newcomer_needs_more_votes_than_the_one_it_unseats() -> None:
    made = Delegates(nodes=130, seats=3)
    # Keys repeat after 64 nodes; each still signs for its own.
    for node in range(128):
        made.send("stand", node, 0, key=5000 + node % 64)
    made.vote(7, 5)
    made.vote(128, 5)
    made.to_term(1)
    for other in (7, 129):
        assert made.failure("stand", 128, other, sender=5000) == ("CannotReplace", 128, other)
    made.vote(128, 1)
    made.to_term(2)
    made.send("stand", 128, 7, key=5000)
    standing = made.ledger.read("candidates")
    assert (len(standing), 128 in standing, 7 in standing) == (128, True, False)
    made.send("stand", 7, 8, key=5007)
    made.ledger.send("elect")
    assert sorted(made.order()) == [7, 128]


def test_votes_are_told_of_this_term_and_the_one_before(turns: Delegates) -> None:
    for term in (turns.term - 2, turns.term + 1):
        with pytest.raises(Reverted) as refused:
            turns.ledger.read("votesOf", 0, term)
        assert refused.value.failure == ("TermNotTold", term, turns.term)
