"""Chain, contracts, traffic and keys of a local run: set up once, or found as an earlier run left them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import (
    HALF_LIFE_SECONDS,
    INTERVAL_SECONDS,
    LIMITS,
    THETA0_WAD,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
)
from deploy.plan import ConsensusPlan, LedgerPlan
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import DeployedLedger, Deployment, deployment_path, load_deployment, new_deployment
from oracle.chain.ledger import Ledger
from oracle.chain.owned import OwnedBlocks
from oracle.formulas.lanes import WAD
from oracle.lab.local.chains import BlockSource
from oracle.lab.local.mining import HASHES_PER_BLOCK, POOLS
from oracle.lab.local.options import LocalOptions
from oracle.lab.local.traffic import PlannedTraffic, generated_traffic, recorded_traffic
from oracle.window.blocks import Block
from oracle.workload.calls import Venue, deploy_venue, workload_accounts
from oracle.workload.funding import fund

# Times the blocks that the asked epochs need, after which the run gives up.
PATIENCE = 4
_WORKLOAD_ACCOUNTS = 40
_CONFIRMATIONS = 6  # rounds until one is final
# What each account of the traffic has at the start, on a chain of this run's own and on one that others run.
_OWN_BUDGET_WEI, _FOREIGN_BUDGET_WEI = 200 * WAD, WAD // 20
# Blocks that replayed traffic can pay for where the run goes on until it is stopped: about a day of them.
_SERVED_BLOCKS = 100_000


@dataclass(frozen=True)
class Site:
    """What a run plays on."""

    contracts: Contracts
    record: Deployment
    deployed: DeployedLedger
    ledger: Ledger
    traffic: PlannedTraffic
    accounts: list[LocalAccount]  # of the traffic
    miners: list[LocalAccount]  # of the first nodes
    operators: list[LocalAccount]
    deployer: LocalAccount  # who pays for all of it
    budget_wei: int  # of each account

    def top_up(self, accounts: list[LocalAccount], *, beyond_wei: int = 0, least_wei: int | None = None) -> None:
        """Give accounts that hold less than `least_wei`, by default half their budget, what they lack of it all.

        Raises:
            InsufficientFunds: who pays holds too little.
        """
        chain = self.contracts.chain
        fund(chain, self.deployer, accounts, self.budget_wei + beyond_wei, None, least_wei=least_wei)


def build_site(
    options: LocalOptions,
    source: BlockSource,
    model_hash: bytes,
    recorded: list[Block] | None,
    say: Callable[[str], None],
) -> Site:
    """Deploy contracts and ledger, register the nodes, and fund traffic and miners.

    Args:
        options: Of the run.
        source: Its chain.
        model_hash: That reports must carry.
        recorded: Blocks to replay; None for generated traffic.
        say: Takes a line about what was done.

    Raises:
        DeploymentError: an earlier run deployed with other options.
        InsufficientFunds: who pays holds too little.
    """
    chain = source.chain
    deployer, secret = _payer(options, source)
    record = _record(options, chain)
    mine: Callable[[], None] | None = (
        (lambda: source.next_block(INTERVAL_SECONDS)) if isinstance(source, OwnedBlocks) else None
    )
    steps = Deployer(chain, deployer, record, mine)
    # The venue first: the contracts' anchor, from which windows begin, then lies just ahead of the traffic.
    venue = deploy_venue(steps.contract)
    accounts = workload_accounts(secret + b"traffic", _WORKLOAD_ACCOUNTS)
    nodes = workload_accounts(secret + b"node", options.nodes)
    miners = nodes[: len(POOLS)]
    budget_wei = _OWN_BUDGET_WEI if options.rpc is None else _FOREIGN_BUDGET_WEI
    fund(chain, deployer, [*accounts, *miners], budget_wei, mine)
    operators = workload_accounts(secret + b"operator", options.committee)
    traffic = _in_capacity_of(record.ledger(), chain, _planned(options, venue, budget_wei // 2, recorded))
    contracts = deploy_consensus(
        steps,
        ConsensusPlan(
            miners=[node.address for node in nodes],
            theta0_wad=THETA0_WAD,
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=[operator.address for operator in operators],
            threshold=options.threshold,
            guardian=steps.account.address,
            model_hash=model_hash,
            limits=LIMITS,
            hashes_per_block=HASHES_PER_BLOCK,
            interval_seconds=INTERVAL_SECONDS,
            half_life_seconds=HALF_LIFE_SECONDS,
            ledger=LedgerPlan(traffic.capacity_transactions, _CONFIRMATIONS),
            operators_option="--committee",
        ),
    )
    deployed = record.ledger()
    assert deployed is not None  # noqa: S101 - the plan asks for it
    say(
        f"deploy   oracle {contracts.addresses.oracle}, difficulty {contracts.addresses.controller}, ledger "
        f"{deployed.address}; {options.nodes} nodes, {options.threshold} of {options.committee} operators, "
        f"{steps.gas_used} gas"
    )
    say(f"traffic  {traffic.description}; its block 0 is the chain's block {chain.head() + 1}")
    return Site(
        contracts=contracts,
        record=record,
        deployed=deployed,
        ledger=Ledger(chain, deployed.address, deployed.contract),
        traffic=traffic,
        accounts=accounts,
        miners=miners,
        operators=operators,
        deployer=deployer,
        budget_wei=budget_wei,
    )


def _payer(options: LocalOptions, source: BlockSource) -> tuple[LocalAccount, bytes]:
    """Who deploys and pays, and the secret that the run's other keys are derived from."""
    if isinstance(source, OwnedBlocks):
        account: LocalAccount = Account.from_key(source.faucet_key)
        return account, b"seed" + options.seed.to_bytes(8, "big", signed=True)
    assert options.deployer is not None  # noqa: S101 - LocalOptions refuses rpc without a key
    return options.deployer, bytes(options.deployer.key)


def _record(options: LocalOptions, chain: Chain) -> Deployment:
    if options.rpc is None:
        return new_deployment(chain, None)
    path = deployment_path(options.deployments, chain)
    return load_deployment(chain, path) if path.exists() else new_deployment(chain, path)


def _planned(options: LocalOptions, venue: Venue, budget_wei: int, recorded: list[Block] | None) -> PlannedTraffic:
    if recorded is not None:
        return recorded_traffic(
            recorded,
            blocks=_SERVED_BLOCKS if options.serve else PATIENCE * options.blocks_needed,
            accounts=_WORKLOAD_ACCOUNTS,
            venue=venue,
            budget_wei=budget_wei,
        )
    return generated_traffic(
        seed=options.seed,
        blocks=options.blocks_needed,
        accounts=_WORKLOAD_ACCOUNTS,
        venue=venue,
        value_divisor=1 if options.rpc is None else _OWN_BUDGET_WEI // _FOREIGN_BUDGET_WEI,
    )


def _in_capacity_of(earlier: DeployedLedger | None, chain: Chain, traffic: PlannedTraffic) -> PlannedTraffic:
    """The capacity of a ledger is its own for good, whatever traffic comes later."""
    if earlier is None:
        return traffic
    capacity = Ledger(chain, earlier.address, earlier.contract).capacity
    return replace(traffic, capacity_transactions=capacity)
