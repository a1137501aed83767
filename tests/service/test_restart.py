"""A follower whose state is in the journal: what a restart reads, and what it does not trust."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.chain.follower import Follower
from oracle.errors import ChainReorganised
from oracle.window.rounds import Rounds
from tests.mined_network import MinedNetwork, mined_network


@pytest.fixture
def played(tmp_path: Path) -> Iterator[MinedNetwork]:
    with mined_network(tmp_path) as mined:
        yield mined


def _check_equal(follower: Follower, played: MinedNetwork, head: int) -> None:
    """The follower knows what one that read every block knows."""
    anew = played.site.follower()
    anew.catch_up(head)
    assert anew.offers.count > anew.offers.pending > 0
    ours, true = follower.offers, anew.offers
    assert (ours.count, ours.wasted, ours.pending_offers) == (true.count, true.wasted, true.pending_offers)
    assert ours.best(10**6) == true.best(10**6)
    for number in range(head - 5, head + 1):
        assert follower.pending_after(number) == anew.pending_after(number)
        rounds = anew.rounds_until(number, half_life_seconds=1)
        assert rounds.won
        assert follower.rounds_until(number, half_life_seconds=1) == rounds
    _check_rounds(anew.rounds_until(head, half_life_seconds=1), played, anew)


def _check_rounds(rounds: Rounds, played: MinedNetwork, follower: Follower) -> None:
    """They are those of the ledger's events, and their sums those of all that was offered and confirmed."""
    site = played.site
    mined = [
        each
        for number in range(site.first_block, site.chain.head() + 1)
        for each in site.ledger.mined(site.chain.sealed_block(number))
        if each.won
    ]
    assert [(each.chain_block, each.node, each.difficulty, each.base_difficulty) for each in rounds.won] == [
        (each.chain_block, each.node, each.difficulty, each.base_difficulty) for each in mined
    ]
    assert [each.timestamp_seconds for each in rounds.won] == [site.chain.timestamp(each.chain_block) for each in mined]
    offers = follower.offers
    assert rounds.won[-1].offered == offers.count
    assert sum(each.confirmed for each in rounds.won) == offers.count - offers.pending
    assert all((each.gas_prices_wei > 0) == (each.confirmed > 0) for each in rounds.won)


def test_a_restart_reads_the_new_blocks_alone(played: MinedNetwork) -> None:
    store, head = played.store(), played.play(15)
    played.follower(store).catch_up(head)
    store.close()
    head = played.play(4)
    store = played.store()
    follower = played.follower(store)
    played.node.asked.clear()
    follower.catch_up(head)
    # One request a new block, one to see that the last known one is still there.
    assert played.node.asked["eth_getBlockByNumber"] == 4 + 1
    assert played.node.asked["eth_getBlockReceipts"] <= 4
    assert played.node.asked["eth_getLogs"] == 0
    _check_equal(follower, played, head)
    store.close()


@pytest.mark.parametrize("restart", [True, False], ids=["while down", "while running"])
def test_blocks_that_were_replaced_are_taken_back_and_no_others(played: MinedNetwork, restart: bool) -> None:
    store, head = played.store(), played.play(15)
    follower = played.follower(store)
    follower.catch_up(head)
    chain = played.site.chain
    chain.request("anvil_reorg", [3, []])
    chain.request("evm_mine", [{"timestamp": chain.timestamp(chain.head()) + 10}])
    head = chain.head()
    if restart:
        store.close()
        store = played.store()
        follower = played.follower(store)
    played.node.asked.clear()
    try:
        follower.catch_up(head)
    except ChainReorganised:
        assert not restart  # a running one finds out at the next block, and goes on at the next step
        follower.catch_up(head)
    assert played.node.asked["eth_getBlockByNumber"] < 15
    _check_equal(follower, played, head)
    store.close()


@pytest.mark.parametrize("damage", ["flipped", "cut", "another ledger"])
def test_a_state_that_cannot_be_trusted_is_read_anew_and_that_is_said(
    played: MinedNetwork, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    store, head = played.store(), played.play(8)
    played.follower(store).catch_up(head)
    kept = store.follower_state()
    assert kept is not None
    if damage == "flipped":
        store.keep_follower_state(kept[:-9] + bytes([kept[-9] ^ 1]) + kept[-8:])
    elif damage == "cut":
        store.keep_follower_state(kept[:40])
    follower = played.follower(store)
    if damage == "another ledger":
        other = [*follower.own, b"\x01" * 20]
        follower = Follower(follower._chain, follower._ledger, played.site.first_block, other, store)
    follower.catch_up(head)
    assert "the journal's state of the ledger is not used" in caplog.text
    _check_equal(follower, played, head)
    store.close()


def test_a_long_replay_is_kept_on_the_way(played: MinedNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.chain.follower._SAVE_BLOCKS", 3)
    store, head = played.store(), played.play(8)
    cut_off = played.follower(store)
    played.node.lie = lambda asked, params, result: (
        None if asked == "eth_getBlockByNumber" and int(params[0], 16) == played.site.first_block + 7 else result
    )
    with pytest.raises(Exception, match="does not have block"):
        cut_off.catch_up(head)
    played.node.lie = None
    again = played.follower(store)
    played.node.asked.clear()
    again.catch_up(head)
    assert played.node.asked["eth_getBlockByNumber"] < head - played.site.first_block
    _check_equal(again, played, head)
    store.close()
