"""The words of a transaction that the encoder reads: kind and memo in lower-case ASCII, digits folded.

Amounts, fees and times stay out of the text: they reach the policy as numbers (`numbers.py`), and texts that
differ only in them become equal, so that one embedding serves them all.
"""

import re

from oracle.window.blocks import Transaction
from oracle.window.kinds import meaning_of

_DIGITS = re.compile("[0-9]+")
MAX_CHARACTERS = 256


def render(transaction: Transaction) -> str:
    """`kind` or `kind: memo`, lower case, every run of digits one `#`, at most 256 characters."""
    meaning = meaning_of(transaction)
    text = f"{meaning.kind}: {meaning.text}" if meaning.text else meaning.kind
    return _DIGITS.sub("#", text.lower())[:MAX_CHARACTERS]
