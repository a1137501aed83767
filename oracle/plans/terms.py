"""Terms that several kinds of agreement share: money, times, and who takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from oracle.errors import InputError
from oracle.plans.plan import DAY_SECONDS, NO_TOKEN, NOBODY, DueFrom, Plan, Step

JOIN_SECONDS = 7 * DAY_SECONDS  # where a text says nothing


class TermsMissing(InputError):
    """A plan cannot be made of these terms."""


@dataclass(frozen=True)
class When:
    """A time: seconds after something, or the end of a day (UTC). Exactly one of them is given."""

    seconds: int | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.day is None):
            raise TermsMissing("a time is given as a span or as a date: give one of them")

    def due(self, *, from_activation: bool) -> tuple[int, DueFrom]:
        """The time as a step has it; a span counts from the activation, or from the step before."""
        if self.day is not None:
            return end_of_day_seconds(self.day), DueFrom.DATE
        if self.seconds is None or self.seconds <= 0:
            raise TermsMissing(f"a time of {self.seconds} seconds is none: give a positive one")
        return self.seconds, DueFrom.ACTIVATION if from_activation else DueFrom.STEP_BEFORE


@dataclass(frozen=True)
class Setting:
    """What a plan needs and no text says."""

    accounts: dict[str, str]  # address by name of a party
    token: str
    now_seconds: int
    terms_hash: bytes
    model_hash: bytes = bytes(32)
    salt: int = 0
    join_seconds: int = JOIN_SECONDS
    units_per_hundredth: int = 1  # of the token; 10 ** (decimals - 2)

    def units(self, minor: int) -> int:
        """Hundredths of a currency in units of the token."""
        return minor * self.units_per_hundredth

    def plan(
        self,
        kind: str,
        names: Sequence[str],
        deposits: Sequence[int],
        steps: Sequence[Step],
        *,
        arbiter: int = NOBODY,
        arbiter_seconds: int = 0,
    ) -> Plan:
        """A plan of these parties; it has a token only where something is deposited.

        Raises:
            TermsMissing: the address of a party is not known.
        """
        return Plan(
            kind=kind,
            parties=tuple(self.account(name) for name in names),
            deposits=tuple(deposits),
            steps=tuple(steps),
            token=self.token if any(deposits) else NO_TOKEN,
            arbiter=arbiter,
            arbiter_seconds=arbiter_seconds,
            join_by_seconds=self.now_seconds + self.join_seconds,
            terms_hash=self.terms_hash,
            model_hash=self.model_hash,
            salt=self.salt,
        )

    def account(self, name: str) -> str:
        """The address of a party.

        Raises:
            TermsMissing: it was not given.
        """
        if name not in self.accounts:
            raise TermsMissing(f"the address of {name} is not known: give --party '{name}=0x…'")
        return self.accounts[name]


def end_of_day_seconds(day: date) -> int:
    """The last second of a day, as a timestamp."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return int(midnight.timestamp()) - 1
