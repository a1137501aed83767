"""`catalyst train`."""

from pathlib import Path

import click

from oracle.cli.options import PATH, SEED


@click.command()
@click.option("--out", type=PATH, required=True, help="Directory of the new bundle.")
@click.option("--encoder", help="Encoder package, directory or hub name.  [default: the packaged MiniLM]")
@click.option("--seed", default=7, show_default=True, type=SEED, help="Decides data and initial weights.")
@click.option("--runs", default=100, show_default=True, type=click.IntRange(1), help="Simulated runs to train on.")
@click.option(
    "--passes", default=12, show_default=True, type=click.IntRange(1), help="Passes over the data, in each stage."
)
def train(out: Path, encoder: str | None, seed: int, runs: int, passes: int) -> None:
    """Train a policy on the project's own workload and write its bundle."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.train import train_bundle

    model_hash = train_bundle(out, encoder_source=encoder or DEFAULT_SOURCE, seed=seed, runs=runs, epochs=passes)
    click.echo(f"bundle {out}, modelHash 0x{model_hash.hex()}")
