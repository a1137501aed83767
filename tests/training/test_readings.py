"""What is read on the plant is what a window of real transactions would tell."""

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from oracle.control.evidence import evidence_of
from oracle.formulas.lanes import WAD
from oracle.model.bundle import Bundle
from oracle.training.lesson_blocks import VENUE, as_blocks
from oracle.training.plant_evidence import evidence_by_t
from oracle.training.readings import Library, read_traffic
from oracle.training.text_table import TextTable
from oracle.window.texts import text_shares
from oracle.window.window import Nodes
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate
from oracle.workload.kinds import BASE_SHARES, WORDED
from oracle.workload.schedule import Schedule, draw_schedule
from oracle.workload.wordings import HELD_OUT, wordings
from tests.examples import window

_CAPACITY, _BLOCKS = 1_000, 90
_NODES = Nodes(theta0_wad=(WAD // 2,), lanes=(0,), active=(True,))


@pytest.mark.long
def test_texts_announce_on_the_plant_what_they_announce_in_windows(bundle: Bundle) -> None:
    off = Crowd(start_block=45, length_blocks=20, factor=2.0, announced_ahead_blocks=40, called_off=True, voice=5)
    comes = Crowd(start_block=88, length_blocks=20, factor=2.0, announced_ahead_blocks=30, voice=6)
    schedule = Schedule(crowds=(off, comes), hash_rates=((0, 1.0),))
    traffic = Traffic(base_load=0.7 * _CAPACITY / 2, crowds=schedule.crowds, accounts=5_000, seed=3)
    blocks = as_blocks(list(itertools.islice(generate(traffic, VENUE), _BLOCKS)), random.Random(1))
    seen = replace(window(blocks), nodes=_NODES, capacity_transactions=_CAPACITY)
    on_chain = evidence_of(text_shares(seen), bundle.reader, seen.interval_seconds)
    table = TextTable(bundle.reader.encoder)
    arrivals = np.array([float(len(block.transactions)) for block in blocks])
    reading = read_traffic(schedule, arrivals, Library(table), seed=5, speech=wordings(HELD_OUT))
    by_t = evidence_by_t([reading], bundle.reader.head, table.tensor().numpy())
    announced, against = on_chain.announced.sum(axis=1), on_chain.against
    assert announced.max() > 0.05
    assert np.corrcoef(announced, by_t.announced[0].sum(axis=1))[0, 1] > 0.9
    assert np.corrcoef(against, by_t.against[0])[0, 1] > 0.9
    assert announced.mean() == pytest.approx(by_t.announced[0].sum(axis=1).mean(), rel=0.2)
    # By when, over all blocks.
    assert np.corrcoef(on_chain.announced.sum(axis=0), by_t.announced[0].sum(axis=0))[0, 1] > 0.8


def test_weights_of_a_block_are_parts_of_its_fees_and_come_by_falling_weight(bundle: Bundle) -> None:
    calm = draw_schedule(11, 30, crowd_every=1e9)
    library = Library(TextTable(bundle.reader.encoder))
    speech = wordings(HELD_OUT)
    reading, again = (read_traffic(calm, np.full(30, 200.0), library, seed=5, speech=speech) for _ in range(2))
    shares = reading.weights.sum(axis=1)
    gas = {kind: share * library.gas(kind) for kind, share in BASE_SHARES.items()}
    worded = sum(gas[kind] for kind in WORDED) / sum(gas.values())
    # What carries words, less the few of them that are no language.
    assert 0.8 * worded < shares.mean() < worded + 0.02
    assert (np.diff(reading.weights, axis=1) <= 0).all()
    assert np.array_equal(reading.index, again.index)
    assert (reading.index[reading.weights > 0] > 0).all()
