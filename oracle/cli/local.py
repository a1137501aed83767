"""`catalyst local`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import (
    PATH,
    SEED,
    bundle_options,
    http_options,
    key_options,
    load_keys,
    nodes_option,
    threshold_option,
)
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE


@click.command(cls=Command)
@click.option("--chain", type=click.Choice(["eth-tester", "anvil"]), default="eth-tester", show_default=True)
@click.option("--rpc", help="A running JSON-RPC node in place of --chain; needs --key-file or --keystore.")
@key_options
@click.option("--deployments", type=PATH, default=Path("deployments"), show_default=True, help="Folder, with --rpc.")
@nodes_option(10_000)
@threshold_option
@click.option("--committee", default=3, show_default=True, help="Operators.")
@click.option("--epochs", default=5, show_default=True, type=click.IntRange(1), help="Reports to apply.")
@click.option(
    "--epoch-blocks", default=4, show_default=True, type=click.IntRange(2), help="Blocks from report to report."
)
@click.option("--seed", default=1, show_default=True, type=SEED, help="Decides traffic, keys, and who hashes when.")
@click.option("--blocks", "blocks_file", type=INPUT_FILE, help="Replay recorded blocks (.jsonl or .jsonl.gz).")
@bundle_options
@click.option("--json", "json_file", type=OUTPUT_FILE, help="Write the epochs as JSON.")
@click.option("--serve", is_flag=True, help="Serve page and API, and keep going.")
@http_options
def local(key_files: Sequence[Path], keystores: Sequence[Path], bundle: Path | None, **asked: Any) -> None:
    """Run it all: chain, contracts, traffic, oracle, checks.

    catalyst local --epochs 5 --nodes 100 --serve
    """
    # What is heavy is imported late, as in the other commands: torch and py-evm take seconds that neither `--help` nor
    # a refusal of options need wait for.
    from oracle.lab.local.options import LocalOptions
    from oracle.model.manifest import DEFAULT_BUNDLE

    keys = load_keys(key_files, keystores)
    options = LocalOptions(deployer=keys[0] if keys else None, bundle=bundle or DEFAULT_BUNDLE, **asked)
    from oracle.lab.local.run import run_local

    run_local(options)
