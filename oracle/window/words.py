"""The words of a transaction that are read: lower-case, codes left out; nothing where they are no language.

Letters are ASCII and, for a bundle that reads them, Chinese characters, of which two count as a word.

What a transaction does and says nothing about, such as a call of `mint`, is not read: kinds of calls announce nothing.
Amounts, fees and times stay out of the words and reach the controller as numbers. Digits are folded, so that texts that
differ only in these become equal, and one embedding serves them all.

Codes are what machines write for machines: content identifiers, addresses, hashes, keys, base64. They say nothing, but
an encoder takes their pieces for words. For the same reason data such as JSON, and anything with fewer than three words
or with more signs than letters, is not read.
"""

import re
from typing import NamedTuple

from oracle.window.blocks import Transaction
from oracle.window.kinds import meaning_of
from oracle.window.letters import HAN

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
_LETTERS = re.compile("[a-z]{2,}")
_MIN_WORDS = 3
_HAN = re.compile(f"[{HAN}]")
_HAN_OF_A_WORD = 2  # characters
_MIN_LETTERS = 0.6  # of all characters but blanks
_DATA = re.compile(r'^\s*(?:[{<]|\[\s*["\d{\[]|data:)|"\s*:|=>|;\s*$')


class Words(NamedTuple):
    """What a transaction says; both are empty where it says nothing that is language."""

    text: str  # for the encoder: every run of digits is one `#`
    dated: str  # the same with its digits, for the times that it names


NO_WORDS = Words("", "")


def words_of(transaction: Transaction, *, chinese: bool = False) -> Words:
    """At most MAX_CHARACTERS of what a transaction says."""
    said = without_codes(meaning_of(transaction, chinese=chinese).text).lower()[:MAX_CHARACTERS].strip()
    return Words(_DIGITS.sub("#", said), said) if is_language(said) else NO_WORDS


def is_language(text: str) -> bool:
    """Whether a lower-case text is made of words, and neither data nor signs."""
    words = _LETTERS.findall(text)
    chinese = 0 if text.isascii() else len(_HAN.findall(text))
    characters = sum(map(len, text.split()))
    return (
        len(words) + chinese // _HAN_OF_A_WORD >= _MIN_WORDS
        and sum(map(len, words)) + chinese >= _MIN_LETTERS * characters
        and _DATA.search(text) is None
    )


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
