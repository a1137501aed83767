"""The rounds of a ledger as the controller reads them: when they were won, against which difficulty, and by whom."""

from dataclasses import dataclass

# Rounds that a window carries: what the usual load is taken from, and one ahead of them to count from.
WINDOW_ROUNDS = 201


@dataclass(frozen=True)
class Round:
    """A round that was won."""

    chain_block: int  # the block of the chain in which it was won
    timestamp_seconds: int  # of that block
    node: int  # that won
    difficulty: int  # p that it met
    base_difficulty: int  # d of the round
    offered: int  # transactions that the ledger was offered, up to and with that block, since it began
    confirmed: int  # transactions that it confirmed
    gas_prices_wei: int  # their sum: what users pay who go through this node


@dataclass(frozen=True)
class Rounds:
    """What a window carries of a ledger."""

    won: tuple[Round, ...]  # the last WINDOW_ROUNDS up to the window's end, oldest first
    half_life_seconds: int  # of ASERT
    unit_seconds: int | None  # that one unit of p takes by the clock, as a slot does; None where p counts hashes
