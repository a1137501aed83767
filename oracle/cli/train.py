"""`catalyst train`: from the project's own workload to a bundle."""

import json
from pathlib import Path

import click

from oracle.cli.options import PATH, SEED

_run_option = click.option("--run", "directory", type=PATH, required=True, help="Directory of the training run.")


@click.group()
def train() -> None:
    """Train a policy: finetune, evaluate, export."""


@train.command()
@_run_option
@click.option("--encoder", help="Encoder package, directory or hub name.  [default: the packaged MiniLM]")
@click.option("--seed", default=7, show_default=True, type=SEED, help="Decides data and initial weights.")
@click.option(
    "--members", default=1, show_default=True, type=click.IntRange(1, 8), help="Readers of text that are averaged."
)
def finetune(directory: Path, encoder: str | None, seed: int, members: int) -> None:
    """Train readers of text on the plant; in a directory that holds a run, go on with it."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.model.policy import PolicyConfig
    from oracle.training.finetune import Finetuning
    from oracle.training.finetune import finetune as run

    run(directory, Finetuning(encoder=encoder or DEFAULT_SOURCE, seed=seed, policy=PolicyConfig(members=members)))
    click.echo(f"trained in {directory}; now `catalyst train evaluate --run {directory}`")


@train.command()
@_run_option
def evaluate(directory: Path) -> None:
    """Measure a finished run on wordings it knows and on phrase families it never saw."""
    from oracle.training.finetune import evaluate as measure

    click.echo(json.dumps(measure(directory), indent=1))
    click.echo(f"figures in {directory}; now `catalyst train export --run {directory} --out DIR`")


@train.command()
@_run_option
@click.option("--out", type=PATH, required=True, help="Directory of the bundle.")
def export(directory: Path, out: Path) -> None:
    """Write the bundle of an evaluated run: weights, configuration, manifest, model card."""
    from oracle.training.export import export_bundle

    click.echo(f"bundle {out}, modelHash 0x{export_bundle(directory, out).hex()}")
