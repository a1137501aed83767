"""What a reader of texts is worth: on single texts, and on the plant at equal mean theta beside who knows all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from oracle.model.bundle import PolicyConfig
from oracle.model.encoder import Encodes
from oracle.model.reader import CALLED_OFF, NOTHING, Head
from oracle.plant.definition import Definition
from oracle.plant.planned import Crowds, EvidenceByT, Planned, Told
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.tune import MEAN_PHI, ControllerFamily, with_mean_theta
from oracle.training.plant_evidence import digest_of, evidence_by_t, read_traces
from oracle.training.readings import Library
from oracle.training.said import SaidText, said_texts
from oracle.training.said_chinese import chinese_held_out
from oracle.training.text_table import TextTable
from oracle.workload.wordings import HELD_OUT, TRAINING, wordings

MARGINS = (-0.1, 0.4)  # of the least mean theta, and of the greatest
_VALIDATION_SEEDS = 20_000
_MEASURED_TEXTS = 5_000  # of a set, or a few more
_SETS = {"known wordings": TRAINING, "unseen wordings": HELD_OUT}
ReaderParts = tuple[Encodes, Head]


@dataclass(frozen=True)
class Reach:
    """How much a run is validated on."""

    seeds: int = 10
    blocks: int = 6_000


@dataclass(frozen=True)
class ReadingFigures:
    """What a reader makes of single texts. AUC: how often it ranks the one above the other."""

    texts: int
    announced_against_neutral: float
    announced_against_called_off: float
    called_off_read: float  # part of the cancellations that announce nothing
    neutral_silent: float  # part of the small talk that says exactly nothing


@dataclass(frozen=True)
class Worth:
    """95th percentile of latency in T, mean of the seeds."""

    policy: float
    without_text: float
    perfect_reader: float  # in the same controller

    @property
    def gap_closed(self) -> float:
        """The part of what reading can give that the policy gives; 0 without text."""
        return (self.without_text - self.policy) / (self.without_text - self.perfect_reader)


def measured_reading(reader: ReaderParts, config: PolicyConfig) -> dict[str, ReadingFigures]:
    """By set of wordings, and of unseen Chinese ones where the reader reads Chinese."""
    found = {}
    for name, words in _SETS.items():
        speech = wordings(words)
        said = said_texts(speech, tuple(speech.families))
        found[name] = reading_figures(reader, said[:: max(1, len(said) // _MEASURED_TEXTS)])
    if config.reads_chinese:
        found["unseen Chinese"] = reading_figures(reader, chinese_held_out())
    return found


def reading_figures(reader: ReaderParts, said: Sequence[SaidText]) -> ReadingFigures:
    """Of some texts."""
    encoder, head = reader
    read = [head.said(vector) for vector in np.asarray(encoder.encode_all([each.text for each in said]), np.float64)]
    kinds = np.array([0 if each.label == NOTHING else 1 if each.label == CALLED_OFF else 2 for each in said])
    announces = np.array([each.announces - each.against for each in read])
    silent = np.array([each.announces == 0 for each in read])
    return ReadingFigures(
        texts=len(said),
        announced_against_neutral=_auc(announces[kinds == 2], announces[kinds == 0]),
        announced_against_called_off=_auc(announces[kinds == 2], announces[kinds == 1]),
        called_off_read=float(silent[kinds == 1].mean()),
        neutral_silent=float(silent[kinds == 0].mean()),
    )


def _auc(above: np.ndarray, below: np.ndarray) -> float:
    """The chance that one of `above` is greater than one of `below`; equal ones count half."""
    order = np.sort(below)
    less = np.searchsorted(order, above, side="left")
    not_more = np.searchsorted(order, above, side="right")
    return float((less + not_more).mean() / (2 * len(below)))


def evidence_of(reader: ReaderParts, traces: Traces, words: str) -> EvidenceByT:
    """What a reader reads on traces whose announcements are worded in a set of wordings."""
    encoder, head = reader
    table = TextTable(encoder)
    readings = read_traces(traces, Library(table), wordings(words))
    return evidence_by_t(readings, head, table.tensor().numpy())


def planned_family(told: Told, config: PolicyConfig, name: str = "policy") -> ControllerFamily:
    """The planner with what it is told, with its margin free."""
    return ControllerFamily(name, lambda _, __, level, ___: planned(level, told, config), MARGINS)


def planned(margin: float, told: Told, config: PolicyConfig) -> Planned:
    """The planner of a bundle's configuration, with a margin of its own."""
    return Planned(margin, told, config.text_cap, config.window_blocks)


def settled_margin(reader: ReaderParts, config: PolicyConfig, definition: Definition, reach: Reach) -> float:
    """The margin at which mean phi is MEAN_PHI on the validation plant, in wordings as in training."""
    here, traces = _validation(definition, reach)
    told = Told(evidence_of(reader, traces, TRAINING))
    margin, _ = with_mean_theta(planned_family(told, config), here, traces, here.theta0 + MEAN_PHI, ())
    return margin


def worths(
    reader: ReaderParts, config: PolicyConfig, definitions: Mapping[str, Definition], reach: Reach
) -> dict[str, dict[str, Worth]]:
    """Worth by name of the set of wordings and of the definition."""
    found: dict[str, dict[str, Worth]] = {name: {} for name in _SETS}
    read: dict[tuple[str, bytes], EvidenceByT] = {}
    for case, definition in definitions.items():
        here, traces = _validation(definition, reach)

        def p95(told: Told, here: Definition = here, traces: Traces = traces) -> float:
            family = planned_family(told, config)
            _, figures = with_mean_theta(family, here, traces, here.theta0 + MEAN_PHI, ())
            return float(figures.latency_p95.mean())

        without, perfect = p95(Told()), p95(Told(crowds=Crowds(traces, here)))
        for name, words in _SETS.items():
            key = words, digest_of(traces)
            if key not in read:
                read[key] = evidence_of(reader, traces, words)
            found[name][case] = Worth(p95(Told(read[key])), without, perfect)
    return found


def _validation(definition: Definition, reach: Reach) -> tuple[Definition, Traces]:
    here = replace(definition, blocks=reach.blocks)
    return here, draw_traces(here, range(_VALIDATION_SEEDS, _VALIDATION_SEEDS + reach.seeds))
