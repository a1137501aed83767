"""Settings of the oracle, checked when they are made."""

import math
import os
from dataclasses import dataclass

from oracle.errors import SettingsError

ENVIRONMENT_PREFIX = "CATALYST_"
PASSWORD_VARIABLE = "CATALYST_KEYSTORE_PASSWORD"  # noqa: S105 - the variable's name


@dataclass(frozen=True)
class OracleSettings:
    """When the oracle reports, and on what."""

    epoch_blocks: int | None  # report every so many blocks …
    epoch_seconds: int | None  # … or every so many seconds of chain time; exactly one of the two
    depth_blocks: int  # blocks below the head that count as settled
    capacity_transactions: int  # transactions of a block at theta = 1
    deadline_seconds: int  # life of a report from the head's timestamp on
    poll_seconds: float = 1.0  # how often the head is looked at
    max_fee_gwei: float = 100.0  # most that a report's transaction offers per gas

    def __post_init__(self) -> None:
        if (self.epoch_blocks is None) == (self.epoch_seconds is None):
            raise SettingsError("give either --epoch-blocks or --epoch-seconds, not both and not neither")
        for name, value, least in (
            ("--epoch-blocks", self.epoch_blocks, 1),
            ("--epoch-seconds", self.epoch_seconds, 1),
            ("--depth", self.depth_blocks, 1),
            ("--capacity", self.capacity_transactions, 1),
            ("--deadline-seconds", self.deadline_seconds, 1),
            ("--poll-seconds", self.poll_seconds, 0.01),
            ("--max-fee-gwei", self.max_fee_gwei, 1e-9),
        ):
            if value is not None:
                _check(name, value, least)

    @property
    def max_fee_wei(self) -> int:
        """Most that a report's transaction offers per gas, in wei."""
        return fee_wei("--max-fee-gwei", self.max_fee_gwei)


def fee_wei(option: str, gwei: float) -> int:
    """A fee per gas that an option gives, in wei.

    Raises:
        SettingsError: it is no number, or not above 0; names the option.
    """
    _check(option, gwei, 1e-9)
    return round(gwei * 10**9)


def _check(name: str, value: float, least: float) -> None:
    if not least <= value < math.inf:  # so put, nan is refused too
        raise SettingsError(f"{name} is {value}; it must be a number of at least {least}")


def keystore_password() -> str | None:
    """The password of encrypted keystores, from the environment."""
    return os.environ.get(PASSWORD_VARIABLE)
