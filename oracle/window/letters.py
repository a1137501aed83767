"""The letters that texts are made of: printable ASCII and, for a bundle that reads them, Chinese characters.

The rule is one that no version of Python or Unicode changes.

Operators sign the same lanes only if they read the same words. The characters that count as printable, letters or
digits grow with each version of Unicode, and each version of Python has its own. So every character that is not ASCII
becomes a blank, except accented Latin letters, whose decomposition Unicode's stability policy fixed in version 1.1, and
Chinese characters of that version where they are asked for.
"""

import re
import unicodedata

_NOT_PRINTABLE = re.compile(r"[^ -~]")
# Chinese characters, as a range of a pattern: CJK Unified Ideographs as Unicode 1.1 had them, which stay.
HAN = "\u4e00-\u9fa5"
_NEITHER_PRINTABLE_NOR_HAN = re.compile(f"[^ -~{HAN}]")
_LATIN_LETTERS = range(0x00C0, 0x0180)  # Latin-1 Supplement and Latin Extended-A


def _base_letter(code_point: int) -> str:
    """`e` for `é`; a blank for a letter that is not an ASCII letter with a mark, such as `ø`."""
    base = unicodedata.normalize("NFD", chr(code_point))[0]
    return base if base.isascii() else " "


_BASE_LETTERS = {code_point: _base_letter(code_point) for code_point in _LATIN_LETTERS}


def is_han(letter: str) -> bool:
    """Whether a character is one of HAN."""
    return HAN[0] <= letter <= HAN[-1]


def fold(text: str, *, chinese: bool = False) -> str:
    """`text` in printable ASCII: accents dropped, runs of other characters replaced by one blank, ends stripped.

    With `chinese`, Chinese characters stay too.
    """
    latin = text.translate(_BASE_LETTERS)
    left_out = _NEITHER_PRINTABLE_NOR_HAN if chinese else _NOT_PRINTABLE
    return " ".join(left_out.sub(" ", latin).split())
