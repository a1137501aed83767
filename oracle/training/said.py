"""Texts of the workload with what they say: what the reader of texts learns from, and is measured on."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.model.reader import AHEAD, CALLED_OFF, COMES, LABELS, NOTHING
from oracle.window.blocks import Block, Transaction
from oracle.window.words import words_of
from oracle.workload.wordings import FAR, NEAR, NOW, THINGS, Wordings
from oracle.workload.words import Saying, write_words

CHATTER_FAMILY, VARIOUS = "chatter", "various"
_TO_A_FAMILY = 20  # sentences of various voices that count as one family, so that all have their share
_INTERVAL_SECONDS = 10
# What a text says of when, by the fewest blocks ahead that its words mean.
VAGUE = dict(zip((NOW, NEAR, FAR), (label for label in AHEAD if label != COMES), strict=True))
_POST = bytes(keccak(b"post(string)")[:4])


@dataclass(frozen=True)
class SaidText:
    """A text as the encoder reads it."""

    text: str
    shares: tuple[float, ...]  # of LABELS: how often it says what; the same words may name several times
    family: str  # of phrases, or CHATTER_FAMILY, or VARIOUS with its part

    @property
    def label(self) -> str:
        """What it says most often."""
        return LABELS[max(range(len(LABELS)), key=self.shares.__getitem__)]


def said_texts(speech: Wordings, families: Sequence[str]) -> list[SaidText]:
    """Every text, once, that some families and all small talk give."""
    chance = random.Random(0)  # noqa: S311 - fills in digits, which reading folds
    found: dict[str, tuple[str, list[float]]] = {}
    for saying, label, family, ahead in _sayings(speech, families):
        text = words_of(noted(write_words(saying, ahead, _INTERVAL_SECONDS, chance))).text
        if text:
            _, counts = found.setdefault(text, (family, [0.0] * len(LABELS)))
            counts[LABELS.index(label)] += 1
    return [
        SaidText(text, tuple(count / sum(counts) for count in counts), family)
        for text, (family, counts) in found.items()
    ]


def noted(words: bytes) -> Transaction:
    """A transaction that posts words to a notice board."""
    data = _POST + encode(["string"], [words.decode()])
    return Transaction(bytes(32), bytes(20), b"\x01" * 20, 0, 10**9, 60_000, data)


def background_texts(blocks: Sequence[Block]) -> list[SaidText]:
    """What recorded blocks say, once each: in them nobody announces anything that is known of."""
    nothing = tuple(float(label == NOTHING) for label in LABELS)
    texts = dict.fromkeys(words_of(transaction).text for block in blocks for transaction in block.transactions)
    return [SaidText(text, nothing, CHATTER_FAMILY) for text in texts if text]


def by_label(said: Sequence[SaidText]) -> dict[str, list[SaidText]]:
    """The texts of each label that is there."""
    found = defaultdict(list)
    for each in said:
        found[each.label].append(each)
    return dict(found)


def _sayings(speech: Wordings, families: Sequence[str]) -> Iterator[tuple[Saying, str, str, int]]:
    """Words, label, family, and how many T ahead, of all that can be said."""
    for least, vague in VAGUE.items():
        for name in families:
            family = speech.families[name]
            for wording in (*family.announcements, *family.preparations):
                for saying, is_stated in _filled(wording, speech.whens[family.language][least]):
                    yield saying, COMES if is_stated else vague, name, least + 5
            for wording in family.cancellations:
                for saying, _ in _filled(wording, ("",)):
                    yield saying, CALLED_OFF, name, least + 5
        for wordings in speech.chatter.values():
            for wording in wordings:
                for saying, _ in _filled(wording, speech.whens["en"][least]):
                    yield saying, NOTHING, CHATTER_FAMILY, least + 5
        for kind, texts in speech.various.items():
            for at, wording in enumerate(texts):
                for saying, is_stated in _filled(wording, speech.whens["en"][least]):
                    label = {"cancellations": CALLED_OFF, "neutral": NOTHING}.get(kind)
                    label = label or (COMES if is_stated else vague)
                    yield saying, label, f"{VARIOUS} {kind} {at // _TO_A_FAMILY}", least + 5


def _filled(wording: str, whens: Sequence[str]) -> Iterator[tuple[Saying, bool]]:
    """With every thing and time, if it names any; and whether the time is a number."""
    for thing in THINGS if "{thing}" in wording else THINGS[:1]:
        for when in whens if "{when}" in wording else whens[:1]:
            yield Saying(wording, thing, when), "{" in when and "{when}" in wording
