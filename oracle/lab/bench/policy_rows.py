"""The policy of a bundle on the benchmark's traces, whole, with parts of it taken away, and told more than it reads.

Announcements are worded in phrase families that training never saw. Nothing is trained anew for the variants, but for
the frozen encoder, which is a bundle of its own.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from oracle.model.bundle import Bundle, PolicyConfig
from oracle.model.reader import Head
from oracle.plant.definition import Definition
from oracle.plant.planned import IGNORED, KNOWN, MEAN_40, Crowds, EvidenceByT, Told
from oracle.plant.traces import Traces
from oracle.plant.tune import ControllerFamily
from oracle.training.figures import planned_family
from oracle.training.plant_evidence import digest_of, evidence_by_t, read_traces
from oracle.training.readings import Library, Reading
from oracle.training.text_table import TextTable
from oracle.workload.schedule import Schedule
from oracle.workload.wordings import HELD_OUT, wordings

POLICY = "policy"
NO_TEXT = "policy without text"
SHUFFLED = "policy, texts shuffled among blocks"
SILENT = "policy, nothing announced"
PERFECT = "policy, perfect reading"
FROZEN_ENCODER = "policy, frozen encoder"
# Of the same controller, to whom the hash rate is another's word.
HASH_RATE = {f"{NO_TEXT}, hash rate {how}": how for how in (KNOWN, MEAN_40, IGNORED)}
ABLATIONS = (NO_TEXT, SHUFFLED, SILENT)
TOLD_MORE = (PERFECT, *HASH_RATE)


class PolicyBench:
    """Reads the texts of a set of traces once, however many scenarios they serve."""

    def __init__(self, bundle: Bundle, beside: "PolicyBench | None" = None) -> None:
        """Of a bundle; `beside` another, whose traces and windows are the same, what that one read is not read again.

        Raises:
            ValueError: their windows differ.
        """
        if beside is not None and beside.config.window_blocks != bundle.config.window_blocks:
            raise ValueError("policies that are measured beside each other must read windows of one length")
        self.config: PolicyConfig = bundle.config
        self._head: Head = bundle.reader.head
        self.texts: TextTable = TextTable(bundle.reader.encoder, beside.texts if beside else None)
        self._library: Library = beside._library if beside else Library(self.texts)
        self._readings: dict[tuple[bytes, bool], tuple[Reading, ...]] = beside._readings if beside else {}
        self._evidence: dict[tuple[str, bool, bytes], EvidenceByT] = {}

    def family(self, name: str, definition: Definition, traces: Traces) -> ControllerFamily:
        """POLICY or a variant of it, with its level free."""
        return planned_family(self._told(name, definition, traces), self.config, name)

    def _told(self, name: str, definition: Definition, traces: Traces) -> Told:
        if name in HASH_RATE:
            return Told(hash_rate=HASH_RATE[name], traces=traces)
        if name == NO_TEXT:
            return Told()
        if name == PERFECT:
            return Told(crowds=Crowds(traces, definition))
        return Told(self.evidence(traces, _shuffled if name == SHUFFLED else _as_read, silent=name == SILENT))

    def evidence(
        self, traces: Traces, change: Callable[[Reading, int], Reading] | None = None, *, silent: bool = False
    ) -> EvidenceByT:
        """What is read, as it is or changed, on each seed."""
        change = change or _as_read
        key = change.__name__, silent, digest_of(traces)
        if key not in self._evidence:
            readings = [
                change(reading, seed)
                for seed, reading in zip(traces.seeds, self.readings(traces, silent=silent), strict=True)
            ]
            self._evidence[key] = evidence_by_t(readings, self._head, self.texts.tensor().numpy())
        return self._evidence[key]

    def readings(self, traces: Traces, *, silent: bool = False) -> tuple[Reading, ...]:
        """What is read on each seed, announcements in unseen families or, if silent, left out."""
        key = digest_of(traces), silent
        if key not in self._readings:
            spoken = replace(traces, schedules=tuple(map(_unannounced, traces.schedules))) if silent else traces
            self._readings[key] = read_traces(spoken, self._library, wordings(HELD_OUT))
        return self._readings[key]


def _as_read(reading: Reading, _: int) -> Reading:
    return reading


def _shuffled(reading: Reading, seed: int) -> Reading:
    order = np.random.default_rng([seed, 0x73687566]).permutation(len(reading.index))
    return Reading(reading.index[order], reading.ahead[order], reading.weights[order])


def _unannounced(schedule: Schedule) -> Schedule:
    return replace(schedule, crowds=tuple(replace(crowd, announced_ahead_blocks=0) for crowd in schedule.crowds))
