"""The kinds of generated transactions, and how much of the traffic each of them makes."""

from enum import Enum


class Kind(Enum):
    """What a generated transaction does."""

    PAYMENT = "payment"
    MEMO = "payment with memo"
    TOKEN_TRANSFER = "token transfer"  # noqa: S105 - no password
    APPROVAL = "approval"
    MINT = "mint"
    SWAP = "swap"
    NOTE = "note"
    SETTLEMENT = "settlement"
    SUPPLY_STEP = "supply-chain step"
    DONATION = "donation"
    RECORD_ACCESS = "record access"


# In hundredths of the base load.
BASE_SHARES: dict[Kind, int] = {
    Kind.PAYMENT: 24,
    Kind.MEMO: 6,
    Kind.TOKEN_TRANSFER: 18,
    Kind.APPROVAL: 9,
    Kind.MINT: 9,
    Kind.SWAP: 10,
    Kind.NOTE: 8,
    Kind.SETTLEMENT: 5,
    Kind.SUPPLY_STEP: 4,
    Kind.DONATION: 3,
    Kind.RECORD_ACCESS: 4,
}

# Kinds that people write words into.
WORDED = frozenset({Kind.MEMO, Kind.NOTE, Kind.SETTLEMENT, Kind.SUPPLY_STEP, Kind.DONATION, Kind.RECORD_ACCESS})
