"""What a policy reads on the plant: the texts of every T, drawn as the workload words them and weighed as by a window.

`oracle.window.texts` on what `oracle.workload.generator` sends, without making every transaction: a plant's run has
millions. Each transaction is taken to have a sender of its own, and a block to bring what came in the T in which it was
found (tests/training/test_readings.py compares the two).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.training.lesson_blocks import VENUE, as_transaction
from oracle.training.text_table import TextTable
from oracle.window.blocks import Transaction
from oracle.window.render import render
from oracle.window.texts import MAX_NEW_TEXTS_PER_BLOCK
from oracle.workload.calldata import Details, call_of
from oracle.workload.crowds import Crowd
from oracle.workload.generator import GWEI, PRICE_SPREAD
from oracle.workload.kinds import BASE_SHARES, WORDED, Kind
from oracle.workload.schedule import Schedule
from oracle.workload.wordings import FAMILIES
from oracle.workload.words import Saying, choose_words, spoken_of, write_words

# Distinct texts of a T that are kept, by weight; of the lightest a few are left out where crowds overlap.
KEPT_TEXTS = 128
_KINDS = tuple(Kind)


@dataclass(frozen=True)
class Reading:
    """Texts of every T of a run that are read, by falling weight."""

    index: NDArray[np.int32]  # [T, KEPT_TEXTS]: rows of a TextTable; 0 for none
    weights: NDArray[np.float32]  # [T, KEPT_TEXTS]


class Library:
    """The texts that the workload can bring: rows of a table, and what their transactions weigh."""

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._random = random.Random(0)  # noqa: S311 - fills in digits, which rendering folds
        self._rows: dict[tuple[Kind, Saying | None], tuple[int, int]] = {}

    def row_and_gas(self, kind: Kind, saying: Saying | None) -> tuple[int, int]:
        """Row of the text of a transaction, and its intrinsic gas."""
        key = kind, saying
        if key not in self._rows:
            transaction = transaction_of(kind, saying, self._random)
            self._rows[key] = self._table.index(render(transaction)), transaction.intrinsic_gas
        return self._rows[key]


def transaction_of(kind: Kind, saying: Saying | None, random_: random.Random) -> Transaction:
    """A transaction of a kind that says something, or nothing where None."""
    words = write_words(saying, 10, random_) if saying is not None else ""
    details = Details(sender=0, gas_price_wei=GWEI, amount=10**15, other=b"\xca" * 20)
    return as_transaction(call_of(kind, details, words, VENUE), 0, 0)


def read_traffic(
    schedule: Schedule,
    arrivals: NDArray[np.float64],
    library: Library,
    *,
    seed: int,
    families: Sequence[str] | None,
    window_blocks: int,
) -> Reading:
    """The texts of a run.

    Args:
        schedule: Its crowds.
        arrivals: [T]: transactions of each T.
        library: Where texts are looked up.
        seed: Decides words and fees.
        families: Phrase families that announcements are worded in; a crowd's own where None.
        window_blocks: For how many T a text is known, once read.
    """
    words = random.Random(f"words {seed}")  # noqa: S311 - simulation, not secrets
    fees = np.random.default_rng([seed, 0x66656573])
    length = len(arrivals)
    index = np.zeros((length, KEPT_TEXTS), np.int32)
    weights = np.zeros((length, KEPT_TEXTS), np.float32)
    last_read = np.full(1, -window_blocks)  # T of each row
    for t in range(length):
        rows, gas = _texts_of(schedule.crowds, t, round(arrivals[t]), library, words, fees, families)
        if len(rows) == 0:
            continue
        paid = gas * np.exp(PRICE_SPREAD * fees.standard_normal(len(rows)))
        new_rows = max(0, int(rows.max()) + 1 - len(last_read))
        last_read = np.pad(last_read, (0, new_rows), constant_values=-window_blocks)
        readable = _admit(rows, paid, last_read > t - window_blocks)
        last_read[readable] = t
        by_row = np.bincount(rows, weights=paid / paid.sum(), minlength=len(last_read))
        heaviest = readable[np.argsort(-by_row[readable], kind="stable")][:KEPT_TEXTS]
        index[t, : len(heaviest)] = heaviest
        weights[t, : len(heaviest)] = by_row[heaviest]
    return Reading(index, weights)


def _texts_of(
    crowds: Sequence[Crowd],
    t: int,
    count: int,
    library: Library,
    words: random.Random,
    chance: np.random.Generator,
    families: Sequence[str] | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Row and intrinsic gas of each transaction of a T."""
    subjects = spoken_of(crowds, t)
    rows, gas = [], []
    for kind, number in zip(_KINDS, chance.multinomial(count, _shares(crowds, t)), strict=True):
        for _ in range(number if kind in WORDED else 0):
            saying, _ahead = choose_words(words, kind, subjects, t, families)
            row, cost = library.row_and_gas(kind, saying)
            rows.append(row)
            gas.append(cost)
        if kind not in WORDED:
            row, cost = library.row_and_gas(kind, None)
            rows += [row] * number
            gas += [cost] * number
    return np.array(rows, np.int64), np.array(gas, np.float64)


def _shares(crowds: Sequence[Crowd], t: int) -> NDArray[np.float64]:
    """Shares of the kinds among what comes in a T, as `oracle.workload.generator` draws them."""
    here = [crowd for crowd in crowds if crowd.load_factor(t) > 1]
    on_top = 1 - 1 / math.prod(crowd.factor for crowd in here)
    shares = (1 - on_top) * _normalised(BASE_SHARES)
    for crowd in here:
        shares = shares + on_top / len(here) * _normalised(FAMILIES[crowd.family].crowd)
    return np.asarray(shares / shares.sum())


def _normalised(shares: dict[Kind, int] | dict[Kind, float]) -> NDArray[np.float64]:
    values = np.array([shares.get(kind, 0) for kind in _KINDS], np.float64)
    return np.asarray(values / values.sum())


def _admit(rows: NDArray[np.int64], paid: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows that are read, ascending: known ones, and new ones by fee up to the bound."""
    by_fee = rows[np.argsort(-paid, kind="stable")]
    distinct, first = np.unique(by_fee, return_index=True)
    new = ~known[distinct]
    admitted = distinct[new][np.argsort(first[new])][:MAX_NEW_TEXTS_PER_BLOCK]
    return np.sort(np.concatenate([distinct[~new], admitted]))
