"""`catalyst node`, `network` and `compare`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import (
    SEED,
    bundle_options,
    chain_options,
    engine_option,
    key_options,
    load_keys,
    max_fee_option,
    options,
    phi_option,
    who_sets_phi,
)
from oracle.cli.paths import NEW_FOLDER, OUTPUT_FILE
from oracle.errors import SettingsError
from oracle.settings import fee_wei


def _minutes(default: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--minutes", default=default, show_default=True, type=click.IntRange(1), help="Length, by the chain's clock."
    )


_network_options = options(
    click.option("--nodes", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Nodes that mine."),
    click.option(
        "--interval-seconds", default=10, show_default=True, type=click.IntRange(2), help="Target block interval."
    ),
    click.option(
        "--capacity", default=100, show_default=True, type=click.IntRange(2), help="Transactions of a block at θ = 1."
    ),
    engine_option("Consensus."),
    click.option(
        "--kill",
        "kills",
        multiple=True,
        help="Nodes or the oracle that are dead from one target interval on, or up to another: WHO@FROM[-TO], as "
        "oracle@60-210 or 0-3@20.",
    ),
    click.option("--seed", default=1, show_default=True, type=SEED, help="Decides traffic, hash rates and keys."),
    click.option("--out", type=NEW_FOLDER, help="New directory for events, figures and plots.  [default: under runs/]"),
)


@click.command(cls=Command)
@chain_options
@key_options
@click.option(
    "--index", "indices", multiple=True, required=True, type=click.IntRange(0), help="A node to mine as; once for each."
)
@click.option("--hash-rate", type=click.FloatRange(0, min_open=True), help="Most hashes a second.  [default: no limit]")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that search.")
@max_fee_option
@click.option("--state", type=OUTPUT_FILE, help="File for what is read of the ledger, for the next start.")
def node(
    key_files: Sequence[Path], keystores: Sequence[Path], indices: Sequence[int], max_fee_gwei: float, **asked: Any
) -> None:
    """Mine as one node or several: blocks of the dearest pending transactions, within θ, at p.

    One key for each --index, in the same order.

    catalyst node --rpc URL --index 7 --key-file KEY
    """
    max_fee_wei = fee_wei("--max-fee-gwei", max_fee_gwei)
    keys = load_keys(key_files, keystores)
    if len(keys) != len(indices):
        raise SettingsError(f"{len(keys)} keys for {len(indices)} nodes; give one key for each --index, in its order")
    from oracle.engines.node import NodeOptions, run_nodes

    run_nodes(NodeOptions(keys=keys, indices=tuple(indices), max_fee_wei=max_fee_wei, **asked))


@click.command(cls=Command)
@click.option(
    "--chain",
    type=click.Choice(["anvil"]),
    default="anvil",
    show_default=True,
    help="Where it plays; for now, Anvil alone.",
)
@_minutes(60)
@_network_options
@phi_option("off", "feedback", "oracle")
@click.option(
    "--time",
    "pace",
    type=click.Choice(["driven", "real"]),
    default="driven",
    show_default=True,
    help="As fast as the machine can, or by the clock, with miners and oracle as processes.",
)
@click.option("--hold", is_flag=True, help="Keep the chain after the run, until Ctrl-C, for `catalyst verify`.")
@bundle_options
def network(
    chain: str,  # noqa: ARG001 - one choice
    phi: str | None,
    pace: str,
    hold: bool,
    bundle: Path | None,
    encoder: str | None,
    **asked: Any,
) -> None:
    """Run nodes that mine under φ, traffic and committee together, on Anvil.

    catalyst network --minutes 60 --phi feedback --out runs/feedback
    """
    decides = who_sets_phi(phi, bundle, encoder)
    from oracle.lab.network.command import NetworkOptions, run_network

    run_network(NetworkOptions(bundle=bundle, encoder=encoder, **asked), decides, real_time=pace == "real", hold=hold)


@click.command(cls=Command)
@_minutes(480)
@_network_options
@bundle_options
def compare(**asked: Any) -> None:
    """Play the same traffic under φ off, classical feedback and the policy, and write a page of what came of it.

    catalyst compare --minutes 80 --seed 1 --out runs/compare
    """
    from oracle.lab.network.command import NetworkOptions, run_compare

    run_compare(NetworkOptions(**asked))
