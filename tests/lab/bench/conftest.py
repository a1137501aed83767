"""The benchmark in small, measured once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oracle.lab.bench.adversary import Effort, measure_adversary
from oracle.lab.bench.control import SCENARIOS, ControlPlan, measure_control
from oracle.lab.bench.stability import StabilityPlan, measure_stability
from oracle.model.bundle import PolicyConfig, write_bundle
from oracle.model.reader import LABELS, Head
from oracle.workers.choice import workers

Measured = tuple[dict[str, Any], list[str]]  # as JSON gives it back, and what was said


# Little search.
EFFORT = Effort(seeds=1, blocks=300, candidates=10, starts=1, changes=3, shares=(0.1, 0.3))


@pytest.fixture(scope="session")
def small_bundle(small_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader that nobody trained, on a small encoder."""
    return _untrained(tmp_path_factory.mktemp("bundle"), small_encoder, seed=1)


@pytest.fixture(scope="session")
def other_bundle(small_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another, which takes words otherwise."""
    return _untrained(tmp_path_factory.mktemp("other"), small_encoder, seed=2)


def _untrained(directory: Path, encoder: Path, seed: int) -> Path:
    random = np.random.default_rng(seed)
    head = Head(4 * random.standard_normal((len(LABELS), 16)), random.standard_normal(len(LABELS)))
    write_bundle(directory, config=PolicyConfig(), head=head, encoder_source=str(encoder), training={})
    return directory


@pytest.fixture(scope="session")
def control_measured(small_bundle: Path, other_bundle: Path) -> Measured:
    """Two scenarios, short: one of nodes that are alike, one of unequal pools."""
    said: list[str] = []
    plan = ControlPlan(range(10_000, 10_002), range(20_000, 20_001), front=(0.05, 0.1), anchor_blocks=200)
    alike, *_, unequal = SCENARIOS
    scenarios = {name: replace(SCENARIOS[name], blocks=240) for name in (alike, unequal)}
    with workers(None) as asked:
        measured = measure_control(said.append, small_bundle, scenarios, plan, beside=other_bundle, workers=asked)
    return json.loads(json.dumps(measured)), said


@pytest.fixture(scope="session")
def stability_measured(small_bundle: Path) -> Measured:
    """Short runs."""
    said: list[str] = []
    plan = StabilityPlan(blocks=600, seeds=2, calm_blocks=600, recovery_seeds=2, recovery_plays=1, recovery_blocks=900)
    return json.loads(json.dumps(measure_stability(said.append, small_bundle, plan))), said


@pytest.fixture(scope="session")
def adversary_measured(small_bundle: Path) -> Measured:
    """Short runs."""
    said: list[str] = []
    return json.loads(json.dumps(measure_adversary(said.append, small_bundle, EFFORT))), said
