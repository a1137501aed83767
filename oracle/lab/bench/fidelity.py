"""The plant beside whole networks: what it says of p95 for the traffic that a recorded run had.

A run's directory (`catalyst network --out`) tells the transactions with their prices and times, the settings, and how
long each round took. The plant plays that traffic with the luck that the network had: it takes from each round how
lucky it was for its p, and decides phi, p and blocks itself. It plays the same traffic with luck of its own too, many
times: that tells how far luck alone moves p95.
"""

import itertools
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from deploy.parameters import limits_for
from oracle.engines.registry import ENGINES
from oracle.errors import SettingsError
from oracle.formulas.feedback import FEEDBACK_CONSTANT, FEEDBACK_GAIN
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.lab.network.plan import HASHES_PER_BLOCK
from oracle.lab.network.run_directory import ROUNDS, SETTINGS, TRANSACTIONS
from oracle.plant.controllers import Constant, Proportional
from oracle.plant.definition import Definition
from oracle.plant.engines import engine_named
from oracle.plant.measure import measure
from oracle.plant.plant import Observation, PlantController, run
from oracle.plant.rounds import Engine, Slots, Work
from oracle.plant.traces import BINS_PER_T, Traces
from oracle.workload.nodes import pareto_stakes
from oracle.workload.schedule import draw_schedule

PLAYS = 50  # of the plant, with luck of their own
# Shares of the transactions at which tiers of the price end, the dearest first. In a crowd the cheap ones wait, and
# the cheaper the longer, so tiers are narrow there.
TIER_ENDS = (*(at / 10 for at in range(1, 6)), *(at / 50 for at in range(26, 51)))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fidelity:
    """A run and the plant beside it; latencies in T."""

    engine: str
    seed: int
    phi: str
    network_p95: float
    plant_p95: float  # with the network's luck
    plant_any_p95: float  # mean over plays with luck of their own
    plant_low: float  # of nine tenths of those plays
    plant_high: float
    network_mean_theta: float
    plant_mean_theta: float
    network_stale: float
    plant_stale: float


def compare_with_plant(directory: Path) -> Fidelity:
    """A recorded run beside the plant.

    Raises:
        SettingsError: phi of the run is set by what the plant does not play.
    """
    settings = json.loads((directory / SETTINGS).read_text())
    summary = json.loads((directory / "summary.json").read_text())
    controllers: dict[str, PlantController] = {
        "off": Constant(0.0),
        "feedback": Proportional(FEEDBACK_GAIN, FEEDBACK_CONSTANT),
    }
    if settings["phi"] not in controllers:
        raise SettingsError(f"{directory} has phi by {settings['phi']!r}; the plant plays feedback and off beside runs")
    rows = pq.read_table(directory / ROUNDS, columns=["round", "epoch"]).to_pydict()
    definition = _definition(settings, rows)
    controller = _AfterTheFirstReport(controllers[settings["phi"]])
    any_luck = _traces(directory, settings, definition)
    same_luck = replace(any_luck, work=_luck(directory, settings, definition), luck=np.ones_like(any_luck.luck))
    figures, same = (measure(run(definition, traces, controller)) for traces in (any_luck, same_luck))
    low, high = np.quantile(figures.latency_p95, (0.05, 0.95))
    return Fidelity(
        engine=settings["engine"],
        seed=settings["seed"],
        phi=settings["phi"],
        network_p95=summary["latency_p95"],
        plant_p95=float(same.latency_p95.mean()),
        plant_any_p95=float(figures.latency_p95.mean()),
        plant_low=float(low),
        plant_high=float(high),
        network_mean_theta=summary["mean_theta"],
        plant_mean_theta=float(same.mean_theta.mean()),
        network_stale=summary["stale_rate"],
        plant_stale=float(figures.stale_rate.mean()),
    )


@dataclass(frozen=True)
class _AfterTheFirstReport:
    """A controller that decides nothing before a block: phi stays 0 until an epoch is over, as on chain."""

    controller: PlantController

    def __call__(self, seen: Observation) -> Floats:
        return self.controller(seen) if seen.block else np.zeros(len(seen.phi))


def _definition(settings: dict[str, Any], rows: dict[str, list[int | None]]) -> Definition:
    lag_blocks = settings["depth_blocks"] + 1  # a report is on chain a block after its window has settled
    rounds = len(rows["round"]) - rows["round"].count(None)
    limits = limits_for(settings["interval_seconds"])
    return Definition(
        epoch_blocks=settings["epoch_blocks"],
        lag_blocks=lag_blocks,
        epoch_ends=_epoch_ends(rows, lag_blocks),
        max_step=min(limits.max_step_lane / UNITS_PER_ONE, math.log(limits.max_sum_ratio_bps / 10_000)),
        tau=settings["tau"],
        blocks=rounds,
        capacity=settings["capacity_transactions"],
        retarget_parameter=settings["half_life_intervals"],
        load=settings["load"],
        engine=engine_named(settings["engine"], _p(settings), pareto_stakes(settings["nodes"], settings["seed"])),
        as_ledgers=True,
    )


def _epoch_ends(rows: dict[str, list[int | None]], lag_blocks: int) -> tuple[int, ...]:
    """After which rounds the windows of the run's reports end: a block of the chain may win no round."""
    ends: list[int] = []
    won = [number is not None for number in rows["round"]]
    for at, (before, epoch) in enumerate(itertools.pairwise(rows["epoch"])):
        rounds = sum(won[: at + 2 - lag_blocks])
        if epoch != before and (not ends or rounds > ends[-1]):
            ends.append(rounds)
    return tuple(ends)


def _p(settings: dict[str, Any]) -> int:
    """P at phi = 0: laboratory networks have one way to choose it."""
    interval_seconds = int(settings["interval_seconds"])
    return ENGINES[settings["engine"]].of_run(interval_seconds).p(interval_seconds, HASHES_PER_BLOCK)


def _traces(directory: Path, settings: dict[str, Any], definition: Definition) -> Traces:
    """The run's transactions for every play, and luck that differs."""
    table = pq.read_table(directory / TRANSACTIONS, columns=["gas_price_wei", "sent_seconds"]).to_pydict()
    times = np.array(table["sent_seconds"]) / settings["interval_seconds"]
    prices = np.array(table["gas_price_wei"], dtype=np.float64)
    rank = np.argsort(np.argsort(-prices, kind="stable")) / len(prices)
    tier = np.searchsorted(TIER_ENDS, rank, side="right")
    length = 2 * settings["intervals"]
    arrivals = np.zeros((len(TIER_ENDS), length * BINS_PER_T))
    np.add.at(arrivals, (tier, (times * BINS_PER_T).astype(int)), 1.0)
    schedule = draw_schedule(settings["seed"], settings["intervals"], crowd_every=settings["crowd_every"])
    hashes = isinstance(definition.engine, Work)
    rates = [schedule.hash_rate_factor(t) if hashes else 1.0 for t in range(length)]
    random = np.random.default_rng([settings["seed"], 0x66696465])
    finds = 2 * definition.blocks
    return Traces(
        seeds=tuple(range(PLAYS)),
        schedules=(schedule,) * PLAYS,
        arrivals=np.broadcast_to(arrivals, (PLAYS, *arrivals.shape)),
        mean_arrivals=np.broadcast_to(arrivals.sum(axis=0), (PLAYS, arrivals.shape[1])),
        hash_rates=np.tile(rates, (PLAYS, 1)),
        work=random.exponential(size=(PLAYS, finds)),
        luck=random.random((PLAYS, finds)),
    )


def _luck(directory: Path, settings: dict[str, Any], definition: Definition) -> Floats:
    """How lucky each round of the run was: the exponential variate that makes it as long as it was, at its p.

    A round of slots or turns tells between which two values it lay, and each play draws one between them. Finds that
    went stale are within the length of the round that they were for.
    """
    table = pq.read_table(directory / ROUNDS, columns=["time_seconds", "round", "difficulty", "hash_rate"]).to_pydict()
    p = _p(settings)
    began = 0.0
    lucky = []
    for time, number, p_after, hash_rate in zip(*table.values(), strict=True):
        if number is not None:
            lucky.append(_lucky(definition.engine, settings, time - began, p, hash_rate))
            began = time
        p = int(p_after)
    low, high = np.array(lucky).T
    random = np.random.default_rng([settings["seed"], 0x6C75636B])
    work = low + (high - low) * random.random((PLAYS, len(low)))
    return np.pad(work, ((0, 0), (0, definition.blocks)), mode="wrap")


def _lucky(engine: Engine, settings: dict[str, Any], seconds: float, p: int, hash_rate: float) -> tuple[float, float]:
    """Between which exponential variates a round of that length lay."""
    if isinstance(engine, Work):
        work = seconds * hash_rate / p
        return work, work
    if isinstance(engine, Slots):
        # At p = 1 every slot is drawn, however lucky: as at 2.
        step, count = -math.log1p(-1 / max(2, p)), round(seconds * engine.slots / settings["interval_seconds"])
    else:
        step, count = -math.log(engine.missed), round(seconds / p)
    return step * max(0, count - 1), step * max(1, count)
