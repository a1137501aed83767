"""A network that mines on Anvil, and what a process of an oracle makes of it through a node that counts, or lies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from oracle.chain.follower import Follower, follow_ledger
from oracle.chain.ledger import Ledger
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.feedback import FeedbackController
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.driven import DrivenNetwork
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site, build_site
from oracle.report.due import Triggers
from oracle.service.cycle import Cycle
from oracle.service.store import Store
from oracle.settings import OracleSettings
from tests.lying_node import LyingNode, lying_node

CONTROLLER = FeedbackController()
PLAN = NetworkPlan(
    seed=5,
    intervals=1000,
    controller=CONTROLLER,
    nodes=4,
    half_life_intervals=30,
    accounts=6,
    capacity_transactions=20,
    crowd_every=60.0,
    epoch_blocks=4,
)


@dataclass
class MinedNetwork:
    """The network, which reports nothing by itself, and the node that an oracle asks."""

    network: Iterator[NetworkBlock]
    site: Site
    node: LyingNode
    path: Path

    def play(self, blocks: int) -> int:
        """The head after so many blocks."""
        for _ in range(blocks):
            next(self.network)
        return self.site.chain.head()

    def store(self) -> Store:
        return Store(
            self.path / "oracle.sqlite",
            chain_id=self.site.chain.chain_id,
            genesis_hash=self.site.chain.genesis_hash,
            oracle_address=self.site.contracts.addresses.oracle,
        )

    def follower(self, store: Store | None) -> Follower:
        """As a process that starts makes it."""
        chain = connect(self.node.url)
        contracts = Contracts(chain, self.site.contracts.addresses)
        ledger = Ledger(chain, "0x" + self.site.ledger.address.hex())
        return follow_ledger(contracts, ledger, self.site.first_block, store)

    def cycle(self, store: Store, follower: Follower) -> Cycle:
        """As a process that starts makes it."""
        chain = connect(self.node.url)
        return Cycle(
            chain=chain,
            contracts=Contracts(chain, self.site.contracts.addresses),
            controller=CONTROLLER,
            operators=self.site.operators,
            submitter=self.site.payer,
            settings=OracleSettings(
                triggers=Triggers(epoch_blocks=PLAN.epoch_blocks),
                depth_blocks=PLAN.depth_blocks,
                capacity_transactions=PLAN.capacity_transactions,
                deadline_seconds=300,
            ),
            store=store,
            follower=follower,
        )


@contextmanager
def mined_network(path: Path) -> Iterator[MinedNetwork]:
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    site = build_site(PLAN, anvil)
    network = DrivenNetwork(replace(PLAN, controller=None), anvil, site, path / "unused.sqlite")
    with lying_node(anvil.url) as node:
        yield MinedNetwork(iter(network.play()), site, node, path)
    anvil.close()
