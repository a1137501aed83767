"""A transaction in full, as a sentence with its parts tagged: what pretraining reads and the probe looks for.

The policy reads less (`oracle.window.render`): amounts, times and addresses reach it as numbers. Here they are words,
for what a language model can learn of transactions as such.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.formulas.lanes import WAD
from oracle.window.blocks import Block, Transaction
from oracle.window.kinds import meaning_of

ENTITIES = ("AMOUNT", "KIND", "RECEIVER", "SENDER", "TIME")
OUTSIDE = "O"
# Ways to put it; the probe is measured on those that its training never saw.
PATTERNS = (
    "{KIND} of {AMOUNT} ether from {SENDER} to {RECEIVER} at {TIME}",
    "at {TIME} {SENDER} sent {AMOUNT} ether to {RECEIVER} by {KIND}",
    "{SENDER} gave {RECEIVER} {AMOUNT} ether , {KIND} , {TIME}",
    "{RECEIVER} received {AMOUNT} ether from {SENDER} in a {KIND} on {TIME}",
    "{TIME} : {KIND} , sender {SENDER} , receiver {RECEIVER} , amount {AMOUNT}",
)
UNSEEN_PATTERNS = (
    "on {TIME} there was a {KIND} : {RECEIVER} got {AMOUNT} ether and {SENDER} paid it",
    "value {AMOUNT} ether , recipient {RECEIVER} , originator {SENDER} , type {KIND} , date {TIME}",
)
_MEMO_WORDS = 8
_ADDRESS_DIGITS = 8  # of forty: enough to tell the addresses of a sentence apart


@dataclass(frozen=True)
class TaggedText:
    """Words and one tag each: O, or B-ENTITY and I-ENTITY for the first word of an entity and those after it."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def text(self) -> str:
        """As one line."""
        return " ".join(self.words)


def tagged_text(transaction: Transaction, timestamp_seconds: int, pattern: str) -> TaggedText:
    """One transaction put in a pattern, with the first words of its memo behind."""
    meaning = meaning_of(transaction)
    time = datetime.datetime.fromtimestamp(timestamp_seconds, datetime.UTC)
    values = {
        "AMOUNT": f"{transaction.value_wei / WAD:.6g}",
        "KIND": meaning.kind,
        "RECEIVER": "nobody" if transaction.receiver is None else _short(transaction.receiver),
        "SENDER": _short(transaction.sender),
        "TIME": time.strftime("%d %B %Y %H:%M"),
    }
    words: list[str] = []
    tags: list[str] = []
    for part in pattern.split():
        entity = part.strip("{}")
        own = values[entity].split() if part.startswith("{") else [part]
        words += own
        tags += [f"{'I' if at else 'B'}-{entity}" if part.startswith("{") else OUTSIDE for at in range(len(own))]
    memo = meaning.text.split()[:_MEMO_WORDS]
    if memo:
        words += ["memo", *memo]
        tags += [OUTSIDE] * (1 + len(memo))
    return TaggedText(tuple(words), tuple(tags))


def tagged_texts(blocks: Sequence[Block], patterns: Sequence[str]) -> list[TaggedText]:
    """Every transaction of some blocks, each in the pattern that its hash chooses."""
    return [
        tagged_text(transaction, block.timestamp_seconds, patterns[transaction.hash[0] % len(patterns)])
        for block in blocks
        for transaction in block.transactions
    ]


def _short(address: bytes) -> str:
    return "0x" + address.hex()[:_ADDRESS_DIGITS]
