"""Terms of delegated proof of stake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from oracle.chain.addresses import COIN
from oracle.engines.terms import RUN_TERM_INTERVALS, EngineOption, Entry, Words, asked_of, completed
from oracle.errors import SettingsError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from oracle.chain.calls import ContractCalls
    from oracle.chain.ledger import Ledger
    from oracle.engines.node import NodeOptions
    from oracle.engines.seat import Player, Seat

# Of an election among as many candidates as can stand: the first block of a term holds one.
ELECTION_GAS = 2_500_000


@dataclass(frozen=True)
class DelegateTerms:
    """Delegated proof of stake."""

    term_seconds: int
    delegates: int
    signed_blocks_window: int
    min_signed_per_window: int
    jail_terms: int
    token: str = COIN

    engine: ClassVar[str] = "dpos"
    contract: ClassVar[str] = "DelegateLedger"
    words: ClassVar[Words] = Words("delegated proof of stake", "seconds a turn", "seconds of a turn", "turns")
    options: ClassVar[tuple[EngineOption, ...]] = (
        EngineOption("term_seconds", "from election to election", 3600),
        EngineOption("delegates", "that are elected", 21, high=128),
        EngineOption("signed_blocks_window", "turns that are looked back on", 100, high=256),
        EngineOption("min_signed_per_window", "of them with a block, or jail", 50, low=0, high=256),
        EngineOption("jail_terms", "terms in jail at least", 1),
    )
    stakes: ClassVar[bool] = True
    by_clock: ClassVar[bool] = True
    opening_call: ClassVar[tuple[str, int] | None] = "elect", ELECTION_GAS

    def __post_init__(self) -> None:
        if self.min_signed_per_window > self.signed_blocks_window:
            raise SettingsError(
                f"--min-signed-per-window {self.min_signed_per_window} is more than --signed-blocks-window "
                f"{self.signed_blocks_window}; give at most that"
            )

    @classmethod
    def chosen(cls, given: Mapping[str, int], token: str, interval_seconds: int) -> Self:
        """What is given, and the defaults of the rest."""
        return cls(**completed(cls.options, given), token=token)

    @classmethod
    def read(cls, calls: "ContractCalls") -> Self:
        """DelegateSetup."""
        token, term_seconds, delegates, window, min_signed, jail_terms = calls.read("delegateSetup")
        return cls(term_seconds, delegates, window, min_signed, jail_terms, token)

    @classmethod
    def of_run(cls, interval_seconds: int) -> Self:
        """Terms of 50 intervals."""
        return cls.chosen({"term_seconds": RUN_TERM_INTERVALS * interval_seconds}, COIN, interval_seconds)

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:
        """Seconds of a turn."""
        return interval_seconds

    def arguments(self) -> tuple[object, ...]:
        """DelegateSetup."""
        window = self.signed_blocks_window, self.min_signed_per_window
        return ((self.token, self.term_seconds, self.delegates, *window, self.jail_terms),)

    def asked(self) -> Mapping[str, str]:
        """By option."""
        return asked_of(self, self.token)

    def entry(self, ledger: "Ledger", node: int, key: "LocalAccount", stake_wei: int) -> Sequence[Entry]:
        """It votes for itself, and stands for election."""
        vote = Entry(ledger.calls.calldata("vote", node, stake_wei), stake_wei)
        return vote, Entry(ledger.calls.calldata("stand", node, 0))

    def player(self, seat: "Seat", options: "NodeOptions") -> "Player":
        """A delegate."""
        from oracle.engines.dpos.player import Delegate

        return Delegate(seat)
