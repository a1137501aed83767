"""A network's chain and contracts, with the keys of all who take part: set up once, before time begins."""

from dataclasses import dataclass
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import THETA0_WAD, THETA_MAX_WAD, THETA_MIN_WAD, limits_for
from deploy.plan import ConsensusPlan, LedgerPlan
from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import deployment_path, new_deployment
from oracle.chain.follower import Follower, follow_ledger
from oracle.chain.ledger import Ledger
from oracle.formulas.asert import Anchor
from oracle.formulas.lanes import WAD
from oracle.lab.network.entry import enter
from oracle.lab.network.plan import HASHES_PER_BLOCK, NetworkPlan
from oracle.workload.calls import Venue, deploy_venue, workload_accounts
from oracle.workload.funding import fund
from oracle.workload.nodes import pareto_stakes

# A model hash that no model has: of networks whose phi stays 0.
_NO_MODEL = b"\xff" * 32
_TRAFFIC_WEI = 200 * WAD
_MINER_WEI = 500 * WAD


@dataclass(frozen=True)
class Site:
    """What a run plays on."""

    chain: Chain
    contracts: Contracts
    ledger: Ledger
    venue: Venue
    payer: LocalAccount  # carries reports, and nothing else from here on
    operators: list[LocalAccount]
    miners: list[LocalAccount]
    keeper: LocalAccount
    accounts: list[LocalAccount]
    first_block: int  # the first whose transactions are offered
    anchor: Anchor  # of the ledger's d: height 0 is the ledger's own block

    def follower(self) -> Follower:
        """One that begins with the site."""
        return follow_ledger(self.contracts, self.ledger, self.first_block)


def build_site(plan: NetworkPlan, blocks: AnvilChain, deployments: Path | None = None) -> Site:
    """Deploy contracts and ledger, register the nodes, fund everyone; with a record in `deployments` where given."""
    chain = blocks.chain
    record = new_deployment(chain, None if deployments is None else deployment_path(deployments, chain))
    payer: LocalAccount = Account.from_key(blocks.faucet_key)
    secret = f"network {plan.seed}".encode()

    def mine() -> None:
        blocks.produce_block(chain.timestamp(chain.head()) + 1)

    steps = Deployer(chain, payer, record, mine)
    venue = deploy_venue(steps.contract)
    accounts = workload_accounts(secret + b"traffic", plan.accounts)
    miners = workload_accounts(secret + b"node", plan.nodes)
    operators = workload_accounts(secret + b"operator", plan.committee)
    fund(chain, payer, accounts, _TRAFFIC_WEI, mine)
    (keeper,) = workload_accounts(secret + b"keeper", 1)
    fund(chain, payer, [*miners, keeper], _MINER_WEI, mine)
    contracts = deploy_consensus(
        steps,
        ConsensusPlan(
            miners=[miner.address for miner in miners],
            theta0_wad=THETA0_WAD,
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=[operator.address for operator in operators],
            threshold=plan.threshold,
            guardian=payer.address,
            model_hash=_NO_MODEL if plan.controller is None else plan.controller.model_hash,
            limits=limits_for(plan.interval_seconds),
            hashes_per_block=HASHES_PER_BLOCK,
            interval_seconds=plan.interval_seconds,
            half_life_seconds=plan.half_life_intervals * plan.interval_seconds,
            ledger=LedgerPlan(plan.capacity_transactions, plan.confirmations, plan.terms),
        ),
    )
    deployed = steps.record.ledger()
    assert deployed is not None  # noqa: S101 - the plan asks for it
    ledger = Ledger(chain, deployed.address, deployed.contract)
    opened_at_seconds = ledger.open_round(chain.head()).opened_at_seconds
    enter(plan.terms, ledger, dict(enumerate(miners)), pareto_stakes(plan.nodes, plan.seed), blocks.produce_block)
    return Site(
        chain=chain,
        contracts=contracts,
        ledger=ledger,
        venue=venue,
        payer=payer,
        operators=operators,
        miners=miners,
        keeper=keeper,
        accounts=accounts,
        first_block=chain.head() + 1,
        anchor=Anchor(
            difficulty=plan.p * plan.nodes,
            height=0,
            timestamp_seconds=opened_at_seconds,
            interval_seconds=plan.interval_seconds,
            half_life_seconds=plan.half_life_intervals * plan.interval_seconds,
        ),
    )
