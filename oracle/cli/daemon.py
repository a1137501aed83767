"""`catalyst oracle`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from oracle.cli.environment import Command
from oracle.cli.options import (
    bundle_options,
    chain_options,
    http_options,
    key_options,
    load_keys,
    max_fee_option,
)
from oracle.cli.paths import OUTPUT_FILE
from oracle.errors import SettingsError


@click.command(cls=Command)
@chain_options
@key_options
@bundle_options
@click.option("--epoch-blocks", type=int, help="Report every so many blocks.")
@click.option("--epoch-seconds", type=int, help="Report every so many seconds of chain time instead.")
@click.option("--depth", default=6, show_default=True, help="Blocks below the head that count as settled.")
@click.option("--capacity", required=True, type=int, help="Transactions of a block at θ = 1.")
@click.option("--deadline-seconds", default=600, show_default=True, help="Life of a report.")
@click.option("--poll-seconds", default=1.0, show_default=True, help="How often the head is looked at.")
@max_fee_option
@click.option("--state", type=OUTPUT_FILE, default=Path("oracle.sqlite"), show_default=True, help="Journal.")
@http_options
def oracle(
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    epoch_blocks: int | None,
    epoch_seconds: int | None,
    depth: int,
    capacity: int,
    deadline_seconds: int,
    poll_seconds: float,
    max_fee_gwei: float,
    **asked: Any,
) -> None:
    """Run the oracle as a daemon against a running chain.

    φ is by whatever the contract was deployed to expect: classical feedback, or the policy of a bundle.
    The first key given pays for transactions; those that are operators sign.
    """
    from oracle.settings import OracleSettings

    settings = OracleSettings(
        epoch_blocks=epoch_blocks,
        epoch_seconds=epoch_seconds,
        depth_blocks=depth,
        capacity_transactions=capacity,
        deadline_seconds=deadline_seconds,
        poll_seconds=poll_seconds,
        max_fee_gwei=max_fee_gwei,
    )
    keys = load_keys(key_files, keystores)
    if not keys:
        raise SettingsError(
            "the oracle has no operator key: give --key-file or --keystore, once for each operator held"
        )
    from oracle.service.process import DaemonOptions, run_daemon

    run_daemon(DaemonOptions(keys=keys, settings=settings, **asked))
