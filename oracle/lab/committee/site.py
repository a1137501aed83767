"""What a committee of processes runs on: an Anvil chain, its contracts, traffic, and a key file for each operator."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import (
    HALF_LIFE_SECONDS,
    HASHES_PER_BLOCK,
    INTERVAL_SECONDS,
    LIMITS,
    THETA0_WAD,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
)
from deploy.plan import ConsensusPlan
from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import deployment_path, new_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.formulas.lanes import WAD
from oracle.workload.calls import deploy_venue, workload_accounts
from oracle.workload.crowds import Traffic
from oracle.workload.funding import fund
from oracle.workload.generator import generate
from oracle.workload.sender import Sender

_NODES = 100
_TRAFFIC_ACCOUNTS = 20
_TRAFFIC_WEI = 100_000 * WAD
_OPERATOR_WEI = 1000 * WAD


@dataclass(frozen=True)
class SitePlan:
    """Who takes part, and what the chain carries."""

    operators: int
    threshold: int
    model_hash: bytes
    block_transactions: int  # of traffic
    seed: int = 1


class Site:
    """A chain that this process drives, with contracts and keys."""

    def __init__(self, plan: SitePlan, anvil: AnvilChain, directory: Path) -> None:
        """Deploy and fund.

        Args:
            plan: Who takes part.
            anvil: A new chain.
            directory: For the deployment record and the key files; nobody else may read it.
        """
        self.plan, self.anvil, self.directory = plan, anvil, directory
        secret = f"committee {plan.seed} ".encode()
        payer: LocalAccount = Account.from_key(anvil.faucet_key)
        steps = Deployer(self.chain, payer, new_deployment(self.chain, self.record_path), self.produce_empty)
        venue = deploy_venue(steps.contract)
        accounts = workload_accounts(secret + b"traffic", _TRAFFIC_ACCOUNTS)
        fund(self.chain, payer, accounts, _TRAFFIC_WEI // _TRAFFIC_ACCOUNTS, self.produce_empty)
        self.operators = workload_accounts(secret + b"operators", plan.operators)
        fund(self.chain, payer, list(self.operators), _OPERATOR_WEI, self.produce_empty)
        self.contracts: Contracts = deploy_consensus(
            steps,
            ConsensusPlan(
                miners=[account.address for account in workload_accounts(secret + b"nodes", _NODES)],
                theta0_wad=THETA0_WAD,
                theta_min_wad=THETA_MIN_WAD,
                theta_max_wad=THETA_MAX_WAD,
                operators=[operator.address for operator in self.operators],
                threshold=plan.threshold,
                guardian=payer.address,
                model_hash=plan.model_hash,
                limits=LIMITS,
                hashes_per_block=HASHES_PER_BLOCK,
                interval_seconds=INTERVAL_SECONDS,
                half_life_seconds=HALF_LIFE_SECONDS,
            ),
        )
        self._sender = Sender(self.chain, accounts)
        traffic = Traffic(base_load=plan.block_transactions, crowds=[], accounts=_TRAFFIC_ACCOUNTS, seed=plan.seed)
        self._calls = generate(traffic, venue)

    @property
    def chain(self) -> Chain:
        """The chain."""
        return self.anvil.chain

    @property
    def record_path(self) -> Path:
        """Of the deployment."""
        return deployment_path(self.directory, self.chain)

    def produce_empty(self) -> None:
        """A block without traffic."""
        self.anvil.produce_block(self.chain.timestamp(self.chain.head()) + INTERVAL_SECONDS)

    def produce(self) -> None:
        """A block with traffic, a target interval after the last."""
        self._sender.send(next(self._calls))
        self.produce_empty()

    def key_file(self, operator: int) -> Path:
        """The file of an operator's key."""
        path = self.directory / f"operator-{operator}.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(self.operators[operator].key.hex())
        return path


@contextmanager
def new_site(plan: SitePlan, *, kept_states: int | None = None) -> Iterator[Site]:
    """A site on an Anvil of its own, in a folder of its own; both end with it.

    Args:
        plan: Who takes part.
        kept_states: As of `AnvilChain`.
    """
    with TemporaryDirectory(prefix="catalyst-committee-") as directory:
        anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, kept_states=kept_states)
        with closing(anvil):
            yield Site(plan, anvil, Path(directory))
