"""The directory of a run: events as Parquet, the chain's blocks, settings, summary and plots."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from oracle.errors import SettingsError
from oracle.lab.network.measure import RoundRow, Summary, TransactionRow
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.plots import plots, write_plots
from oracle.window.blocks import Block
from oracle.window.blocks_file import write_blocks

ROUNDS, TRANSACTIONS, BLOCKS, SETTINGS = "rounds.parquet", "transactions.parquet", "blocks.jsonl.gz", "settings.json"


def make_directory(path: Path) -> Path:
    """A new, empty directory.

    Raises:
        SettingsError: there is one with content already, or it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise SettingsError(f"--out {path} is not empty; give a new directory")
    except OSError as error:
        raise SettingsError(f"--out {path} cannot be used: {error.strerror}; give a new directory") from error
    return path


def write_run(
    directory: Path,
    *,
    name: str,
    plan: NetworkPlan,
    rounds: Sequence[RoundRow],
    transactions: Sequence[TransactionRow],
    blocks: Sequence[Block],
    summary: Summary,
) -> None:
    """Write ROUNDS, TRANSACTIONS, BLOCKS, SETTINGS, `summary.json` and the plots."""
    for file, rows in ((ROUNDS, rounds), (TRANSACTIONS, transactions)):
        pq.write_table(pa.Table.from_pylist([asdict(row) for row in rows]), directory / file)
    write_blocks(directory / BLOCKS, blocks)
    (directory / SETTINGS).write_text(json.dumps(settings_of(name, plan), indent=1) + "\n")
    (directory / "summary.json").write_text(json.dumps(asdict(summary), indent=1) + "\n")
    write_plots(directory, plots({name: (rounds, transactions)}, plan))


def settings_of(name: str, plan: NetworkPlan) -> dict[str, Any]:
    """What decides a run, as JSON; the controller by its hash."""
    apart = ("controller", "terms", "outages")
    settings: dict[str, Any] = {key: value for key, value in vars(plan).items() if key not in apart}
    settings["engine"] = plan.terms.engine
    settings |= {option.removeprefix("--").replace("-", "_"): value for option, value in plan.terms.asked().items()}
    settings["kill"] = [str(outage) for outage in plan.outages]
    settings["phi"] = name
    settings["model_hash"] = None if plan.controller is None else "0x" + plan.controller.model_hash.hex()
    return settings
