"""What one engine adds to a ledger of rounds: options, constructor arguments, words. Imports nothing heavy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from oracle.chain.calls import ContractCalls
    from oracle.chain.ledger import Ledger
    from oracle.engines.node import NodeOptions
    from oracle.engines.seat import Player, Seat

UINT32 = 2**32 - 1  # what the contracts hold seconds and counts in
RUN_TERM_INTERVALS = 50  # of a term in a laboratory network


@dataclass(frozen=True)
class EngineOption:
    """A whole number that `catalyst deploy` takes for one engine."""

    name: str  # as in Python, with underscores
    says: str  # what it is, for the help
    default: int | None  # None: it follows from the interval
    default_says: str = ""  # the default in words, where it is None
    low: int = 1
    high: int = UINT32

    @property
    def flag(self) -> str:
        """As on the command line."""
        return "--" + self.name.replace("_", "-")


class Words(NamedTuple):
    """What pages and plots call things under one engine."""

    consensus: str
    p_counts: str
    p_is: str  # of one deployment: "p is the …"
    drawn_by: str  # what decides who makes a block


class Entry(NamedTuple):
    """A call by which a node enters the consensus."""

    calldata: bytes
    value_wei: int = 0


class Terms(Protocol):
    """The constructor arguments of one engine's ledger beside those of every ledger."""

    engine: ClassVar[str]  # its name on the command line
    contract: ClassVar[str]  # the ledger's
    words: ClassVar[Words]
    options: ClassVar[tuple[EngineOption, ...]]
    stakes: ClassVar[bool]  # whether a token or the chain's coin is staked or votes
    by_clock: ClassVar[bool]  # rounds pass by the chain's clock, whether or not somebody submits
    # What somebody must call once the first round is open, and the gas that it may take; None: nothing.
    opening_call: ClassVar[tuple[str, int] | None]

    @classmethod
    def chosen(cls, given: Mapping[str, int], token: str, interval_seconds: int) -> Self:
        """The terms that a user asks for.

        Args:
            given: Values by name of options; what is left out takes its default.
            token: Address of what is staked, or votes; COIN for the chain's coin.
            interval_seconds: The target interval.

        Raises:
            SettingsError: they do not fit each other; names the option.
        """
        ...

    @classmethod
    def read(cls, calls: "ContractCalls") -> Self:
        """The terms of a ledger that is deployed."""
        ...

    @classmethod
    def of_run(cls, interval_seconds: int) -> Self:
        """The terms of a laboratory network: the defaults, with shorter terms."""
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

    def entry(self, ledger: "Ledger", node: int, key: "LocalAccount", stake_wei: int) -> Sequence[Entry]:
        """What a node calls, by its key, to enter the consensus with a stake in the chain's coin."""
        ...

    def player(self, seat: "Seat", options: "NodeOptions") -> "Player":
        """What nodes of one process do under this engine."""
        ...


def completed(options: Sequence[EngineOption], given: Mapping[str, int]) -> dict[str, int]:
    """What is given, and the defaults of the rest, by name; options without a default are left out."""
    return {option.name: option.default for option in options if option.default is not None} | dict(given)


def asked_of(terms: Terms, token: str) -> dict[str, str]:
    """Token and options of terms whose fields have the options' names."""
    return {"--stake-token": token} | {option.flag: str(getattr(terms, option.name)) for option in terms.options}
