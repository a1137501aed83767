"""`catalyst deploy`: options to a deployment, on any of the three kinds of chain."""

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from deploy.consensus import ConsensusPlan, LedgerPlan, deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import THETA_MAX_WAD, THETA_MIN_WAD, limits_for
from deploy.record import load_record, new_record, path_for
from oracle.chain.connection import connect
from oracle.chain.owned import start_chain
from oracle.control.choice import FEEDBACK, hash_named
from oracle.errors import SettingsError
from oracle.formulas.lanes import WAD

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeployOptions:
    """What the command line of `catalyst deploy` says."""

    chain: str | None
    rpc: str | None
    deployer: LocalAccount | None
    deployments: Path
    nodes: int
    threshold: int
    operators: tuple[str, ...]
    guardian: str | None
    miners_file: Path | None
    theta0: str
    interval_seconds: int
    half_life_seconds: int
    hashes_per_block: int
    ledger_capacity: int | None  # None: no ledger
    confirmations: int
    phi: str  # who sets it, see `oracle.control.choice`
    bundle: Path | None


def run_deploy(options: DeployOptions) -> None:
    """Deploy, or finish an interrupted deployment, and print the addresses.

    Raises:
        InputError: an option cannot be used; nothing was sent.
        TransactionFailed: a step reverted; a later call goes on after the last one that did not.
    """
    with ExitStack() as cleanup:
        mine: Callable[[], None] | None = None
        if options.rpc is not None:
            if options.deployer is None:
                raise SettingsError("--rpc needs the key that deploys and pays: give --key-file or --keystore")
            chain, account = connect(options.rpc), options.deployer
            path = path_for(options.deployments, chain)
            record = load_record(chain, path) if path.exists() else new_record(chain, path)
        else:
            assert options.chain is not None  # noqa: S101 - the command line asks for one of the two
            owned = start_chain(options.chain)
            cleanup.callback(owned.close)
            chain, account = owned.chain, Account.from_key(owned.faucet_key)
            # A trial: the chain ends with the command, so no record outlives it.
            record = new_record(chain, None)

            def mine() -> None:
                owned.next_block(options.interval_seconds)

        steps = Deployer(chain, account, record, mine)
        contracts = deploy_consensus(steps, _plan(options, account))
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


def _plan(options: DeployOptions, account: LocalAccount) -> ConsensusPlan:
    operators = [_address(text, "--operator") for text in options.operators]
    if not operators:
        if options.rpc is not None:
            raise SettingsError("a deployment needs its committee: give --operator once for each operator, in order")
        # On a trial chain any addresses do; these are of keys that nobody holds.
        operators = [Web3.to_checksum_address(Web3.keccak(text=f"trial operator {i}")[12:]) for i in range(3)]
    return ConsensusPlan(
        miners=_miners(options, account),
        theta0_wad=_theta0_wad(options.theta0),
        theta_min_wad=THETA_MIN_WAD,
        theta_max_wad=THETA_MAX_WAD,
        operators=operators,
        threshold=options.threshold,
        guardian=_address(options.guardian, "--guardian") if options.guardian else account.address,
        model_hash=hash_named(options.phi, options.bundle),
        limits=limits_for(options.interval_seconds),
        hashes_per_block=options.hashes_per_block,
        interval_seconds=options.interval_seconds,
        half_life_seconds=options.half_life_seconds,
        ledger=None
        if options.ledger_capacity is None
        else LedgerPlan(capacity_transactions=options.ledger_capacity, confirmations=options.confirmations),
    )


def _miners(options: DeployOptions, account: LocalAccount) -> list[str]:
    if options.miners_file is None:
        return [account.address] * options.nodes
    try:
        lines = options.miners_file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--miners {options.miners_file} cannot be read: {type(error).__name__}") from error
    return [_address(line, f"--miners {options.miners_file}, line {number}") for number, line in enumerate(lines, 1)]


def _address(text: str, where: str) -> str:
    if not Web3.is_address(text):
        raise SettingsError(f"{where}: {text!r} is no address (0x and 40 hexadecimal digits, checksum right if mixed)")
    return str(Web3.to_checksum_address(text))


def _theta0_wad(text: str) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise SettingsError(f"--theta0 {text!r} is no number; give one from 0 to 1")
    wad = int(value * WAD)
    if not THETA_MIN_WAD <= wad <= THETA_MAX_WAD:
        raise SettingsError(f"--theta0 {text} is outside [{THETA_MIN_WAD / WAD}, {THETA_MAX_WAD / WAD}]")
    return wad
