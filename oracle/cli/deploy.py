"""`catalyst deploy`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from oracle.cli.environment import Command
from oracle.cli.options import (
    PATH,
    UINT32,
    key_options,
    load_keys,
    nodes_option,
    phi_option,
    threshold_option,
    who_sets_phi,
)
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER


@click.command(cls=Command)
@click.option(
    "--chain", type=click.Choice(["eth-tester", "anvil"]), help="A trial on a chain that ends with the command."
)
@click.option("--rpc", help="JSON-RPC URL of a running node; needs --key-file or --keystore.")
@key_options
@click.option("--deployments", type=PATH, default=Path("deployments"), show_default=True, help="Folder of records.")
@nodes_option(131_072)
@threshold_option
@click.option("--operator", "operators", multiple=True, help="Address of an operator, in order; once for each.")
@click.option("--guardian", help="Address that may pause reports.  [default: the deployer]")
@click.option(
    "--miners", "miners_file", type=INPUT_FILE, help="File of node addresses, one a line.  [default: the deployer's]"
)
@click.option("--theta0", default="0.5", show_default=True, help="θ₀ of every node.")
@click.option("--interval-seconds", default=10, show_default=True, type=UINT32, help="Target block interval.")
@click.option("--half-life-seconds", default=2880, show_default=True, type=UINT32, help="Of ASERT.")
@click.option(
    "--hashes-per-block", default=65536, show_default=True, type=click.IntRange(1, 2**128), help="p at the start."
)
@click.option(
    "--engine", type=click.Choice(["pow", "pos", "dpos"]), default="pow", show_default=True, help="Of the ledger."
)
@click.option("--ledger-capacity", type=UINT32, help="Deploy a ledger of rounds: transactions of a block at θ = 1.")
@click.option("--confirmations", type=UINT32, help="Of the ledger: rounds until a round is final.  [default: 6]")
@click.option("--stake-token", help="Address of what is staked, or votes weigh.  [default: the chain's coin]")
@click.option("--slot-seconds", type=UINT32, help="pos: of a slot.  [default: a fifth of the interval]")
@click.option("--term-slots", type=UINT32, help="pos: slots in which stake and seed stay.  [default: 1024]")
@click.option("--exit-terms", type=UINT32, help="pos: terms until stake that left can be withdrawn.  [default: 8]")
@click.option("--grace-slots", type=click.IntRange(0), help="pos: slots that a block may come late.  [default: 2]")
@click.option("--term-seconds", type=UINT32, help="dpos: from election to election.  [default: 3600]")
@click.option("--delegates", type=click.IntRange(1, 128), help="dpos: that are elected.  [default: 21]")
@click.option(
    "--signed-blocks-window", type=click.IntRange(1, 256), help="dpos: turns that are looked back on.  [default: 100]"
)
@click.option(
    "--min-signed-per-window", type=click.IntRange(0, 256), help="dpos: of them with a block, or jail.  [default: 50]"
)
@click.option("--jail-terms", type=UINT32, help="dpos: terms in jail at least.  [default: 1]")
@click.option("--unsteered", is_flag=True, help="The chain's own blocks do not follow p: let the controller drift.")
@click.option("--paged", is_flag=True, help="For more than 20 000 nodes, up to 131 072: reports may come in pages.")
@click.option(
    "--preflight/--no-preflight", default=True, show_default=True, help="ReportPreflight: reports tried on the chain."
)
@click.option(
    "--feeds/--no-feeds", default=True, show_default=True, help="Feeds of p and of the mean θ, as of AggregatorV3."
)
@click.option("--node-feed", "node_feeds", multiple=True, type=click.IntRange(0), help="A feed of this node's θ.")
@phi_option("feedback", "oracle")
@click.option("--bundle", type=INPUT_FOLDER, help="Bundle whose policy sets φ.  [default: the one in the package]")
def deploy(
    key_files: Sequence[Path], keystores: Sequence[Path], phi: str | None, bundle: Path | None, **asked: Any
) -> None:
    """Deploy the contracts, or go on with a deployment that was interrupted."""
    from deploy.options import DeployOptions

    keys = load_keys(key_files, keystores)
    options = DeployOptions(deployer=keys[0] if keys else None, phi=who_sets_phi(phi, bundle), bundle=bundle, **asked)
    from deploy.command import run_deploy

    run_deploy(options)
