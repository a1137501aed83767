"""The Python clients over a real daemon: both answer alike, through pages, events and refusals."""

import asyncio

import pytest

from oracle.client import asks
from oracle.client.client import AskFailed, AsyncClient, Client
from oracle.formulas.lanes import lane_to_wad
from tests.client.conftest import EPOCHS, Served


def test_what_a_client_reads_is_what_the_contracts_hold(served: Served) -> None:
    with Client(served.url) as client:
        network = client.ask(asks.network())
        nodes = list(client.each(asks.nodes(limit=2)))
        committee = client.ask(asks.committee())
    block, contracts = network.block.number, served.network.contracts
    state = contracts.oracle_state(block)
    assert network.difficulty is not None
    assert int(network.difficulty.sum_exp_wad) == contracts.difficulty(block).sum_exp_wad
    assert (network.report.epoch, network.paused, network.engine) == (state.epoch, False, "chain")
    assert network.contracts["PhiOracle"].address == contracts.addresses.oracle
    assert [int(node.theta_wad) for node in nodes] == contracts.thetas(block)
    assert [node.miner and node.miner.address for node in nodes] == contracts.miners(range(len(nodes)), block)
    assert (committee.operators, committee.threshold) == (list(state.operators), state.threshold)


def test_epochs_are_those_of_the_chain_each_with_its_point(served: Served) -> None:
    with Client(served.url) as client:
        epochs = list(client.each(asks.epochs(limit=1)))
        points = list(client.each(asks.history(limit=2)))
        rows = list(client.each(asks.reports(limit=2)))
        one = client.ask(asks.epoch(2))
    assert [each.epoch for each in epochs] == list(range(epochs[0].epoch, 0, -1))
    assert len(epochs) >= EPOCHS
    assert epochs[-2] == one
    applied = {row.epoch: row for row in rows if row.status == "applied"}
    for epoch, point in zip(epochs, points, strict=True):
        block, contracts = epoch.block.number, served.network.contracts
        thetas = contracts.thetas(block)
        assert (point.epoch, point.block) == (epoch.epoch, block)
        assert contracts.oracle_state(block).epoch == epoch.epoch
        assert contracts.oracle_state(block - 1).epoch == epoch.epoch - 1
        assert int(epoch.sum_exp_wad) == contracts.difficulty(block).sum_exp_wad
        assert epoch.difficulty == str(contracts.difficulty(block).difficulty)
        assert point.mean_theta == pytest.approx(sum(thetas) / len(thetas) / 1e18, rel=1e-12)
        if epoch.epoch in applied:
            row = applied[epoch.epoch]
            assert (row.transaction_hash, row.window_hash) == (epoch.transaction_hash, epoch.window_hash)
            assert row.signers == epoch.signers


def test_each_node_is_known_after_each_epoch(served: Served) -> None:
    with Client(served.url) as client:
        epochs = list(client.each(asks.epochs()))
        after = {each.epoch: list(client.each(asks.epoch_nodes(each.epoch, limit=2))) for each in epochs}
        points = {each.epoch: each for each in client.each(asks.history())}
        own = list(client.each(asks.node_history(3, limit=1)))
        with pytest.raises(AskFailed, match="the nodes after epoch 99 are not known here"):
            client.ask(asks.epoch_nodes(99))
        with pytest.raises(AskFailed, match="there is no node 99; indices run from 0 to 4"):
            client.ask(asks.node_history(99))
    assert own == [after[each.epoch][3] for each in epochs]
    for epoch in epochs:
        nodes, block = after[epoch.epoch], epoch.block
        contracts = served.network.contracts
        assert [int(node.theta_wad) for node in nodes] == contracts.thetas(block.number)
        assert [int(node.phi_wad) for node in nodes] == [
            lane_to_wad(lane) for lane in contracts.nodes(block.number).lanes
        ]
        assert {(node.epoch, node.block, node.timestamp_seconds) for node in nodes} == {
            (epoch.epoch, block.number, block.timestamp_seconds)
        }
        thetas = [node.theta for node in nodes]
        assert [each.node for each in nodes] == [0, 1, 2, 3, 4]
        assert (points[epoch.epoch].least_theta, points[epoch.epoch].most_theta) == (min(thetas), max(thetas))


def test_the_client_of_asyncio_answers_as_the_other(served: Served) -> None:
    async def read() -> tuple[object, ...]:
        async with AsyncClient(served.url) as client:
            items = [each async for each in client.each(asks.nodes(limit=3))]
            return await client.ask(asks.network()), items, await client.ask(asks.signatures(1))

    with Client(served.url) as client:
        expected = client.ask(asks.network()), list(client.each(asks.nodes())), client.ask(asks.signatures(1))
    assert asyncio.run(read()) == expected


def test_events_tell_of_epochs_since_and_to_come_to_both(served: Served) -> None:
    async def first_two() -> list[int]:
        async with AsyncClient(served.url) as client:
            found = []
            async for each in client.events(after=0):
                found.append(each.epoch)
                if len(found) == 2:
                    break
            return found

    assert asyncio.run(first_two()) == [1, 2]
    with Client(served.url) as client:
        known = client.ask(asks.network()).report.epoch
        stream = client.events(after=known - 1)
        assert next(stream).epoch == known
        served.report(known + 1)
        assert next(stream).epoch == known + 1
        stream.close()


def test_a_refusal_says_why(served: Served) -> None:
    with Client(served.url) as client:
        with pytest.raises(AskFailed, match="there is no node 99; indices run from 0 to 4") as caught:
            client.ask(asks.node(99))
        assert caught.value.status == 404
        with pytest.raises(AskFailed, match="limit in the query"):
            client.ask(asks.nodes(limit=201))
    with (
        Client("http://127.0.0.1:9") as away,
        pytest.raises(AskFailed, match="does not answer"),
    ):
        away.ask(asks.health())
