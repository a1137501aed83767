"""The consensus contracts as one deployment: contracts and nodes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.deployer import Deployer
from oracle.chain.contracts import Contracts
from oracle.errors import DeploymentError, SettingsError
from oracle.report.limits import Limits

log = logging.getLogger(__name__)

# About 28 000 gas a node: a batch stays well below a transaction's gas cap.
REGISTER_BATCH = 400
MAX_OPERATORS = 31


@dataclass(frozen=True)
class LedgerPlan:
    """A ledger of mined blocks beside the oracle."""

    capacity_transactions: int  # of a block at theta = 1
    confirmations: int  # rounds until a round is final


@dataclass(frozen=True)
class ConsensusPlan:
    """What a deployment sets up."""

    miners: Sequence[str]  # one address per node
    theta0_wad: int
    theta_min_wad: int
    theta_max_wad: int
    operators: Sequence[str]
    threshold: int
    guardian: str
    model_hash: bytes
    limits: Limits
    hashes_per_block: int  # p at phi = 0 on the day of deployment
    interval_seconds: int
    half_life_seconds: int
    ledger: LedgerPlan | None = None

    def __post_init__(self) -> None:
        check_committee(len(self.operators), self.threshold)
        if not self.miners:
            raise SettingsError("a deployment needs at least one node; give --nodes 1 or more")


def check_committee(size: int, threshold: int) -> None:
    """Raise SettingsError unless a committee of `size` can reach `threshold` and no two halves of it both can."""
    if size == 0:
        raise SettingsError("a committee of no operators can sign nothing; name at least one operator")
    majority = size // 2 + 1
    if not majority <= threshold <= size:
        raise SettingsError(
            f"threshold {threshold} does not fit a committee of {size}: it must be more than half, so that no two "
            f"groups sign different reports of one epoch, and at most all; choose a threshold from {majority} to {size}"
        )
    if size > MAX_OPERATORS:
        raise SettingsError(f"a committee of {size} is too large; at most {MAX_OPERATORS} operators can sign")


def deploy_consensus(deployer: Deployer, plan: ConsensusPlan) -> Contracts:
    """Deploy the contracts and register the nodes; steps done already are left as they are.

    Raises:
        TransactionFailed: a step reverted.
        DeploymentError: the contracts are there and not as planned; nothing was changed.
    """
    owner = deployer.account.address
    limits = plan.limits
    oracle = deployer.contract(
        "PhiOracle",
        owner,
        plan.theta_min_wad,
        plan.theta_max_wad,
        plan.guardian,
        plan.model_hash,
        list(plan.operators),
        plan.threshold,
        (
            limits.max_phi_lane,
            limits.max_step_lane,
            limits.max_sum_ratio_bps,
            limits.min_spacing_blocks,
            limits.max_age_seconds,
            limits.relax_period_seconds,
        ),
    )
    deployer.contract(
        "DifficultyController",
        oracle,
        # d is for all N nodes, p = d / N at phi = 0.
        plan.hashes_per_block * len(plan.miners),
        plan.interval_seconds,
        plan.half_life_seconds,
    )
    contracts = Contracts(deployer.chain, deployer.record.addresses())
    _refuse_differences(contracts, plan)
    _register(deployer, contracts, plan)
    if plan.ledger is not None:
        # Last: its rounds begin with its block, and its miners are registered by then.
        deployer.contract(
            "PowLedger",
            oracle,
            plan.hashes_per_block * len(plan.miners),
            plan.interval_seconds,
            plan.half_life_seconds,
            plan.ledger.capacity_transactions,
            plan.ledger.confirmations,
        )
    return contracts


def _refuse_differences(contracts: Contracts, plan: ConsensusPlan) -> None:
    """Raise DeploymentError where contracts that were deployed earlier are not those of the plan."""
    state = contracts.oracle_state()
    anchor = contracts.anchor
    for what, is_, wanted in (
        ("operators", state.operators, tuple(plan.operators)),
        ("threshold", state.threshold, plan.threshold),
        ("model hash", "0x" + state.model_hash.hex(), "0x" + plan.model_hash.hex()),
        ("limits", state.limits, plan.limits),
        ("bounds on theta", contracts.theta_bounds(contracts.chain.head()), (plan.theta_min_wad, plan.theta_max_wad)),
        ("guardian", contracts.guardian(), plan.guardian),
        ("anchor difficulty (hashes a block × nodes)", anchor.difficulty, plan.hashes_per_block * len(plan.miners)),
        ("interval", anchor.interval_seconds, plan.interval_seconds),
        ("half-life", anchor.half_life_seconds, plan.half_life_seconds),
    ):
        if is_ != wanted:
            raise DeploymentError(
                f"the contracts at {contracts.addresses.oracle} are deployed already, with {what} {is_} where "
                f"{wanted} is asked for; give the options of the first run, have the owner change the contract, or "
                "give --deployments another folder to deploy anew"
            )


def _register(deployer: Deployer, contracts: Contracts, plan: ConsensusPlan) -> None:
    wanted = len(plan.miners)
    while True:
        nonce = deployer.next_nonce()
        done = contracts.node_count()
        if done > wanted:
            log.warning("the registry holds %d nodes, more than the %d asked for; none is added", done, wanted)
        if done >= wanted:
            return
        batch = list(plan.miners[done : done + REGISTER_BATCH])
        deployer.call("PhiOracle", "register", batch, [plan.theta0_wad] * len(batch), nonce=nonce)
        log.info("registered nodes %d to %d", done, done + len(batch) - 1)
