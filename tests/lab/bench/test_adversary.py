"""`catalyst bench adversary` in small: the search finds what moves the policy, and the cap holds."""

from dataclasses import replace
from pathlib import Path

from oracle.lab.bench.adversary import ANY
from oracle.lab.bench.hostile_texts import find_texts
from oracle.lab.bench.policy_rows import PolicyBench
from oracle.model.bundle import load_bundle
from oracle.plant.controllers import Proportional
from oracle.plant.definition import EPOCH_10
from oracle.plant.plant import run
from oracle.plant.traces import draw_traces
from oracle.training.pooling import as_texts
from tests.lab.bench.conftest import Measured


def test_the_search_finds_texts_that_move_the_policy_either_way(small_bundle: Path) -> None:
    bundle = load_bundle(small_bundle)
    bench = PolicyBench(bundle)
    definition = replace(EPOCH_10, blocks=300)
    traces = draw_traces(definition, [1])
    read = as_texts(bench.readings(traces))
    log = run(definition, traces, Proportional(0.4, 0.05)).log
    few = {"windows": 8, "candidates": 30, "starts": 1}
    up, down = find_texts(bundle, bench.texts, read, definition, log, changes=20, **few)
    assert up != down
    assert (up, down) == find_texts(bundle, bench.texts, read, definition, log, changes=20, **few)


def test_every_attack_is_measured_and_none_exceeds_the_cap(adversary_measured: Measured) -> None:
    measured, said = adversary_measured
    assert len(measured["rows"]) == len(said) == 2 * 7
    assert {row["text"] for row in measured["rows"]} > {ANY}
    assert abs(measured["worst_theta_shift"]) <= abs(measured["bound_theta_shift"])
