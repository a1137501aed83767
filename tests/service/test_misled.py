"""An oracle whose node says what a block's own header disproves: no report is signed on it, and nothing stays of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from oracle.chain.follower import Follower, follow_ledger
from oracle.chain.ledger import Ledger
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.feedback import FeedbackController
from oracle.errors import FalseAnswer
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.driven import DrivenNetwork
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site, build_site
from oracle.service.api import create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.store import ReportRow, Store
from oracle.settings import OracleSettings
from oracle.window.window import build_window, window_hash
from tests.lying_node import Lie, LyingNode, lying_node, of_block, of_logs

_PLAN = NetworkPlan(
    seed=4,
    intervals=1000,
    controller=FeedbackController(),
    nodes=4,
    half_life_intervals=30,
    accounts=6,
    capacity_transactions=20,
    crowd_every=60.0,
    epoch_blocks=4,
)


@dataclass
class Misled:
    """A network that mines, and an oracle that sees it through a node that may lie."""

    network: Iterator[NetworkBlock]
    site: Site
    node: LyingNode
    daemon: Daemon
    follower: Follower
    store: Store
    honest: Follower  # of the node itself

    def play(self, blocks: int) -> None:
        for _ in range(blocks):
            next(self.network)
            self.daemon.step()

    def until_due(self) -> str:
        """Blocks until a step fails on the lie; what it says."""
        for _ in range(4 * _PLAN.epoch_blocks):
            next(self.network)
            try:
                self.daemon.step()
            except FalseAnswer as error:
                return str(error)
        raise AssertionError("no step noticed")


@pytest.fixture(scope="module")
def misled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Misled]:
    """One network for all lies: each begins where the last one ended, so that what it left would be seen."""
    tmp_path = tmp_path_factory.mktemp("misled")
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    site = build_site(_PLAN, anvil)
    network = DrivenNetwork(replace(_PLAN, controller=None), anvil, site, tmp_path / "unused.sqlite")
    with lying_node(anvil.url) as node:
        chain = connect(node.url)
        contracts = Contracts(chain, site.contracts.addresses)
        follower = follow_ledger(contracts, Ledger(chain, "0x" + site.ledger.address.hex()), site.first_block)
        store = Store(
            tmp_path / "oracle.sqlite",
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=contracts.addresses.oracle,
        )
        assert _PLAN.controller is not None
        cycle = Cycle(
            chain=chain,
            contracts=contracts,
            controller=_PLAN.controller,
            operators=site.operators,
            submitter=site.payer,
            settings=OracleSettings(
                epoch_blocks=_PLAN.epoch_blocks,
                epoch_seconds=None,
                depth_blocks=_PLAN.depth_blocks,
                capacity_transactions=_PLAN.capacity_transactions,
                deadline_seconds=300,
            ),
            store=store,
            follower=follower,
        )
        yield Misled(iter(network.play()), site, node, Daemon(cycle), follower, store, site.follower())
        store.close()
    anvil.close()


def _true_window_hash(misled: Misled, row: ReportRow) -> bytes:
    """The hash of the window that a row should have been made from, by the node itself."""
    site = misled.site
    own = site.contracts.addresses.own | {site.ledger.address}
    misled.honest.catch_up(row.to_block)
    window = build_window(
        chain_id=site.chain.chain_id,
        blocks=[site.chain.block(number) for number in range(row.from_block, row.to_block + 1)],
        nodes=site.contracts.nodes(row.to_block),
        capacity_transactions=_PLAN.capacity_transactions,
        interval_seconds=_PLAN.interval_seconds,
        is_traffic=lambda receiver: receiver not in own,
        backlog_transactions=misled.honest.pending_after(row.to_block),
    )
    return window_hash(window)


def _check_honest(misled: Misled) -> None:
    """The last report is of a true window, and the follower knows every confirmation."""
    row = misled.store.last()
    assert row is not None
    assert row.window_hash == _true_window_hash(misled, row)
    head = misled.site.chain.head() - _PLAN.depth_blocks
    misled.honest.catch_up(head)
    misled.follower.catch_up(head)
    ours, true = misled.follower.offers, misled.honest.offers
    assert true.count > true.pending  # blocks confirmed something
    assert (ours.count, ours.pending, ours.wasted) == (true.count, true.pending, true.wasted)
    assert ours.best(10**6) == true.best(10**6)


def _alter(field: str, value: str) -> Callable[[dict[str, Any]], None]:
    def change(block: dict[str, Any]) -> None:
        if isinstance(block["transactions"][0], dict):
            block["transactions"][0][field] = value

    return change


_LIES: dict[str, tuple[Lie, str]] = {
    "no transactions": (of_block(lambda block: block.update(transactions=[])), "transactionsRoot"),
    "last transaction dropped": (of_block(lambda block: block["transactions"].pop()), "transactionsRoot"),
    "another input": (of_block(_alter("input", "0x1234")), "do not give its hash"),
    "another sender": (of_block(_alter("from", "0x" + "12" * 20)), "not signed by its sender"),
    "another parent": (of_block(lambda block: block.update(parentHash="0x" + "12" * 32)), "do not give its hash"),
    "no receipts": (of_logs(lambda _: []), "receipts are not of its"),
    "no logs": (of_logs(lambda receipts: [each | {"logs": []} for each in receipts]), "receiptsRoot"),
}


@pytest.mark.parametrize(("lie", "said"), _LIES.values(), ids=_LIES)
def test_no_report_is_signed_on_what_a_header_disproves(misled: Misled, lie: Lie, said: str) -> None:
    misled.play(_PLAN.epoch_blocks)
    before = [row.window_hash for row in misled.store.latest(100)]
    misled.node.lie = lie
    error = misled.until_due()
    assert misled.node.lies
    assert said in error
    assert misled.node.url in error
    assert "of block " in error
    assert [row.window_hash for row in misled.store.latest(100)] == before
    health = TestClient(create_app(misled.daemon, {})).get("/health")
    assert health.status_code == 503
    assert error in health.json()["problems"]
    misled.node.lie = None
    misled.play(_PLAN.epoch_blocks)
    assert len(misled.store.latest(100)) > len(before)
    _check_honest(misled)


def test_logs_of_another_block_are_refused(misled: Misled) -> None:
    misled.play(_PLAN.epoch_blocks)

    def of_the_block_before(asked: str, params: list[Any], result: Any) -> Any:
        if asked != "eth_getBlockReceipts":
            return result
        return misled.site.chain.request(asked, [hex(int(params[0], 16) - 1)])

    misled.node.lie = of_the_block_before
    assert "receipts are not of its" in misled.until_due()
    misled.node.lie = None
    misled.play(_PLAN.epoch_blocks)
    _check_honest(misled)


def test_a_lie_told_once_is_asked_again_and_costs_nothing(misled: Misled) -> None:
    misled.play(_PLAN.epoch_blocks)

    told_before = misled.node.lies

    def once(asked: str, params: list[Any], result: Any) -> Any:
        lie = of_logs(lambda receipts: [each | {"logs": []} for each in receipts])
        return lie(asked, params, result) if misled.node.lies == told_before else result

    misled.node.lie = once
    misled.play(2 * _PLAN.epoch_blocks)
    misled.node.lie = None
    assert misled.node.lies == told_before + 1
    _check_honest(misled)


def test_own_reports_stay_applied_and_count_once_while_the_node_shows_no_receipts(misled: Misled) -> None:
    # Deeper than an epoch is long: a report is still followed when the next one is in force.
    cycle = misled.daemon.cycle
    cycle.settings = replace(cycle.settings, depth_blocks=2 * _PLAN.epoch_blocks)
    misled.play(4 * _PLAN.epoch_blocks)
    first = misled.store.last()
    assert first is not None
    misled.node.lie = lambda asked, _, result: None if asked == "eth_getTransactionReceipt" else result
    misled.play(4 * _PLAN.epoch_blocks)
    misled.node.lie = None
    misled.play(_PLAN.epoch_blocks)
    rows = misled.store.latest(100)
    assert rows[0].epoch >= first.epoch + 2
    assert {row.status for row in rows[1:]} == {"applied"}
    assert all(row.block_number is not None for row in rows[1:])
    applied = sum(row.status == "applied" for row in rows)
    assert f'catalyst_reports_total{{outcome="applied"}} {applied}.0' in misled.daemon.metrics.text().decode()
    cycle.settings = replace(cycle.settings, depth_blocks=_PLAN.depth_blocks)
