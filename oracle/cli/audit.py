"""`catalyst verify` and `catalyst explain`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.environment import Command
from oracle.cli.options import bundle_options, chain_options, options, workers_option
from oracle.cli.paths import OUTPUT_FILE
from oracle.errors import SettingsError
from oracle.output import write_whole

if TYPE_CHECKING:
    from oracle.audit.recompute import History
    from oracle.workers.pool import Workers

_history_options = options(
    chain_options,
    bundle_options,
    click.option(
        "--capacity", type=click.IntRange(1), help="Transactions of a block at θ = 1.  [default: the ledger's]"
    ),
)


def _history(
    rpc: str, deployments: Path, bundle: Path | None, encoder: str | None, capacity: int | None, workers: "Workers"
) -> "History":
    from oracle.audit.recompute import History
    from oracle.chain.connection import connect
    from oracle.chain.contracts import Contracts
    from oracle.chain.deployment import find_deployment
    from oracle.control.choice import Expected

    chain = connect(rpc)
    record = find_deployment(chain, deployments)
    expected = Contracts(chain, record.addresses()).oracle_state().model_hash
    return History(chain, record, Expected(expected, bundle, encoder), capacity, workers)


@click.command(cls=Command)
@_history_options
@click.option("--epoch", type=click.IntRange(1), help="Of the one report to verify.")
@click.option("--all", "all_epochs", is_flag=True, help="Verify all reports, as without --epoch.")
@click.option("--deadline-seconds", type=click.IntRange(1), help="Life of a report.  [default: that of the first one]")
@workers_option
@click.option("--json", "json_file", type=OUTPUT_FILE, help="File for what was found, as data.")
def verify(
    rpc: str,
    deployments: Path,
    bundle: Path | None,
    encoder: str | None,
    capacity: int | None,
    epoch: int | None,
    all_epochs: bool,
    deadline_seconds: int | None,
    workers: str | None,
    json_file: Path | None,
) -> None:
    """Recompute reports from the chain, the deployment record and the bundle alone.

    Window, model, φ, bounds, deadline and signatures of each report, and θ, Σexp(φ), d and p of the contracts. Nothing
    is believed that headers of blocks do not vouch for, but the contracts' own word on θ, d and p, which is compared.
    Exits with 1 at the first difference, which it names.

    catalyst verify --rpc URL --all
    """
    if epoch is not None and all_epochs:
        raise SettingsError("give --epoch K or --all, not both")
    from oracle.audit.verify import verify_reports
    from oracle.workers.choice import workers as workers_of

    with workers_of("1" if epoch is not None else workers) as asked:
        history = _history(rpc, deployments, bundle, encoder, capacity, asked)
        found = verify_reports(click.echo, history, life_seconds=deadline_seconds, epoch=epoch)
    if json_file is not None:
        write_whole(json_file, json.dumps(found.as_json(), indent=1) + "\n")
    if found.difference is not None:
        raise SystemExit(EXIT_DIFFERENT)


@click.command(cls=Command)
@_history_options
@click.option("--epoch", type=click.IntRange(1), required=True, help="Of the report.")
@click.option("--json", "json_file", type=OUTPUT_FILE, help="File for all of it, as data.")
@click.option("--png", "png_file", type=OUTPUT_FILE, help="File for a picture.")
def explain(
    rpc: str,
    deployments: Path,
    bundle: Path | None,
    encoder: str | None,
    capacity: int | None,
    epoch: int,
    json_file: Path | None,
    png_file: Path | None,
) -> None:
    """Say which words, senders and blocks moved φ in a report, and by how much.

    Parts are found by leaving words out, and add up to what words added.

    catalyst explain --rpc URL --epoch 7 --png why.png
    """
    from oracle.audit.explain import explain as why_of
    from oracle.audit.explain import lines
    from oracle.audit.picture import draw
    from oracle.control.policy import PolicyController
    from oracle.workers.pool import processes

    with processes(1) as alone:
        history = _history(rpc, deployments, bundle, encoder, capacity, alone)
        if not isinstance(history.controller, PolicyController):
            raise SettingsError(f"φ is by {history.controller.name}, which reads no words; there is nothing to explain")
        (found,) = history.reports(epoch)
        why = why_of(found, history.controller)
    for line in lines(why):
        click.echo(line)
    if json_file is not None:
        write_whole(json_file, json.dumps(why.as_json(), indent=1) + "\n")
    if png_file is not None:
        draw(why, png_file)
