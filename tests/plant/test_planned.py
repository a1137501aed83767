"""The planner on the plant: who is told more waits less, and it plans as on a chain."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.control.announced import AHEAD
from oracle.model.bundle import PolicyConfig
from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.families import CLAIRVOYANT, MODEL_PREDICTIVE, PROPORTIONAL
from oracle.plant.planned import IGNORED, KNOWN, Crowds, EvidenceByT, Planned, Told
from oracle.plant.plant import run
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.tune import ControllerFamily, with_mean_theta
from oracle.training.figures import planned_family

SHORT = replace(EPOCH_10, blocks=2_500)


def _p95(family: ControllerFamily, definition: Definition, traces: Traces, parameters: tuple[float, ...] = ()) -> float:
    _, figures = with_mean_theta(family, definition, traces, 0.59, parameters)
    assert figures.mean_theta.mean() == pytest.approx(0.59, abs=0.006)
    return float(figures.latency_p95.mean())


def test_who_knows_all_waits_less_than_who_measures() -> None:
    traces = draw_traces(SHORT, range(1_000, 1_008))
    plain = _p95(planned_family(Told(), PolicyConfig()), SHORT, traces)
    assert _p95(CLAIRVOYANT, SHORT, traces) < 0.9 * plain


@pytest.mark.long
@pytest.mark.parametrize("definition", [EPOCH_10, EPOCH_20], ids=["epoch 10", "epoch 20"])
def test_who_is_told_more_waits_less_at_equal_mean_theta(definition: Definition) -> None:
    traces = draw_traces(definition, range(1_000, 1_020))
    plain = _p95(planned_family(Told(), PolicyConfig()), definition, traces)
    perfect = _p95(planned_family(Told(crowds=Crowds(traces, definition)), PolicyConfig()), definition, traces)
    known = _p95(planned_family(Told(hash_rate=KNOWN, traces=traces), PolicyConfig()), definition, traces)
    ignored = _p95(planned_family(Told(hash_rate=IGNORED), PolicyConfig()), definition, traces)
    assert _p95(CLAIRVOYANT, definition, traces) < perfect < plain < ignored
    assert known < plain
    assert plain < _p95(PROPORTIONAL, definition, traces, (0.2,))
    assert plain < _p95(MODEL_PREDICTIVE, definition, traces, (40.0,))


def test_it_plans_on_a_chain_as_on_the_plant() -> None:
    """The window's own path from rounds to phi, beside that of the plant's log, at many moments of a run."""
    from oracle.control.plan import plan_phi
    from oracle.control.prospect import start_of
    from oracle.plant.kernel import ARRIVED, BACKLOG, DIFFICULTY, PHI, TIME
    from oracle.plant.plant import Observation
    from oracle.window.rounds import Round, Rounds
    from oracle.window.window import Cadence, Nodes, PhiBounds
    from tests.examples import WAD, block, window

    traces = draw_traces(SHORT, (7,))
    log = run(SHORT, traces, Planned(0.15)).log
    scale, seconds = 10**9, 1_000_000  # fine units, so that whole numbers tell as much as fractions
    gaps = []
    for end in range(300, SHORT.blocks, 170):
        seen = log[0, :end]
        phi = round(seen[-1, PHI] * 2**15)
        here = Observation(SHORT, end, log[:, :end], np.array([phi / 2**15]), np.zeros((1, 1)))
        on_plant = Planned(0.15)(here)[0]
        offered = np.cumsum(seen[:, ARRIVED])
        rounds = tuple(
            Round(
                chain_block=at,
                timestamp_seconds=int(seconds * seen[at, TIME]),
                node=0,
                difficulty=int(scale * seen[at, DIFFICULTY] / np.exp(seen[at, PHI])),
                base_difficulty=int(scale * seen[at, DIFFICULTY]),
                offered=round(offered[at]),
                confirmed=0,
                gas_prices_wei=0,
            )
            for at in range(end - 201, end)
        )
        on_chain = replace(
            window([block(1)], at=Nodes((WAD // 2,), (phi,), (True,)), capacity=1_000),
            interval_seconds=seconds,
            bounds=PhiBounds(1 << 14, round(0.1 * 2**15), WAD // 10, WAD),
            cadence=Cadence(epoch_blocks=10, lag_blocks=3),
            backlog_transactions=round(seen[-1, BACKLOG]),
            rounds=Rounds(rounds, 288 * seconds, None),
        )
        start = start_of(on_chain)
        gaps.append(abs(float(plan_phi(start.prospect, start.rules, 0.15)[0]) - on_plant))
    assert len(gaps) > 10
    assert np.median(gaps) < 0.01
    assert max(gaps) < 0.06


def test_text_raises_phi_by_the_cap_at_most_and_never_lowers_it() -> None:
    traces = draw_traces(SHORT, (3, 4))
    random = np.random.default_rng(1)
    shape = traces.hash_rates.shape
    loud = EvidenceByT(random.random((*shape, AHEAD)) / AHEAD, random.random(shape))
    seen = run(SHORT, traces, Planned(0.15))
    from oracle.plant.plant import Observation

    for end in (10, 500, 2_000):
        here = Observation(SHORT, end, seen.log[:, :end], np.zeros(2), np.zeros((2, 1)))
        plain, told = Planned(0.15)(here), Planned(0.15, Told(loud), text_cap=0.05)(here)
        assert (told >= plain).all()
        assert (told <= plain + 0.05 + 1e-12).all()
