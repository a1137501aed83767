"""What one call of a contract takes, as measured and as it is said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class CallRow:
    """One call."""

    contract: str
    call: str
    gas: int


def say_calls(rows: Iterable[CallRow], say: Callable[[str], None]) -> None:
    """A line for each."""
    for row in rows:
        say(f"{row.contract:16} {row.call:44} {row.gas:10,}")
