"""Options of `catalyst deploy`, and the plan that they describe. Imports nothing heavy, to refuse them fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from eth_hash.auto import keccak
from eth_utils.address import is_address, to_checksum_address

from deploy.parameters import THETA_MAX_WAD, THETA_MIN_WAD, limits_for
from deploy.plan import ConsensusPlan, LedgerPlan
from oracle.chain.addresses import COIN, ZERO_ADDRESS
from oracle.control.choice import hash_named
from oracle.engines.pow.terms import WorkTerms
from oracle.engines.registry import ENGINES
from oracle.engines.terms import Terms
from oracle.errors import SettingsError
from oracle.formulas.lanes import WAD
from oracle.output import check_folder

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_DEFAULT_CONFIRMATIONS = 6


@dataclass(frozen=True)
class DeployOptions:
    """The options of `catalyst deploy`.

    Raises:
        SettingsError: an option cannot be used.
    """

    chain: str | None
    rpc: str | None
    deployer: "LocalAccount | None"
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
    confirmations: int | None  # None: by default
    engine: str  # one of ENGINES
    stake_token: str | None  # None: the chain's coin
    engine_options: Mapping[str, int | None]  # by name, of every engine; None: by default
    unsteered: bool  # the chain's own blocks do not follow the controller's p
    paged: bool
    preflight: bool
    feeds: bool
    node_feeds: tuple[int, ...]
    phi: str  # what decides phi, see `oracle.control.choice`
    bundle: Path | None
    timelock_seconds: int | None = None  # None: the deployer stays the owner
    dry_run: bool = False  # say what would be sent, and send nothing

    def __post_init__(self) -> None:
        if (self.chain is None) == (self.rpc is None):
            raise SettingsError("give either --rpc for a running node or --chain for a trial")
        if self.rpc is not None:
            if self.deployer is None:
                raise SettingsError("--rpc needs the key that deploys and pays: give --key-file or --keystore")
            check_folder(self.deployments, "--deployments")
        self.plan(ZERO_ADDRESS if self.deployer is None else self.deployer.address)

    def plan(self, deployer: str) -> ConsensusPlan:
        """The deployment that these options describe, for the address that deploys."""
        guardian = _address(self.guardian, "--guardian") if self.guardian else deployer
        if self.timelock_seconds is not None and guardian == deployer:
            raise SettingsError(
                "--timelock-seconds needs a --guardian that is not the account that deploys: it proposes changes, and "
                "the guardian is who can object"
            )
        return ConsensusPlan(
            miners=self._miners(deployer),
            theta0_wad=_theta0_wad(self.theta0),
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=self._operators(),
            threshold=self.threshold,
            guardian=guardian,
            model_hash=hash_named(self.phi, self.bundle),
            limits=limits_for(self.interval_seconds),
            hashes_per_block=self.hashes_per_block,
            interval_seconds=self.interval_seconds,
            half_life_seconds=self.half_life_seconds,
            ledger=self._ledger(),
            is_paged=self.paged,
            preflight=self.preflight,
            feeds=self.feeds,
            node_feeds=self.node_feeds,
            timelock_seconds=self.timelock_seconds,
        )

    def _operators(self) -> list[str]:
        if not self.operators and self.rpc is not None:
            raise SettingsError("a deployment needs its committee: give --operator once for each operator, in order")
        if not self.operators:
            # On a trial chain any addresses will do; nobody holds the keys of these.
            return [to_checksum_address(keccak(f"trial operator {i}".encode())[12:]) for i in range(3)]
        addresses = [_address(text, "--operator") for text in self.operators]
        for position, address in enumerate(addresses):
            if address in addresses[:position]:
                raise SettingsError(f"--operator {address} is given twice; give each operator once")
        return addresses

    def _ledger(self) -> LedgerPlan | None:
        if self.ledger_capacity is None:
            if self.confirmations is not None:
                raise SettingsError("--confirmations goes with --ledger-capacity, which deploys the ledger")
            if self.engine != WorkTerms.engine:
                raise SettingsError(f"--engine {self.engine} needs --ledger-capacity: what its rounds are kept by")
            return None
        return LedgerPlan(
            capacity_transactions=self.ledger_capacity,
            confirmations=_DEFAULT_CONFIRMATIONS if self.confirmations is None else self.confirmations,
            terms=self._terms(),
        )

    def _terms(self) -> Terms:
        engine = ENGINES[self.engine]
        given = {name: value for name, value in self.engine_options.items() if value is not None}
        foreign = given.keys() - {option.name for option in engine.options}
        if self.stake_token is not None and not engine.stakes:
            foreign |= {"stake_token"}
        if foreign:
            raise SettingsError(f"--{min(foreign).replace('_', '-')} is none of --engine {self.engine}; leave it out")
        token = COIN if self.stake_token is None else _address(self.stake_token, "--stake-token")
        return engine.chosen(given, token, self.interval_seconds)

    def _miners(self, deployer: str) -> list[str]:
        if self.miners_file is None:
            return [deployer] * self.nodes
        try:
            lines = self.miners_file.read_text().split()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"--miners {self.miners_file} cannot be read: {type(error).__name__}") from error
        return [_address(line, f"--miners {self.miners_file}, line {number}") for number, line in enumerate(lines, 1)]


def _address(text: str, where: str) -> str:
    if not is_address(text):
        raise SettingsError(f"{where}: {text!r} is no address (0x and 40 hexadecimal digits, checksum right if mixed)")
    return str(to_checksum_address(text))


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
