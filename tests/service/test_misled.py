"""An oracle whose node says what a block's own header disproves: no report is signed on it, and nothing stays of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from oracle.chain.follower import Follower
from oracle.chain.windows import window_of
from oracle.errors import FalseAnswer
from oracle.service.api import create_app
from oracle.service.daemon import Daemon
from oracle.service.store import ReportRow, Store
from oracle.window.window import window_hash
from tests.lying_node import Lie, of_block, of_logs
from tests.mined_network import PLAN, MinedNetwork, mined_network


@dataclass
class Misled:
    """A network that mines, and an oracle that sees it through a node that may lie."""

    mined: MinedNetwork
    daemon: Daemon
    follower: Follower
    store: Store
    honest: Follower  # of the node itself

    def play(self, blocks: int) -> None:
        for _ in range(blocks):
            self.mined.play(1)
            self.daemon.step()

    def until_due(self) -> str:
        """Blocks until a step fails on the lie; what it says."""
        for _ in range(4 * PLAN.epoch_blocks):
            self.mined.play(1)
            try:
                self.daemon.step()
            except FalseAnswer as error:
                return str(error)
        raise AssertionError("no step noticed")


@pytest.fixture(scope="module")
def misled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Misled]:
    """One network for all lies: each begins where the last one ended, so that what it left would be seen."""
    with mined_network(tmp_path_factory.mktemp("misled")) as mined:
        store, follower = mined.store(), mined.follower(None)
        daemon = Daemon(mined.cycle(store, follower))
        yield Misled(mined, daemon, follower, store, mined.site.follower())
        store.close()


def _true_window_hash(misled: Misled, row: ReportRow) -> bytes:
    """The hash of the window that a row should have been made from, by the node itself."""
    site = misled.mined.site
    contracts = site.contracts
    # What was in force when it was made; in the block that applied it, it is not any more.
    state = contracts.oracle_state(site.chain.head() if row.block_number is None else row.block_number - 1)
    window = window_of(
        contracts,
        misled.honest,
        [site.chain.sealed_block(number) for number in range(row.from_block, row.to_block + 1)],
        state=state,
        nodes=contracts.nodes(row.to_block),
        theta_bounds_wad=contracts.theta_bounds(row.to_block),
        capacity_transactions=PLAN.capacity_transactions,
    )
    return window_hash(window)


def _check_honest(misled: Misled) -> None:
    """The last report is of a true window, and the follower knows every confirmation."""
    row = misled.store.last()
    assert row is not None
    assert row.window_hash == _true_window_hash(misled, row)
    head = misled.mined.site.chain.head() - PLAN.depth_blocks
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
    misled.play(PLAN.epoch_blocks)
    before = [row.window_hash for row in misled.store.latest(100)]
    misled.mined.node.lie = lie
    error = misled.until_due()
    assert misled.mined.node.lies
    assert said in error
    assert misled.mined.node.url in error
    assert "of block " in error
    assert [row.window_hash for row in misled.store.latest(100)] == before
    health = TestClient(create_app(misled.daemon, {})).get("/health")
    assert health.status_code == 503
    assert error in health.json()["problems"]
    misled.mined.node.lie = None
    misled.play(PLAN.epoch_blocks)
    assert len(misled.store.latest(100)) > len(before)
    _check_honest(misled)


def test_logs_of_another_block_are_refused(misled: Misled) -> None:
    misled.play(PLAN.epoch_blocks)

    def of_the_block_before(asked: str, params: list[Any], result: Any) -> Any:
        if asked != "eth_getBlockReceipts":
            return result
        return misled.mined.site.chain.request(asked, [hex(int(params[0], 16) - 1)])

    misled.mined.node.lie = of_the_block_before
    assert "receipts are not of its" in misled.until_due()
    misled.mined.node.lie = None
    misled.play(PLAN.epoch_blocks)
    _check_honest(misled)


def test_a_lie_told_once_is_asked_again_and_costs_nothing(misled: Misled) -> None:
    misled.play(PLAN.epoch_blocks)

    told_before = misled.mined.node.lies

    def once(asked: str, params: list[Any], result: Any) -> Any:
        lie = of_logs(lambda receipts: [each | {"logs": []} for each in receipts])
        return lie(asked, params, result) if misled.mined.node.lies == told_before else result

    misled.mined.node.lie = once
    misled.play(2 * PLAN.epoch_blocks)
    misled.mined.node.lie = None
    assert misled.mined.node.lies == told_before + 1
    _check_honest(misled)


def test_own_reports_stay_applied_and_count_once_while_the_node_shows_no_receipts(misled: Misled) -> None:
    # Deeper than an epoch is long: a report is still followed when the next one is in force.
    cycle = misled.daemon.cycle
    cycle.settings = replace(cycle.settings, depth_blocks=2 * PLAN.epoch_blocks)
    misled.play(4 * PLAN.epoch_blocks)
    first = misled.store.last()
    assert first is not None
    misled.mined.node.lie = lambda asked, _, result: None if asked == "eth_getTransactionReceipt" else result
    misled.play(4 * PLAN.epoch_blocks)
    misled.mined.node.lie = None
    misled.play(PLAN.epoch_blocks)
    rows = misled.store.latest(100)
    assert rows[0].epoch >= first.epoch + 2
    assert {row.status for row in rows[1:]} == {"applied"}
    assert all(row.block_number is not None for row in rows[1:])
    applied = sum(row.status == "applied" for row in rows)
    assert f'catalyst_reports_total{{outcome="applied"}} {applied}.0' in misled.daemon.metrics.text().decode()
    cycle.settings = replace(cycle.settings, depth_blocks=PLAN.depth_blocks)
