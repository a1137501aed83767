"""A node signs one block for a slot or turn, whatever became of it: two are evidence, and a restart is no excuse."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_abi.abi import decode

from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path, load_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.node import NodeOptions
from oracle.engines.pos.terms import StakeTerms
from oracle.engines.registry import ENGINES
from oracle.engines.seat import Player, Seat
from oracle.engines.sending import Submissions
from oracle.engines.terms import Terms
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.price import laboratory_price
from oracle.lab.network.site import Site, build_site

STAKE = StakeTerms(slot_seconds=2, term_slots=100, exit_terms=2, grace_slots=3)
TURNS = DelegateTerms(term_seconds=200, delegates=2, signed_blocks_window=8, min_signed_per_window=4, jail_terms=1)
# Of every consensus whose rounds pass by the clock.
TERMS: dict[str, Terms] = {name: terms.of_run(4) for name, terms in ENGINES.items() if terms.by_clock}
TERMS |= {"pos": STAKE, "dpos": TURNS}
OPTIONS = NodeOptions(
    rpc="", deployments=Path(), keys=(), indices=(), hash_rate=None, processes=1, max_fee_wei=0, state=None
)


@pytest.fixture(params=TERMS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[AnvilChain, Site, Terms]]:
    terms = TERMS[request.param]
    plan = NetworkPlan(seed=2, intervals=1, controller=None, nodes=2, accounts=2, interval_seconds=4, terms=terms)
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    yield anvil, build_site(plan, anvil, tmp_path), terms
    anvil.close()


def test_no_slot_or_turn_is_signed_twice_though_blocks_are_lost_and_nodes_start_anew(
    made: tuple[AnvilChain, Site, Terms], tmp_path: Path
) -> None:
    anvil, site, terms = made
    chain = site.chain
    record = load_deployment(chain, deployment_path(tmp_path, chain)).ledger()
    assert record is not None
    deployed_in = record.block_number
    signed: Counter[tuple[int, int]] = Counter()

    def start() -> Player:
        ours = Submissions(site.ledger, dict(enumerate(site.miners)), 2, laboratory_price)
        seat = Seat(site.contracts, site.ledger, site.follower(), ours, deployed_in)
        send = ours.send_block

        def sent(node: int, calldata: bytes, *, more_gas: int = 0) -> bytes:
            _, position, *_ = decode(["uint64", "uint64"], calldata[4:])
            signed[node, position] += 1
            return send(node, calldata, more_gas=more_gas)

        ours.send_block = sent  # type: ignore[method-assign] # looks at what is sent, and sends it
        return terms.player(seat, OPTIONS)

    player = start()
    for second in range(120):
        player.step()
        # Of every twenty seconds ten lose what was sent; in the first four of them a node starts anew each time.
        if second % 20 < 10:
            chain.request("anvil_dropAllTransactions", [])
        if second % 20 < 4:
            player = start()
            player.step()
        anvil.produce_block(chain.timestamp(chain.head()) + 1)
    assert len(signed) > 5
    assert max(signed.values()) == 1
    assert site.ledger.open_round(chain.head()).number > 3
