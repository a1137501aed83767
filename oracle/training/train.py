"""`catalyst train`: workload to bundle, in minutes on a CPU."""

import logging
import time
from dataclasses import asdict
from pathlib import Path

import torch

from oracle.errors import SettingsError
from oracle.model.bundle import write_bundle
from oracle.model.encoder import Encoder, find_encoder
from oracle.model.policy import Policy, PolicyConfig
from oracle.training.dataset import TextTable, make_dataset
from oracle.training.fit import evaluate, fit
from oracle.training.simulation import Example, simulate_run
from oracle.workload.wordings import FAMILIES, HELD_OUT_FAMILIES

log = logging.getLogger(__name__)

RUN_BLOCKS = 300
TRAINING_RUNS = 100
EVALUATION_RUNS = 15
FIT_EPOCHS = 12
# Validation and evaluation seeds start here; training seeds are those from 1000 times the seed on.
_VALIDATION_SEED = 500_000
_EVALUATION_SEED = 1_000_000


def train_bundle(
    directory: Path,
    *,
    encoder_source: str,
    seed: int,
    runs: int = TRAINING_RUNS,
    epochs: int = FIT_EPOCHS,
    run_blocks: int = RUN_BLOCKS,
    evaluation_runs: int = EVALUATION_RUNS,
) -> bytes:
    """Train a policy on the project's own workload and write its bundle.

    Args:
        directory: Where to write.
        encoder_source: See `oracle.model.encoder.find_encoder`.
        seed: Decides data and initial weights.
        runs: Simulated runs to train on.
        epochs: Passes over the data.
        run_blocks: Length of each run.
        evaluation_runs: Simulated runs of each set that is measured on.

    Returns:
        The bundle's modelHash.

    Raises:
        SettingsError: with this seed training would meet what it is measured on.
    """
    own = range(1000 * seed, 1000 * seed + runs)
    for measured in (_VALIDATION_SEED, _EVALUATION_SEED):
        if own.start < measured + evaluation_runs and measured < own.stop:
            raise SettingsError(
                f"seed {seed} with {runs} runs would train on the traffic that is measured on; choose another seed"
            )
    started = time.monotonic()
    torch.manual_seed(seed)
    config = PolicyConfig()
    encoder = Encoder(find_encoder(encoder_source))
    table = TextTable(encoder)
    known = sorted(set(FAMILIES) - HELD_OUT_FAMILIES)

    def examples(first_seed: int, count: int, families: list[str]) -> list[Example]:
        return [
            example
            for run in range(count)
            for example in simulate_run(
                seed=first_seed + run,
                blocks=run_blocks,
                window_blocks=config.window_blocks,
                families=families,
                max_phi=config.max_phi,
            )
        ]

    training = make_dataset(examples(own.start, runs, known), table, config.window_blocks)
    validation = make_dataset(examples(_VALIDATION_SEED, evaluation_runs, known), table, config.window_blocks)
    known_set = make_dataset(examples(_EVALUATION_SEED, evaluation_runs, known), table, config.window_blocks)
    unseen_set = make_dataset(
        examples(_EVALUATION_SEED, evaluation_runs, sorted(HELD_OUT_FAMILIES)), table, config.window_blocks
    )
    embeddings = table.tensor()
    log.info(
        "%d training windows, %d distinct texts, after %.0f s",
        len(training),
        len(embeddings),
        time.monotonic() - started,
    )
    policy = Policy(config).double()
    fit(policy, training, validation, embeddings, epochs=epochs, seed=seed)
    figures = {
        "known wordings": asdict(evaluate(policy, known_set, embeddings)),
        "unseen wordings": asdict(evaluate(policy, unseen_set, embeddings)),
    }
    log.info("R² of phi: %s; %.0f s in all", figures, time.monotonic() - started)
    return write_bundle(
        directory,
        policy=policy,
        encoder_source=encoder_source,
        training={
            "data": "oracle.workload.generator, labels by oracle.training.simulation",
            "seed": seed,
            "runs": runs,
            "run_blocks": run_blocks,
            "epochs": epochs,
            "windows": len(training),
            "held_out_families": sorted(HELD_OUT_FAMILIES),
            "r_squared_of_phi": figures,
        },
    )
