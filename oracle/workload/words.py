"""What a generated transaction says."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from oracle.workload.crowds import Crowd
from oracle.workload.kinds import Kind
from oracle.workload.wordings import CHATTER, FAMILIES, THINGS, WHENS

ANNOUNCING_SHARE = 0.7  # of the notes, memos and preparatory transactions, while an announcement stands
# Every text is this long, whatever it says: a reference number fills it up. Else the length of the calldata would tell.
TEXT_BYTES = 96
_REFERENCE = " ref "


class Saying(NamedTuple):
    """A choice of words, not yet filled in."""

    wording: str
    thing: str
    when: str


def words_for(
    random_: random.Random, kind: Kind, crowds: Sequence[Crowd], block: int, families: Sequence[str] | None
) -> str:
    """TEXT_BYTES characters of ASCII for a transaction of a kind that carries words; arguments as of `choose_words`."""
    saying, blocks_ahead = choose_words(random_, kind, spoken_of(crowds, block), block, families)
    return write_words(saying, blocks_ahead, random_)


def spoken_of(crowds: Sequence[Crowd], block: int) -> list[tuple[Crowd, str]]:
    """The crowds that people speak of at `block`, with what is said of each (`Crowd.said_at`)."""
    return [(crowd, said) for crowd in crowds if (said := crowd.said_at(block)) is not None]


def choose_words(
    random_: random.Random,
    kind: Kind,
    subjects: Sequence[tuple[Crowd, str]],
    block: int,
    families: Sequence[str] | None,
) -> tuple[Saying, int]:
    """What a transaction says, and how many blocks ahead lies what it speaks of.

    Args:
        random_: Where chance comes from; of its own, so that words change no number.
        kind: What the transaction does.
        subjects: The crowds that are spoken of at `block`.
        block: When it is sent.
        families: Phrase families that announcements are worded in; a crowd's own where None.
    """
    wordings = CHATTER[_same_words(kind)]
    blocks_ahead = random_.randrange(40)
    if subjects and random_.random() < ANNOUNCING_SHARE:
        crowd, said = random_.choice(subjects)
        blocks_ahead = crowd.start_block - block
        family = FAMILIES[random_.choice(list(families)) if families else crowd.family]
        if _same_words(kind) is Kind.NOTE:
            wordings = family.announcements if said == "announced" else family.cancellations
        elif kind is family.prepared_by:
            wordings = family.preparations if said == "announced" else family.cancellations
    whens = next(whens for least, whens in WHENS.items() if blocks_ahead >= least)
    when = random_.choice(whens)
    return Saying(wording=random_.choice(wordings), thing=random_.choice(THINGS), when=when), blocks_ahead


def write_words(saying: Saying, blocks_ahead: int, random_: random.Random) -> str:
    """A saying filled in, and filled up to TEXT_BYTES."""
    when = saying.when.format(count=blocks_ahead)
    words = saying.wording.format(thing=saying.thing, when=when, count=random_.randrange(2, 5000))
    return words + _REFERENCE + "".join(random_.choices("0123456789", k=TEXT_BYTES - len(words) - len(_REFERENCE)))


def _same_words(kind: Kind) -> Kind:
    return Kind.NOTE if kind is Kind.MEMO else kind
