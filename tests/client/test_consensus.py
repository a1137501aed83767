"""What the API says of rounds, stake and delegates, beside what the ledgers themselves say, under each consensus."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import load_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.client import asks
from oracle.client.answers import NodeAnswer
from oracle.client.client import Client
from oracle.control.feedback import FeedbackController
from oracle.engines.registry import ENGINES
from oracle.lab.network.driven import DrivenNetwork
from oracle.lab.network.site import Site, build_site
from oracle.report.due import Triggers
from oracle.service import consensus
from oracle.service.api import create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.store import Store
from oracle.settings import OracleSettings
from tests.e2e.page_world import NODES, network_plan

BLOCKS = 8


@dataclass
class Played:
    """A network that won some rounds, and a daemon that looks on."""

    site: Site
    anvil: AnvilChain
    daemon: Daemon
    client: Client

    def read(self, view: str, *arguments: int) -> Any:
        """What the ledger says after the block that the API's answers are of."""
        block = self.client.ask(asks.network()).block.number
        return self.site.ledger.calls.read(view, *arguments, block=block)

    def nodes(self) -> list[NodeAnswer]:
        return list(self.client.each(asks.nodes(limit=3)))

    def later(self) -> None:
        """An empty block, and a look at it."""
        self.anvil.produce_block(self.site.chain.timestamp(self.site.chain.head()) + 1)
        self.daemon.step()


@pytest.fixture(scope="module", params=sorted(ENGINES))
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    path = tmp_path_factory.mktemp("played")
    with ExitStack() as cleanup:
        anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
        cleanup.callback(anvil.close)
        plan = network_plan(ENGINES[request.param].of_run(10), BLOCKS)
        site = build_site(plan, anvil, path)
        network = DrivenNetwork(plan, anvil, site, path / "network.sqlite")
        for _ in network.play():
            pass
        network.committee.stop()
        chain = site.chain
        (path_of_record,) = path.glob("[0-9]*.json")
        record = load_deployment(chain, path_of_record)
        store = Store(
            path / "oracle.sqlite",
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=site.contracts.addresses.oracle,
        )
        cleanup.callback(store.close)
        settings = OracleSettings(
            triggers=Triggers(epoch_blocks=plan.epoch_blocks),
            depth_blocks=1,
            capacity_transactions=plan.capacity_transactions,
            deadline_seconds=300,
        )
        daemon = Daemon(
            Cycle(
                chain=chain,
                contracts=Contracts(chain, record.addresses()),
                controller=FeedbackController(),
                operators=site.operators,
                submitter=site.payer,
                settings=settings,
                store=store,
                follower=site.follower(),
            )
        )
        server = HttpServer(create_app(daemon, record.as_json()), take_port("127.0.0.1", 0))
        server.start()
        cleanup.callback(server.stop)
        made = Played(site, anvil, daemon, cleanup.enter_context(Client(server.url)))
        for _ in range(2 * plan.epoch_blocks):  # rounds are followed once a report is derived
            made.later()
        yield made


def test_rounds_are_those_of_the_ledger_newest_first_in_pages(played: Played) -> None:
    site, followed = played.site, played.daemon.cycle.lookout.seen
    assert followed is not None
    assert followed.rounds is not None
    won = [
        each
        for number in range(site.first_block, followed.rounds[-1].chain_block + 1)
        for each in site.ledger.mined(site.chain.sealed_block(number))
        if each.won
    ]
    told = list(played.client.each(asks.rounds(limit=2)))
    assert len(told) > 2
    assert [(each.block, each.node, int(each.difficulty), int(each.base_difficulty)) for each in reversed(told)] == [
        (each.chain_block, each.node, each.difficulty, each.base_difficulty) for each in won
    ]
    assert [each.timestamp_seconds for each in told] == [site.chain.timestamp(each.block) for each in told]
    assert sum(each.transactions for each in told) == sum(
        node.won.transactions for node in played.nodes() if node.won is not None
    )
    assert all(each.fill == each.transactions / played.site.ledger.capacity for each in told)


def test_the_consensus_is_told_as_its_ledger_tells_it(played: Played) -> None:
    found = played.client.ask(asks.consensus())
    name = played.site.ledger.calls.name
    assert found.engine == played.read("ENGINE")
    shown = {"PowLedger": found.work, "StakeLedger": found.stake, "DelegateLedger": found.delegates}
    assert [each for each, state in shown.items() if state is not None] == [name]
    if found.work is not None:
        assert found.work.target is not None
        assert int(found.work.target, 16) == (2**256 - 1) // played.read("difficulty")
    if found.stake is not None:
        term = played.read("termOf", found.stake.slot)
        assert (found.stake.slot, found.stake.term) == (played.read("slot"), term)
        assert int(found.stake.total_stake) == played.read("totalStake", term) > 0
    if found.delegates is not None:
        order, following = played.read("delegates")
        assert (found.delegates.order, found.delegates.next_turn) == (list(order), following)
        assert sorted(found.delegates.candidates) == sorted(played.read("candidates"))


def test_what_a_node_has_is_told_of_some_nodes_with_each_block(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consensus, "_NODES_AT_ONCE", 3)
    for _ in range(3):  # 8 nodes
        played.later()
    nodes, name = played.nodes(), played.site.ledger.calls.name
    head = played.client.ask(asks.network()).block.number
    assert len(nodes) == NODES
    assert [node.node for node in nodes if node.stake is not None] == (
        list(range(NODES)) if name == "StakeLedger" else []
    )
    for node in nodes:
        if node.stake is not None:
            ledger, at = played.site.ledger.calls, node.stake.block
            assert head - 3 < at <= head
            assert int(node.stake.stake) == ledger.read("stakeOf", node.node, node.stake.term, block=at)
            assert node.stake.chance == ledger.read("chanceQ128", node.node, block=at) / 2**128
        if node.votes is not None:
            ledger, at = played.site.ledger.calls, node.votes.block
            assert int(node.votes.votes) == ledger.read("votesOf", node.node, node.votes.term, block=at)
            assert node.votes.missed_turns == ledger.read("missedTurns", node.node, block=at)
            assert (node.votes.jailed_until_term or 0) == ledger.read("jailedUntil", node.node, block=at)
    if name == "StakeLedger":
        assert sum(node.stake.share for node in nodes if node.stake is not None) == pytest.approx(1)
        assert len({node.stake.block for node in nodes if node.stake is not None}) == 3
    if name == "DelegateLedger":
        assert {node.node for node in nodes if node.votes is not None} >= set(played.read("candidates"))
