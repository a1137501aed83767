"""`catalyst bench adversary` in small: the search finds what moves the policy, and the cap holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from oracle.bench.adversary import ANY
from oracle.bench.hostile_texts import SHARE, find_texts, with_texts
from oracle.bench.policy_rows import PolicyBench
from oracle.model.bundle import load_bundle
from oracle.plant.controllers import Proportional
from oracle.plant.definition import EPOCH_10
from oracle.plant.plant import run
from oracle.plant.traces import draw_traces
from oracle.training.readings import Reading
from tests.bench.conftest import Measured


def test_a_tenth_of_every_block_says_what_the_sender_likes() -> None:
    reading = Reading(np.array([[3, 0], [4, 5]], np.int32), np.array([[1.0, 0.0], [0.75, 0.25]], np.float32))
    (hostile,) = with_texts([reading], [(9, np.array([[True, False]]))])
    np.testing.assert_allclose(hostile.weights, [[1 - SHARE, 0, SHARE], [0.75, 0.25, 0]], atol=1e-6)
    assert hostile.index[0, -1] == 9
    np.testing.assert_allclose(hostile.weights.sum(axis=1), 1, atol=1e-6)


def test_the_search_finds_texts_that_move_the_policy_either_way(small_bundle: Path) -> None:
    bundle = load_bundle(small_bundle)
    bench = PolicyBench(bundle)
    definition = replace(EPOCH_10, blocks=300)
    traces = draw_traces(definition, [1])
    readings = bench.readings(traces)
    log = run(definition, traces, Proportional(0.4, 0.05)).log
    few = {"windows": 8, "candidates": 30, "starts": 1}
    up, down = find_texts(bundle, bench.texts, readings, definition, log, changes=20, **few)
    assert up != down
    assert (up, down) == find_texts(bundle, bench.texts, readings, definition, log, changes=20, **few)


def test_every_attack_is_measured_and_none_exceeds_the_cap(adversary_measured: Measured) -> None:
    measured, said = adversary_measured
    assert len(measured["rows"]) == len(said) == 2 * 7
    assert {row["text"] for row in measured["rows"]} > {ANY}
    assert abs(measured["worst_theta_shift"]) <= abs(measured["bound_theta_shift"])
