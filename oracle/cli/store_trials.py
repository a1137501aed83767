"""`catalyst store demo` and `faults`: files on IPFS nodes of this machine, to look at and to do harm to."""

import json
import sys
from pathlib import Path

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.environment import Command
from oracle.cli.paths import NEW_FOLDER, OUTPUT_FILE
from oracle.output import write_whole


@click.command(cls=Command)
@click.option("--nodes", default=8, show_default=True, type=click.IntRange(5, 16), help="IPFS nodes that hold.")
@click.option("--svg", type=OUTPUT_FILE, help="File for a picture of the placement.")
@click.option("--directory", type=NEW_FOLDER, help="Folder for all of it.  [default: one that is removed]")
def demo(nodes: int, svg: Path | None, directory: Path | None) -> None:
    """Keep files on IPFS nodes that run here, with a chain: holders are lost, lie and serve wrong bytes.

    catalyst store demo
    """
    from oracle.lab.storage.demo import demo as run

    drawn = run(nodes, directory, click.echo)
    if svg is not None:
        write_whole(svg, drawn)


@click.command(cls=Command)
@click.option("--nodes", default=11, show_default=True, type=click.IntRange(11, 16), help="IPFS nodes that hold.")
@click.option("--files", default=6, show_default=True, type=click.IntRange(1, 50), help="Files that they keep.")
@click.option("--kills", default=6, show_default=True, type=click.IntRange(0), help="Of the coordinator.")
@click.option("--json", "json_path", type=OUTPUT_FILE, help="File for the figures.")
def faults(nodes: int, files: int, kills: int, json_path: Path | None) -> None:
    """Do to kept files what can go wrong, and count what is lost.

    The exit status is 1 if a file was lost, or one was not whole again in time.

    catalyst store faults --json faults.json
    """
    from dataclasses import asdict

    from oracle.lab.storage.faults import run_faults

    rows = run_faults(nodes=nodes, files=files, kills=kills, say=click.echo)
    if json_path is not None:
        write_whole(json_path, json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if any(row.lost or not row.is_whole for row in rows):
        sys.exit(EXIT_DIFFERENT)
