"""Options of `catalyst deploy`, and the plan that they describe. Imports nothing heavy, to refuse them fast."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak
from eth_utils.address import is_address, to_checksum_address

from deploy.engines import DelegateTerms, StakeTerms, Terms, WorkTerms
from deploy.parameters import THETA_MAX_WAD, THETA_MIN_WAD, limits_for
from deploy.plan import ConsensusPlan, LedgerPlan
from oracle.chain.addresses import COIN, ZERO_ADDRESS
from oracle.control.choice import hash_named
from oracle.errors import SettingsError
from oracle.formulas.lanes import WAD
from oracle.output import check_folder

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_DEFAULT_CONFIRMATIONS = 6
POW, POS, DPOS = "pow", "pos", "dpos"
ENGINES = (POW, POS, DPOS)
# The options of each engine's ledger, and their defaults.
_OF_ENGINE: dict[str, dict[str, Any]] = {
    POW: {},
    POS: {"stake_token": None, "slot_seconds": None, "term_slots": 1024, "exit_terms": 8, "grace_slots": 2},
    DPOS: {
        "stake_token": None,
        "term_seconds": 3600,
        "delegates": 21,
        "signed_blocks_window": 100,
        "min_signed_per_window": 50,
        "jail_terms": 1,
    },
}


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
    engine: str  # pow, pos or dpos
    stake_token: str | None  # None: the chain's coin
    slot_seconds: int | None  # None, here and below: by default
    term_slots: int | None
    exit_terms: int | None
    grace_slots: int | None
    term_seconds: int | None
    delegates: int | None
    signed_blocks_window: int | None
    min_signed_per_window: int | None
    jail_terms: int | None
    unsteered: bool  # the chain's own blocks do not follow the controller's p
    paged: bool
    preflight: bool
    feeds: bool
    node_feeds: tuple[int, ...]
    phi: str  # what decides phi, see `oracle.control.choice`
    bundle: Path | None

    def __post_init__(self) -> None:
        if (self.chain is None) == (self.rpc is None):
            raise SettingsError("give either --rpc for a running node or --chain for a trial")
        if self.rpc is not None:
            if self.deployer is None:
                raise SettingsError("--rpc needs the key that deploys and pays: give --key-file or --keystore")
            check_folder(self.deployments, "--deployments")
        self.plan(ZERO_ADDRESS)

    def plan(self, deployer: str) -> ConsensusPlan:
        """The deployment that these options describe, for the address that deploys."""
        return ConsensusPlan(
            miners=self._miners(deployer),
            theta0_wad=_theta0_wad(self.theta0),
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=self._operators(),
            threshold=self.threshold,
            guardian=_address(self.guardian, "--guardian") if self.guardian else deployer,
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
            if self.engine != POW:
                raise SettingsError(f"--engine {self.engine} needs --ledger-capacity: what its rounds are kept by")
            return None
        return LedgerPlan(
            capacity_transactions=self.ledger_capacity,
            confirmations=_DEFAULT_CONFIRMATIONS if self.confirmations is None else self.confirmations,
            terms=self._terms(),
        )

    def _terms(self) -> Terms:
        given = {name: getattr(self, name) for names in _OF_ENGINE.values() for name in names}
        own = _OF_ENGINE[self.engine]
        for name, value in given.items():
            if value is not None and name not in own:
                raise SettingsError(f"--{name.replace('_', '-')} is none of --engine {self.engine}; leave it out")
        # A fifth of the interval, if that is whole seconds: p = 5 slots.
        defaults = own | ({"slot_seconds": max(1, self.interval_seconds // 5)} if self.engine == POS else {})
        chosen = {name: defaults[name] if given[name] is None else given[name] for name in own}
        if self.engine == POW:
            return WorkTerms()
        token = COIN if chosen["stake_token"] is None else _address(str(chosen.pop("stake_token")), "--stake-token")
        chosen.pop("stake_token", None)
        return StakeTerms(**chosen, token=token) if self.engine == POS else DelegateTerms(**chosen, token=token)

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
