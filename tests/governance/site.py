"""A small network that a timelock owns, on either kind of chain, and the keys that deal with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import LIMITS, THETA_MAX_WAD, THETA_MIN_WAD
from deploy.plan import ConsensusPlan
from oracle.agreements.sending import Sender
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, deployment_path, load_deployment, new_deployment
from oracle.chain.embedded import EmbeddedChain
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.formulas.lanes import WAD
from oracle.governance.govern import Governance, governance
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund

OPERATORS = tuple(account.address for account in workload_accounts(b"operators", 4))
GUARDIAN, STRANGER, NEXT_GUARDIAN = workload_accounts(b"governance", 3)
DELAY = 7_200
MODEL_HASH = b"\x01" * 32


@dataclass
class Site:
    """Who governs what, and the chain's clock."""

    owned: OwnedBlocks
    record: Deployment
    owner: LocalAccount

    @property
    def contracts(self) -> Contracts:
        return Contracts(self.owned.chain, self.record.addresses())

    def by(self, key: LocalAccount | None = None) -> Governance:
        """As a run of the command sees it, by the owner's key or another."""
        chain = self.owned.chain
        assert self.record.path is not None
        record = load_deployment(chain, self.record.path)
        sender = Sender(chain, key or self.owner, mine=lambda: self.owned.next_block(10))
        return governance(chain, record, sender)

    def wait(self, seconds: int = DELAY) -> None:
        """Let time pass: one block that much later."""
        self.owned.next_block(seconds)


@dataclass(frozen=True)
class Deployed:
    """A site on an embedded chain, and the snapshot to return to."""

    site: Site
    snapshot: int

    def restored(self, folder: Path) -> Site:
        """The site as it was after deployment, its record in a folder."""
        assert isinstance(self.site.owned._owned, EmbeddedChain)
        self.site.owned._owned._tester.revert_to_snapshot(self.snapshot)
        record = replace(
            self.site.record,
            path=deployment_path(folder, self.site.owned.chain),
            contracts=dict(self.site.record.contracts),
        )
        record.save()
        return replace(self.site, record=record)


@contextmanager
def embedded_site(folder: Path) -> Iterator[Deployed]:
    """On an embedded chain, for many tests."""
    with site_on("eth-tester", folder) as made:
        assert isinstance(made.owned._owned, EmbeddedChain)
        yield Deployed(made, made.owned._owned._tester.take_snapshot())


@contextmanager
def site_on(kind: str, folder: Path) -> Iterator[Site]:
    """On a chain of its own."""
    owned = start_chain(kind)
    owner: LocalAccount = Account.from_key(owned.faucet_key)

    def mine() -> None:
        owned.next_block(10)

    record = new_deployment(owned.chain, deployment_path(folder, owned.chain))
    deploy_consensus(Deployer(owned.chain, owner, record, mine), plan(owner))
    fund(owned.chain, owner, [GUARDIAN, STRANGER, NEXT_GUARDIAN], WAD, mine)
    yield Site(owned, record, owner)
    owned.close()


def plan(owner: LocalAccount) -> ConsensusPlan:
    return ConsensusPlan(
        miners=[owner.address] * 3,
        theta0_wad=WAD // 2,
        theta_min_wad=THETA_MIN_WAD,
        theta_max_wad=THETA_MAX_WAD,
        operators=OPERATORS[:3],
        threshold=2,
        guardian=GUARDIAN.address,
        model_hash=MODEL_HASH,
        limits=LIMITS,
        hashes_per_block=1000,
        interval_seconds=10,
        half_life_seconds=2880,
        timelock_seconds=DELAY,
    )
