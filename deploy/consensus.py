"""The consensus contracts as one deployment: contracts and nodes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.deployer import Deployer
from oracle.chain.contracts import Contracts
from oracle.errors import SettingsError
from oracle.report.limits import Limits

log = logging.getLogger(__name__)

# About 28 000 gas a node: a batch stays well below a transaction's gas cap.
REGISTER_BATCH = 400
MAX_OPERATORS = 31


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

    def __post_init__(self) -> None:
        check_committee(len(self.operators), self.threshold)
        if not self.miners:
            raise SettingsError("a deployment needs at least one node; give --nodes 1 or more")


def check_committee(size: int, threshold: int) -> None:
    """Raise SettingsError unless a committee of `size` can reach `threshold`."""
    if not 1 <= threshold <= size:
        raise SettingsError(
            f"threshold {threshold} does not fit a committee of {size}; choose a threshold from 1 to {size}"
        )
    if size > MAX_OPERATORS:
        raise SettingsError(f"a committee of {size} is too large; at most {MAX_OPERATORS} operators can sign")


def deploy_consensus(deployer: Deployer, plan: ConsensusPlan) -> Contracts:
    """Deploy the contracts and register the nodes; steps done already are left as they are.

    Raises:
        TransactionFailed: a step reverted.
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
    _register(deployer, contracts, plan)
    return contracts


def _register(deployer: Deployer, contracts: Contracts, plan: ConsensusPlan) -> None:
    done = int(contracts.oracle.functions.nodeCount().call())
    if done > len(plan.miners):
        log.warning("the registry holds %d nodes, more than the %d asked for; none is added", done, len(plan.miners))
    for first in range(done, len(plan.miners), REGISTER_BATCH):
        batch = list(plan.miners[first : first + REGISTER_BATCH])
        deployer.call("PhiOracle", "register", batch, [plan.theta0_wad] * len(batch))
        log.info("registered nodes %d to %d", first, first + len(batch) - 1)
