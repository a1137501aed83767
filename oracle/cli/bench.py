"""`catalyst bench`."""

import json
from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import (
    engine_option,
    recorded_blocks_option,
    training_encoder_option,
    training_seed_option,
    workers_option,
)
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
    """Gas of reports for networks and committees of several sizes, beside the floor of their bytes and storage.

    catalyst bench gas --json gas.json
    """
    from oracle.lab.bench.gas import measure_all

    _write(measure_all(click.echo), json_file)


@bench.command(cls=Command)
@_json_option
@click.option(
    "--seconds", type=click.FloatRange(min=10), default=60.0, show_default=True, help="Length of each load, in seconds."
)
def api(json_file: Path | None, seconds: float) -> None:
    """Reads of a daemon's API at 500 a second on a chain of one-second blocks, and whether its reports stay on time.

    catalyst bench api --seconds 60 --json api.json
    """
    from oracle.lab.bench.api import measure_api

    _write(measure_api(click.echo, seconds), json_file)


@bench.command(cls=Command)
@_json_option
@click.option("--epochs", type=click.IntRange(1), default=40, show_default=True, help="Reports that are timed.")
def latency(json_file: Path | None, epochs: int) -> None:
    """How long reports of a committee of processes take, from the settled block to the transaction and to its block.

    catalyst bench latency --json latency.json
    """
    from oracle.lab.committee.latency import measure_latency

    _write(measure_latency(click.echo, epochs), json_file)


@bench.command(cls=Command)
@_json_option
@click.option("--epochs", type=click.IntRange(1), default=2000, show_default=True, help="Reports in a row.")
def soak(json_file: Path | None, epochs: int) -> None:
    """Memory and open files of a committee of processes over thousands of reports.

    catalyst bench soak --json soak.json
    """
    from oracle.lab.committee.soak import measure_soak

    _write(measure_soak(click.echo, epochs), json_file)


@bench.command()
@_json_option
@_bundle_option
@engine_option("The consensus of the plant.")
@click.option(
    "--beside",
    type=INPUT_FOLDER,
    help="Bundle for a row of its own: that on the encoder as pretrained.",
)
@workers_option
def control(json_file: Path | None, bundle: Path | None, engine: str, beside: Path | None, workers: str | None) -> None:
    """Latency of controllers on the plant at equal mean θ: classical, the policy, a perfect reader, a clairvoyant.

    catalyst bench control --json control.json
    """
    from oracle.lab.bench.control import measure_control, scenarios_of
    from oracle.model.manifest import DEFAULT_BUNDLE
    from oracle.workers.choice import workers as workers_of

    with workers_of(workers) as asked:
        measured = measure_control(
            click.echo, bundle or DEFAULT_BUNDLE, scenarios_of(engine), beside=beside, workers=asked
        )
    _write(measured, json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
def stability(json_file: Path | None, bundle: Path | None) -> None:
    """The policy in the loop for 100 000 blocks: drift of issuance, swings of φ, recovery from jumps of hash rate.

    catalyst bench stability --json stability.json
    """
    from oracle.lab.bench.stability import measure_stability
    from oracle.model.manifest import DEFAULT_BUNDLE

    _write(measure_stability(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
@recorded_blocks_option(default="the workload's alone")
def encode(json_file: Path | None, bundle: Path | None, blocks_files: Sequence[Path]) -> None:
    """Milliseconds to read blocks of 50 to 10 000 transactions, beside other ways to encode their texts.

    catalyst bench encode --json encode.json
    """
    from oracle.lab.bench.encode import measure_encode
    from oracle.model.manifest import DEFAULT_BUNDLE
    from oracle.window.blocks_file import read_blocks

    blocks = [block for file in blocks_files for block in read_blocks(file)]
    _write(measure_encode(click.echo, bundle or DEFAULT_BUNDLE, blocks), json_file)


@bench.command("workers", cls=Command)
@_json_option
@_bundle_option
def workers_(json_file: Path | None, bundle: Path | None) -> None:
    """How much faster texts are read by two processes than by one, and by two nodes of a Ray cluster.

    catalyst bench workers --json workers.json
    """
    from oracle.lab.bench.workers import measure_workers
    from oracle.model.manifest import DEFAULT_BUNDLE

    _write(measure_workers(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
@workers_option
def sensitivity(json_file: Path | None, bundle: Path | None, workers: str | None) -> None:
    """What text is worth if fewer crowds are announced, by less, if φ acts later, and if crowds are bigger.

    catalyst bench sensitivity --json sensitivity.json
    """
    from oracle.lab.bench.sensitivity import measure_sensitivity
    from oracle.model.manifest import DEFAULT_BUNDLE
    from oracle.workers.choice import workers as workers_of

    with workers_of(workers) as asked:
        measured = measure_sensitivity(click.echo, bundle or DEFAULT_BUNDLE, workers=asked)
    _write(measured, json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
def adversary(json_file: Path | None, bundle: Path | None) -> None:
    """The worst that a sender of a tenth of the transactions does to the policy by free choice of text.

    catalyst bench adversary --json adversary.json
    """
    from oracle.lab.bench.adversary import measure_adversary
    from oracle.model.manifest import DEFAULT_BUNDLE

    _write(measure_adversary(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
def mining(json_file: Path | None, bundle: Path | None) -> None:
    """What miners gain who withhold blocks, and who mine only while p is low.

    catalyst bench mining --json mining.json
    """
    from oracle.lab.bench.mining import measure_mining
    from oracle.model.bundle import DEFAULT_BUNDLE

    _write(measure_mining(click.echo, bundle or DEFAULT_BUNDLE), json_file)


@bench.command(cls=Command)
@_json_option
def staking(json_file: Path | None) -> None:
    """What stakers gain who withhold blocks to choose the next seed.

    catalyst bench staking --json staking.json
    """
    from oracle.lab.bench.staking import measure_staking

    _write(measure_staking(click.echo), json_file)


@bench.command(cls=Command)
@_json_option
@click.option("--live", type=click.IntRange(1, 1_000), help="Carry so many over three Anvil nodes instead.")
def routes(json_file: Path | None, live: int | None) -> None:
    """500 transfers over six chains whose bridges fail: the solver beside simpler choices and one that knows all.

    catalyst bench routes --json routes.json
    """
    from oracle.lab.bench.routes import measure_routes
    from oracle.lab.bench.routes_live import measure_live

    _write(measure_routes(click.echo) if live is None else measure_live(click.echo, live), json_file)


@bench.command(cls=Command)
@_json_option
@_bundle_option
@recorded_blocks_option(default="required")
def real(json_file: Path | None, bundle: Path | None, blocks_files: Sequence[Path]) -> None:
    """What texts add to φ on recorded blocks, in which nothing is announced: a mean, a tail, and the loudest.

    catalyst bench real --blocks blocks.jsonl.gz --json real.json
    """
    from oracle.lab.bench.real import measure_real
    from oracle.model.manifest import DEFAULT_BUNDLE
    from oracle.window.blocks_file import read_blocks

    blocks = [block for file in blocks_files for block in read_blocks(file)]
    _write(measure_real(click.echo, bundle or DEFAULT_BUNDLE, blocks), json_file)


@bench.command()
@_json_option
@training_encoder_option
@click.option("--run", "directory", type=OUTPUT_FOLDER, required=True, help="Directory for checkpoints.")
@training_seed_option
@recorded_blocks_option(default="default: blocks of the workload")
def encoders(
    json_file: Path | None, encoder: str | None, directory: Path, seed: int, blocks_files: Sequence[Path]
) -> None:
    """What tuning the encoder gains: frozen, LoRA, AdaLoRA, prefix and full; pretraining; probes of what it knows.

    catalyst bench encoders --run build/encoders --json encoders.json
    """
    from oracle.lab.bench.encoders import measure_encoders
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.lesson_blocks import recorded_or_made

    blocks = recorded_or_made(blocks_files, seed)
    measured = measure_encoders(click.echo, directory, encoder or DEFAULT_SOURCE, blocks, seed=seed)
    measured["blocks"] = f"{len(blocks)} {'recorded blocks' if blocks_files else 'blocks of the workload'}"
    measured["transactions"] = sum(len(block.transactions) for block in blocks)
    _write(measured, json_file)


@bench.command(cls=Command)
@_json_option
@click.option("--bundle", type=INPUT_FOLDER, help="The reader of files.  [default: the one in the package]")
@click.option("--seeds", type=click.IntRange(1), default=20, show_default=True, help="Worlds of each kind.")
def storage(json_file: Path | None, bundle: Path | None, seeds: int) -> None:
    """Places for 200 real documents of this machine, on simulated nodes, and what reading adds to counts.

    catalyst bench storage --json storage.json
    """
    from oracle.lab.storage.bench import measure_storage

    _write(measure_storage(click.echo, bundle=bundle, seeds=seeds), json_file)


def _write(measured: object, json_file: Path | None) -> None:
    if json_file is not None:
        write_whole(json_file, json.dumps(measured, indent=1) + "\n")
