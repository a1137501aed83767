"""Settings of the oracle, checked when they are made."""

import math
import os
from dataclasses import dataclass
from typing import Literal, get_args

from oracle.errors import SettingsError
from oracle.report.due import Triggers

ENVIRONMENT_PREFIX = "CATALYST_"
PASSWORD_VARIABLE = "CATALYST_KEYSTORE_PASSWORD"  # noqa: S105 - the variable's name
KEY_VARIABLE = "CATALYST_ORACLE_KEY"  # of one operator
READER_KEY_VARIABLE = "CATALYST_READER_KEY"  # of a language model's server

Finality = Literal["safe", "finalized"]  # as nodes name the blocks


@dataclass(frozen=True)
class OracleSettings:
    """When an oracle reports, and on what. Operators of a committee agree on all but polls, fees and `dry_run`."""

    triggers: Triggers  # what makes a report due
    depth_blocks: int  # blocks below the head that count as settled
    capacity_transactions: int  # transactions of a block at theta = 1
    deadline_seconds: int  # life of a report from its reference block's timestamp on
    takeover_blocks: int = 3  # after which the next operator sends a report that is not in force
    finality: Finality | None = None  # settled is what the chain says is, in place of a depth
    poll_seconds: float = 1.0  # how often the head is looked at
    max_fee_gwei: float = 100.0  # most that a report's transaction offers per gas
    dry_run: bool = False  # all but the sending
    max_head_age_seconds: float | None = None  # after which a head that stays is a problem; None: some intervals

    def __post_init__(self) -> None:
        for name, value, least in (
            ("--epoch-blocks", self.triggers.epoch_blocks, 1),
            ("--epoch-seconds", self.triggers.epoch_seconds, 1),
            ("--threshold", self.triggers.threshold_phi, 1e-4),
            ("--depth", self.depth_blocks, 1),
            ("--capacity", self.capacity_transactions, 1),
            ("--deadline-seconds", self.deadline_seconds, 1),
            ("--takeover-blocks", self.takeover_blocks, 1),
            ("--poll-seconds", self.poll_seconds, 0.01),
            ("--max-fee-gwei", self.max_fee_gwei, 1e-9),
            ("--max-head-age-seconds", self.max_head_age_seconds, 1),
        ):
            if value is not None:
                _check(name, value, least)

    def least_deadline_seconds(self, interval_seconds: int) -> int:
        """The shortest life of a report that leaves time for its reference block to settle, and for two turns."""
        return (self.depth_blocks + 2 * self.takeover_blocks) * interval_seconds

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


def read_depth(text: str) -> tuple[int, Finality | None]:
    """What counts as settled, as `--depth` says it: blocks below the head, or the chain's own word.

    Raises:
        SettingsError: it is neither a number nor such a word.
    """
    for word in get_args(Finality):
        if text == word:
            return 1, word
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"--depth is {text!r}; give a number of blocks, or one of {', '.join(get_args(Finality))}")
    return int(text), None


def _check(name: str, value: float, least: float) -> None:
    if not least <= value < math.inf:  # so put, nan is refused too
        raise SettingsError(f"{name} is {value}; it must be a number of at least {least}")


def keystore_password() -> str | None:
    """The password of encrypted keystores, from the environment."""
    return os.environ.get(PASSWORD_VARIABLE)


def take_key() -> str | None:
    """The private key that the environment holds, taken out of it, so that no process that this one starts has it."""
    return os.environ.pop(KEY_VARIABLE, None)


def take_reader_key() -> str | None:
    """The key of a language model's server, taken out of the environment as `take_key` does."""
    return os.environ.pop(READER_KEY_VARIABLE, None)
