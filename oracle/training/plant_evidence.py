"""What the texts of a plant's runs announce and call off in each T, as the planner takes it."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oracle.control.announced import AHEAD
from oracle.control.evidence import beyond_misreading, vaguely
from oracle.model.reader import SILENT, Head
from oracle.plant.planned import EvidenceByT
from oracle.plant.traces import Traces
from oracle.training.readings import NO_TIME, Library, Reading, read_traffic
from oracle.workload.wordings import Wordings
from oracle.workload.words import ANNOUNCING_SHARE

Floats = NDArray[np.float64]


def read_traces(
    traces: Traces, library: Library, speech: Wordings, announcing_share: float = ANNOUNCING_SHARE
) -> tuple[Reading, ...]:
    """What is read on each seed."""
    return tuple(
        read_traffic(schedule, arrivals, library, seed=seed, speech=speech, announcing_share=announcing_share)
        for seed, schedule, arrivals in zip(traces.seeds, traces.schedules, traces.arrivals_by_t(), strict=True)
    )


def evidence_by_t(readings: Sequence[Reading], head: Head, table: Floats) -> EvidenceByT:
    """What readings say to a reader of texts.

    Args:
        readings: One of each seed.
        head: The reader's layer.
        table: [texts, hidden]: embeddings of the rows that the readings name; row 0 says nothing.
    """
    said = [SILENT, *(head.said(vector) for vector in table[1:])]
    announces, against = (np.array([getattr(each, what) for each in said]) for what in ("announces", "against"))
    vague = np.array([vaguely(each) for each in said])
    announced_by_t, against_by_t = [], []
    for reading in readings:
        found = np.zeros((len(reading.index), AHEAD))
        at, column = np.nonzero(reading.ahead >= 0)
        rows, weights = reading.index[at, column], reading.weights[at, column]
        np.add.at(found, (at, reading.ahead[at, column].astype(int)), weights * announces[rows])
        at, column = np.nonzero((reading.ahead == NO_TIME) & (announces[reading.index] > 0))
        np.add.at(found, at, reading.weights[at, column][:, None] * vague[reading.index[at, column]])
        announced_by_t.append(found)
        calls_off = (reading.weights * against[reading.index]).sum(axis=1)
        against_by_t.append(beyond_misreading(calls_off, reading.weights.sum(axis=1)))
    return EvidenceByT(np.stack(announced_by_t), np.stack(against_by_t))


def digest_of(traces: Traces) -> bytes:
    """Names a set of traces."""
    return hashlib.sha256(traces.arrivals.tobytes()).digest()
