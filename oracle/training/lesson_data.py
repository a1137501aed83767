"""All that a finetuning run trains and measures on, drawn once and kept in its directory."""

import hashlib
import io
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from oracle.model.encoder import encoder_digests, find_encoder
from oracle.output import write_whole
from oracle.plant.definition import EPOCH_10
from oracle.plant.rounds import Engine, Work
from oracle.plant.traces import draw_traces
from oracle.training.plant_data import (
    KNOWN_FAMILIES,
    TRAINING_CROWD_EVERY,
    TRAINING_DEFINITIONS,
    UNSEEN_FAMILIES,
    PlantData,
    draw_plant_data,
)
from oracle.training.readings import Library, Reading
from oracle.training.text_table import TextTable
from oracle.training.trainable import TrainableEncoder
from oracle.workload.schedule import CROWD_EVERY

# Training draws on seeds from here on, a thousand to each of its own; validation and the benchmark on lower ones.
TRAINING_SEEDS = 30_000_000
_VALIDATION_SEEDS = 20_000


@dataclass(frozen=True)
class LessonData:
    """Plants with their texts, and the embeddings of all."""

    training: tuple[PlantData, ...]
    known: PlantData  # to validate on: other seeds, wordings as in training
    unseen: PlantData  # the same seeds, in phrase families that training never sees
    table: Tensor  # [texts, encoder_size], float32


@dataclass(frozen=True)
class DataSize:
    """How much of it."""

    training_seeds: int = 16  # to each of TRAINING_DEFINITIONS
    training_blocks: int = 3_000
    validation_seeds: int = 10
    validation_blocks: int = 6_000


def lesson_data(
    directory: Path,
    encoder_source: str,
    seed: int,
    size: DataSize,
    window_blocks: int,
    adapter: Path | None = None,
    engine: Engine = Work(),  # noqa: B008 - frozen
) -> LessonData:
    """The data of a run; drawn where the directory has none yet, which takes minutes.

    Equal arguments give equal data, and what was drawn for others is not taken for it.
    """
    encoder = find_encoder(encoder_source)
    first = TRAINING_SEEDS + 1000 * seed
    plans = [
        (
            replace(definition, blocks=size.training_blocks, engine=engine),
            range(first + 100 * at, first + 100 * at + size.training_seeds),
            KNOWN_FAMILIES,
            TRAINING_CROWD_EVERY,
        )
        for at, definition in enumerate(TRAINING_DEFINITIONS)
    ]
    validation = replace(EPOCH_10, blocks=size.validation_blocks, engine=engine)
    measured = range(_VALIDATION_SEEDS, _VALIDATION_SEEDS + size.validation_seeds)
    plans += [(validation, measured, families, CROWD_EVERY) for families in (KNOWN_FAMILIES, UNSEEN_FAMILIES)]
    path = directory / f"readings-{_key(encoder, adapter, seed, size, window_blocks)}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            arrays = dict(kept)
        plants = [
            PlantData(
                definition,
                draw_traces(definition, seeds, crowd_every=crowd_every),
                tuple(map(Reading, arrays[f"index_{at}"], arrays[f"weights_{at}"])),
            )
            for at, (definition, seeds, _, crowd_every) in enumerate(plans)
        ]
        table = torch.from_numpy(arrays["table"])
    else:
        texts = TextTable(TrainableEncoder(encoder, adapter))
        library = Library(texts)
        plants = [
            draw_plant_data(definition, seeds, library, families, window_blocks=window_blocks, crowd_every=crowd_every)
            for definition, seeds, families, crowd_every in plans
        ]
        table = texts.tensor().float()
        _keep(path, plants, table)
    *training, known, unseen = plants
    return LessonData(tuple(training), known, unseen, table)


def _key(encoder: Path, adapter: Path | None, seed: int, size: DataSize, window_blocks: int) -> str:
    """Names all that the data depends on; a search before tuning embeds by another encoder than what follows it."""
    tuned = None if adapter is None else hashlib.sha256(adapter.read_bytes()).hexdigest()
    whole = json.dumps([encoder_digests(encoder), tuned, seed, asdict(size), window_blocks], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _keep(path: Path, plants: list[PlantData], table: Tensor) -> None:
    arrays = {"table": table.numpy()}
    for at, plant in enumerate(plants):
        arrays[f"index_{at}"] = np.stack([reading.index for reading in plant.readings])
        arrays[f"weights_{at}"] = np.stack([reading.weights for reading in plant.readings])
    octets = io.BytesIO()
    np.savez(octets, allow_pickle=False, **arrays)
    write_whole(path, octets.getvalue())
