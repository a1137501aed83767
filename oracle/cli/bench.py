"""`catalyst bench`."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from oracle.cli.environment import Command
from oracle.cli.options import engine_option, recorded_blocks_option, training_encoder_option, training_seed_option
from oracle.cli.paths import INPUT_FOLDER, OUTPUT_FILE, OUTPUT_FOLDER
from oracle.output import write_whole

_json_option = click.option("--json", "json_file", type=OUTPUT_FILE, help="File for the rows as data.")
_bundle_option = click.option(
    "--bundle", type=INPUT_FOLDER, help="The policy's bundle.  [default: the one in the package]"
)


@click.group()
def bench() -> None:
    """Measure what things cost."""


@bench.command(cls=Command)
@_json_option
def gas(json_file: Path | None) -> None:
    """Gas of reports for networks and committees of several sizes, beside the floor of their bytes and storage."""
    from oracle.lab.bench.gas import measure_all

    _write(measure_all(click.echo), json_file)


@bench.command(cls=Command)
@_json_option
@click.option(
    "--seconds", type=click.FloatRange(min=10), default=60.0, show_default=True, help="Length of each load, in seconds."
)
def api(json_file: Path | None, seconds: float) -> None:
    """Reads of a daemon's API at 500 a second on a chain of one-second blocks, and whether its reports stay on time."""
    from oracle.lab.bench.api import measure_api

    _write(measure_api(click.echo, seconds), json_file)


@bench.command(cls=Command)
@_json_option
@click.option("--epochs", type=click.IntRange(1), default=40, show_default=True, help="Reports that are timed.")
def latency(json_file: Path | None, epochs: int) -> None:
    """How long reports of a committee of processes take, from the settled block to the transaction and to its block."""
    from oracle.lab.committee.latency import measure_latency

    _write(measure_latency(click.echo, epochs), json_file)


@bench.command(cls=Command)
@_json_option
@click.option("--epochs", type=click.IntRange(1), default=2000, show_default=True, help="Reports in a row.")
def soak(json_file: Path | None, epochs: int) -> None:
    """Memory and open files of a committee of processes over thousands of reports."""
    from oracle.lab.committee.soak import measure_soak

    _write(measure_soak(click.echo, epochs), json_file)


@bench.command()
@_json_option
@_bundle_option
@engine_option("The consensus of the plant.")
@click.option(
    "--beside",
    type=INPUT_FOLDER,
    help="Bundle for a row of its own: under pow with the encoder as pretrained, else trained under --engine.",
)
def control(json_file: Path | None, bundle: Path | None, engine: str, beside: Path | None) -> None:
    """Latency of controllers on the plant at equal mean θ: classical, the policy, a perfect reader, a clairvoyant."""
    from oracle.lab.bench.control import measure_control, scenarios_of
    from oracle.model.manifest import DEFAULT_BUNDLE

    _write(measure_control(click.echo, bundle or DEFAULT_BUNDLE, scenarios_of(engine), beside=beside), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
def stability(json_file: Path | None, bundle: Path | None) -> None:
    """The policy in the loop for 100 000 blocks: drift of issuance, swings of φ, recovery from jumps of hash rate."""
    from oracle.lab.bench.stability import measure_stability
    from oracle.model.manifest import DEFAULT_BUNDLE

    _write(measure_stability(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
def adversary(json_file: Path | None, bundle: Path | None) -> None:
    """The worst that a sender of a tenth of the transactions does to the policy by free choice of text."""
    from oracle.lab.bench.adversary import measure_adversary
    from oracle.model.manifest import DEFAULT_BUNDLE

    _write(measure_adversary(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
def mining(json_file: Path | None, bundle: Path | None) -> None:
    """What miners gain who withhold blocks, and who mine only while p is low."""
    from oracle.lab.bench.mining import measure_mining
    from oracle.model.bundle import DEFAULT_BUNDLE

    _write(measure_mining(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
def staking(json_file: Path | None) -> None:
    """What stakers gain who withhold blocks to choose the next seed."""
    from oracle.lab.bench.staking import measure_staking

    _write(measure_staking(click.echo), json_file)


@bench.command()
@_json_option
@training_encoder_option
@click.option("--run", "directory", type=OUTPUT_FOLDER, required=True, help="Directory for checkpoints.")
@training_seed_option
@recorded_blocks_option
def encoders(
    json_file: Path | None, encoder: str | None, directory: Path, seed: int, blocks_files: Sequence[Path]
) -> None:
    """What tuning the encoder gains: frozen, LoRA, AdaLoRA, prefix and full; pretraining; probes of what it knows."""
    from oracle.lab.bench.encoders import measure_encoders
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.lesson_blocks import recorded_or_made

    blocks = recorded_or_made(blocks_files, seed)
    measured = measure_encoders(click.echo, directory, encoder or DEFAULT_SOURCE, blocks, seed=seed)
    measured["blocks"] = f"{len(blocks)} {'recorded blocks' if blocks_files else 'blocks of the workload'}"
    measured["transactions"] = sum(len(block.transactions) for block in blocks)
    _write(measured, json_file)


def _write(measured: object, json_file: Path | None) -> None:
    if json_file is not None:
        write_whole(json_file, json.dumps(measured, indent=1) + "\n")
