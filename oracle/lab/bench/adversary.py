"""What a sender can do that pays a share of every block's fees and writes what it likes: `catalyst bench adversary`.

It knows when crowds come. It either writes the texts that a search found, or is granted a text that says all that any
text can: the bound. What it buys depends on the share of the fees that it pays; the table says what each 0.01 of phi
costs it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.control.announced import AHEAD
from oracle.control.evidence import SPREAD, vaguely
from oracle.lab.bench.hostile_texts import find_text
from oracle.lab.bench.policy_rows import PolicyBench
from oracle.model.bundle import load_bundle
from oracle.model.reader import Said
from oracle.plant.definition import EPOCH_10, EPOCH_20
from oracle.plant.measure import measure
from oracle.plant.planned import EvidenceByT, Told
from oracle.plant.plant import run
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.tune import MEAN_PHI, with_mean_theta
from oracle.training.figures import planned, planned_family

Floats = NDArray[np.float64]
SHARE = 0.1  # of the fees, that guarantees are stated for
ANY = "any text at all, by the bound"
# What it says: a crowd that begins at once, for all the time that one may last; or that all is called off.
_ANY_UP = Said(1.0, 0.0, (0.0, 1.0, 0.0, 0.0))
_ANY_DOWN = Said(0.0, 1.0, (0.0,) * len(SPREAD))


@dataclass(frozen=True)
class Effort:
    """How hard is searched, and on how much it is measured."""

    seeds: int = 10
    blocks: int = 6_000
    candidates: int = 2_000
    starts: int = 3  # texts that are changed word by word
    changes: int = 300  # tried of each
    shares: tuple[float, ...] = (0.01, 0.03, SHARE, 0.2, 0.33)  # of the fees


DEFINITIONS = {"epoch 10, lag 3": EPOCH_10, "epoch 20, lag 5": EPOCH_20}
_FIRST_SEED = 10_000


@dataclass(frozen=True)
class Attack:
    """One attack's outcome; what is compared with is the policy left alone, at the same margin."""

    definition: str
    share: float  # of every block's fees
    text: str
    when: str
    p95: float
    p95_loss: float  # of the p95 without attack
    theta_shift: float  # of mean theta
    fees_for_a_hundredth: float | None  # share of all fees that 0.01 of mean phi costs; None where it moves less


def measure_adversary(
    say: Callable[[str], None], bundle_directory: Path, effort: Effort | None = None
) -> dict[str, Any]:
    """The worst that was found, for each definition and share.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    effort = effort or Effort()
    bundle = load_bundle(bundle_directory)
    bench = PolicyBench(bundle)
    rows: list[Attack] = []
    for name, base in DEFINITIONS.items():
        definition = replace(base, blocks=effort.blocks)
        traces = draw_traces(definition, range(_FIRST_SEED, _FIRST_SEED + effort.seeds))
        honest = bench.evidence(traces)
        family = planned_family(Told(honest), bundle.config)
        margin, plain = with_mean_theta(family, definition, traces, definition.theta0 + MEAN_PHI, ())
        searched = {"candidates": effort.candidates, "starts": effort.starts, "changes": effort.changes}
        up = find_text(bundle.reader, bench.texts.texts(), lambda said: said.announces, **searched)
        down = find_text(bundle.reader, bench.texts.texts(), lambda said: said.against, **searched)
        read_up, read_down = bundle.reader.read(up), bundle.reader.read(down)
        busy = _busy(traces)
        for share in effort.shares:
            for text, said_up, said_down in (
                (f"{down} | {up}", read_up, read_down),
                (ANY, _ANY_UP, _ANY_DOWN),
            ):
                for when, raised, lowered in (
                    ("raised at all times", np.ones_like(busy), np.zeros_like(busy)),
                    ("lowered at all times", np.zeros_like(busy), np.ones_like(busy)),
                    ("lowered in and before crowds, raised outside", ~busy, busy),
                ):
                    evidence = beside(honest, share, said_up, raised, said_down, lowered)
                    figures = measure(run(definition, traces, planned(margin, Told(evidence), bundle.config)))
                    shift = float(figures.mean_theta.mean() - plain.mean_theta.mean())
                    row = Attack(
                        definition=name,
                        share=share,
                        text=text,
                        when=when,
                        p95=float(figures.latency_p95.mean()),
                        p95_loss=float(figures.latency_p95.mean() / plain.latency_p95.mean() - 1),
                        theta_shift=shift,
                        fees_for_a_hundredth=share / abs(shift) * 0.01 if abs(shift) > 1e-4 else None,
                    )
                    say(
                        f"{name}, {share:.0%} of the fees, {when}, {text}: p95 {row.p95:.2f} T "
                        f"({100 * row.p95_loss:+.1f} %), mean θ {shift:+.4f}"
                    )
                    rows.append(row)
    stated = [row for row in rows if row.share == SHARE]
    found, bound = ([row for row in stated if (row.text == ANY) == is_bound] for is_bound in (False, True))
    return {
        "model_hash": "0x" + bundle.model_hash.hex(),
        "share": SHARE,
        "effort": asdict(effort),
        "rows": [asdict(row) for row in rows],
        "worst_p95_loss": max(row.p95_loss for row in found),
        "worst_theta_shift": max((row.theta_shift for row in found), key=abs),
        "bound_p95_loss": max(row.p95_loss for row in bound),
        "bound_theta_shift": max((row.theta_shift for row in bound), key=abs),
    }


def beside(
    honest: EvidenceByT,
    share: float,
    said_up: Said,
    raised: NDArray[np.bool_],
    said_down: Said,
    lowered: NDArray[np.bool_],
) -> EvidenceByT:
    """What blocks say if someone pays a share of their fees, who announces at some times and calls off at others.

    Args:
        honest: What others say, [seeds, T].
        share: Of the fees.
        said_up: What the text says that is written where `raised`, [seeds, T].
        raised: When.
        said_down: What the text says that is written where `lowered`.
        lowered: When.
    """
    announced, against = np.zeros((*raised.shape, AHEAD)), np.zeros(raised.shape)
    for said, when in ((said_up, raised), (said_down, lowered)):
        announced += when[..., None] * vaguely(said)
        against += when * said.against
    return EvidenceByT(
        (1 - share) * honest.announced + share * announced, (1 - share) * honest.against + share * against
    )


def _busy(traces: Traces) -> NDArray[np.bool_]:
    """[seeds, T]: a crowd is there, or comes within 40 T."""
    busy = np.zeros(traces.hash_rates.shape, dtype=bool)
    for row, schedule in zip(busy, traces.schedules, strict=True):
        for crowd in schedule.crowds:
            if not crowd.called_off:
                row[max(0, crowd.start_block - 40) : crowd.start_block + crowd.length_blocks] = True
    return busy
