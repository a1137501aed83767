"""A controller's figures in a scenario, at the mean theta at which all are compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.plant.definition import Definition
from oracle.plant.measure import Figures
from oracle.plant.traces import Traces
from oracle.plant.tune import ControllerFamily, tune, with_mean_theta

MEAN_PHI = 0.09
FRONT = (0.0, 0.03, 0.06, 0.09, 0.12, 0.15)  # mean phi of the Pareto fronts


@dataclass(frozen=True)
class ControlRow:
    """A controller's figures in a scenario; means over the seeds, latencies in T."""

    scenario: str
    controller: str
    parameters: tuple[float, ...]
    level: float | None  # None where there is nothing to set
    mean: float
    p95: float
    p99: float
    ci95: float  # of p95: half the width of the 95 % interval
    high_value_mean: float
    high_value_p95: float
    high_value_p99: float
    mean_theta: float
    stale: float
    interval_deviation: float
    issuance: float  # blocks off schedule, at most
    tuning_runs: int
    front: tuple[tuple[float, float], ...] = ()  # mean theta and p95, at other levels


def tuned_row(
    scenario: str,
    family: ControllerFamily,
    definition: Definition,
    tuning: Traces,
    traces: Traces,
    *,
    front: Sequence[float] = (),
) -> ControlRow:
    """A family's row, its grid tuned on other traces."""
    tuned = tune(family, definition, tuning, definition.theta0 + MEAN_PHI)
    return level_row(scenario, family, definition, traces, tuned.parameters, tuning_runs=tuned.runs, front=front)


def level_row(
    scenario: str,
    family: ControllerFamily,
    definition: Definition,
    traces: Traces,
    parameters: tuple[float, ...] = (),
    *,
    tuning_runs: int = 0,
    front: Sequence[float] = (),
) -> ControlRow:
    """The row of a family with given parameters, of which the level alone is set on the measured traces.

    `front` is at which mean phi beside MEAN_PHI it is measured.
    """
    level, figures = with_mean_theta(family, definition, traces, definition.theta0 + MEAN_PHI, parameters)
    points = []
    for phi in front:
        _, there = with_mean_theta(family, definition, traces, definition.theta0 + phi, parameters)
        points.append((float(there.mean_theta.mean()), float(there.latency_p95.mean())))
    return figures_row(scenario, family.name, figures, parameters, level, tuning_runs, tuple(points))


def figures_row(
    scenario: str,
    controller: str,
    figures: Figures,
    parameters: tuple[float, ...] = (),
    level: float | None = None,
    tuning_runs: int = 0,
    front: tuple[tuple[float, float], ...] = (),
) -> ControlRow:
    """Figures as a row."""
    p95 = figures.latency_p95
    return ControlRow(
        scenario=scenario,
        controller=controller,
        parameters=parameters,
        level=level,
        mean=float(figures.latency_mean.mean()),
        p95=float(p95.mean()),
        p99=float(figures.latency_p99.mean()),
        ci95=float(1.96 * p95.std(ddof=1) / math.sqrt(len(p95))),
        high_value_mean=float(figures.high_value_mean.mean()),
        high_value_p95=float(figures.high_value_p95.mean()),
        high_value_p99=float(figures.high_value_p99.mean()),
        mean_theta=float(figures.mean_theta.mean()),
        stale=float(figures.stale_rate.mean()),
        interval_deviation=float(figures.interval_deviation.mean()),
        issuance=float(figures.issuance_ahead.max()),
        tuning_runs=tuning_runs,
        front=front,
    )
