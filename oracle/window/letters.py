"""The letters that texts are made of: printable ASCII, by a rule that no version of Python or Unicode changes.

Operators sign the same lanes only if they read the same words. The characters that count as printable, letters or
digits grow with each version of Unicode, and each version of Python has its own. So every character that is not ASCII
becomes a blank, except accented Latin letters, whose decomposition Unicode's stability policy fixed in version 1.1. The
encoder knows English text.
"""

import unicodedata

_LATIN_LETTERS = range(0x00C0, 0x0180)  # Latin-1 Supplement and Latin Extended-A


def _base_letter(code_point: int) -> str:
    """`e` for `é`; a blank for a letter that is not an ASCII letter with a mark, such as `ø`."""
    base = unicodedata.normalize("NFD", chr(code_point))[0]
    return base if base.isascii() else " "


_BASE_LETTERS = {code_point: _base_letter(code_point) for code_point in _LATIN_LETTERS}


def fold(text: str) -> str:
    """`text` in printable ASCII: accents dropped, runs of other characters replaced by one blank, ends stripped."""
    latin = text.translate(_BASE_LETTERS)
    return " ".join("".join(c if " " <= c <= "~" else " " for c in latin).split())
