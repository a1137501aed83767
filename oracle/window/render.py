"""The words of a transaction that the encoder reads: kind and memo in lower-case ASCII, digits folded, codes left out.

Amounts, fees and times stay out of the text and reach the policy as numbers (`numbers.py`). Texts that differ only in
these become equal, so one embedding serves them all.

Codes are what machines write for machines: content identifiers, addresses, hashes, keys, base64. They say nothing, but
the encoder takes their pieces for words, so without this rule the policy took blocks of content identifiers for
announcements.
"""

import re

from oracle.window.blocks import Transaction
from oracle.window.kinds import meaning_of

_DIGITS = re.compile("[0-9]+")
# A code is a run without blanks: letters and digits, with the signs of base64 and of UUIDs between them.
_CODE_RUN = re.compile("[A-Za-z0-9](?:[A-Za-z0-9+/=_-]*[A-Za-z0-9])?")
_PIECE = re.compile("[A-Za-z0-9]+")
# Letters as people write or join words (lot, NASA, GetReady), with digits before or after: not a code.
_WORD = re.compile("[0-9]*(?:[A-Z]*|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*)[0-9]*")
_WHOLE_WORD = re.compile("[A-Z]?[a-z]{2,}|[A-Z]{3,}")
# A run is a code if this many of its letters and digits belong to no word: more than people write.
_MIN_CODE_CHARACTERS = 20
MAX_CHARACTERS = 256


def render(transaction: Transaction) -> str:
    """`kind` or `kind: memo`, lower case, no codes, every run of digits one `#`, at most 256 characters."""
    meaning = meaning_of(transaction)
    words = without_codes(meaning.text)
    text = f"{meaning.kind}: {words}" if words else meaning.kind
    return _DIGITS.sub("#", text.lower())[:MAX_CHARACTERS]


def without_codes(text: str) -> str:
    """`text` without codes; unchanged if it has none, and empty if no letter is left beside them."""
    rest = _CODE_RUN.sub(_words_of_run, text)
    if rest == text:
        return text
    return " ".join(rest.split()) if any(character.isalpha() for character in rest) else ""


def _words_of_run(run: re.Match[str]) -> str:
    """A run unchanged, or the whole words in a code, such as those of a path beside an identifier."""
    pieces = _PIECE.findall(run[0])
    if sum(len(piece) for piece in pieces if not _WORD.fullmatch(piece)) < _MIN_CODE_CHARACTERS:
        return run[0]
    return " ".join(piece for piece in pieces if _WHOLE_WORD.fullmatch(piece))
