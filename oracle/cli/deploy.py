"""`catalyst deploy` and `catalyst verify-deployment`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import (
    PATH,
    UINT32,
    chain_options,
    engine_option,
    json_option,
    key_options,
    load_keys,
    nodes_option,
    options,
    phi_option,
    threshold_option,
    who_sets_phi,
)
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER
from oracle.engines.registry import ENGINES

_ENGINE_OPTIONS = tuple((engine, option) for engine, terms in ENGINES.items() for option in terms.options)
_engine_options = options(
    *(
        click.option(
            option.flag,
            type=click.IntRange(option.low, option.high),
            help=f"{engine}: {option.says}.  [default: {option.default_says or option.default}]",
        )
        for engine, option in _ENGINE_OPTIONS
    )
)


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
@engine_option("Of the ledger.")
@click.option("--ledger-capacity", type=UINT32, help="Deploy a ledger of rounds: transactions of a block at θ = 1.")
@click.option("--confirmations", type=UINT32, help="Of the ledger: rounds until a round is final.  [default: 6]")
@click.option("--stake-token", help="Address of what is staked, or votes weigh.  [default: the chain's coin]")
@_engine_options
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
@click.option(
    "--timelock-seconds",
    type=UINT32,
    help="Hand over to a timelock: what the owner changes waits so long, and --guardian can cancel it.",
)
@click.option("--dry-run", is_flag=True, help="Say which transactions are left, their gas and cost; send nothing.")
@click.option("--bundle", type=INPUT_FOLDER, help="Bundle whose policy sets φ.  [default: the one in the package]")
def deploy(
    key_files: Sequence[Path], keystores: Sequence[Path], phi: str | None, bundle: Path | None, **asked: Any
) -> None:
    """Deploy the contracts, or go on with a deployment that was interrupted.

    catalyst deploy --rpc URL --key-file DEPLOYER --operator 0xA… --operator 0xB… --operator 0xC… --threshold 2
    """
    from deploy.options import DeployOptions

    keys = load_keys(key_files, keystores)
    engine_options = {option.name: asked.pop(option.name) for _, option in _ENGINE_OPTIONS}
    asked_for = DeployOptions(
        deployer=keys[0] if keys else None,
        phi=who_sets_phi(phi, bundle),
        bundle=bundle,
        engine_options=engine_options,
        **asked,
    )
    from deploy.command import run_deploy

    run_deploy(asked_for)


@click.command("verify-deployment", cls=Command)
@chain_options
@json_option
def verify_deployment(rpc: str, deployments: Path, as_json: bool) -> None:
    """See that the contracts on the chain are as compiled, constructed and wired as the record of the deployment says.

    Code byte for byte, arguments of constructors, the contracts that each calls, nodes, and the owner. Exits with 1 at
    the first difference, which it names.

    catalyst verify-deployment --rpc URL
    """
    from deploy.verification import run_verify_deployment

    click.echo(run_verify_deployment(rpc, deployments, as_json=as_json))
