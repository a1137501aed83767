"""The consensus contracts as one deployment: contracts and nodes."""

import logging
from dataclasses import asdict, astuple

from deploy.deployer import Deployer
from deploy.handover import hand_over, timelock_of
from deploy.plan import ConsensusPlan, decimal, refuse_difference
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import ORACLES
from oracle.chain.ledger import Ledger
from oracle.engines.registry import LEDGERS
from oracle.formulas.lanes import WAD

log = logging.getLogger(__name__)

# About 28 000 gas a node: a batch stays well below a transaction's gas cap.
REGISTER_BATCH = 400
_OF_RECORD = ("--nodes", "--hashes-per-block", "--theta0", "--miners")  # what the chain alone cannot tell for sure


def deploy_consensus(deployer: Deployer, plan: ConsensusPlan) -> Contracts:
    """Deploy the contracts, register the nodes and hand over; steps that are done already are skipped.

    Raises:
        TransactionFailed: a step reverted.
        DeploymentError: the contracts are deployed but differ from the plan; nothing was changed.
    """
    owner = deployer.account.address
    record = deployer.record
    asked = {"--key-file": owner, **plan.asked()}
    _refuse_another_kind(deployer, plan)
    earlier, held = record.contracts.get(plan.oracle_contract), record.options
    is_mined = earlier is not None and earlier.block_number is not None
    if is_mined and not record.is_complete():
        refuse_difference(f"what {record.path} records", held, asked)
    # A run that put nothing on chain, such as one whose first step reverted, leaves nothing to keep.
    record.options = asked | held if is_mined else asked
    oracle = deployer.contract(
        plan.oracle_contract,
        owner,
        plan.theta_min_wad,
        plan.theta_max_wad,
        plan.guardian,
        plan.model_hash,
        list(plan.operators),
        plan.threshold,
        astuple(plan.limits),
    )
    now = record.contracts[plan.oracle_contract]
    if earlier is not None and not is_mined and now.transaction_hash == earlier.transaction_hash:
        # It was pending when that run ended.
        record.options = asked | held
        record.save()
        refuse_difference(f"what {record.path} records", held, asked)
    deployer.contract(
        "DifficultyController", oracle, plan.anchor_difficulty, plan.interval_seconds, plan.half_life_seconds
    )
    contracts = Contracts(deployer.chain, record.addresses())
    refuse_difference(f"the oracle at {oracle}", _deployed(deployer, contracts, plan), asked)
    _warn_of_changes(contracts, plan)
    _register(deployer, contracts, plan)
    if plan.preflight:
        deployer.contract("ReportPreflight", oracle, contracts.addresses.controller)
    if plan.feeds:
        deployer.contract("DifficultyFeed", oracle, contracts.addresses.controller)
        deployer.contract("MeanThetaFeed", oracle)
    for node in plan.node_feeds:
        deployer.contract(f"NodeThetaFeed/{node}", oracle, node)
    if plan.ledger is not None:
        # Deployed last, since its rounds begin with its block, and nodes must be registered by then.
        deployer.contract(
            plan.ledger.terms.contract,
            (
                oracle,
                plan.ledger.terms.p(plan.interval_seconds, plan.hashes_per_block) * len(plan.miners),
                plan.interval_seconds,
                plan.half_life_seconds,
                plan.ledger.capacity_transactions,
                plan.ledger.confirmations,
            ),
            *plan.ledger.terms.arguments(),
        )
    if plan.timelock_seconds is not None:
        hand_over(deployer, contracts, plan.timelock_seconds)
    record.save()
    return contracts


def _refuse_another_kind(deployer: Deployer, plan: ConsensusPlan) -> None:
    for kind in ORACLES:
        if kind != plan.oracle_contract and kind in deployer.record.contracts:
            is_paged = {"--paged": "yes" if kind == "PagedPhiOracle" else "no"}
            refuse_difference(f"what {deployer.record.path} records", is_paged, plan.asked())


def _deployed(deployer: Deployer, contracts: Contracts, plan: ConsensusPlan) -> dict[str, str]:
    """The options that the deployment was made with.

    Values that the owner can change are read from the contracts. The others come from the record; if it lacks them,
    they are inferred from the contracts.
    """
    state, anchor, record = contracts.oracle_state(), contracts.anchor, deployer.record
    owner = contracts.owner()
    timelock = timelock_of(contracts, record)
    if timelock is not None:
        owner = record.options.get("--key-file", owner)
    deployed = {
        "--key-file": owner,
        plan.operators_option: ", ".join(state.operators),
        "--threshold": str(state.threshold),
        "--guardian": contracts.guardian(),
        "--phi": f"model hash 0x{state.model_hash.hex()}",
        "--interval-seconds": str(anchor.interval_seconds),
        "--half-life-seconds": str(anchor.half_life_seconds),
    }
    if timelock is not None:
        deployed["--timelock-seconds"] = str(timelock.read("getMinDelay"))
    recorded = {option: record.options[option] for option in _OF_RECORD if option in record.options}
    deployed |= recorded or _of_registry(contracts, plan)
    if (ledger := record.ledger()) is not None:
        rounds = Ledger(contracts.chain, ledger.address, ledger.contract)
        deployed |= {"--ledger-capacity": str(rounds.capacity), "--confirmations": str(rounds.confirmations)}
        terms = LEDGERS[ledger.contract].read(rounds.calls)
        deployed |= {"--engine": terms.engine, **terms.asked()}
    return deployed


def _of_registry(contracts: Contracts, plan: ConsensusPlan) -> dict[str, str]:
    """As `_deployed`, for a record without these options: from d on the first day and the registered nodes."""
    difficulty, registered = contracts.anchor.difficulty, contracts.node_count()
    theta0 = set(contracts.nodes(contracts.chain.head()).theta0_wad)
    found = {"--theta0": decimal(theta0.pop())} if len(theta0) == 1 else {}
    if difficulty == plan.anchor_difficulty:
        return found
    # d = hashes * nodes: if one of the two fits, it is taken to be unchanged.
    if registered != len(plan.miners) and difficulty % plan.hashes_per_block == 0:
        return found | {"--nodes": str(difficulty // plan.hashes_per_block)}
    return found | {"--hashes-per-block": decimal(difficulty * WAD // len(plan.miners))}


def _warn_of_changes(contracts: Contracts, plan: ConsensusPlan) -> None:
    """Log what the owner has changed since and no option sets; it stays as it is."""
    limits = asdict(contracts.oracle_state().limits)
    for name, wanted in asdict(plan.limits).items():
        if limits[name] != wanted:
            log.warning("the owner has set %s to %d, where a new deployment has %d", name, limits[name], wanted)
    low, high = contracts.theta_bounds(contracts.chain.head())
    if (low, high) != (plan.theta_min_wad, plan.theta_max_wad):
        log.warning("the owner has set the bounds on theta to [%s, %s]", decimal(low), decimal(high))


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
        deployer.call(plan.oracle_contract, "register", batch, [plan.theta0_wad] * len(batch), nonce=nonce)
        log.info("registered nodes %d to %d", done, done + len(batch) - 1)
