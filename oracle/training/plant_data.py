"""Plants to train and to measure on, with what can be read on each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oracle.plant.definition import EPOCH_10, Definition
from oracle.plant.traces import Traces, draw_traces
from oracle.training.readings import Library, Reading, read_traffic
from oracle.workload.schedule import CROWD_EVERY
from oracle.workload.wordings import FAMILIES, HELD_OUT_FAMILIES

KNOWN_FAMILIES = tuple(sorted(set(FAMILIES) - HELD_OUT_FAMILIES))
UNSEEN_FAMILIES = tuple(sorted(HELD_OUT_FAMILIES))
# Chains of several sizes, loads and theta_0, with more crowds than usual: there is more to learn from.
TRAINING_CROWD_EVERY = 150
TRAINING_DEFINITIONS = tuple(
    replace(EPOCH_10, blocks=3_000, capacity=capacity, load=load, theta0=theta0)
    for capacity, load, theta0 in ((1_000.0, 0.7, 0.5), (1_000.0, 0.65, 0.4), (200.0, 0.75, 0.6), (60.0, 0.7, 0.5))
)


@dataclass(frozen=True)
class PlantData:
    """Traces of some seeds, and what is read on each."""

    definition: Definition
    traces: Traces
    readings: tuple[Reading, ...]


def draw_plant_data(
    definition: Definition,
    seeds: Sequence[int],
    library: Library,
    families: Sequence[str],
    *,
    window_blocks: int,
    crowd_every: float = CROWD_EVERY,
) -> PlantData:
    """Traces of `seeds`, and their texts, announcements being worded in `families`."""
    traces = draw_traces(definition, seeds, crowd_every=crowd_every)
    return PlantData(definition, traces, read_traces(traces, library, families, window_blocks=window_blocks))


def read_traces(
    traces: Traces, library: Library, families: Sequence[str], *, window_blocks: int
) -> tuple[Reading, ...]:
    """What is read on each seed, announcements being worded in `families`."""
    return tuple(
        read_traffic(schedule, arrivals, library, seed=seed, families=families, window_blocks=window_blocks)
        for seed, schedule, arrivals in zip(traces.seeds, traces.schedules, traces.arrivals_by_t(), strict=True)
    )
