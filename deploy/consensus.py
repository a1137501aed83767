"""The consensus contracts as one deployment: contracts and nodes."""

import logging

from deploy.deployer import Deployer
from deploy.plan import ConsensusPlan
from oracle.chain.contracts import Contracts
from oracle.errors import DeploymentError

log = logging.getLogger(__name__)

# About 28 000 gas a node: a batch stays well below a transaction's gas cap.
REGISTER_BATCH = 400


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
