"""`catalyst backtest`."""

import json
from pathlib import Path

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import bundle_options, workers_option
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER, OUTPUT_FILE
from oracle.errors import SettingsError
from oracle.output import write_whole


@click.command(cls=Command)
@click.option(
    "--blocks", "blocks_file", type=INPUT_FILE, help="Recorded blocks: lines of eth_getBlockByNumber(n, true)."
)
@click.option("--run", "run_directory", type=INPUT_FOLDER, help="Directory that `catalyst network` wrote.")
@click.option("--capacity", type=click.IntRange(1), help="Of --blocks: transactions of a block at θ = 1.")
@click.option("--interval-seconds", type=click.IntRange(1), help="Of --blocks: target block interval.")
@bundle_options
@workers_option
@click.option("--out", type=OUTPUT_FILE, default=Path("backtest.html"), show_default=True, help="The page.")
@click.option("--json", "json_file", type=OUTPUT_FILE, help="File for the rows as data.")
def backtest(
    blocks_file: Path | None,
    run_directory: Path | None,
    capacity: int | None,
    interval_seconds: int | None,
    bundle: Path | None,
    encoder: str | None,
    workers: str | None,
    out: Path,
    json_file: Path | None,
) -> None:
    """Replay a policy on recorded history, in shadow, and write a page of what it would have said.

    catalyst backtest --blocks blocks.jsonl.gz
    """
    if (blocks_file is None) == (run_directory is None):
        raise SettingsError("give either --blocks FILE or --run DIR")
    if run_directory is not None and (capacity is not None or interval_seconds is not None):
        raise SettingsError("--capacity and --interval-seconds go with --blocks; a run has its own")
    from oracle.lab.backtest.history import history_of_blocks, history_of_run
    from oracle.lab.backtest.report import report_page
    from oracle.lab.backtest.shadow import shadow
    from oracle.model.manifest import DEFAULT_BUNDLE
    from oracle.workers.choice import workers as workers_of

    if run_directory is not None:
        history = history_of_run(run_directory)
    else:
        assert blocks_file is not None  # noqa: S101 - one of the two is given
        history = history_of_blocks(blocks_file, capacity, interval_seconds)
    with workers_of(workers) as asked, click.progressbar(length=len(history.records), label="blocks") as bar:
        seen = shadow(bundle or DEFAULT_BUNDLE, encoder, history, lambda _: bar.update(1), asked)
    write_whole(out, report_page(seen))
    if json_file is not None:
        write_whole(json_file, json.dumps(seen.as_json(), indent=1) + "\n")
    click.echo(
        f"{len(seen.rows)} blocks; mean φ {seen.mean_phi_policy:+.4f} by the policy, {seen.mean_phi_feedback:+.4f} by "
        f"feedback alone; text added at most {seen.most_added:+.4f}; open {out}"
    )
