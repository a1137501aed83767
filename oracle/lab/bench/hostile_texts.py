"""Texts that say most, found by search: among those that the workload knows, and from the best of them word by word."""

import random
from collections.abc import Callable, Sequence

from oracle.model.reader import Reader, Said


def find_text(
    reader: Reader,
    known: Sequence[str],
    worth: Callable[[Said], float],
    *,
    candidates: int,
    starts: int,
    changes: int,
) -> str:
    """The text that is worth most.

    Args:
        reader: Of texts.
        known: Where the search begins: some of these.
        worth: Of what a text says.
        candidates: How many of the known texts are tried.
        starts: How many of the best are changed.
        changes: How many changes are tried of each.
    """
    chance = random.Random(0)  # noqa: S311 - a search, not secrets
    words = sorted({word for text in known for word in text.split()})
    tried = {text: worth(reader.read(text)) for text in chance.sample(known, min(candidates, len(known)))}
    for start in sorted(tried, key=lambda text: -tried[text])[:starts]:
        current = start
        for _ in range(changes):
            changed = _changed(current, words, chance)
            tried[changed] = worth(reader.read(changed))
            if tried[changed] > tried[current]:
                current = changed
    return max(tried, key=tried.__getitem__)


def _changed(text: str, words: Sequence[str], chance: random.Random) -> str:
    """One word put in, taken out or replaced."""
    own = text.split()
    at = chance.randrange(len(own))
    what = chance.randrange(3)
    if what == 0 and len(own) > 1:
        del own[at]
    else:
        own[at : at + (what == 1)] = [chance.choice(words)]
    return " ".join(own)
