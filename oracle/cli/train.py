"""`catalyst train`: from the project's own workload to a bundle."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from oracle.cli.environment import Command
from oracle.cli.options import (
    engine_option,
    options,
    recorded_blocks_option,
    training_encoder_option,
    training_seed_option,
)
from oracle.cli.paths import INPUT_FOLDER, OUTPUT_FOLDER

_run_option = click.option(
    "--run", "directory", type=OUTPUT_FOLDER, required=True, help="Directory of the training run."
)


@click.group()
def train() -> None:
    """Train a policy: pretrain, search, finetune, evaluate, export; probe an encoder."""


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option, recorded_blocks_option)
def pretrain(directory: Path, encoder: str | None, seed: int, blocks_files: Sequence[Path]) -> None:
    """Train the encoder to fill in masked words of transactions."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.lesson_blocks import recorded_or_made
    from oracle.training.pretrain import ENCODER_FOLDER
    from oracle.training.pretrain import pretrain as run

    found = run(directory, encoder or DEFAULT_SOURCE, recorded_or_made(blocks_files, seed), seed=seed)
    click.echo(
        f"masked words: loss {found.loss_before:.3f} -> {found.loss_after:.3f}, guessed {found.accuracy_before:.3f} -> "
        f"{found.accuracy_after:.3f} on blocks held out; now --encoder {directory / ENCODER_FOLDER}"
    )


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option, recorded_blocks_option)
@click.option("--frozen", is_flag=True, help="Train the linear layer alone.")
def probe(directory: Path, encoder: str | None, seed: int, blocks_files: Sequence[Path], frozen: bool) -> None:
    """Measure what an encoder knows of transactions: find amount, sender, receiver, time and kind in sentences."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.lesson_blocks import recorded_or_made
    from oracle.training.probe import probe as run

    blocks = recorded_or_made(blocks_files, seed)
    click.echo(run(directory, encoder or DEFAULT_SOURCE, blocks, frozen=frozen, seed=seed).report)


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option)
@click.option("--trials", default=20, show_default=True, type=click.IntRange(1), help="Settings to try now.")
def search(directory: Path, encoder: str | None, seed: int, trials: int) -> None:
    """Search learning rate and sizes; a later finetune of the directory takes the best."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.finetune import Finetuning
    from oracle.training.search import search as run

    found = run(directory, Finetuning(encoder=encoder or DEFAULT_SOURCE, seed=seed), trials)
    click.echo(f"best of {found.trials} trials: {found}")


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option)
@click.option(
    "--members", default=1, show_default=True, type=click.IntRange(1, 8), help="Readers of text that are averaged."
)
@click.option(
    "--tuning",
    default="frozen",
    show_default=True,
    type=click.Choice(["frozen", "lora", "adalora", "full"]),
    help="How the encoder itself is tuned first; a tuned one travels in the bundle.",
)
@engine_option("The consensus of the plants that readers learn on.")
def finetune(directory: Path, encoder: str | None, seed: int, members: int, tuning: str, engine: str) -> None:
    """Train readers of text on the plant; in a directory that holds a run, go on with it."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.model.policy import PolicyConfig
    from oracle.training.finetune import Finetuning
    from oracle.training.finetune import finetune as run
    from oracle.training.search import as_found

    settings = Finetuning(
        encoder=encoder or DEFAULT_SOURCE,
        seed=seed,
        tuning=tuning,
        engine=engine,
        policy=PolicyConfig(members=members),
    )
    run(directory, as_found(directory, settings))
    click.echo(f"trained in {directory}; now `catalyst train evaluate --run {directory}`")


@train.command(cls=Command)
@_run_option
def evaluate(directory: Path) -> None:
    """Measure a finished run on wordings it knows and on phrase families it never saw."""
    from oracle.training.finetune import evaluate as measure

    click.echo(json.dumps(measure(directory), indent=1))
    click.echo(f"figures in {directory}; now `catalyst train export --run {directory} --out DIR`")


@train.command(cls=Command)
@click.option("--run", "directory", type=INPUT_FOLDER, required=True, help="Directory of the training run.")
@click.option("--out", type=OUTPUT_FOLDER, required=True, help="Directory of the bundle.")
def export(directory: Path, out: Path) -> None:
    """Write the bundle of an evaluated run: weights, configuration, manifest, model card."""
    from oracle.training.export import export_bundle

    click.echo(f"bundle {out}, modelHash 0x{export_bundle(directory, out).hex()}")
