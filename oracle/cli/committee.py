"""`catalyst committee`."""

import rich_click as click

from oracle.cli.environment import Command


@click.command(cls=Command)
@click.option("--epochs", default=12, show_default=True, type=click.IntRange(8), help="Reports to apply.")
def committee(epochs: int) -> None:
    """Run four operators as processes of their own on Anvil: one is killed, another lies, every report is applied.

    catalyst committee
    """
    from oracle.lab.committee.demo import run_committee

    run_committee(epochs, click.echo)
