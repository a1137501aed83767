"""`catalyst journal`."""

from pathlib import Path

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import chain_options
from oracle.cli.paths import OUTPUT_FILE


@click.group()
def journal() -> None:
    """The record of what an operator signed."""


@journal.command(cls=Command)
@chain_options
@click.option("--state", type=OUTPUT_FILE, default=Path("oracle.sqlite"), show_default=True, help="Journal.")
def recover(rpc: str, deployments: Path, state: Path) -> None:
    """Make a lost or damaged journal anew from the chain; what is there is put aside.

    Nothing is signed at the chain's latest block or before it, since the old journal may have known of such signatures.

    catalyst journal recover --rpc URL --state oracle.sqlite
    """
    from oracle.chain.connection import connect
    from oracle.chain.contracts import Contracts
    from oracle.chain.deployment import find_deployment
    from oracle.service.recover import recover as run

    chain = connect(rpc)
    contracts = Contracts(chain, find_deployment(chain, deployments).addresses())
    after, aside = run(state, chain, contracts)
    if aside is not None:
        click.echo(f"the old file is {aside} now")
    click.echo(f"{state} is ready: reports whose reference block is after block {after} are signed")
