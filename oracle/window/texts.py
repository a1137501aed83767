"""The words of a window: for each block, its distinct texts and the weight of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from oracle.window.blocks import Block, Transaction
from oracle.window.render import render
from oracle.window.window import KEPT_BLOCKS, Window

# The most texts new to the window that one block brings to the encoder. This bounds the work that an attacker can cause
# who makes every memo new. Further texts are not read, and their weight says nothing.
MAX_NEW_TEXTS_PER_BLOCK = 128
# Most of a block's weight that one sender can hold, whatever it pays.
MAX_SENDER_SHARE = 0.25


@dataclass(frozen=True)
class TextShare:
    """One distinct text of a block that is read. Weights of a block add up to at most 1."""

    text: str
    weight: float


def text_shares(window: Window) -> list[list[TextShare]]:
    """For each block, the distinct texts of it that are read, by falling weight.

    A sender's share is its part of the block's fees, price times intrinsic gas (or of the block's transactions, if
    nobody pays fees), at most MAX_SENDER_SHARE. It is split evenly over the sender's transactions. The result is a
    function of the window alone: which texts count as new depends on earlier blocks of the same window, never on a
    cache.
    """
    seen: set[str] = set()
    return [_block_shares(block, seen) for block in window.blocks]


def texts_alone(block: Block) -> list[str]:
    """The texts of a block that a window of this block alone would read: most of what a longer one reads of it."""
    return [share.text for share in _block_shares(block, set())]


def _block_shares(block: Block, seen: set[str]) -> list[TextShare]:
    rendered = list(zip(_rendered(block), block.transactions, strict=True))
    admitted = _admit_new(rendered, seen)
    weights = _weights(block.transactions)
    by_text: dict[str, float] = defaultdict(float)
    for (text, _), weight in zip(rendered, weights, strict=True):
        if text in admitted:
            by_text[text] += weight
    seen |= admitted
    return [
        TextShare(text=text, weight=weight)
        for text, weight in sorted(by_text.items(), key=lambda item: (-item[1], item[0]))
    ]


@lru_cache(maxsize=KEPT_BLOCKS)
def _rendered(block: Block) -> tuple[str, ...]:
    """The text of each transaction; windows that follow each other share most blocks."""
    return tuple(render(transaction) for transaction in block.transactions)


def _admit_new(rendered: Sequence[tuple[str, Transaction]], seen: set[str]) -> set[str]:
    """Texts of a block that may be encoded: those seen before, and new ones by fee, then hash, up to the bound."""
    new: dict[str, None] = {}
    for text, _ in sorted(rendered, key=lambda item: (-_fee(item[1]), item[1].hash)):
        if text not in seen and len(new) < MAX_NEW_TEXTS_PER_BLOCK:
            new[text] = None
    return {text for text, _ in rendered if text in seen} | set(new)


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
