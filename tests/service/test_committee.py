"""Operators that share nothing but the chain: each derives the same report; one sends it with others' signatures."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from oracle.control.policy import PolicyController
from oracle.model.bundle import Bundle
from oracle.service.api import create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.peers import Peers
from oracle.workload.funding import fund
from tests.small_network import OPERATORS, SETTINGS, Network


class Operator:
    """One operator's daemon, with a key, a journal and an API of its own; it steps when told."""

    def __init__(self, network: Network, bundle: Bundle, index: int, folder: Path, port: int, peers: list[str]) -> None:
        self.bundle = bundle
        self.network, self.index, self.folder, self.port, self.peer_urls = network, index, folder, port, peers
        self.stack = ExitStack()
        self.daemon: Daemon | None = None

    def start(self) -> None:
        network = self.network
        store = network.store(self.folder / f"{self.index}.sqlite")
        self.stack.callback(store.close)
        peers = Peers(self.peer_urls)
        self.stack.callback(peers.close)
        self.daemon = Daemon(
            Cycle(
                chain=network.owned.chain,
                contracts=network.contracts,
                controller=PolicyController(self.bundle),
                operators=[OPERATORS[self.index]],
                submitter=OPERATORS[self.index],
                settings=SETTINGS,
                store=store,
                peers=peers,
            )
        )
        server = HttpServer(create_app(self.daemon, network.record.as_json()), take_port("127.0.0.1", self.port))
        server.start()
        self.stack.callback(server.stop)

    def stop(self) -> None:
        self.daemon = None
        self.stack.close()
        self.stack = ExitStack()

    def step(self) -> None:
        if self.daemon is not None:
            self.daemon.step()


@pytest.fixture
def operators(network: Network, bundle: Bundle, tmp_path: Path) -> Iterator[list[Operator]]:
    listeners = [take_port("127.0.0.1", 0) for _ in OPERATORS]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    fund(network.owned.chain, network.payer, list(OPERATORS), 10**18, network.blocks)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    made = [
        Operator(network, bundle, index, tmp_path, ports[index], [url for at, url in enumerate(urls) if at != index])
        for index in range(len(OPERATORS))
    ]
    for each in made:
        each.start()
    yield made
    for each in made:
        each.stop()


def _run(network: Network, operators: list[Operator], until_epoch: int, blocks: int = 80) -> None:
    for _ in range(blocks):
        for _ in range(2):  # who sends may ask before the others have signed
            for operator in operators:
                operator.step()
        if network.contracts.oracle_state().epoch >= until_epoch:
            return
        network.blocks()
    raise AssertionError(f"epoch {until_epoch} did not come")


def test_operators_take_turns_and_each_report_is_sent_once(network: Network, operators: list[Operator]) -> None:
    nonces = [network.owned.chain.nonce(each.address) for each in OPERATORS]
    _run(network, operators, until_epoch=6)
    sent = [network.owned.chain.nonce(each.address) - before for each, before in zip(OPERATORS, nonces, strict=True)]
    assert sent == [2, 2, 2]


def test_one_of_three_may_be_away_and_every_epoch_comes(network: Network, operators: list[Operator]) -> None:
    operators[1].stop()
    _run(network, operators, until_epoch=4)
    operators[1].start()
    operators[0].stop()
    _run(network, operators, until_epoch=8)
    row = next(row for each in operators if each.daemon for row in each.daemon.cycle.store.latest(1))
    assert row.epoch >= 7


def test_with_fewer_than_the_threshold_nothing_is_sent_and_nothing_is_lost(
    network: Network, operators: list[Operator]
) -> None:
    _run(network, operators, until_epoch=1)
    for away in (operators[1], operators[2]):
        away.stop()
    with pytest.raises(AssertionError, match="epoch 2 did not come"):
        _run(network, operators, until_epoch=2, blocks=12)
    operators[2].start()
    _run(network, operators, until_epoch=3)


def test_a_key_that_the_owner_rotates_signs_from_the_next_reference_block_on(
    network: Network, operators: list[Operator]
) -> None:
    _run(network, operators, until_epoch=1)
    rotated = [OPERATORS[0].address, OPERATORS[1].address, network.payer.address]
    network.steps.call("PhiOracle", "setOperators", rotated, 2)
    operators[2].stop()  # its key is no operator's any more
    _run(network, operators, until_epoch=4)
