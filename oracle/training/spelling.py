"""Texts as people misspell them: letters that change places, are left out or doubled, and words that are left out."""

import random

_PART = 0.08  # of the letters


def misspelt(text: str, chance: random.Random) -> str:
    """The text with some letters wrong, and with one word in four of the cases left out; never empty."""
    letters: list[str] = []
    for letter in text:
        lot = chance.random() / _PART
        if not letter.isalpha() or lot >= 1:
            letters.append(letter)
        elif lot < 1 / 3 and letters:
            letters.insert(-1, letter)
        elif lot < 2 / 3:
            letters += [letter, letter]
    words = "".join(letters).split()
    if len(words) > 4 and chance.random() < 1 / 4:
        del words[chance.randrange(len(words))]
    return " ".join(words) or text
