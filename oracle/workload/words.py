"""What a generated transaction says."""

import random
from collections.abc import Sequence

from oracle.workload.crowds import Crowd
from oracle.workload.kinds import Kind
from oracle.workload.wordings import CANCELLATIONS, CHATTER, FAMILIES, THINGS, WHENS

ANNOUNCING_SHARE = 0.7  # of the notes, memos and preparatory transactions, while an announcement stands
# Every text is this long, whatever it says: a reference number fills it up. Else the length of the calldata would tell.
TEXT_BYTES = 96
_REFERENCE = " ref "


def words_for(
    random_: random.Random, kind: Kind, crowds: Sequence[Crowd], block: int, families: Sequence[str] | None
) -> str:
    """TEXT_BYTES characters of ASCII for a transaction of a kind that carries words.

    Args:
        random_: Where chance comes from; of its own, so that words change no number.
        kind: What the transaction does.
        crowds: Of which some are announced at `block`.
        block: When it is sent.
        families: Phrase families that announcements are worded in; a crowd's own where None.
    """
    spoken_of = [(crowd, said) for crowd in crowds if (said := crowd.said_at(block)) is not None]
    wordings = CHATTER[_same_words(kind)]
    blocks_ahead = random_.randrange(40)
    if spoken_of and random_.random() < ANNOUNCING_SHARE:
        crowd, said = random_.choice(spoken_of)
        blocks_ahead = crowd.start_block - block
        family = FAMILIES[random_.choice(list(families)) if families else crowd.family]
        if _same_words(kind) is Kind.NOTE:
            wordings = family.announcements if said == "announced" else CANCELLATIONS
        elif kind is family.prepared_by:
            wordings = family.preparations if said == "announced" else CANCELLATIONS
    whens = next(whens for least, whens in WHENS.items() if blocks_ahead >= least)
    when = random_.choice(whens).format(count=blocks_ahead)
    words = random_.choice(wordings).format(thing=random_.choice(THINGS), when=when, count=random_.randrange(2, 5000))
    return words + _REFERENCE + "".join(random_.choices("0123456789", k=TEXT_BYTES - len(words) - len(_REFERENCE)))


def _same_words(kind: Kind) -> Kind:
    return Kind.NOTE if kind is Kind.MEMO else kind
