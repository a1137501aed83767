"""A delegate's own steps, where everybody else is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.engines.dpos.player import Delegate
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.seat import Seat
from oracle.engines.sending import Submissions
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.price import laboratory_price
from oracle.lab.network.site import Site, build_site

TERM_SECONDS = 60


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[AnvilChain, Site]]:
    terms = DelegateTerms(TERM_SECONDS, delegates=1, signed_blocks_window=8, min_signed_per_window=4, jail_terms=1)
    plan = NetworkPlan(seed=2, intervals=1, controller=None, nodes=2, accounts=2, interval_seconds=4, terms=terms)
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    yield anvil, build_site(plan, anvil, tmp_path)
    anvil.close()


def test_where_no_delegate_makes_blocks_a_candidate_has_those_elected_for_whom_votes_were_moved(
    made: tuple[AnvilChain, Site],
) -> None:
    anvil, site = made
    chain, calls = site.chain, site.ledger.calls
    ((absent,), _) = calls.read("delegates")
    here = 1 - absent
    keys = dict(enumerate(site.miners))
    votes = calls.read("votesBy", keys[absent].address, absent)
    Submissions(site.ledger, keys, 2, laboratory_price).send(absent, calls.calldata("move", absent, here, votes))
    ours = Submissions(site.ledger, {here: keys[here]}, 2, laboratory_price)
    seat = Seat(site.contracts, site.ledger, site.follower(), ours, site.first_block)
    player = Delegate(seat)
    while site.ledger.open_round(chain.head()).number < 3:
        assert chain.timestamp(chain.head()) < site.anchor.timestamp_seconds + 4 * TERM_SECONDS
        anvil.produce_block(chain.timestamp(chain.head()) + 1)
        player.step()
    assert calls.read("delegates") == ((here,), 0)
    assert [calls.read("roundOf", number)[3] for number in (1, 2)] == [here, here]
