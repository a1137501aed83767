"""`catalyst train finetune`: the reader of texts, with its encoder if asked; then the planner's margin."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load_file, save_file

from oracle.errors import SettingsError
from oracle.model.bundle import PolicyConfig
from oracle.model.encoder import find_encoder
from oracle.model.manifest import ADAPTER_FILE, READER_FILE
from oracle.model.reader import Head
from oracle.output import write_whole
from oracle.plant.definition import EPOCH_10, EPOCH_20
from oracle.training.descent import Descent
from oracle.training.figures import Reach, measured_reading, settled_margin, worths
from oracle.training.said import background_texts
from oracle.training.said_chinese import chinese_lessons
from oracle.training.trainable import TrainableEncoder
from oracle.training.tuning import ADAPTED, FROZEN, SAVED, TUNING, head_of, save_tuned, tune_encoder
from oracle.window.blocks import Block

log = logging.getLogger(__name__)

DEFINITIONS = {"epoch 10, lag 3": EPOCH_10, "epoch 20, lag 5": EPOCH_20}
ENCODER_FOLDER = "encoder"
_SETTINGS, _CONFIG, FIGURES_FILE = "settings.json", "config.json", "figures.json"
_MARGIN_DIGITS = 4
HELD_OUT_EVERY = 2  # of recorded blocks every second one is learnt from; the others are measured on


@dataclass(frozen=True)
class Finetuning:
    """All that decides a run's outcome, but recorded blocks."""

    encoder: str  # source, see `oracle.model.encoder.find_encoder`
    seed: int = 7
    tuning: str = FROZEN  # of the encoder: one of `oracle.training.tuning.SAVED`, or FROZEN
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    reach: Reach = field(default_factory=Reach)
    lesson: Descent = TUNING
    blocks: str = ""  # names of the files of recorded blocks that were learnt from


def finetune(directory: Path, finetuning: Finetuning, blocks: Sequence[Block] = ()) -> None:
    """Train in a run directory; where one was begun with equal settings, go on from its last checkpoint.

    Leaves the reader's layer and `config.json` there, whose margin is such that mean phi is what controllers are
    compared at on the validation plant.

    Args:
        directory: Of the run.
        finetuning: Its settings.
        blocks: Recorded ones, in which nothing is announced; every second one is learnt from.

    Raises:
        SettingsError: the directory holds a run with other settings.
    """
    if finetuning.tuning not in (FROZEN, *SAVED):
        raise SettingsError(f"an encoder is tuned by {', '.join((FROZEN, *SAVED))}, not by {finetuning.tuning!r}")
    directory.mkdir(parents=True, exist_ok=True)
    settle(directory / _SETTINGS, finetuning)
    if not (directory / READER_FILE).exists():
        _tune(directory, finetuning, blocks)
    margin = settled_margin(_reader(directory, finetuning), finetuning.policy, EPOCH_10, finetuning.reach)
    config = asdict(finetuning.policy) | {"margin": round(margin, _MARGIN_DIGITS)}
    (directory / _CONFIG).write_text(json.dumps(config, indent=1) + "\n")


def encoder_of(directory: Path, finetuning: Finetuning) -> tuple[str, Path | None]:
    """Source of the encoder that the policy of a run reads with, and its adapter where tuning left one."""
    if finetuning.tuning in ADAPTED:
        return finetuning.encoder, directory / ADAPTER_FILE
    return (finetuning.encoder if finetuning.tuning == FROZEN else str(directory / ENCODER_FOLDER)), None


def _tune(directory: Path, finetuning: Finetuning, blocks: Sequence[Block]) -> None:
    """Tune the encoder, if asked, and leave the layer on it."""
    reader, tuned = tune_encoder(
        directory / "tuning",
        finetuning.encoder,
        finetuning.tuning,
        seed=finetuning.seed,
        descent=finetuning.lesson,
        background=background_texts(blocks[::HELD_OUT_EVERY]),
        more=chinese_lessons() if finetuning.policy.reads_chinese else (),
    )
    log.info("encoder by %s: accuracy %.3f on unseen phrase families", tuned.method, tuned.unseen)
    if finetuning.tuning != FROZEN:
        name = ADAPTER_FILE if finetuning.tuning in ADAPTED else ENCODER_FOLDER
        save_tuned(reader, directory / name)
    head, half = head_of(reader), directory / f"{READER_FILE}.half"
    save_file({"weight": head.weight, "bias": head.bias}, half)
    half.replace(directory / READER_FILE)


def _reader(directory: Path, finetuning: Finetuning) -> tuple[TrainableEncoder, Head]:
    source, adapter = encoder_of(directory, finetuning)
    arrays = load_file(directory / READER_FILE)
    return TrainableEncoder(find_encoder(source), adapter), Head(arrays["weight"], arrays["bias"])


def evaluate(directory: Path) -> dict[str, Any]:
    """Figures of a finished run, on wordings as in training and on phrase families that it never saw.

    Writes them to `figures.json`.

    Raises:
        SettingsError: the directory holds no finished run.
    """
    finetuning, config, _ = read_run(directory)
    torch.set_grad_enabled(mode=False)
    reader = _reader(directory, finetuning)
    figures = {
        "reading": {name: asdict(figure) for name, figure in measured_reading(reader, config).items()},
        "p95": {
            name: {case: asdict(worth) | {"gap_closed": worth.gap_closed} for case, worth in cases.items()}
            for name, cases in worths(reader, config, DEFINITIONS, finetuning.reach).items()
        },
    }
    torch.set_grad_enabled(mode=True)
    (directory / FIGURES_FILE).write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def read_run(directory: Path) -> tuple[Finetuning, PolicyConfig, Head]:
    """Settings of a finished run, its configuration and layer.

    Raises:
        SettingsError: the directory holds no finished run.
    """
    try:
        settings = json.loads((directory / _SETTINGS).read_text())
        config = PolicyConfig(**json.loads((directory / _CONFIG).read_text()))
        arrays = load_file(directory / READER_FILE)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{directory} holds no finished run ({type(error).__name__}); run `catalyst train finetune` there"
        ) from error
    finetuning = Finetuning(
        encoder=settings["encoder"],
        seed=settings["seed"],
        tuning=settings["tuning"],
        policy=PolicyConfig(**settings["policy"]),
        reach=Reach(**settings["reach"]),
        lesson=Descent(**settings["lesson"]),
        blocks=settings["blocks"],
    )
    return finetuning, config, Head(arrays["weight"], arrays["bias"])


def settle(path: Path, finetuning: Finetuning) -> None:
    """Write the settings of what is begun in a directory, or check that they are those it was begun with.

    Raises:
        SettingsError: they are others.
    """
    settings = asdict(finetuning)
    if path.exists():
        if json.loads(path.read_text()) != settings:
            raise SettingsError(f"{path} is of a run with other settings; give another directory, or remove it")
        return
    write_whole(path, json.dumps(settings, indent=1) + "\n")
