"""Feeds: a consumer that knows the field's interface alone reads difficulty and theta, and refuses what is stale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError
from web3.logs import DISCARD

from deploy.compile import compile_sources
from oracle.chain.anvil import AnvilChain
from tests.conftest import ROOT, Figure
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    LIMITS,
    STRANGER,
    WAD,
    WIDE,
    Failure,
    Stage,
    deploy_stage,
)

SOURCE = "tests/contracts/solidity/FeedConsumer.sol"
THETA0_WAD = [WAD // 2, WAD // 4, WAD // 2, WAD // 5]
NODE = 1
LANES = [1500, 1000, -500, 250]
MAX_INT256 = (1 << 255) - 1
FEEDS = ("DifficultyFeed", "MeanThetaFeed", "NodeThetaFeed")


@cache
def _consumer() -> Any:
    output = compile_sources({SOURCE: (ROOT / SOURCE).read_text()})
    return output["contracts"][SOURCE]["FeedConsumer"]


@dataclass
class Desk:
    """A stage with every feed, and a consumer of each."""

    stage: Stage
    feeds: dict[str, Contract]
    consumers: dict[str, Contract]

    def value(self, name: str) -> int:
        return int(self.consumers[name].functions.value().call())

    def expected(self, name: str) -> int:
        """What the contracts themselves say, in the feed's decimals."""
        thetas = self.stage.thetas()
        expected: dict[str, int] = {
            "DifficultyFeed": self.stage.controller.functions.difficulty().call(),
            "MeanThetaFeed": sum(thetas) // self.stage.oracle.functions.activeCount().call(),
            "NodeThetaFeed": thetas[NODE],
        }
        return expected[name]

    def latest(self, name: str) -> list[int]:
        return list(self.feeds[name].functions.latestRoundData().call())

    def round(self, name: str, round_id: int) -> list[int]:
        return list(self.feeds[name].functions.getRoundData(round_id).call())


def _words(call: ContractFunction) -> str:
    with pytest.raises(ContractLogicError) as caught:
        call.call()
    return str(caught.value.message)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Desk]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=THETA0_WAD, limits=LIMITS)
        stage.chain.request("anvil_setBalance", [STRANGER.address, hex(10**20)])
        oracle, controller = stage.contracts.addresses.oracle, stage.contracts.addresses.controller
        arguments = {
            "DifficultyFeed": (oracle, controller),
            "MeanThetaFeed": (oracle,),
            "NodeThetaFeed": (oracle, NODE),
        }
        feeds = {name: stage.deploy(name, *arguments[name]) for name in FEEDS}
        compiled = _consumer()
        factory = stage.chain._w3.eth.contract(abi=compiled["abi"], bytecode=compiled["evm"]["bytecode"]["object"])
        consumers = {}
        for name, feed in feeds.items():
            receipt = stage.send(factory.constructor(feed.address, LIMITS.max_age_seconds))
            assert receipt["contractAddress"] is not None
            consumers[name] = stage.chain._w3.eth.contract(address=receipt["contractAddress"], abi=compiled["abi"])
        yield Desk(stage, feeds, consumers)
    finally:
        blocks.close()


@pytest.fixture
def desk(deployed: Desk) -> Iterator[Desk]:
    snapshot = deployed.stage.chain.request("evm_snapshot", [])
    yield deployed
    assert deployed.stage.chain.request("evm_revert", [snapshot])


@pytest.mark.parametrize("name", FEEDS)
def test_a_consumer_of_the_interface_reads_what_the_contracts_say(desk: Desk, name: str) -> None:
    desk.stage.apply(LANES)
    desk.stage.mine(3)
    decimals = desk.feeds[name].functions.decimals().call()
    assert desk.value(name) == desk.expected(name) * 10 ** (18 - decimals)
    applied = desk.stage.contracts.oracle_state().reported.timestamp_seconds
    assert desk.latest(name) == [1, desk.expected(name), applied, applied, 1]
    assert desk.round(name, 1) == desk.latest(name)
    assert desk.feeds[name].functions.version().call() == 1


def test_feeds_say_what_they_are_of(desk: Desk) -> None:
    described = {name: feed.functions.description().call() for name, feed in desk.feeds.items()}
    assert described["DifficultyFeed"].startswith("Proof-of-work difficulty p")
    assert described["NodeThetaFeed"] == f"Theta of node {NODE}"
    assert {name: feed.functions.decimals().call() for name, feed in desk.feeds.items()} == {
        "DifficultyFeed": 0,
        "MeanThetaFeed": 18,
        "NodeThetaFeed": 18,
    }


@pytest.mark.parametrize("name", FEEDS)
def test_there_is_no_round_before_the_first_report(desk: Desk, name: str) -> None:
    feed = desk.feeds[name].functions
    for call in (feed.latestRoundData(), feed.getRoundData(0), feed.getRoundData(1), feed.record()):
        assert "No data present" in _words(call)
    assert "No data present" in _words(desk.consumers[name].functions.value())


@pytest.mark.parametrize("name", FEEDS)
def test_a_consumer_refuses_an_answer_older_than_its_heartbeat(desk: Desk, name: str) -> None:
    desk.stage.apply(LANES)
    applied = desk.stage.now
    desk.stage.mine(at=applied + LIMITS.max_age_seconds)
    assert desk.value(name) > 0
    desk.stage.mine(at=applied + LIMITS.max_age_seconds + 1)
    assert "stale answer" in _words(desk.consumers[name].functions.value())


@pytest.mark.parametrize("late_blocks", [0, 7])
@pytest.mark.parametrize("name", FEEDS)
def test_a_recorded_round_answers_for_good_whenever_it_was_recorded(desk: Desk, name: str, late_blocks: int) -> None:
    desk.stage.apply(LANES)
    started, answer = desk.stage.now, desk.expected(name)
    desk.stage.mine(late_blocks)
    receipt = desk.stage.send(desk.feeds[name].functions.record(), sender=STRANGER)
    (event,) = desk.feeds[name].events.AnswerUpdated().process_receipt(receipt, errors=DISCARD)
    assert dict(event["args"]) == {"current": answer, "roundId": 1, "updatedAt": started}
    desk.stage.apply([0, 0, 0, 0])
    assert desk.round(name, 1) == [1, answer, started, started, 1]
    assert desk.consumers[name].functions.previous().call() == answer
    desk.stage.apply(LANES)
    assert desk.round(name, 1) == [1, answer, started, started, 1]
    assert "No data present" in _words(desk.feeds[name].functions.getRoundData(2))
    assert desk.consumers[name].functions.previous().call() == 0


def test_a_stale_round_is_not_recorded_since_relax_may_have_moved_it(desk: Desk) -> None:
    desk.stage.apply(LANES)
    desk.stage.mine(at=desk.stage.now + LIMITS.max_age_seconds + 1)
    for feed in desk.feeds.values():
        assert desk.stage.attempt(feed.functions.record(), sender=STRANGER)["status"] == 0
        failure = desk.stage.failure(feed.functions.record(), sender=STRANGER)
        assert failure is not None
        assert failure.name == "Stale"


def test_a_round_whose_phi_was_halved_is_not_recorded_even_where_it_is_fresh_again(desk: Desk) -> None:
    """The owner lengthens the maximum age after `relax`: φ is not what the report put in force all the same."""
    stage = desk.stage
    stage.apply(LANES)
    stage.send(stage.oracle.functions.relax(), at=stage.now + LIMITS.max_age_seconds + 1)
    stage.set_limits(replace(LIMITS, max_age_seconds=10 * LIMITS.max_age_seconds))
    assert not stage.oracle.functions.staleness().call()[0]
    assert stage.oracle.functions.halvings().call() == 1
    for feed in desk.feeds.values():
        call = feed.functions.record()
        assert stage.attempt(call, sender=STRANGER)["status"] == 0
        assert stage.failure(call, sender=STRANGER) == Failure("RoundRelaxed", (1, 1))
    stage.apply(LANES)
    assert stage.oracle.functions.halvings().call() == 0
    for feed in desk.feeds.values():
        stage.send(feed.functions.record(), sender=STRANGER)


def test_a_round_is_recorded_once(desk: Desk) -> None:
    desk.stage.apply(LANES)
    record = desk.feeds["DifficultyFeed"].functions.record()
    desk.stage.send(record, sender=STRANGER)
    desk.stage.mine(5)
    assert desk.stage.attempt(record, sender=STRANGER)["status"] == 0
    assert desk.stage.failure(record, sender=STRANGER) == Failure("AlreadyRecorded", (1,))


@pytest.mark.parametrize("round_id", [0, 2, (1 << 64), (1 << 80) - 1])
def test_rounds_that_never_were_have_no_data(desk: Desk, round_id: int) -> None:
    desk.stage.apply(LANES)
    for feed in desk.feeds.values():
        assert "No data present" in _words(feed.functions.getRoundData(round_id))


def test_the_theta_of_a_retired_node_is_refused(desk: Desk) -> None:
    desk.stage.apply(LANES)
    desk.stage.send(desk.stage.oracle.functions.retire(NODE))
    assert desk.latest("NodeThetaFeed")[1] == 0
    assert "answer not positive" in _words(desk.consumers["NodeThetaFeed"].functions.value())
    assert desk.value("MeanThetaFeed") == desk.expected("MeanThetaFeed") == sum(desk.stage.thetas()) // 3


def test_feeds_follow_relax(desk: Desk) -> None:
    desk.stage.apply(LANES)
    before = {name: desk.latest(name) for name in FEEDS}
    desk.stage.mine(at=desk.stage.now + LIMITS.max_age_seconds + 1)
    desk.stage.send(desk.stage.oracle.functions.relax())
    for name in FEEDS:
        after = desk.latest(name)
        assert after[1] == desk.expected(name) != before[name][1]
        assert after[2:4] == before[name][2:4]  # as old as the report


def test_a_feed_of_no_node_is_not_deployed(desk: Desk) -> None:
    constructor = desk.stage.constructor("NodeThetaFeed", desk.stage.oracle.address, 4)
    desk.stage.assert_deployment_reverts(constructor, "UnknownNode", 4, 4)


def test_a_difficulty_beyond_the_answers_type_saturates() -> None:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=[WAD // 2], limits=WIDE)
        controller = stage.deploy("DifficultyController", stage.oracle.address, (1 << 256) - 1, 10, 2880)
        feed = stage.deploy("DifficultyFeed", stage.oracle.address, controller.address)
        stage.apply([-10_000])
        assert controller.functions.difficulty().call() > MAX_INT256
        assert feed.functions.latestRoundData().call()[1] == MAX_INT256
    finally:
        blocks.close()


def test_changes_of_state_call_none_but_the_contracts_they_belong_to(desk: Desk) -> None:
    """What calls no stranger cannot be re-entered, through a feed or otherwise."""
    stage = desk.stage
    report = stage.apply(LANES)
    record = stage.send(desk.feeds["DifficultyFeed"].functions.record(), sender=STRANGER)
    stage.mine(at=stage.now + LIMITS.max_age_seconds + 1)
    relaxed = stage.send(stage.oracle.functions.relax(), sender=STRANGER)
    oracle, controller = stage.oracle.address.lower(), stage.controller.address.lower()
    recover = "0x" + "00" * 19 + "01"
    for receipt, allowed in ((report, {recover}), (relaxed, set()), (record, {oracle, controller})):
        trace = stage.chain.request(
            "debug_traceTransaction", ["0x" + bytes(receipt["transactionHash"]).hex(), {"tracer": "callTracer"}]
        )
        assert _called(trace) <= allowed


def _called(frame: Any) -> set[str]:
    return {to for call in frame.get("calls", []) for to in (call["to"].lower(), *_called(call))}


def test_the_mean_over_many_nodes_fits_a_call(figure: Figure) -> None:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=[WAD // 2] * 1000)
        feed = stage.deploy("MeanThetaFeed", stage.oracle.address)
        stage.apply([100] * 1000)
        gas = feed.functions.latestRoundData().estimate_gas()
        assert feed.functions.latestRoundData().call()[1] == WAD // 2 + 100 * WAD // (1 << 15)
        figure(f"mean theta of 1 000 nodes read through its feed: {gas:,} gas".replace(",", " "))
    finally:
        blocks.close()
