"""The pools of a local run: what they take, how long they search, and that rounds are held to the formulas."""

from dataclasses import replace
from pathlib import Path

import pytest

from oracle.chain.follower import follow_ledger
from oracle.chain.ledger import OpenRound
from oracle.chain.owned import start_chain
from oracle.errors import FormulaMismatch
from oracle.formulas.asert import Anchor
from oracle.formulas.difficulty import adjusted_difficulty, sum_exp
from oracle.formulas.lanes import WAD, pack
from oracle.lab.local.mining import HASH_RATE, POOLS, Mining, places
from oracle.lab.local.options import LocalOptions
from oracle.lab.local.site import build_site
from oracle.lab.local.verify import verify_opening
from oracle.model.manifest import DEFAULT_BUNDLE
from oracle.workload.sender import Sender
from tests.examples import nodes

_ANCHOR = Anchor(200_000, 0, 1_700_000_000, 10, 2_880)
_LANES = (3_276, -1_000, 0, 17)
_OPTIONS = LocalOptions(
    chain="eth-tester",
    rpc=None,
    deployer=None,
    deployments=Path("unused"),
    nodes=3,
    committee=3,
    threshold=2,
    epochs=1,
    epoch_blocks=4,
    seed=1,
    blocks_file=None,
    bundle=DEFAULT_BUNDLE,
    encoder=None,
    json_file=None,
    serve=False,
    host="127.0.0.1",
    port=0,
)


def test_a_pool_takes_its_part_of_what_waits_within_theta() -> None:
    dear = next(pool for pool in POOLS if pool.takes < 1)
    assert [(pool.hash_share, pool.takes) for pool in POOLS] == [(0.4, 1), (0.3, 0.25), (0.2, 1), (0.1, 1)]  # README
    assert places(POOLS[0], theta_wad=WAD // 2, capacity=32, pending=7) == 7
    assert places(POOLS[0], theta_wad=WAD // 2, capacity=32, pending=70) == 16
    assert [places(dear, theta_wad=WAD // 2, capacity=32, pending=pending) for pending in (0, 1, 7, 70)] == [
        0,
        1,
        2,
        16,
    ]


def _round() -> OpenRound:
    """Round 6 of a ledger with that anchor, as the formulas have it."""
    base = _ANCHOR.base_difficulty_at(height=5, timestamp_seconds=1_700_000_090)
    p = int(adjusted_difficulty(base, sum_exp(_LANES)))
    return OpenRound(6, bytes(32), base, p, 40, 1_700_000_090, bytes(32))


def test_a_round_as_the_formulas_have_it_passes() -> None:
    at = replace(nodes(4), lanes=_LANES)
    verify_opening(_round(), _ANCHOR, at, pack(_LANES))
    assert _round().base_difficulty != _ANCHOR.difficulty


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base_difficulty": 1}, "d of round 6 is"),
        ({"number": 1}, "d of round 7 is"),
        ({"opened_at_seconds": 50}, "d of round 6 is"),
        ({"difficulty": 1}, "p on chain is"),
        ({"difficulty": -1}, "p on chain is"),
    ],
)
def test_a_round_that_differs_is_found(change: dict[str, int], said: str) -> None:
    round_ = replace(_round(), **{name: getattr(_round(), name) + by for name, by in change.items()})
    with pytest.raises(FormulaMismatch, match=said):
        verify_opening(round_, _ANCHOR, replace(nodes(4), lanes=_LANES), pack(_LANES))


def test_p_of_a_round_counts_active_nodes_alone() -> None:
    at = replace(nodes(4), lanes=_LANES, active=(True, True, True, False))
    with pytest.raises(FormulaMismatch, match="p on chain is"):
        verify_opening(_round(), _ANCHOR, at, pack(_LANES))


def test_rounds_are_won_by_work_and_a_search_that_is_cut_off_wins_none() -> None:
    source = start_chain("eth-tester")
    site = build_site(_OPTIONS, source, b"\x01" * 32, None, lambda _: None)
    follower = follow_ledger(site.contracts, site.ledger, site.deployed.block_number + 1)
    mining = Mining(site.contracts, site.deployed, site.ledger, follower, site.miners, 1)
    sender, chain = Sender(source.chain, site.accounts), source.chain
    seconds = []
    for _ in range(8):
        seconds.append(mining.step())
        sender.send(next(site.traffic.calls))
        source.next_block(10)
    assert site.ledger.open_round(chain.head()).number == 9
    # Each hash takes 1 / HASH_RATE: a geometric law, of mean p / HASH_RATE = 10 s, of which 8 have a mean of 10 ± 3.5.
    assert all(round(each * HASH_RATE, 6).is_integer() for each in seconds)
    assert 3 < sum(seconds) / 8 < 24
    assert mining.step(1 / HASH_RATE) == 1 / HASH_RATE
    source.next_block(10)
    assert site.ledger.open_round(chain.head()).number == 9
    follower.catch_up(chain.head())
    won = follower.rounds_until(chain.head(), 2_880).won
    assert {each.node for each in won} <= {0, 1, 2}
    assert sum(each.confirmed for each in won) + follower.offers.pending == follower.offers.count
    assert follower.offers.wasted == 0
    source.close()
