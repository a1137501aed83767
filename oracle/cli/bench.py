"""`catalyst bench`."""

import json
from pathlib import Path

import click

from oracle.cli.options import (
    PATH,
)


@click.group()
def bench() -> None:
    """Measure what things cost."""


@bench.command()
@click.option("--json", "json_file", type=PATH, help="File for the rows as data.")
def gas(json_file: Path | None) -> None:
    """Gas of reports for networks and committees of several sizes, beside the floor of their bytes and storage."""
    from oracle.bench.gas import measure_all

    measured = measure_all(click.echo)
    if json_file is not None:
        json_file.write_text(json.dumps(measured, indent=1) + "\n")


@bench.command()
@click.option("--json", "json_file", type=PATH, help="File for the rows as data.")
def control(json_file: Path | None) -> None:
    """Latency of controllers on the plant at equal mean θ: classical ones, a perfect reader, a clairvoyant."""
    from oracle.bench.control import measure_control

    measured = measure_control(click.echo)
    if json_file is not None:
        json_file.write_text(json.dumps(measured, indent=1) + "\n")
