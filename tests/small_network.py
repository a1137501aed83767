"""A small network on a chain of its own, for tests of what runs on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import (
    HALF_LIFE_SECONDS,
    HASHES_PER_BLOCK,
    INTERVAL_SECONDS,
    LIMITS,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
)
from deploy.plan import ConsensusPlan
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, new_deployment
from oracle.chain.owned import OwnedBlocks
from oracle.control.controller import Controller
from oracle.control.feedback import FeedbackController
from oracle.formulas.lanes import WAD
from oracle.report.due import Triggers
from oracle.service.cycle import Cycle
from oracle.service.store import Store
from oracle.settings import OracleSettings
from oracle.workload.calls import deploy_venue, workload_accounts
from oracle.workload.crowds import Traffic
from oracle.workload.funding import fund
from oracle.workload.generator import generate
from oracle.workload.sender import Sender

if TYPE_CHECKING:
    from oracle.model.bundle import Bundle

OPERATORS = workload_accounts(b"test operators", 3)
EPOCH_BLOCKS = 3
DEPTH_BLOCKS = 2
SETTINGS = OracleSettings(
    triggers=Triggers(epoch_blocks=EPOCH_BLOCKS),
    depth_blocks=DEPTH_BLOCKS,
    capacity_transactions=12,
    deadline_seconds=300,
)


@dataclass
class Network:
    """Contracts with a few nodes, traffic, and the means to run oracles over them."""

    owned: OwnedBlocks
    payer: LocalAccount
    record: Deployment
    contracts: Contracts
    steps: Deployer

    def __post_init__(self) -> None:
        venue = deploy_venue(self.steps.contract)
        accounts = workload_accounts(b"test traffic", 4)
        fund(self.owned.chain, self.payer, accounts, WAD, self.steps.mine)
        self._sender = Sender(self.owned.chain, accounts)
        self._calls = generate(Traffic(base_load=4, crowds=[], accounts=4, seed=5), venue)

    def blocks(self, count: int = 1, *, traffic: bool = True) -> None:
        """Produce blocks a target interval apart."""
        for _ in range(count):
            if traffic:
                self._sender.send(next(self._calls))
            self.owned.next_block(INTERVAL_SECONDS)

    def store(self, path: Path) -> Store:
        """The journal of an oracle of this network."""
        chain = self.owned.chain
        return Store(
            path,
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=self.contracts.addresses.oracle,
        )

    def cycle(
        self,
        bundle: "Bundle | None",
        store: Store,
        settings: OracleSettings = SETTINGS,
        *,
        payer: LocalAccount | None = None,
    ) -> Cycle:
        """An oracle process over this network, as after a start; φ by feedback where there is no bundle."""
        return Cycle(
            chain=self.owned.chain,
            contracts=self.contracts,
            controller=FeedbackController() if bundle is None else _policy(bundle),
            operators=OPERATORS,
            submitter=payer or self.payer,
            settings=settings,
            store=store,
        )


def _policy(bundle: "Bundle") -> Controller:
    # Here, since torch takes seconds: processes that never decide by a model import this file too.
    from oracle.control.policy import PolicyController

    return PolicyController(bundle)


def make_network(
    owned: OwnedBlocks,
    model_hash: bytes,
    *,
    node_count: int = 5,
    record: Deployment | None = None,
    operators: Sequence[LocalAccount] = OPERATORS,
    threshold: int = 2,
) -> Network:
    """Deploy a network of `node_count` nodes on a fresh chain."""
    payer: LocalAccount = Account.from_key(owned.faucet_key)
    record = record or new_deployment(owned.chain, None)
    steps = Deployer(owned.chain, payer, record, mine=lambda: owned.next_block(INTERVAL_SECONDS))
    contracts = deploy_consensus(
        steps,
        ConsensusPlan(
            miners=[payer.address] * node_count,
            theta0_wad=WAD // 2,
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=[operator.address for operator in operators],
            threshold=threshold,
            guardian=payer.address,
            model_hash=model_hash,
            limits=LIMITS,
            hashes_per_block=HASHES_PER_BLOCK,
            interval_seconds=INTERVAL_SECONDS,
            half_life_seconds=HALF_LIFE_SECONDS,
        ),
    )
    return Network(owned=owned, payer=payer, record=record, contracts=contracts, steps=steps)
