"""The terms that a ledger of rounds is deployed with, by its consensus. Imports nothing heavy, to refuse fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from oracle.chain.addresses import COIN
from oracle.errors import SettingsError

if TYPE_CHECKING:
    from oracle.chain.ledger import Ledger


class Terms(Protocol):
    """The constructor arguments of one engine's ledger beside those of every ledger."""

    @property
    def engine(self) -> str:
        """Its name on the command line."""
        ...

    @property
    def contract(self) -> str:
        """The ledger's contract."""
        ...

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:
        """P at phi = 0, in the engine's unit, for rounds that are one target interval apart.

        Raises:
            SettingsError: no whole p gives that; names the option.
        """
        ...

    def arguments(self) -> tuple[object, ...]:
        """Arguments of the constructor, after those of every ledger."""
        ...

    def asked(self) -> Mapping[str, str]:
        """The options, as a user would write them."""
        ...


@dataclass(frozen=True)
class WorkTerms:
    """Proof of work."""

    engine: str = "pow"
    contract: str = "PowLedger"

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:  # noqa: ARG002 - of every engine
        """Expected hashes."""
        return hashes_per_block

    def arguments(self) -> tuple[object, ...]:
        """None."""
        return ()

    def asked(self) -> Mapping[str, str]:
        """Nothing more."""
        return {}


@dataclass(frozen=True)
class StakeTerms:
    """Proof of stake."""

    slot_seconds: int
    term_slots: int
    exit_terms: int
    grace_slots: int
    token: str = COIN
    engine: str = "pos"
    contract: str = "StakeLedger"

    def __post_init__(self) -> None:
        if self.grace_slots >= self.term_slots:
            raise SettingsError(
                f"--grace-slots {self.grace_slots} is not below --term-slots {self.term_slots}; give fewer"
            )

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:  # noqa: ARG002 - of every engine
        """Expected slots."""
        if interval_seconds % self.slot_seconds:
            raise SettingsError(
                f"--interval-seconds {interval_seconds} is no multiple of --slot-seconds {self.slot_seconds}; choose a "
                "slot that divides the interval"
            )
        return interval_seconds // self.slot_seconds

    def arguments(self) -> tuple[object, ...]:
        """StakeSetup."""
        return ((self.token, self.slot_seconds, self.term_slots, self.exit_terms, self.grace_slots),)

    def asked(self) -> Mapping[str, str]:
        """By option."""
        return {
            "--stake-token": self.token,
            "--slot-seconds": str(self.slot_seconds),
            "--term-slots": str(self.term_slots),
            "--exit-terms": str(self.exit_terms),
            "--grace-slots": str(self.grace_slots),
        }


@dataclass(frozen=True)
class DelegateTerms:
    """Delegated proof of stake."""

    term_seconds: int
    delegates: int
    signed_blocks_window: int
    min_signed_per_window: int
    jail_terms: int
    token: str = COIN
    engine: str = "dpos"
    contract: str = "DelegateLedger"

    def __post_init__(self) -> None:
        if self.min_signed_per_window > self.signed_blocks_window:
            raise SettingsError(
                f"--min-signed-per-window {self.min_signed_per_window} is more than --signed-blocks-window "
                f"{self.signed_blocks_window}; give at most that"
            )

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:  # noqa: ARG002 - of every engine
        """Seconds of a turn."""
        return interval_seconds

    def arguments(self) -> tuple[object, ...]:
        """DelegateSetup."""
        window = self.signed_blocks_window, self.min_signed_per_window
        return ((self.token, self.term_seconds, self.delegates, *window, self.jail_terms),)

    def asked(self) -> Mapping[str, str]:
        """By option."""
        return {
            "--stake-token": self.token,
            "--term-seconds": str(self.term_seconds),
            "--delegates": str(self.delegates),
            "--signed-blocks-window": str(self.signed_blocks_window),
            "--min-signed-per-window": str(self.min_signed_per_window),
            "--jail-terms": str(self.jail_terms),
        }


def terms_of(ledger: "Ledger", contract: str) -> Terms:
    """The terms of a ledger that is deployed."""
    if contract == "StakeLedger":
        token, slot_seconds, term_slots, exit_terms, grace_slots = ledger.calls.read("stakeSetup")
        return StakeTerms(slot_seconds, term_slots, exit_terms, grace_slots, token)
    if contract == "DelegateLedger":
        token, term_seconds, delegates, window, min_signed, jail_terms = ledger.calls.read("delegateSetup")
        return DelegateTerms(term_seconds, delegates, window, min_signed, jail_terms, token)
    return WorkTerms()
