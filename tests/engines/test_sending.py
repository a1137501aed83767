"""What a node sends: a block that was left out does not hold up the next, and what would be refused is not sent."""

from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.chain.transactions import bid
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.sending import Submissions
from oracle.errors import FeesTooHigh
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site, build_site

GWEI = 10**9
NO_ROOM, ROOM = 100_000, 100_000_000  # gas of a block, below and above that of a submission


@pytest.fixture
def made() -> Iterator[tuple[AnvilChain, Site]]:
    terms = DelegateTerms(1000, delegates=1, signed_blocks_window=8, min_signed_per_window=4, jail_terms=1)
    plan = NetworkPlan(seed=2, intervals=1, controller=None, nodes=2, accounts=2, interval_seconds=4, terms=terms)
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    yield anvil, build_site(plan, anvil)
    anvil.close()


def _submissions(site: Site, cap_wei: int) -> Submissions:
    keys = dict(enumerate(site.miners))
    return Submissions(site.ledger, keys, 2, lambda outbid: bid(site.chain, cap_wei=cap_wei, outbid=outbid))


def _next_block(anvil: AnvilChain, base_fee_wei: int) -> None:
    anvil.chain.request("anvil_setNextBlockBaseFeePerGas", [hex(base_fee_wei)])
    anvil.produce_block(anvil.chain.timestamp(anvil.chain.head()) + 1)


def test_a_block_that_was_left_out_gives_its_place_to_the_next(made: tuple[AnvilChain, Site]) -> None:
    anvil, site = made
    chain, address = site.chain, site.miners[0].address
    submissions = _submissions(site, 100_000 * GWEI)
    calldata = site.ledger.calls.calldata("elect")
    nonce = chain.nonce(address)
    # Two of one block of the chain, as of a round and a competing one, both are sent.
    first, second = (submissions.send_block(0, calldata) for _ in range(2))
    assert chain.nonce(address, pending=True) == nonce + 2
    _next_block(anvil, GWEI)
    assert chain.receipt(first) is not None
    assert chain.receipt(second) is not None
    left_out = submissions.send_block(0, calldata)
    chain.request("evm_setBlockGasLimit", [hex(NO_ROOM)])
    _next_block(anvil, GWEI)
    assert chain.receipt(left_out) is None
    chain.request("evm_setBlockGasLimit", [hex(ROOM)])
    replacing = submissions.send_block(0, calldata)
    assert chain.nonce(address, pending=True) == nonce + 3
    _next_block(anvil, GWEI)
    assert chain.receipt(left_out) is None
    assert chain.receipt(replacing) is not None
    assert chain.nonce(address) == nonce + 3


def test_what_the_ledger_would_refuse_is_not_sent(
    made: tuple[AnvilChain, Site], caplog: pytest.LogCaptureFixture
) -> None:
    anvil, site = made
    submissions = _submissions(site, 100 * GWEI)
    assert not submissions.ask(0, "stand", 0, 0)
    assert "node 0 does not call stand: DelegateLedger refuses the call: StandsAlready(0)" in caplog.text
    assert not submissions.ask(1, "release", 1)
    address = site.miners[1].address
    assert site.chain.nonce(address, pending=True) == site.chain.nonce(address)
    anvil.produce_block(site.anchor.timestamp_seconds + 1000)
    assert submissions.ask(1, "elect")
    assert site.chain.nonce(address, pending=True) == site.chain.nonce(address) + 1


def test_a_node_bids_no_more_than_it_may(made: tuple[AnvilChain, Site]) -> None:
    anvil, site = made
    _next_block(anvil, 50 * GWEI)
    with pytest.raises(FeesTooHigh, match="raise --max-fee-gwei or wait"):
        _submissions(site, 40 * GWEI).send_block(0, b"")
    sent = _submissions(site, 60 * GWEI).send_block(0, site.ledger.calls.calldata("elect"))
    assert site.chain.request("eth_getTransactionByHash", ["0x" + sent.hex()])["maxFeePerGas"] == hex(60 * GWEI)
