"""The planner as a controller of the plant, by all that a chain tells, and by what it is told of the load to come.

`Told` says what is known beside the log of blocks: texts, all that announced crowds will bring, the hash rate. The
tables compare controllers that differ in this alone.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from oracle.control.announced import announced_load
from oracle.control.hash_rate import ROUNDS, work_rate
from oracle.control.load import HORIZON, LASTING, USUAL_ROUNDS, expected_load
from oracle.control.plan import Prospect, Rules, plan_phi
from oracle.plant.controllers import backlog_of, load_of, time_of
from oracle.plant.definition import Definition
from oracle.plant.kernel import ARRIVED, DIFFICULTY, INTERVAL, PHI, TIME
from oracle.plant.plant import Observation
from oracle.plant.rounds import Work
from oracle.plant.traces import Traces

Floats = NDArray[np.float64]

# How the hash rate is known.
FILTERED, KNOWN, MEAN_40, IGNORED = "filtered", "known", "mean of 40 rounds", "ignored"
_MEAN_ROUNDS = 40


@dataclass(frozen=True)
class EvidenceByT:
    """What texts say in each T, of each seed; as `oracle.control.announced` takes it."""

    announced: Floats  # [seeds, T, AHEAD]
    against: Floats  # [seeds, T]

    def at(self, times: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Of the blocks at some times, [seeds, blocks]."""
        rows = np.arange(len(times))[:, None]
        return self.announced[rows, times], self.against[rows, times]


@dataclass(frozen=True)
class Told:
    """What a planner knows beside the log of blocks."""

    evidence: EvidenceByT | None = None
    crowds: "Crowds | None" = None  # all that announced crowds will bring, in place of evidence
    hash_rate: str = FILTERED
    traces: Traces | None = None  # where the hash rate is KNOWN
    load_blocks: int | None = None  # where the load to come is taken to be that over so many blocks
    foresees: bool = False  # all arrivals and hash rates to come, of `traces`; luck alone not


@dataclass(frozen=True)
class Crowds:
    """What crowds bring, to who knows which are real, when they come, how long they last and how big they are."""

    traces: Traces
    definition: Definition
    announced_alone: bool = True  # else those too that nobody announced, as if all were announced as early as any

    @cached_property
    def _spans(self) -> list[list[tuple[int, int, int, float]]]:
        """Of each seed: from when it is known, beginning, end, and load on top in full blocks."""
        base = self.definition.load * self.definition.theta0
        spans = []
        for schedule in self.traces.schedules:
            own = []
            for crowd in schedule.crowds:
                ahead = crowd.announced_ahead_blocks or (0 if self.announced_alone else HORIZON)
                if not crowd.called_off and ahead:
                    begin, end = crowd.start_block, crowd.start_block + crowd.length_blocks
                    own.append((begin - ahead, begin, end, base * (crowd.factor - 1)))
            spans.append(own)
        return spans

    def load(self, times: NDArray[np.int64]) -> Floats:
        """On top of each T to come, [seeds, HORIZON]."""
        found = np.zeros((len(times), HORIZON))
        for row, now in enumerate(times):
            for known, begin, end, on_top in self._spans[row]:
                if known <= now < end:
                    found[row, max(0, begin - now) : max(0, min(HORIZON, end - now))] += on_top
        return found


@dataclass(frozen=True)
class Planned:
    """The planner, with a level: the margin that it leaves for luck."""

    margin: float
    told: Told = Told()
    text_cap: float = 0.25
    window_blocks: int = 32  # whose texts are read

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.zeros(len(seen.phi))
        rules, times = rules_of(seen.definition), time_of(seen).astype(np.int64)
        recent = seen.log[:, -USUAL_ROUNDS:]
        arrivals = np.ascontiguousarray(recent[:, :, ARRIVED]) / seen.definition.capacity
        load, usual = expected_load(arrivals, np.ascontiguousarray(recent[:, :, INTERVAL]))
        if self.told.load_blocks is not None:
            load = np.repeat(load_of(seen, self.told.load_blocks)[:, None], HORIZON, axis=1)
        backlog = backlog_of(seen)
        if self.told.foresees:
            known_pace, known_load = self._foreseen(seen, times)
            return plan_phi(Prospect(known_pace, backlog, seen.phi, known_load), rules, self.margin)
        pace = np.repeat(self._pace(seen)[:, None], HORIZON, axis=1)
        if self.told.crowds is not None:
            more = self.told.crowds.load(times)
            # What crowds bring now is in the load now: they need not be expected to go as others do.
            going = np.exp(-(np.arange(HORIZON) + 0.5) / LASTING)
            load = np.maximum(0.0, load + more - more[:, :1] * going)
            return plan_phi(Prospect(pace, backlog, seen.phi, load), rules, self.margin)
        plain = plan_phi(Prospect(pace, backlog, seen.phi, load), rules, self.margin)
        if self.told.evidence is None:
            return plain
        by_block = seen.log[:, -self.window_blocks :, TIME].astype(np.int64)
        added = announced_load(by_block, *self.told.evidence.at(by_block), usual)
        with_text = plan_phi(Prospect(pace, backlog, seen.phi, load + added), rules, self.margin)
        return np.clip(with_text, plain, plain + self.text_cap)

    def _foreseen(self, seen: Observation, times: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Pace and load of each T to come as they will be, [seeds, HORIZON] each."""
        traces = self.told.traces
        assert traces is not None  # noqa: S101 - `Told` says so
        at = np.minimum(times[:, None] + np.arange(HORIZON), traces.hash_rates.shape[1] - 1)
        rows = np.arange(len(times))[:, None]
        on_schedule = 2.0 ** ((time_of(seen) - seen.block) / seen.definition.retarget_parameter)
        return traces.hash_rates[rows, at] * on_schedule[:, None], self._by_t[rows, at] / seen.definition.capacity

    @cached_property
    def _by_t(self) -> Floats:
        assert self.told.traces is not None  # noqa: S101 - asked for where it foresees
        return self.told.traces.arrivals_by_t()

    def _pace(self, seen: Observation) -> Floats:
        """Rounds in a T at phi = 0 and the difficulty in force."""
        definition, log = seen.definition, seen.log
        on_schedule = 2.0 ** ((time_of(seen) - seen.block) / definition.retarget_parameter)
        if not isinstance(definition.engine, Work) or self.told.hash_rate == IGNORED:
            return on_schedule
        if self.told.hash_rate == KNOWN:
            assert self.told.traces is not None  # noqa: S101 - `Told` says so
            rates = self.told.traces.hash_rates
            return np.asarray(rates[np.arange(len(rates)), time_of(seen).astype(int)] * on_schedule)
        rounds = _MEAN_ROUNDS if self.told.hash_rate == MEAN_40 else ROUNDS
        lengths = np.ascontiguousarray(log[:, -rounds:, INTERVAL])
        difficulties = log[:, -rounds:, DIFFICULTY] / np.exp(log[:, -rounds:, PHI])
        if self.told.hash_rate == MEAN_40:
            return np.asarray(difficulties.sum(axis=1) / lengths.sum(axis=1) * on_schedule)
        return np.asarray(work_rate(np.maximum(1e-9, lengths), difficulties) * on_schedule)


def rules_of(definition: Definition) -> Rules:
    """What binds phi on a plant."""
    low, high = definition.phi_bounds
    return Rules(
        epoch_blocks=definition.epoch_blocks,
        lag_blocks=definition.lag_blocks,
        theta0=definition.theta0,
        max_step=definition.max_step,
        low=low,
        high=high,
        half_life=definition.retarget_parameter if definition.retarget == "asert" else 1e9,
        speeds=1.0,
    )
