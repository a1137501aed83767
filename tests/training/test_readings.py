"""What is read on the plant is what a window of real transactions would tell."""

import itertools
import random

import numpy as np
import pytest
import torch

from oracle.formulas.lanes import WAD
from oracle.model.bundle import Bundle
from oracle.model.features import window_features
from oracle.model.policy import Policy
from oracle.training.lesson_blocks import VENUE, as_blocks
from oracle.training.readings import Library, Reading, read_traffic
from oracle.training.text_table import TextTable
from oracle.window.window import Nodes, Window
from oracle.workload.crowds import Traffic
from oracle.workload.generator import generate
from oracle.workload.schedule import draw_schedule

_CAPACITY, _WINDOW, _BLOCKS = 300, 16, 120
_NODES = Nodes(theta0_wad=(WAD // 2,), lanes=(0,), active=(True,))


@pytest.mark.long
def test_the_policy_reads_on_the_plant_what_it_reads_in_windows(bundle: Bundle) -> None:
    # One is called off, then all is calm, then one is announced and comes.
    schedule = draw_schedule(3, _BLOCKS, crowd_every=120)
    traffic = Traffic(base_load=0.7 * _CAPACITY / 2, crowds=schedule.crowds, accounts=5_000, seed=3)
    blocks = as_blocks(list(itertools.islice(generate(traffic, VENUE), _BLOCKS)), random.Random(1))
    arrivals = np.array([float(len(block.transactions)) for block in blocks])
    table = TextTable(bundle.encoder)
    reading = read_traffic(schedule, arrivals, Library(table), seed=5, families=None, window_blocks=_WINDOW)
    ends = range(_WINDOW, _BLOCKS, 6)
    windows = [
        window_features(
            Window(
                chain_id=0,
                blocks=tuple(blocks[end - _WINDOW : end]),
                nodes=_NODES,
                capacity_transactions=_CAPACITY,
                interval_seconds=10,
                backlog_transactions=None,
            ),
            bundle.encoder,
        )
        for end in ends
    ]
    policy = bundle.policy
    on_chain = [_residual(policy, w.numbers, w.embeddings, w.weights, w.nodes) for w in windows]
    rows = table.tensor().numpy()
    on_plant = [
        _residual(
            policy,
            window.numbers,
            rows,
            _by_text(reading, range(end - _WINDOW, end), len(rows)),
            window.nodes,
        )
        for end, window in zip(ends, windows, strict=True)
    ]
    assert np.std(on_chain) > 0.02
    assert np.corrcoef(on_chain, on_plant)[0, 1] > 0.95
    assert np.mean(on_chain) == pytest.approx(np.mean(on_plant), rel=0.15)


def test_weights_of_a_block_sum_to_one(bundle: Bundle) -> None:
    schedule = draw_schedule(11, 30, crowd_every=10)
    library = Library(TextTable(bundle.encoder))
    reading = read_traffic(schedule, np.full(30, 20.0), library, seed=5, families=None, window_blocks=8)
    again = read_traffic(schedule, np.full(30, 20.0), library, seed=5, families=None, window_blocks=8)
    np.testing.assert_allclose(reading.weights.sum(axis=1), 1, atol=1e-6)
    assert (np.diff(reading.weights, axis=1) <= 0).all()
    assert np.array_equal(reading.index, again.index)


def _by_text(reading: Reading, blocks: range, texts: int) -> np.ndarray:
    weights = np.zeros((len(blocks), texts))
    for row, block in zip(weights, blocks, strict=True):
        np.add.at(row, reading.index[block], reading.weights[block])
    return weights


def _residual(
    policy: Policy, numbers: np.ndarray, embeddings: np.ndarray, weights: np.ndarray, nodes: np.ndarray
) -> float:
    arrays = (torch.from_numpy(array).unsqueeze(0) for array in (numbers, embeddings, weights, nodes))
    with torch.inference_mode():
        return float(policy.text_residual(*arrays))
