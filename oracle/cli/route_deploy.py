"""`catalyst route deploy`: the contracts of routes on one chain, and that chain in the file of chains."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.book import sender
from oracle.cli.environment import Command
from oracle.cli.options import chain_options, key_options, max_fee_option, options
from oracle.cli.paths import OUTPUT_FILE
from oracle.errors import SettingsError

if TYPE_CHECKING:
    from oracle.chain.connection import Chain

_asset = options(
    click.option("--asset", required=True, help="What is moved, by its name, such as USDC."),
    click.option("--decimals", required=True, type=click.IntRange(0, 30), help="Of the asset, the same on all chains."),
    click.option("--token", required=True, help="Address of the asset's ERC-20 on this chain."),
)
_times = options(
    click.option(
        "--skew-seconds", default=30, show_default=True, type=click.IntRange(0), help="Most that clocks are apart."
    ),
    click.option(
        "--settle-seconds",
        default=180,
        show_default=True,
        type=click.IntRange(1),
        help="Until what is sent is settled, on the slowest chain.",
    ),
    click.option(
        "--halt-seconds",
        default=600,
        show_default=True,
        type=click.IntRange(0),
        help="Most that a chain makes no blocks, or dates them back after that.",
    ),
    click.option(
        "--depth", default=12, show_default=True, type=click.IntRange(0), help="Blocks on top of a settled one."
    ),
)


@click.command("deploy", cls=Command)
@options(chain_options, key_options, max_fee_option)
@click.option("--name", required=True, help="What the chain is called in routes.")
@click.option("--places", "places_file", type=OUTPUT_FILE, required=True, help="File of the chains; made if missing.")
@_asset
@click.option("--operator", "operators", multiple=True, help="Address of an operator of a committee of its own.")
@click.option("--threshold", type=click.IntRange(1), help="How many of those must sign; more than half.")
@click.option(
    "--least-amount", default=1_000, show_default=True, type=click.IntRange(1), help="Least order, in smallest units."
)
@_times
def deploy_here(
    rpc: str,
    deployments: Path,
    name: str,
    places_file: Path,
    asset: str,
    decimals: int,
    token: str,
    operators: Sequence[str],
    threshold: int | None,
    least_amount: int,
    skew_seconds: int,
    settle_seconds: int,
    halt_seconds: int,
    depth: int,
    **keys: Any,
) -> None:
    """Deploy the contracts of routes on a chain, record them, and add the chain to a file of chains.

    The committee is that of the PhiOracle in the folder of deployments, as it is at each time, unless operators are
    named.

    catalyst route deploy --rpc URL --key-file KEY --name A --places places.json --asset USDC --decimals 6
      --token 0x…
    """
    from oracle.bridges.margins import Clocks
    from oracle.bridges.pool_terms import terms_for
    from oracle.chain.connection import connect
    from oracle.crossing.deployment import deploy_routes, routes_path
    from oracle.crossing.places import Place, added_place

    if bool(operators) != (threshold is not None):
        raise SettingsError("--operator and --threshold belong together: give both, or none for the PhiOracle's")
    chain = connect(rpc)
    clocks = Clocks(skew_seconds=skew_seconds, settle_seconds=settle_seconds, halt_seconds=halt_seconds)
    addresses = deploy_routes(
        sender(chain, **keys),
        routes_path(deployments, chain),
        token=token,
        operators=operators,
        threshold=threshold or 0,
        terms=terms_for(clocks, least_amount=least_amount),
        oracle=None if operators else _oracle(chain, deployments),
    )
    place = Place(name, chain, addresses, from_block=_from_block(chain, deployments), depth=depth)
    added_place(places_file, place, rpc, asset=asset, decimals=decimals, clocks=clocks)
    click.echo(f"{name} is chain {chain.chain_id} in {places_file}")
    for what, address in vars(addresses).items():
        click.echo(f"{what:<11}{address}")


def _oracle(chain: "Chain", deployments: Path) -> str:
    """The PhiOracle whose operators sign about routes."""
    from oracle.chain.deployment import deployment_path, load_deployment

    path = deployment_path(deployments, chain)
    if not path.exists():
        raise SettingsError(
            f"there is no {path} with a PhiOracle, so nobody can sign: name operators by --operator and --threshold, "
            "or give the folder by --deployments"
        )
    return load_deployment(chain, path).addresses().oracle


def _from_block(chain: "Chain", deployments: Path) -> int:
    from oracle.chain.deployment import load_deployment
    from oracle.crossing.deployment import routes_path

    entries = load_deployment(chain, routes_path(deployments, chain)).contracts.values()
    return min(entry.block_number or 0 for entry in entries)
