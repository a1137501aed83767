"""Retargets: steady where blocks are on time, by their published rules where they are not, and back after a jump."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.plant.controllers import Constant
from oracle.plant.definition import EPOCH_10
from oracle.plant.kernel import INTERVAL
from oracle.plant.plant import run
from oracle.plant.retarget import ASERT, BITCOIN, DIGISHIELD, LWMA, NAMES, difficulty
from oracle.plant.traces import draw_traces

_PARAMETERS = {ASERT: 288.0, BITCOIN: 144.0, LWMA: 90.0, DIGISHIELD: 17.0}


@pytest.mark.parametrize("kind", _PARAMETERS)
def test_blocks_on_time_change_nothing(kind: int) -> None:
    times, before = np.arange(1.0, 401.0), np.full(400, 3.0 if kind != ASERT else 1.0)
    for block in (145, 288, 300):
        assert difficulty(kind, _PARAMETERS[kind], block, times, before) == pytest.approx(before[0])


def test_asert_doubles_for_a_half_life_ahead() -> None:
    times = np.full(300, 12.0)
    assert difficulty(ASERT, 288.0, 300, times, np.ones(300)) == 2.0


def test_bitcoin_scales_once_a_window_by_how_long_it_took_and_at_most_by_4() -> None:
    before = np.full(400, 2.0)
    for pace, factor in ((0.5, 2.0), (2.0, 0.5), (0.1, 4.0), (9.0, 0.25)):
        times = pace * np.arange(1.0, 401.0)
        assert difficulty(BITCOIN, 144.0, 288, times, before) == pytest.approx(2.0 * factor)
        assert difficulty(BITCOIN, 144.0, 289, times, before) == 2.0


def test_lwma_weighs_the_last_solve_times_most() -> None:
    slow_at_the_end = np.concatenate([np.ones(89), [4.0]]).cumsum()
    slow_at_the_start = np.concatenate([[4.0], np.ones(89)]).cumsum()
    late = difficulty(LWMA, 90.0, 90, slow_at_the_end, np.ones(90))
    early = difficulty(LWMA, 90.0, 90, slow_at_the_start, np.ones(90))
    assert late == pytest.approx(90 * 91 / 2 / (90 * 91 / 2 + 3 * 90))
    assert early == pytest.approx(90 * 91 / 2 / (90 * 91 / 2 + 3 * 1))


def test_digishield_damps_and_bounds_the_timespan() -> None:
    for pace, span in ((1.4, 1.1), (0.8, 0.95), (9.0, 1.32), (0.1, 0.84)):
        times = pace * np.arange(1.0, 101.0)
        assert difficulty(DIGISHIELD, 17.0, 100, times, np.ones(100)) == pytest.approx(1 / span)


@pytest.mark.parametrize("name", NAMES)
def test_every_retarget_brings_intervals_back_to_the_target(name: str) -> None:
    definition = replace(EPOCH_10, blocks=5000, retarget=name, retarget_parameter=_PARAMETERS[NAMES[name]])
    traces = draw_traces(definition, range(4))
    traces = replace(
        traces, hash_rates=np.where(np.arange(traces.hash_rates.shape[1]) < 1000, 1.0, 1.6)[None].repeat(4, 0)
    )
    log = run(definition, traces, Constant(0.0)).log
    assert log[:, 3000:, INTERVAL].mean() == pytest.approx(1.0, abs=0.03)


def test_an_unknown_retarget_is_refused() -> None:
    with pytest.raises(ValueError, match="no retarget 'ema'"):
        replace(EPOCH_10, retarget="ema")
