"""The words of a window: for each block the distinct texts and how much each weighs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.window.blocks import Block, Transaction
from oracle.window.render import render
from oracle.window.window import Window

# Texts new to the window that one block may bring to the encoder: a bound on the work that an attacker who makes every
# memo new can cause. The others are not read: their weight says nothing.
MAX_NEW_TEXTS_PER_BLOCK = 128
# Most of a block's weight that one sender can hold, whatever it pays.
MAX_SENDER_SHARE = 0.25


@dataclass(frozen=True)
class TextShare:
    """One distinct text of a block that is read. Weights of a block add up to at most 1."""

    text: str
    weight: float


def text_shares(window: Window) -> list[list[TextShare]]:
    """Per block, the distinct texts of it that are read, by falling weight.

    A transaction weighs as much as the fees its sender pays in the block allow: a sender's share is its part of the
    block's least fees (of its transactions where nobody pays), at most MAX_SENDER_SHARE, split evenly over its
    transactions. A function of the window alone:
    which texts count as new depends on the blocks ahead in the same window, never on a cache.
    """
    seen: set[str] = set()
    return [_block_shares(block, seen) for block in window.blocks]


def _block_shares(block: Block, seen: set[str]) -> list[TextShare]:
    rendered = [(render(transaction), transaction) for transaction in block.transactions]
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

    Not times the gas limit, of which a sender gets back whatever is not used: raising it would be weight for nothing.
    """
    return transaction.gas_price_wei * transaction.intrinsic_gas
