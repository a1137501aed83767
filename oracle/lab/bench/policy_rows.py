"""The policy of a bundle on the benchmark's traces, whole and with parts of it taken away.

Announcements are worded in phrase families that training never saw. The ablations are of the bundle's policy as it is:
nothing is trained anew for them, but for that of the frozen encoder, which is the policy of a bundle of its own.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from torch import Tensor

from oracle.model.bundle import Bundle
from oracle.model.policy import Policy
from oracle.plant.traces import Traces
from oracle.plant.tune import ControllerFamily
from oracle.training.plant_data import UNSEEN_FAMILIES, read_traces
from oracle.training.policy_on_plant import fixed_texts
from oracle.training.pooling import as_texts, block_texts
from oracle.training.readings import Library, Reading
from oracle.training.text_table import TextTable
from oracle.workload.schedule import Schedule

POLICY = "policy"
NUMBERS_ONLY = "policy, numbers alone"
TEXT_ONLY = "policy, text alone"
SHUFFLED = "policy, texts shuffled among blocks"
SILENT = "policy, nothing announced"
FROZEN_ENCODER = "policy, frozen encoder"
OWN_ENGINE = "policy, readers trained under this engine"
ABLATIONS = (NUMBERS_ONLY, TEXT_ONLY, SHUFFLED, SILENT)


class PolicyBench:
    """Reads the texts of a set of traces once, however many scenarios they serve."""

    def __init__(self, bundle: Bundle, beside: "PolicyBench | None" = None) -> None:
        """Of a bundle; `beside` another, whose traces and windows are the same, what that one read is not read again.

        Raises:
            ValueError: their windows differ.
        """
        if beside is not None and beside._policy.config.window_blocks != bundle.policy.config.window_blocks:
            raise ValueError("policies that are measured beside each other must read windows of one length")
        self._policy: Policy = bundle.policy
        self.texts: TextTable = TextTable(bundle.encoder, beside.texts if beside else None)
        self._library: Library = beside._library if beside else Library(self.texts)
        self._readings: dict[tuple[bytes, bool], tuple[Reading, ...]] = beside._readings if beside else {}
        self._said: dict[tuple[str, bool, bytes], tuple[Tensor, ...]] = {}

    def family(self, name: str, traces: Traces) -> ControllerFamily:
        """POLICY or an ablation, with its level free."""
        policy = self._policy
        if name == TEXT_ONLY:
            policy = Policy(replace(policy.config, feedback_gain=0.0)).double().eval()
            policy.load_state_dict(self._policy.state_dict())
        texts = self._block_texts(
            {NUMBERS_ONLY: _none, SHUFFLED: _shuffled}.get(name, _as_read), name == SILENT, traces
        )
        return fixed_texts(name, policy, texts)

    def _block_texts(
        self, change: Callable[[Reading, int], Reading], silent: bool, traces: Traces
    ) -> tuple[Tensor, ...]:
        key = change.__name__, silent, _digest(traces)
        if key not in self._said:
            readings = tuple(
                change(reading, seed)
                for seed, reading in zip(traces.seeds, self.readings(traces, silent=silent), strict=True)
            )
            self._said[key] = block_texts(self._policy, as_texts(readings), self.texts.tensor())
        return self._said[key]

    def readings(self, traces: Traces, *, silent: bool = False) -> tuple[Reading, ...]:
        """What is read on each seed, announcements in unseen families or, if silent, left out."""
        key = _digest(traces), silent
        if key not in self._readings:
            spoken = replace(traces, schedules=tuple(map(_unannounced, traces.schedules))) if silent else traces
            self._readings[key] = read_traces(
                spoken, self._library, UNSEEN_FAMILIES, window_blocks=self._policy.config.window_blocks
            )
        return self._readings[key]


def _digest(traces: Traces) -> bytes:
    return hashlib.sha256(traces.arrivals.tobytes()).digest()


def _as_read(reading: Reading, _: int) -> Reading:
    return reading


def _none(reading: Reading, _: int) -> Reading:
    return Reading(reading.index, np.zeros_like(reading.weights))


def _shuffled(reading: Reading, seed: int) -> Reading:
    order = np.random.default_rng([seed, 0x73687566]).permutation(len(reading.index))
    return Reading(reading.index[order], reading.weights[order])


def _unannounced(schedule: Schedule) -> Schedule:
    return replace(schedule, crowds=tuple(replace(crowd, announced_ahead_blocks=0) for crowd in schedule.crowds))
