"""What a window says: for each block, its distinct texts with the times that they name, and the weight of each."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from oracle.window.blocks import Block, Transaction
from oracle.window.moment import Moment
from oracle.window.when import seconds_ahead
from oracle.window.window import KEPT_BLOCKS, Window
from oracle.window.words import Words, words_of

# The most texts new to the window that one block brings to the encoder. This bounds the work that an attacker can cause
# who makes every memo new. Further texts are not read, and their weight says nothing.
MAX_NEW_TEXTS_PER_BLOCK = 128
# Most of a block's weight that one sender can hold, whatever it pays.
MAX_SENDER_SHARE = 0.25


@dataclass(frozen=True)
class TextShare:
    """One distinct text of a block that is read, with what it says of time. Weights of a block add up to at most 1."""

    text: str
    ahead_seconds: float | None  # `oracle.window.when.seconds_ahead`
    weight: float


@dataclass(frozen=True)
class Heard:
    """What one transaction says that is read."""

    sender: bytes
    text: str
    ahead_seconds: float | None
    weight: float


def text_shares(window: Window, *, chinese: bool = False) -> list[list[TextShare]]:
    """For each block, the distinct texts of it that are read, by falling weight; with `chinese`, Chinese ones too."""
    return [together(each) for each in heard(window, chinese=chinese)]


def heard(window: Window, *, chinese: bool = False) -> list[list[Heard]]:
    """For each block, what its transactions say that is read, in their order.

    What says nothing is not read, and its weight says nothing. A sender's share is its part of the block's fees, price
    times intrinsic gas (or of the block's transactions, if nobody pays fees), at most MAX_SENDER_SHARE. It is split
    evenly over the sender's transactions. The result is a function of the window alone: which texts count as new
    depends on earlier blocks of the same window, never on a cache.
    """
    seen: set[str] = set()
    return [_heard(block, window.interval_seconds, seen, chinese=chinese) for block in window.blocks]


def texts_alone(block: Block, *, chinese: bool = False) -> list[str]:
    """The texts of a block that a window of this block alone would read: most of what a longer one reads of it."""
    return list(dict.fromkeys(share.text for share in together(_heard(block, 1, set(), chinese=chinese))))


def _heard(block: Block, interval_seconds: int, seen: set[str], *, chinese: bool) -> list[Heard]:
    said = _said(block, chinese)
    admitted = _admit_new(said, block.transactions, seen)
    moment = Moment(block.timestamp_seconds, block.number, interval_seconds)
    seen |= admitted
    return [
        Heard(transaction.sender, words.text, _named_time(words.dated, moment), weight)
        for transaction, words, weight in zip(block.transactions, said, _weights(block.transactions), strict=True)
        if words.text in admitted
    ]


def together(said: Sequence[Heard]) -> list[TextShare]:
    """What transactions of one block say, as one share for each distinct text and time, by falling weight."""
    by_text: dict[tuple[str, float | None], float] = defaultdict(float)
    for each in said:
        by_text[each.text, each.ahead_seconds] += each.weight
    return [
        TextShare(text=text, ahead_seconds=ahead, weight=weight)
        for (text, ahead), weight in sorted(
            by_text.items(), key=lambda item: (-item[1], item[0][0], -math.inf if item[0][1] is None else item[0][1])
        )
    ]


# Windows that follow each other share most blocks.
@lru_cache(maxsize=KEPT_BLOCKS)
def _said(block: Block, chinese: bool) -> tuple[Words, ...]:
    """The words of each transaction."""
    return tuple(words_of(transaction, chinese=chinese) for transaction in block.transactions)


@lru_cache(maxsize=KEPT_BLOCKS * MAX_NEW_TEXTS_PER_BLOCK)
def _named_time(text: str, moment: Moment) -> float | None:
    return seconds_ahead(text, moment)


def _admit_new(said: Sequence[Words], transactions: Sequence[Transaction], seen: set[str]) -> set[str]:
    """Texts of a block that may be encoded: those seen before, and new ones by fee, then hash, up to the bound."""
    new: dict[str, None] = {}
    by_fee = sorted(zip(said, transactions, strict=True), key=lambda item: (-_fee(item[1]), item[1].hash))
    for words, _ in by_fee:
        if words.text and words.text not in seen and len(new) < MAX_NEW_TEXTS_PER_BLOCK:
            new[words.text] = None
    return {words.text for words in said if words.text in seen} | set(new)


def _weights(transactions: Sequence[Transaction]) -> list[float]:
    fees: dict[bytes, int] = defaultdict(int)
    counts: dict[bytes, int] = defaultdict(int)
    for transaction in transactions:
        fees[transaction.sender] += _fee(transaction)
        counts[transaction.sender] += 1
    if not any(fees.values()):
        fees = counts  # where nobody pays, transactions count
    total = sum(fees.values())
    return [min(MAX_SENDER_SHARE, fees[t.sender] / total) / counts[t.sender] for t in transactions]


def _fee(transaction: Transaction) -> int:
    """The least that the transaction cost its sender, in wei: price times intrinsic gas.

    The gas limit would not do: a sender gets unused gas back, so raising the limit would give weight for nothing.
    """
    return transaction.gas_price_wei * transaction.intrinsic_gas
