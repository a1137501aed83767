"""What is read on the plant: the texts of every T, drawn as the workload words them and weighed as by a window.

`oracle.window.texts` on what `oracle.workload.generator` sends, without making every transaction: a plant's run has
millions. Each transaction is taken to have a sender of its own, and a block to bring what came in the T in which it was
found (tests/training/test_readings.py compares the two). Of the texts of a T, the heaviest KEPT_TEXTS are read.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.control.announced import AHEAD
from oracle.training.lesson_blocks import INTERVAL_SECONDS, VENUE, as_transaction
from oracle.training.text_table import TextTable
from oracle.window.blocks import Transaction
from oracle.window.letters import fold
from oracle.window.moment import Moment
from oracle.window.texts import MAX_NEW_TEXTS_PER_BLOCK
from oracle.window.when import seconds_ahead
from oracle.window.words import words_of
from oracle.workload.calldata import Details, call_of
from oracle.workload.crowds import Crowd
from oracle.workload.generator import GWEI, PRICE_SPREAD
from oracle.workload.kinds import BASE_SHARES, WORDED, Kind
from oracle.workload.schedule import Schedule
from oracle.workload.wordings import THINGS, Wordings
from oracle.workload.words import ANNOUNCING_SHARE, Saying, choice_of, family_of, fill_when, spoken_of, write_words

KEPT_TEXTS = MAX_NEW_TEXTS_PER_BLOCK
NO_TIME, TOO_FAR = -1, -2  # where a text names no time, or one that is over or beyond AHEAD
_KINDS = tuple(Kind)
_SMALL_TALK_AHEAD = 40  # T that small talk speaks of, at most
_NOW = Moment(0, 0, INTERVAL_SECONDS)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """Texts of every T of a run that are read, by falling weight."""

    index: NDArray[np.int32]  # [T, KEPT_TEXTS]: rows of a TextTable; 0 for none
    ahead: NDArray[np.int16]  # [T, KEPT_TEXTS]: T to what it speaks of, NO_TIME or TOO_FAR
    weights: NDArray[np.float32]  # [T, KEPT_TEXTS]


@dataclass(frozen=True)
class _Said:
    """What transactions of a kind can say at a time so many T ahead, and how often."""

    rows: Ints  # of the table; 0 where nothing is said
    gas: Floats  # intrinsic
    ahead: Ints
    until: Floats  # cumulated shares, the last one 1

    def draw(self, chance: np.random.Generator, count: int) -> tuple[Ints, Floats, Ints]:
        """Row, gas and time of some transactions."""
        at = np.searchsorted(self.until, chance.random(count), side="right")
        return self.rows[at], self.gas[at], self.ahead[at]


class Library:
    """The texts that the workload can bring: rows of a table, and what their transactions weigh."""

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._random = random.Random(0)  # noqa: S311 - fills in digits, which reading folds
        self._said: dict[tuple[Kind, tuple[str, ...], tuple[str, ...], int], _Said] = {}
        self._texts: dict[Saying, tuple[int, int]] = {}
        self._times: dict[tuple[str, int], int] = {}
        self._gas: dict[Kind, int] = {}

    def said(self, kind: Kind, texts: tuple[str, ...], whens: tuple[str, ...], ahead: int) -> _Said:
        """What can be said by one of some wordings, at one of some names for a time."""
        key = kind, texts, whens, ahead
        if key not in self._said:
            found: list[tuple[int, int, float]] = []
            for wording in texts:
                things = THINGS if "{thing}" in wording else THINGS[:1]
                times = whens if "{when}" in wording else whens[:1]
                for thing in things:
                    for when in times:
                        text = self._text(Saying(wording, thing, when), ahead)
                        found.append((*text, 1 / (len(texts) * len(things) * len(times))))
            rows, named, shares = map(np.array, zip(*found, strict=True))
            until = np.cumsum(shares)
            gas = np.full(len(rows), float(self.gas(kind)))
            self._said[key] = _Said(rows, gas, named, until / until[-1])
        return self._said[key]

    def gas(self, kind: Kind) -> int:
        """Intrinsic gas of a transaction of a kind, whatever it says: all texts are of one length."""
        if kind not in self._gas:
            saying = Saying("words of any kind", "", "") if kind in WORDED else None
            self._gas[kind] = transaction_of(kind, saying, 0, self._random).intrinsic_gas
        return self._gas[kind]

    def _text(self, saying: Saying, ahead: int) -> tuple[int, int]:
        """Row of a saying, and the time that it names. Digits are folded, so the row is the same at any time."""
        if saying not in self._texts:
            words = words_of(transaction_of(Kind.NOTE, saying, ahead, self._random))
            named = seconds_ahead(words.dated, _NOW)
            self._texts[saying] = self._table.index(words.text) if words.text else 0, _in_intervals(named)
        row, named_once = self._texts[saying]
        if "{" not in saying.when or "{when}" not in saying.wording:
            return row, named_once
        key = saying.when, ahead
        if key not in self._times:
            when = fold(fill_when(saying.when, ahead, INTERVAL_SECONDS)).lower()
            self._times[key] = _in_intervals(seconds_ahead(f"starts {when}", _NOW))
        return row, self._times[key]


def _in_intervals(seconds: float | None) -> int:
    if seconds is None:
        return NO_TIME
    return int(seconds // INTERVAL_SECONDS) if 0 <= seconds < AHEAD * INTERVAL_SECONDS else TOO_FAR


def transaction_of(kind: Kind, saying: Saying | None, ahead: int, random_: random.Random) -> Transaction:
    """A transaction of a kind that says something, or nothing where None."""
    words = write_words(saying, ahead, INTERVAL_SECONDS, random_) if saying is not None else b""
    details = Details(sender=0, gas_price_wei=GWEI, amount=10**15, other=b"\xca" * 20)
    return as_transaction(call_of(kind, details, words, VENUE), 0, 0)


def read_traffic(
    schedule: Schedule,
    arrivals: NDArray[np.float64],
    library: Library,
    *,
    seed: int,
    speech: Wordings,
    announcing_share: float = ANNOUNCING_SHARE,
) -> Reading:
    """The texts of a run.

    Args:
        schedule: Its crowds.
        arrivals: [T]: transactions of each T.
        library: Where texts are looked up.
        seed: Decides words and fees.
        speech: The words that there are.
        announcing_share: Of the transactions with words, those that speak of a crowd while it is announced.
    """
    chance = np.random.default_rng([seed, 0x776F726473])
    length = len(arrivals)
    spoken = {t: subjects for t in range(length) if (subjects := spoken_of(schedule.crowds, t))}
    counts = chance.multinomial(np.round(arrivals).astype(np.int64), _all_shares(schedule.crowds, length, speech))
    paid_by_t = np.zeros(length)
    parts: list[tuple[Ints, Ints, Ints, Floats]] = []
    for kind, by_t in zip(_KINDS, counts.T, strict=True):
        times = np.repeat(np.arange(length), by_t)
        price = np.exp(PRICE_SPREAD * chance.standard_normal(len(times)))
        if kind not in WORDED:
            paid_by_t += library.gas(kind) * np.bincount(times, price, length)
            continue
        rows, gas, named = _small_talk(kind, len(times), library, chance, speech)
        firsts = np.concatenate([[0], np.cumsum(by_t)])
        for t, subjects in spoken.items():
            here = firsts[t] + np.flatnonzero(chance.random(by_t[t]) < announcing_share)
            for at, which in enumerate(np.array_split(chance.permutation(here), len(subjects))):
                said = _spoken(kind, subjects[at], t, library, speech)
                if said is not None:
                    rows[which], gas[which], named[which] = said.draw(chance, len(which))
        paid_by_t += np.bincount(times, gas * price, length)
        worded = rows > 0
        parts.append((times[worded], rows[worded], named[worded], (gas * price)[worded]))
    return _reading(length, paid_by_t, *map(np.concatenate, zip(*parts, strict=True)))


def _small_talk(
    kind: Kind, count: int, library: Library, chance: np.random.Generator, speech: Wordings
) -> tuple[Ints, Floats, Ints]:
    rows, gas, named = np.zeros(count, np.int64), np.zeros(count), np.zeros(count, np.int64)
    ahead = chance.integers(_SMALL_TALK_AHEAD, size=count)
    for each in range(_SMALL_TALK_AHEAD):
        which = np.flatnonzero(ahead == each)
        texts, language = choice_of(kind, None, speech)
        rows[which], gas[which], named[which] = library.said(kind, texts, speech.when(language, each), each).draw(
            chance, len(which)
        )
    return rows, gas, named


def _spoken(kind: Kind, subject: tuple[Crowd, str], t: int, library: Library, speech: Wordings) -> _Said | None:
    """What transactions of a kind say of a crowd; None where that kind says nothing of it."""
    texts, language = choice_of(kind, subject, speech)
    if (texts, language) == choice_of(kind, None, speech):
        return None
    ahead = subject[0].start_block - t
    return library.said(kind, texts, speech.when(language, ahead), ahead)


def _reading(length: int, paid_by_t: Floats, times: Ints, rows: Ints, named: Ints, paid: Floats) -> Reading:
    """The heaviest texts of each T; a text at two times is two."""
    weights = paid / paid_by_t[times]
    key = (times * (int(rows.max(initial=0)) + 1) + rows) * (AHEAD + 2) + named + 2
    distinct, first, where = np.unique(key, return_index=True, return_inverse=True)
    weight = np.bincount(where, weights, len(distinct))
    order = np.lexsort((distinct, -weight, times[first]))
    by_t = times[first][order]
    rank = np.arange(len(order)) - np.searchsorted(by_t, by_t, side="left")
    kept = rank < KEPT_TEXTS
    at = by_t[kept], rank[kept]
    index = np.zeros((length, KEPT_TEXTS), np.int32)
    ahead = np.full((length, KEPT_TEXTS), NO_TIME, np.int16)
    by_weight = np.zeros((length, KEPT_TEXTS), np.float32)
    index[at], ahead[at] = rows[first][order][kept], named[first][order][kept]
    by_weight[at] = weight[order][kept]
    return Reading(index, ahead, by_weight)


def _all_shares(crowds: Sequence[Crowd], length: int, speech: Wordings) -> Floats:
    """Shares of the kinds among what comes in each T, as `oracle.workload.generator` draws them: [T, kinds]."""
    found = np.tile(_normalised(BASE_SHARES), (length, 1))
    busy = {
        t for crowd in crowds for t in range(crowd.start_block, min(length, crowd.start_block + crowd.length_blocks))
    }
    for t in busy:
        here = [crowd for crowd in crowds if crowd.load_factor(t) > 1]
        on_top = 1 - 1 / math.prod(crowd.factor for crowd in here)
        found[t] *= 1 - on_top
        for crowd in here:
            found[t] += on_top / len(here) * _normalised(family_of(crowd, speech).crowd)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _normalised(shares: Mapping[Kind, float]) -> Floats:
    values = np.array([shares.get(kind, 0) for kind in _KINDS], np.float64)
    return np.asarray(values / values.sum())
