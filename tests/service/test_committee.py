"""Operators that share nothing but the chain: each derives the same report; one sends it with others' signatures."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from deploy.handover import hand_over
from oracle.agreements.sending import Sender
from oracle.chain.ports import free_port, free_ports
from oracle.control.policy import PolicyController
from oracle.governance import changes
from oracle.governance.govern import execute, governance, schedule
from oracle.model.bundle import Bundle
from oracle.service.api import create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.peers import Peers
from oracle.service.recover import recover
from oracle.service.store import Store
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund
from tests.small_network import OPERATORS, SETTINGS, Network

TIMELOCK_SECONDS = 3_600


class Operator:
    """One operator's daemon, with a key, a journal and an API of its own; it steps when told."""

    def __init__(
        self, network: Network, bundle: Bundle, key: LocalAccount, journal: Path, port: int, peers: list[str]
    ) -> None:
        self.network, self.bundle, self.key = network, bundle, key
        self.journal, self.port, self.peer_urls = journal, port, peers
        self.stack = ExitStack()
        self.daemon: Daemon | None = None

    def start(self) -> None:
        network = self.network
        store = network.store(self.journal)
        self.stack.callback(store.close)
        peers = Peers(self.peer_urls)
        self.stack.callback(peers.close)
        self.daemon = Daemon(
            Cycle(
                chain=network.owned.chain,
                contracts=network.contracts,
                controller=PolicyController(self.bundle),
                operators=[self.key],
                submitter=self.key,
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

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> Store:
        assert self.daemon is not None
        return self.daemon.cycle.store

    def step(self) -> None:
        if self.daemon is not None:
            self.daemon.step()


@pytest.fixture
def operators(network: Network, bundle: Bundle, tmp_path: Path) -> Iterator[list[Operator]]:
    ports = free_ports(len(OPERATORS))
    fund(network.owned.chain, network.payer, list(OPERATORS), 10**18, network.blocks)
    made = [
        Operator(network, bundle, key, tmp_path / f"{index}.sqlite", port, [])
        for index, (key, port) in enumerate(zip(OPERATORS, ports, strict=True))
    ]
    for each in made:
        each.peer_urls = [other.url for other in made if other is not each]
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
    network: Network, bundle: Bundle, operators: list[Operator], tmp_path: Path
) -> None:
    """With the old operator's daemon running on; the new one's journal is made anew, since reports are in force."""
    _run(network, operators, until_epoch=2)
    chain, old = network.owned.chain, operators[2]
    (key,) = workload_accounts(b"rotated in", 1)
    fund(chain, network.payer, [key], 10**18, network.blocks)
    rotated = [OPERATORS[0].address, OPERATORS[1].address, key.address]
    network.steps.call("PhiOracle", "setOperators", rotated, 2)
    at, nonce_of_old = chain.head(), chain.nonce(old.key.address)

    port = free_port()
    new = Operator(network, bundle, key, tmp_path / "new.sqlite", port, [each.url for each in operators[:2]])
    signs_after, _ = recover(new.journal, chain, network.contracts)
    assert signs_after == at
    new.start()
    for each in operators[:2]:  # each is told of the new one by a restart
        each.stop()
        each.peer_urls.append(new.url)
        each.start()
    try:
        _run(network, [*operators, new], until_epoch=6)
        operators[1].stop()  # now the new key must sign each report
        _run(network, [*operators, new], until_epoch=9)
        assert old.daemon is not None
        assert old.daemon.last_error is None
        assert chain.nonce(old.key.address) == nonce_of_old
        signed = [each.reference.block for epoch in range(1, 10) for each in old.store.signatures.of(epoch)]
        assert max(signed) <= at
        assert all(each.reference.block > at for epoch in range(1, 10) for each in new.store.signatures.of(epoch))
        assert chain.nonce(key.address) > 0  # it sent reports of its own
    finally:
        new.stop()

    recover(tmp_path / "read.sqlite", chain, network.contracts)
    read = network.store(tmp_path / "read.sqlite")
    rows = read.latest(100)
    read.close()
    assert sorted(row.epoch for row in rows) == list(range(1, 10))
    assert all(2 in row.signers for row in rows if row.epoch >= 8)
    sent = sum(chain.nonce(each.address) for each in (*OPERATORS, key))
    assert sent == 9  # one transaction for each epoch


def test_a_committee_that_the_timelock_rotates_brings_every_epoch_before_and_after(
    network: Network, bundle: Bundle, operators: list[Operator], tmp_path: Path
) -> None:
    """By the old committee until the change is executed, by the new one from then on; no epoch comes twice."""
    chain = network.owned.chain
    key, guardian = workload_accounts(b"rotated in by the timelock", 2)
    fund(chain, network.payer, [key], 10**18, network.blocks)
    network.steps.call("PhiOracle", "setGuardian", guardian.address)
    hand_over(network.steps, network.contracts, TIMELOCK_SECONDS)
    governed = governance(chain, network.record, Sender(chain, network.payer, mine=network.blocks))
    _run(network, operators, until_epoch=1)
    rotation = schedule(
        governed, lambda timelock: changes.operators(timelock, [key.address], [OPERATORS[2].address], None), print
    )
    assert rotation is not None
    _run(network, operators, until_epoch=3)
    network.owned.next_block(TIMELOCK_SECONDS)
    _run(network, operators, until_epoch=4)
    execute(governed, rotation.hex(), print)
    at = chain.head()
    assert network.contracts.oracle_state().operators == (*(each.address for each in OPERATORS[:2]), key.address)

    new = Operator(network, bundle, key, tmp_path / "new.sqlite", free_port(), [each.url for each in operators[:2]])
    recover(new.journal, chain, network.contracts)
    new.start()
    for each in operators[:2]:
        each.stop()
        each.peer_urls.append(new.url)
        each.start()
    try:
        operators[1].stop()  # the new key must sign each report
        _run(network, [*operators, new], until_epoch=7)
        signed = [each.reference.block for epoch in range(1, 8) for each in operators[2].store.signatures.of(epoch)]
        assert max(signed) <= at
        sent = sum(chain.nonce(each.address) for each in (*OPERATORS, key))
        assert sent == 7  # one transaction for each epoch
    finally:
        new.stop()
