"""`catalyst deploy`: options to a deployment, on any of the three kinds of chain."""

import sys
from collections.abc import Callable
from contextlib import ExitStack

from eth_account import Account

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.options import DeployOptions
from deploy.record import load_record, new_record, path_for
from oracle.chain.connection import connect
from oracle.chain.owned import start_chain
from oracle.control.choice import FEEDBACK, hash_named


def run_deploy(options: DeployOptions) -> None:
    """Deploy, or finish an interrupted deployment, and print the addresses.

    Raises:
        InputError: an option cannot be used; nothing was sent.
        TransactionFailed: a step reverted; a later call goes on after the last one that did not.
    """
    with ExitStack() as cleanup:
        mine: Callable[[], None] | None = None
        if options.rpc is not None:
            assert options.deployer is not None  # noqa: S101 - DeployOptions refuses rpc without a key
            chain, account = connect(options.rpc), options.deployer
            path = path_for(options.deployments, chain)
            record = load_record(chain, path) if path.exists() else new_record(chain, path)
        else:
            assert options.chain is not None  # noqa: S101 - DeployOptions refuses neither
            owned = start_chain(options.chain)
            cleanup.callback(owned.close)
            chain, account = owned.chain, Account.from_key(owned.faucet_key)
            # A trial: the chain ends with the command, so no record outlives it.
            record = new_record(chain, None)

            def mine() -> None:
                owned.next_block(options.interval_seconds)

        steps = Deployer(chain, account, record, mine)
        contracts = deploy_consensus(steps, options.plan(account.address))
        model_hash = contracts.oracle_state().model_hash
    for name, address in (
        ("PhiOracle", contracts.addresses.oracle),
        ("DifficultyController", contracts.addresses.controller),
    ):
        sys.stdout.write(f"{name:22}{address}\n")
    if (ledger := record.ledger()) is not None:
        sys.stdout.write(f"{'PowLedger':22}{ledger.address}\n")
    decided_by = "classical feedback" if model_hash == hash_named(FEEDBACK, None) else "the policy of a bundle"
    sys.stdout.write(f"{'φ by':22}{decided_by}\n{'model hash':22}0x{model_hash.hex()}\n")
    sys.stdout.write(f"{'chain id':22}{chain.chain_id}\n{'gas used now':22}{steps.gas_used}\n")
    sys.stdout.write(f"{'record':22}{record.path or 'none: the trial chain has ended'}\n")
