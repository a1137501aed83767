"""Several nodes of one chain: reads fail over and are tried again, sends go to all, disagreement stops everything."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import Chain, connect
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.chain.reads import Reads
from oracle.chain.transactions import sign_transaction
from oracle.errors import BackendsDisagree, ChainReplaced, ConnectionFailed, StatePruned
from oracle.lab.faults.proxy import Fault, FaultProxy, Plan
from tests.lying_node import lying_node

PASSING = (Fault.DROP, Fault.SERVER_ERROR, Fault.TRUNCATED, Fault.NULL)


@pytest.fixture
def proxies(anvil: AnvilChain) -> Iterator[list[FaultProxy]]:
    for number in range(1, 4):
        anvil.produce_block(GENESIS_TIMESTAMP_SECONDS + 10 * number)
    made = [FaultProxy(anvil.url) for _ in range(2)]
    yield made
    for proxy in made:
        proxy.close()


def _connect(proxies: list[FaultProxy]) -> Chain:
    return connect(*(proxy.url for proxy in proxies))


def _sometimes(share: float, seed: int) -> Plan:
    random_ = random.Random(seed)
    return lambda _: random_.choice(PASSING) if random_.random() < share else None


@pytest.mark.parametrize("fault", [*PASSING, Fault.TOO_MANY, Fault.DELAY])
def test_a_fault_that_passes_is_tried_again(proxies: list[FaultProxy], fault: Fault) -> None:
    chain = _connect(proxies[:1])
    each_second = cycle((fault, None))
    proxies[0].plan = lambda _: next(each_second)
    for _ in range(3):
        assert chain.head() == 3
        assert chain.block(2).number == 2
        assert chain.balance("0x" + "11" * 20) == 0


def test_a_fifth_of_faults_costs_few_requests(proxies: list[FaultProxy]) -> None:
    chain = _connect(proxies[:1])
    proxies[0].plan = _sometimes(0.2, seed=1)
    failed = 0
    for _ in range(150):
        try:
            chain.balance("0x" + "11" * 20)
        except ConnectionFailed:
            failed += 1
    assert sum(proxies[0].counts.values()) > 20
    assert failed <= 1


def test_a_busy_server_gets_the_rest_that_it_asks_for(proxies: list[FaultProxy]) -> None:
    chain = _connect(proxies[:1])
    answers = iter((Fault.TOO_MANY,))
    proxies[0].plan = lambda _: next(answers, None)
    started = time.monotonic()
    assert chain.head() == 3
    assert time.monotonic() - started >= 1  # Retry-After: 1


def test_reads_go_to_the_node_that_works_and_come_back_when_it_is_mended(proxies: list[FaultProxy]) -> None:
    chain = _connect(proxies)
    proxies[0].down = True
    for _ in range(5):
        assert chain.head() == 3
    asked = proxies[0].requests
    assert chain.head() == 3
    assert proxies[0].requests == asked  # it rests
    assert chain.endpoints is not None
    down, works = chain.endpoints.endpoints
    assert (down.failures > 0, works.failures) == (True, 0)
    assert down.problem is not None
    proxies[0].down = False
    down.rests_until = 0.0
    chain.survey(1)
    assert down.failures == 0


def test_a_node_that_lags_is_passed_over_for_what_it_does_not_have(proxies: list[FaultProxy]) -> None:
    chain = _connect(proxies)
    proxies[0].behind_blocks = 2
    assert chain.block(3).number == 3
    chain.request_each("eth_call", [[{"to": "0x" + "11" * 20, "data": "0x"}, "0x3"]] * 2)


def test_a_transaction_goes_to_every_node(anvil: AnvilChain, proxies: list[FaultProxy]) -> None:
    other = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        chain = _connect(proxies)
        proxies[1].target = other.url  # its pool is apart
        from eth_account import Account

        transaction = sign_transaction(
            chain=anvil.chain,
            account=Account.from_key(anvil.faucet_key),
            nonce=0,
            to="0x" + "11" * 20,
            data=b"",
            gas_limit=21_000,
        )
        proxies[0].plan = lambda methods: Fault.ACCEPTED_ERROR if methods[0] == "eth_sendRawTransaction" else None
        chain.send_raw(transaction.raw, transaction.hash)
        assert anvil.chain.knows_transaction(transaction.hash)
        assert other.chain.knows_transaction(transaction.hash)
    finally:
        other.close()


def test_nodes_that_disagree_on_a_settled_block_are_named(anvil: AnvilChain, proxies: list[FaultProxy]) -> None:
    chain = _connect(proxies)
    chain.survey(3)
    other = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        for number in range(1, 4):
            other.produce_block(GENESIS_TIMESTAMP_SECONDS + 11 * number)
        proxies[1].target = other.url  # the same first block, and others after it
        chain.survey(0)
        with pytest.raises(BackendsDisagree, match=rf"settled block 2 \({proxies[0].url} has 0x"):
            chain.survey(2)
    finally:
        other.close()


@pytest.mark.parametrize("count", [1, 2])
def test_another_chain_at_the_same_address_is_found_out(proxies: list[FaultProxy], count: int) -> None:
    chain = _connect(proxies[:count])
    other = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS + 1)
    try:
        proxies[0].target = other.url
        if count == 2:
            chain.survey(1)  # the other node still serves the chain
            assert chain.endpoints is not None
            assert "serves another chain now" in str(chain.endpoints.endpoints[0].problem)
            proxies[1].target = other.url
            chain.endpoints.endpoints[0].rests_until = 0.0
        with pytest.raises(ChainReplaced, match="serves another chain than before"):
            chain.survey(1)
    finally:
        other.close()


def test_a_state_that_is_kept_no_more_is_told_from_a_fault_and_asked_of_another_node() -> None:
    nodes = [AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, kept_states=kept) for kept in (3, None)]
    try:
        for number in range(1, 30):
            for node in nodes:
                node.produce_block(GENESIS_TIMESTAMP_SECONDS + 10 * number)
        account = "0x" + "11" * 20
        with pytest.raises(StatePruned, match="does not keep the state of a block that old"):
            connect(nodes[0].url).request("eth_getBalance", [account, hex(2)])
        both = connect(nodes[0].url, nodes[1].url)
        assert both.request("eth_getBalance", [account, hex(2)]) == "0x0"
    finally:
        for node in nodes:
            node.close()


def test_every_request_is_observed_answered_or_not_and_whoever_asks(proxies: list[FaultProxy]) -> None:
    chain = _connect(proxies)
    assert chain.endpoints is not None
    seen: Counter[tuple[str, str]] = Counter()
    chain.endpoints.observe = lambda node, asker, _: seen.update([(node, asker)])
    before = [proxy.requests for proxy in proxies]
    faults = cycle((Fault.SERVER_ERROR, None, None))
    proxies[0].plan = lambda _: next(faults)
    for _ in range(3):
        chain.survey(1)
        chain.head()
        chain.block(2)
        chain.request_each("eth_getBalance", [["0x" + "11" * 20, "latest"]] * 3)
    asked = [proxy.requests - at for proxy, at in zip(proxies, before, strict=True)]
    assert min(asked) > 0
    assert [seen[proxy.url, "oracle"] for proxy in proxies] == asked
    Reads(chain).request("eth_blockNumber", [], timeout_seconds=5, most_bytes=1000)
    assert sum(count for (_, asker), count in seen.items() if asker == "readers") == 1


def test_nodes_that_look_the_same_are_told_apart(proxies: list[FaultProxy]) -> None:
    """As of a provider whose URLs differ in their key alone."""
    chain = connect(*(f"{proxies[0].url}/{key}" for key in ("first-key", "second-key")))
    assert chain.endpoints is not None
    shown = [each.shown for each in chain.endpoints.endpoints]
    assert shown == [f"{proxies[0].url}/… (1)", f"{proxies[0].url}/… (2)"]
    answers = cycle(("0x" + "11" * 32, "0x" + "22" * 32))
    with lying_node(proxies[0].url) as node:
        chain = connect(*(f"{node.url}/{key}" for key in ("first-key", "second-key")))

        def lie(method: str, params: list[Any], result: Any) -> Any:
            return {**result, "hash": next(answers)} if params[:1] == ["0x1"] else result

        node.lie = lie
        with pytest.raises(BackendsDisagree, match=r"\(1\) has 0x11.*\(2\) has 0x22"):
            chain.survey(1)
