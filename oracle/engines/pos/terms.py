"""Terms of proof of stake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from oracle.chain.addresses import COIN
from oracle.engines.terms import RUN_TERM_INTERVALS, EngineOption, Entry, Words, asked_of, completed
from oracle.errors import SettingsError
from oracle.formulas.lottery import SLOTS_OF_AN_INTERVAL

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from oracle.chain.calls import ContractCalls
    from oracle.chain.ledger import Ledger
    from oracle.engines.node import NodeOptions
    from oracle.engines.seat import Player, Seat


@dataclass(frozen=True)
class StakeTerms:
    """Proof of stake."""

    slot_seconds: int
    term_slots: int
    exit_terms: int
    grace_slots: int
    token: str = COIN

    engine: ClassVar[str] = "pos"
    contract: ClassVar[str] = "StakeLedger"
    words: ClassVar[Words] = Words("proof of stake", "slots a block", "expected slots for the block", "slots")
    options: ClassVar[tuple[EngineOption, ...]] = (
        EngineOption("slot_seconds", "of a slot", None, "a tenth of the interval"),
        EngineOption("term_slots", "slots in which stake and seed stay", 1024),
        EngineOption("exit_terms", "terms until stake that left can be withdrawn", 8),
        EngineOption("grace_slots", "slots that a block may come late", 4, low=0),
    )
    stakes: ClassVar[bool] = True
    by_clock: ClassVar[bool] = True
    opening_call: ClassVar[tuple[str, int] | None] = None

    def __post_init__(self) -> None:
        if self.grace_slots >= self.term_slots:
            raise SettingsError(
                f"--grace-slots {self.grace_slots} is not below --term-slots {self.term_slots}; give fewer"
            )

    @classmethod
    def chosen(cls, given: Mapping[str, int], token: str, interval_seconds: int) -> Self:
        """Terms with a slot of whole seconds that divides the interval: a tenth of it, or the next below."""
        slot_seconds = max(1, interval_seconds // SLOTS_OF_AN_INTERVAL)
        while interval_seconds % slot_seconds:
            slot_seconds -= 1
        return cls(**{"slot_seconds": slot_seconds} | completed(cls.options, given), token=token)

    @classmethod
    def read(cls, calls: "ContractCalls") -> Self:
        """StakeSetup."""
        token, slot_seconds, term_slots, exit_terms, grace_slots = calls.read("stakeSetup")
        return cls(slot_seconds, term_slots, exit_terms, grace_slots, token)

    @classmethod
    def of_run(cls, interval_seconds: int) -> Self:
        """Terms of 50 intervals."""
        chosen = cls.chosen({}, COIN, interval_seconds)
        term_slots = RUN_TERM_INTERVALS * interval_seconds // chosen.slot_seconds
        return replace(chosen, term_slots=term_slots)

    @property
    def term_seconds(self) -> int:
        """Of a term."""
        return self.slot_seconds * self.term_slots

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:
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
        return asked_of(self, self.token)

    def entry(self, ledger: "Ledger", node: int, key: "LocalAccount", stake_wei: int) -> Sequence[Entry]:
        """It stakes, and commits to a hash onion."""
        from oracle.engines.pos.onion import layers

        tip = layers(bytes(key.key), ledger.address, node, 0)[0]
        deposit = Entry(ledger.calls.calldata("deposit", node, stake_wei), stake_wei)
        return deposit, Entry(ledger.calls.calldata("commit", node, tip))

    def player(self, seat: "Seat", options: "NodeOptions") -> "Player":
        """A staker."""
        from oracle.engines.pos.player import Staker

        return Staker(seat)
