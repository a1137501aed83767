"""Figures over real blocks, against what the nodes' receipts and the contracts say."""

from typing import Any

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import Chain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.errors import ChainReorganised, ConnectionFailed, FalseAnswer
from oracle.plans.templates.report import FIGURES
from oracle.records.figures import MOST_BLOCKS, Query, QueryInvalid, evaluate, query_of
from oracle.records.public_report import (
    document_of,
)
from tests.records.street import Street
from tests.small_network import Network

PLAIN = ("transactions", "fees", "blocks")


def paid_by_receipts(street: Street) -> int:
    """What the node itself says that each transaction paid."""
    receipts = [street.chain.receipt(each) for each in street.hashes]
    assert all(receipts)
    return sum(receipt["gasUsed"] * receipt["effectiveGasPrice"] for receipt in receipts if receipt)


def test_figures_are_those_of_the_receipts_and_headers(street: Street) -> None:
    figures = evaluate(street.chain, Query(PLAIN, 1, 5)).figures
    assert figures == {
        "transactions": {"count": 6},
        "fees": {"wei": str(paid_by_receipts(street)), "blocks_at_base_fee": 0},
        "blocks": {"count": 5, "mean_interval_seconds": "11/2"},
    }


def test_a_single_block_has_no_interval(street: Street) -> None:
    assert evaluate(street.chain, Query(("blocks",), 2, 2)).figures == {
        "blocks": {"count": 1, "mean_interval_seconds": None}
    }


def test_without_receipts_fees_are_at_the_base_fee(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(_: Chain, method: str, params: list[list[Any]]) -> list[Any]:
        return [None for _ in params]

    monkeypatch.setattr(Chain, "request_each", forgotten)
    blocks = [street.chain.sealed_block(number) for number in range(1, 6)]
    expected = sum(each.block.gas_used * each.header.base_fee_wei for each in blocks)
    assert evaluate(street.chain, Query(("fees",), 1, 5)).figures == {
        "fees": {"wei": str(expected), "blocks_at_base_fee": 3}
    }


def test_receipts_that_the_header_disproves_are_refused(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Chain.request_each

    def dearer(chain: Chain, method: str, params: list[list[Any]]) -> list[Any]:
        return [{**receipt, "cumulativeGasUsed": 99_999} for receipt in honest(chain, method, params)]

    monkeypatch.setattr(Chain, "request_each", dearer)
    with pytest.raises(FalseAnswer, match="own header disproves"):
        evaluate(street.chain, Query(("fees",), 1, 5))


def test_p_and_theta_are_those_of_the_contracts_at_each_block(network: Network) -> None:
    chain, contracts = network.owned.chain, network.contracts
    last = chain.head()
    query = Query(FIGURES, last - 3, last)
    evaluated = evaluate(chain, query, contracts.addresses)
    p = [str(contracts.difficulty(number).difficulty) for number in range(last - 3, last + 1)]
    assert evaluated.figures["difficulty"] == {"by_block": p}
    assert evaluated.figures["theta"] == {"by_block": ["1/2"] * 4, "mean": "1/2"}
    assert document_of(evaluated)["contracts"]["DifficultyController"] == contracts.addresses.controller


def test_figures_of_contracts_need_a_deployment_that_is_there(network: Network) -> None:
    chain = network.owned.chain
    with pytest.raises(QueryInvalid, match="difficulty is a figure of the contracts: give the deployment"):
        evaluate(chain, Query(("difficulty",), 1, 1))
    with pytest.raises(ConnectionFailed, match="is the contract there"):
        evaluate(chain, Query(("theta",), 0, 0), network.contracts.addresses)
    for figure in ("difficulty", "theta"):
        with pytest.raises(QueryInvalid, match="no node is active after block 2"):
            evaluate(chain, Query((figure,), 2, 2), network.contracts.addresses)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ((), "names some of the figures"),
        (("blocks", "fees"), "in this order"),
        (("fees", "fees"), "in this order"),
        (("profit",), "in this order"),
    ],
)
def test_a_query_names_known_figures_in_order(query: tuple[str, ...], said: str) -> None:
    with pytest.raises(QueryInvalid, match=said):
        Query(query, 1, 2)


def test_a_query_is_bounded(street: Street) -> None:
    for first, last in ((2, 1), (-1, 1), (0, MOST_BLOCKS), (2**60, 2**60)):
        with pytest.raises(QueryInvalid):
            Query(PLAIN, first, last)
    with pytest.raises(QueryInvalid, match="block 6 is not mined yet; the latest one is 5"):
        evaluate(street.chain, Query(PLAIN, 1, 6))


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"figures": ["fees"], "first_block": 1},
        {"figures": ["fees"], "first_block": 1, "last_block": 2, "more": 3},
        {"figures": "fees", "first_block": 1, "last_block": 2},
        {"figures": ["fees"], "first_block": True, "last_block": 2},
        {"figures": ["fees"], "first_block": 1, "last_block": "2"},
    ],
)
def test_what_is_no_query_is_refused(document: object) -> None:
    with pytest.raises(QueryInvalid):
        query_of(document)


def test_blocks_that_change_meanwhile_are_not_reported() -> None:
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        chain, blocks = anvil.chain, OwnedBlocks(anvil)
        blocks.next_block(1)
        snapshot = chain.request("evm_snapshot", [])
        blocks.next_block(1)
        honest = chain.block_hash

        def replaced(number: int) -> bytes:
            chain.request("evm_revert", [snapshot])
            blocks.next_block(2)
            return honest(number)

        chain.block_hash = replaced  # type: ignore[method-assign] # between the last read and its confirmation
        with pytest.raises(ChainReorganised, match="read them again"):
            evaluate(chain, Query(("blocks",), 1, 2))
    finally:
        anvil.close()
