"""A daemon that has reported some epochs, served with keys, on a chain of its own; shared by the tests of a file."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.control.feedback import FeedbackController
from oracle.service.api import create_app
from oracle.service.api_keys import create_key
from oracle.service.control import Control
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.rate import Rate
from tests.small_network import Network, make_network

EPOCHS = 3
_MOST_BLOCKS = 40


@dataclass
class Served:
    """A daemon and where it answers."""

    url: str
    anvil: AnvilChain
    network: Network
    daemon: Daemon
    server: HttpServer
    keys: Path
    key: str  # with every scope

    def report(self, epoch: int) -> None:
        """Go on until an epoch is known to readers."""
        for _ in range(_MOST_BLOCKS):
            seen = self.daemon.cycle.lookout.seen
            if seen is not None and seen.in_force.epoch >= epoch:
                return
            self.network.blocks()
            self.daemon.step()
        raise AssertionError(f"epoch {epoch} did not come")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with ExitStack() as cleanup:
        anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
        cleanup.callback(anvil.close)
        network = make_network(OwnedBlocks(anvil), FeedbackController().model_hash)
        store = network.store(folder / "oracle.sqlite")
        cleanup.callback(store.close)
        daemon = Daemon(network.cycle(None, store))
        key = create_key(folder / "keys.json", ("control", "audit"))
        many = Rate(per_second=1_000, burst=1_000)  # test_keys.py looks at the bounds
        control = Control(folder / "keys.json", client_rate=many, total_rate=many)
        cleanup.callback(control.close)
        server = HttpServer(create_app(daemon, network.record.as_json(), control), take_port("127.0.0.1", 0))
        server.start()
        cleanup.callback(server.stop)
        made = Served(server.url, anvil, network, daemon, server, folder / "keys.json", key)
        made.report(EPOCHS)
        yield made


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=120) as opened:
        yield opened
