"""`catalyst oracle`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from oracle.cli.environment import Command
from oracle.cli.options import (
    PATH,
    bundle_options,
    http_options,
    key_options,
    load_keys,
    max_fee_option,
)
from oracle.cli.paths import OUTPUT_FILE
from oracle.errors import SettingsError
from oracle.report.due import Triggers
from oracle.settings import OracleSettings, read_depth


@click.command(cls=Command)
@click.option("--rpc", required=True, help="JSON-RPC URL of the node.")
@click.option("--deployments", type=PATH, default=Path("deployments"), show_default=True, help="Folder or file.")
@key_options
@bundle_options
@click.option("--epoch-blocks", type=int, help="Report every so many blocks.")
@click.option("--epoch-seconds", type=int, help="Report so many seconds of chain time after the last report.")
@click.option("--real-time", is_flag=True, help="Report on every settled block that the contract's spacing admits.")
@click.option("--threshold", "threshold_phi", type=float, help="Report where φ would move so much; needs a heartbeat.")
@click.option("--depth", default="6", show_default=True, help="Settled is: this many blocks deep, safe or finalized.")
@click.option("--takeover-blocks", default=3, show_default=True, help="Until the next operator sends a late report.")
@click.option("--peer", "peers", multiple=True, help="URL of another operator's daemon; once for each.")
@click.option("--dry-run", is_flag=True, help="Do all but the sending, and keep what would have been sent.")
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
    real_time: bool,
    threshold_phi: float | None,
    depth: str,
    takeover_blocks: int,
    dry_run: bool,
    capacity: int,
    deadline_seconds: int,
    poll_seconds: float,
    max_fee_gwei: float,
    **asked: Any,
) -> None:
    """Run the oracle as a daemon against a running chain.

    φ is by whatever the contract was deployed to expect: classical feedback, or the policy of a bundle.
    The first key given pays for transactions; those that are operators sign. Others' signatures come from --peer.
    """
    depth_blocks, finality = read_depth(depth)
    settings = OracleSettings(
        triggers=Triggers(epoch_blocks, epoch_seconds, real_time, threshold_phi),
        depth_blocks=depth_blocks,
        finality=finality,
        capacity_transactions=capacity,
        deadline_seconds=deadline_seconds,
        takeover_blocks=takeover_blocks,
        dry_run=dry_run,
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
