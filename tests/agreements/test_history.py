"""What a node says of events is held to the headers of their blocks; long searches go by ranges."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from oracle.agreements import history
from oracle.agreements.book import PlanBookClient
from oracle.agreements.history import plan_of
from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import connect
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.errors import ConnectionFailed, FalseAnswer, InputError
from oracle.plans.plan import as_arguments
from tests.agreements.stage import Stage
from tests.contracts.plan_stage import sale
from tests.lying_node import LyingNode, lying_node


@pytest.fixture(scope="module")
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    yield chain
    chain.close()


@pytest.fixture(scope="module")
def town(anvil: AnvilChain) -> Stage:
    return Stage(OwnedBlocks(anvil))


@pytest.fixture
def node(anvil: AnvilChain) -> Iterator[LyingNode]:
    with lying_node(anvil.url) as made:
        yield made


def test_a_node_cannot_change_what_happened(town: Stage, node: LyingNode) -> None:
    plan = town.sale()
    plan_id, _ = town.book().propose(plan)
    book = PlanBookClient(connect(node.url), town.contracts.book)
    assert book.find(plan_id) == plan

    def lie(asked: str, _: list[Any], result: Any) -> Any:
        if asked == "eth_getBlockReceipts":
            for receipt in result:
                for log in receipt["logs"]:
                    log["data"] = "0x" + log["data"][2:].replace("01", "02")
        return result

    node.lie = lie
    with pytest.raises(FalseAnswer, match="what the block's own header disproves"):
        book.history(plan_id)
    assert node.lies


@pytest.mark.parametrize("answer", [[{}], [{"blockNumber": "seven"}], [{"blockNumber": None}], [7], "none"])
def test_what_is_no_list_of_logs_is_said(town: Stage, node: LyingNode, answer: Any) -> None:
    book = PlanBookClient(connect(node.url), town.contracts.book)
    node.lie = lambda asked, _, result: answer if asked == "eth_getLogs" else result
    with pytest.raises(ConnectionFailed, match="answers eth_getLogs with what is no list of logs; give --rpc another"):
        book.history(bytes(32))


def test_a_long_search_goes_by_ranges(town: Stage, node: LyingNode, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = town.sale(salt=1)
    first = town.chain.head()
    plan_id, _ = town.book().propose(plan)
    for _ in range(7):
        town.later(10)
    town.book().join(plan, town.joinings(plan))
    whole = town.book().history(plan_id, first)
    monkeypatch.setattr(history, "_BLOCKS_PER_REQUEST", 4)
    book = PlanBookClient(connect(node.url), town.contracts.book)
    assert book.history(plan_id, first) == whole
    assert node.asked["eth_getLogs"] == 3
    assert [each.kind for each in whole] == ["Proposed", "Joined", "Joined", "Joined", "Activated"]


def test_a_kind_that_is_no_text_is_no_plan_of_ours(town: Stage) -> None:
    content = as_arguments(sale())
    with pytest.raises(InputError, match="the kind of that plan is no ASCII text"):
        plan_of((b"\xff" * 32, *content[1:]))
    assert plan_of(as_arguments(town.sale())) == town.sale()
    assert plan_of(as_arguments(replace(sale(), kind="x" * 32))).kind == "x" * 32
