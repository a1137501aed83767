"""`catalyst store node` and `hold`: an IPFS node, and the holder that keeps files on it."""

import json
from pathlib import Path
from typing import Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import PATH, json_option, options
from oracle.cli.paths import OUTPUT_FOLDER
from oracle.cli.store_shared import again, node_options, own_node, peers_option, registry_at, sending_options


@click.command(cls=Command)
@click.option(
    "--directory", type=OUTPUT_FOLDER, required=True, help="Folder of its own: blocks, identity, token and log."
)
@click.option("--capacity-bytes", required=True, type=click.IntRange(1), help="Of all files together.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="Of its HTTP API; 0: any.")
@json_option
def node(directory: Path, capacity_bytes: int, port: int, as_json: bool) -> None:
    """Run an IPFS node, until it is ended. Its HTTP API is on the loopback interface; its token is made if missing.

    catalyst store node --directory node-1 --capacity-bytes 1000000000 --port 5101
    """
    from oracle.keeping.node_process import NodeProcess

    process = NodeProcess(directory, capacity_bytes=capacity_bytes, port=port)
    try:
        url = process.await_ready().url
        token_file = directory / "token"
        if as_json:
            click.echo(json.dumps({"url": url, "token_file": str(token_file)}))
        else:
            click.echo(f"{url} serves; its token is in {token_file}")
        process.wait()
    finally:
        process.close()


@click.command(cls=Command)
@options(sending_options, peers_option, node_options)
@click.option("--trees", type=PATH, default=Path("trees"), show_default=True, help="Folder for the files' trees.")
@click.option("--region", required=True, help="Where this holder is, such as eu-west.")
@click.option("--capacity-bytes", required=True, type=click.IntRange(1), help="Of all files together.")
@click.option("--price", required=True, type=click.IntRange(0), help="Of a GiB and period, in units of the token.")
@click.option("--bond", default=0, type=click.IntRange(0), help="Units to add to the bond.")
@click.option("--every", default=5.0, show_default=True, type=click.FloatRange(0.1), help="Seconds between looks.")
@click.option("--from-block", default=0, type=click.IntRange(0), help="First block that can have offers.")
def hold(
    rpc: str,
    registry: str,
    peers: Path,
    node_url: str,
    token_file: Path,
    trees: Path,
    region: str,
    capacity_bytes: int,
    price: int,
    bond: int,
    every: float,
    from_block: int,
    **keys: Any,
) -> None:
    """Hold files: fetch and accept what is offered, answer challenges, collect rent, until it is ended.

    catalyst store hold --rpc URL --registry 0x… --key-file KEY --region eu-west --capacity-bytes N --price N
      --peers PEERS --node-url URL --token-file TOKEN
    """
    from oracle.keeping.holder_daemon import HolderDaemon
    from oracle.keeping.peers import read_peers

    client = registry_at(rpc, registry, keys)
    standing = client.holder(client.account)
    if (standing.region, standing.capacity_bytes, standing.price_per_gib_period) != (region, capacity_bytes, price):
        client.set_holder(region, capacity_bytes, price)
    if bond:
        client.bond(bond)
    node = own_node(node_url, token_file)
    daemon = HolderDaemon(client, node, lambda: read_peers(peers), trees, from_block=from_block)
    click.echo(f"{daemon.account} holds in {region}, for {price} a GiB and period")
    again(daemon.turn, every)
