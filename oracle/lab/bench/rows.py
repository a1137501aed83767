"""A controller's figures in a scenario, at the mean theta at which all are compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.plant.definition import Definition
from oracle.plant.measure import Figures, measure
from oracle.plant.plant import run
from oracle.plant.traces import Traces
from oracle.plant.tune import MEAN_PHI, ControllerFamily, tune, with_mean_theta

Floats = NDArray[np.float64]

# A level moved by 0.003 moves p95 by several hundredths: p95 is taken from levels around the one asked for.
AROUND = (-0.02, -0.01, 0.0, 0.01, 0.02)  # of mean phi
FRONT = (0.03, 0.06, 0.12)  # mean phi of the Pareto fronts, beside MEAN_PHI


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
    p95_by_seed: tuple[float, ...]  # at mean theta of `mean_theta`, from levels around it
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
    wanted = definition.theta0 + MEAN_PHI
    level, figures = with_mean_theta(family, definition, traces, wanted, parameters)
    points = []
    for phi in front:
        _, there = with_mean_theta(family, definition, traces, definition.theta0 + phi, parameters)
        points.append((float(there.mean_theta.mean()), float(there.latency_p95.mean())))
    p95 = p95_at_theta(family, definition, traces, parameters, level, wanted)
    return figures_row(scenario, family.name, figures, parameters, level, tuning_runs, tuple(points), p95)


def p95_at_theta(
    family: ControllerFamily,
    definition: Definition,
    traces: Traces,
    parameters: tuple[float, ...],
    level: float,
    mean_theta: float,
) -> Floats:
    """p95 of each seed at a mean theta: of a line through levels around the one that offers about that."""
    low, high = family.levels
    span = high - low

    def at(level: float) -> Figures:
        return measure(run(definition, traces, family.make(definition, traces, level, parameters)))

    # How far a level moves theta, from a step that is small beside the family's range.
    step = 0.02 * span
    slope = float((at(level + step).mean_theta - at(level - step).mean_theta).mean()) / (2 * step)
    if abs(slope * span) < 0.01:  # it cannot be moved, or leaps
        return at(level).latency_p95
    tried = [at(min(max(low, high), max(min(low, high), level + phi / slope))) for phi in AROUND]
    thetas = np.array([float(each.mean_theta.mean()) for each in tried]) - mean_theta
    by_level = np.stack([each.latency_p95 for each in tried])
    if np.ptp(thetas) < 1e-3:
        return np.asarray(by_level.mean(axis=0))
    return np.asarray(np.polynomial.polynomial.polyfit(thetas, by_level, 1)[0])


def figures_row(
    scenario: str,
    controller: str,
    figures: Figures,
    parameters: tuple[float, ...] = (),
    level: float | None = None,
    tuning_runs: int = 0,
    front: tuple[tuple[float, float], ...] = (),
    p95: Floats | None = None,
) -> ControlRow:
    """Figures as a row; `p95` of each seed where it is not taken from them."""
    p95 = figures.latency_p95 if p95 is None else p95
    return ControlRow(
        scenario=scenario,
        controller=controller,
        parameters=parameters,
        level=level,
        mean=float(figures.latency_mean.mean()),
        p95=float(p95.mean()),
        p99=float(figures.latency_p99.mean()),
        ci95=float(1.96 * p95.std(ddof=1) / math.sqrt(len(p95))),
        p95_by_seed=tuple(map(float, p95)),
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
