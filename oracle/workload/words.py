"""What a generated transaction says."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from oracle.workload.crowds import Crowd
from oracle.workload.kinds import Kind
from oracle.workload.wordings import THINGS, PhraseFamily, Wordings

ANNOUNCING_SHARE = 0.7  # of the notes, memos and preparatory transactions, while an announcement stands
# Every text is this long, filled up with blanks. Else the length of the calldata would tell what it says.
TEXT_BYTES = 192


class Saying(NamedTuple):
    """A choice of words, not yet filled in."""

    wording: str
    thing: str
    when: str


def words_for(
    random_: random.Random,
    kind: Kind,
    crowds: Sequence[Crowd],
    block: int,
    speech: Wordings,
    interval_seconds: int,
) -> bytes:
    """TEXT_BYTES of UTF-8 for a transaction of a kind that carries words; arguments as of `choose_words`."""
    saying, ahead = choose_words(random_, kind, spoken_of(crowds, block), block, speech)
    return write_words(saying, ahead, interval_seconds, random_)


def spoken_of(crowds: Sequence[Crowd], block: int) -> list[tuple[Crowd, str]]:
    """The crowds that people speak of at `block`, with what is said of each (`Crowd.said_at`)."""
    return [(crowd, said) for crowd in crowds if (said := crowd.said_at(block)) is not None]


def family_of(crowd: Crowd, speech: Wordings) -> PhraseFamily:
    """The phrase family that speaks of a crowd."""
    names = tuple(speech.families)
    return speech.families[names[crowd.voice % len(names)]]


def choice_of(kind: Kind, subject: tuple[Crowd, str] | None, speech: Wordings) -> tuple[tuple[str, ...], str]:
    """The wordings among which a transaction of a kind finds its words, and their language.

    `subject` is what it may speak of; not every kind speaks of every crowd.
    """
    kind = _same_words(kind)
    if subject is not None:
        family = family_of(subject[0], speech)
        announced = subject[1] == "announced"
        if kind is Kind.NOTE:
            return (family.announcements if announced else family.cancellations), family.language
        if kind is family.prepared_by:
            return (family.preparations if announced else family.cancellations), family.language
    return speech.chatter[kind], "en"


def choose_words(
    random_: random.Random, kind: Kind, subjects: Sequence[tuple[Crowd, str]], block: int, speech: Wordings
) -> tuple[Saying, int]:
    """What a transaction says, and how many blocks ahead lies what it speaks of.

    Args:
        random_: Where chance comes from; of its own, so that words change no number.
        kind: What the transaction does.
        subjects: The crowds that are spoken of at `block`.
        block: When it is sent.
        speech: The words that there are; each crowd has a family of its own among them.
    """
    subject = random_.choice(subjects) if subjects and random_.random() < ANNOUNCING_SHARE else None
    chosen, language = choice_of(kind, subject, speech)
    ahead = random_.randrange(40) if subject is None else subject[0].start_block - block
    when = random_.choice(speech.when(language, ahead))
    return Saying(wording=random_.choice(chosen), thing=random_.choice(THINGS), when=when), ahead


def write_words(saying: Saying, ahead: int, interval_seconds: int, random_: random.Random) -> bytes:
    """A saying filled in for a time so many target intervals ahead, and filled up to TEXT_BYTES."""
    when = fill_when(saying.when, ahead, interval_seconds)
    words = saying.wording.format(thing=saying.thing, when=when, count=random_.randrange(2, 5000))
    return words.encode().ljust(TEXT_BYTES)


def fill_when(when: str, ahead: int, interval_seconds: int) -> str:
    """A name of a time, filled in."""
    seconds = ahead * interval_seconds
    return when.format(blocks=ahead, seconds=seconds, minutes=max(1, round(seconds / 60)))


def _same_words(kind: Kind) -> Kind:
    return Kind.NOTE if kind is Kind.MEMO else kind
