"""`catalyst deploy`: options to a deployment, on any of the three kinds of chain."""

import sys
from collections.abc import Callable
from contextlib import ExitStack

from eth_account import Account

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.dry_run import forecast
from deploy.options import DeployOptions
from deploy.pace import check_pace, measure
from deploy.plan import MAX_UNPAGED_NODES, ConsensusPlan
from deploy.verification import verify_deployment
from oracle.chain.connection import Chain, connect
from oracle.chain.deployment import Deployment, deployment_path, load_deployment, new_deployment
from oracle.chain.owned import start_chain
from oracle.control.choice import FEEDBACK, hash_named

_PAGES = (
    "taken by the contract; `catalyst oracle` sends a report in one transaction and stages none, so above "
    f"{MAX_UNPAGED_NODES} nodes it cannot report"
)


def _check_pace(chain: Chain, record: Deployment, plan: ConsensusPlan, *, is_steered: bool) -> None:
    """Check the target interval of contracts that are not deployed yet against the chain's own blocks."""
    is_new, is_new_ledger = not record.is_complete(), plan.ledger is not None and record.ledger() is None
    if (is_new or is_new_ledger) and (pace := measure(chain)) is not None:
        check_pace(pace, plan, is_steered=is_steered and is_new)


def run_deploy(options: DeployOptions) -> None:
    """Deploy, or finish an interrupted deployment, and print the addresses; or say what that would send.

    Raises:
        InputError: an option cannot be used; nothing was sent.
        TransactionFailed: a step reverted; a later call continues after the last step that did not.
        DeploymentDiffers: what is on the chain now is not what was asked for.
    """
    with ExitStack() as cleanup:
        mine: Callable[[], None] | None = None
        if options.rpc is not None:
            assert options.deployer is not None  # noqa: S101 - DeployOptions refuses rpc without a key
            chain, account = connect(options.rpc), options.deployer
            path = deployment_path(options.deployments, chain)
            record = load_deployment(chain, path) if path.exists() else new_deployment(chain, path)
        else:
            assert options.chain is not None  # noqa: S101 - DeployOptions refuses neither
            owned = start_chain(options.chain)
            cleanup.callback(owned.close)
            chain, account = owned.chain, Account.from_key(owned.faucet_key)
            # A trial: the chain ends with the command, so no record is kept.
            record = new_deployment(chain, None)

            def mine() -> None:
                owned.next_block(options.interval_seconds)

        if options.dry_run:
            sys.stdout.write("\n".join(forecast(options, chain, account.address, record).lines()) + "\n")
            return
        plan = options.plan(account.address)
        if options.rpc is not None:
            _check_pace(chain, record, plan, is_steered=not options.unsteered)
        steps = Deployer(chain, account, record, mine)
        contracts = deploy_consensus(steps, plan)
        model_hash = contracts.oracle_state().model_hash
        verified = verify_deployment(chain, record)
    for name, entry in record.contracts.items():
        sys.stdout.write(f"{name:22}{entry.address}\n")
    decided_by = "classical feedback" if model_hash == hash_named(FEEDBACK, None) else "the policy of a bundle"
    sys.stdout.write(f"{'φ by':22}{decided_by}\n{'model hash':22}0x{model_hash.hex()}\n")
    sys.stdout.write(f"{'chain id':22}{chain.chain_id}\n{'gas used now':22}{steps.gas_used}\n")
    if options.paged:
        sys.stdout.write(f"{'pages':22}{_PAGES}\n")
    sys.stdout.write(
        f"{'verified':22}code of {len(verified.contracts)} contracts, {verified.values} values of constructors, "
        f"{verified.nodes} nodes; owner {verified.now['owner']}\n"
    )
    sys.stdout.write(f"{'record':22}{record.path or 'none: the trial chain has ended'}\n")
