"""Terms of proof of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from oracle.engines.terms import EngineOption, Entry, Words

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from oracle.chain.calls import ContractCalls
    from oracle.chain.ledger import Ledger
    from oracle.engines.node import NodeOptions
    from oracle.engines.seat import Player, Seat


@dataclass(frozen=True)
class WorkTerms:
    """Proof of work: nothing beside what every ledger takes."""

    engine: ClassVar[str] = "pow"
    contract: ClassVar[str] = "PowLedger"
    words: ClassVar[Words] = Words("proof of work", "hashes a block", "expected hashes for the block", "hashes")
    options: ClassVar[tuple[EngineOption, ...]] = ()
    stakes: ClassVar[bool] = False
    by_clock: ClassVar[bool] = False
    opening_call: ClassVar[tuple[str, int] | None] = None

    @classmethod
    def chosen(cls, given: Mapping[str, int], token: str, interval_seconds: int) -> Self:
        """The only ones."""
        return cls()

    @classmethod
    def read(cls, calls: "ContractCalls") -> Self:
        """The only ones."""
        return cls()

    @classmethod
    def of_run(cls, interval_seconds: int) -> Self:
        """The only ones."""
        return cls()

    def p(self, interval_seconds: int, hashes_per_block: int) -> int:
        """Expected hashes."""
        return hashes_per_block

    def arguments(self) -> tuple[object, ...]:
        """None."""
        return ()

    def asked(self) -> Mapping[str, str]:
        """Nothing more."""
        return {}

    def entry(self, ledger: "Ledger", node: int, key: "LocalAccount", stake_wei: int) -> Sequence[Entry]:
        """Anybody may mine."""
        return ()

    def player(self, seat: "Seat", options: "NodeOptions") -> "Player":
        """A miner."""
        from oracle.engines.pow.player import Miner

        return Miner(seat, hash_rate=options.hash_rate, processes=options.processes)
